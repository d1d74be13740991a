"""What a doctor looks at on a server, each with a verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.base import Finding
from index.connection import addresses, check_version, disk_full, one_line
from index.current import REBUILD, made_by
from index.layout import PATIENCE, names, serving
from index.vectors import Space, difference
from models.errors import StopRun

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


def findings(client: Elasticsearch, alias: str, space: Space) -> list[Finding]:
    """Connection and version first; the rest only if a server answers. ``space``: the vectors it should hold. Nothing is raised."""
    first = _asked(client, "server", lambda: (True, f"Elasticsearch {check_version(client)} at {addresses(client)}", ""))
    if not first.good:
        return [first]
    looks: list[tuple[str, Callable[[], tuple[bool, str, str]]]] = [
        ("rights", lambda: _rights(client, alias)),
        ("index", lambda: _index(client, alias, space)),
        ("health", lambda: _health(client, alias)),
        ("free space", lambda: _space(client)),
    ]
    return [first, *(_asked(client, what, look) for what, look in looks)]


def _asked(client: Elasticsearch, what: str, look: Callable[[], tuple[bool, str, str]]) -> Finding:
    try:
        with one_line(client):
            return Finding(what, *look())
    except StopRun as error:
        return Finding(what, good=False, said=error.message, hint=error.hint)


def _rights(client: Elasticsearch, alias: str) -> tuple[bool, str, str]:
    from elasticsearch import BadRequestError

    names = [alias, f"{alias}-*"]
    wanted = ["read", "write", "manage", "view_index_metadata"]
    try:
        found = client.security.has_privileges(cluster=["monitor"], index=[{"names": names, "privileges": wanted}])
    except BadRequestError:
        return True, "the server asks for no user", ""
    missing = {right for rights in found["index"].values() for right, given in rights.items() if not given}
    missing |= {right for right, given in found["cluster"].items() if not given}
    if missing:
        return False, f"missing: {', '.join(sorted(missing))}", f"give the user or key these rights on {alias} and {alias}-*"
    return True, f"enough, as {found['username']}", ""


def _index(client: Elasticsearch, alias: str, space: Space) -> tuple[bool, str, str]:
    found = serving(client, alias)
    if found is None:
        return False, f"there is no index behind {alias}", REBUILD
    tag, parts, meta = found
    if meta.get("made_by") != made_by():
        return False, f"the index behind {alias} was made by another version of Tocsin", REBUILD
    if differs := difference(Space.of(meta), space):
        return False, f"{differs}; it can be searched, but takes in nothing from here", f"set nlp.encoder as it was, or {REBUILD}"
    left = [name for name in names(client, alias) if not name.startswith(f"{alias}-{tag}-")]
    said = f"{client.count(index=alias)['count']:,} documents in {len(parts)} indices {alias}-{tag}-*"
    said += f", vectors of {space.dims} numbers by the encoder {space.encoder}" if space.encoder else ""
    return True, said + (f"; {len(left)} others, of a rebuild under way or killed" if left else ""), ""


def _health(client: Elasticsearch, alias: str) -> tuple[bool, str, str]:
    found = client.cluster.health(index=f"{alias}*", level="indices", timeout="2s")
    if found["status"] == "red" and (full := disk_full(client)):
        return False, full.message, full.hint
    if found["status"] == "red":
        return False, "a part of the index is lost (red)", f"bring its node back, or {REBUILD}"
    said = f"{found['status']}, {found['number_of_nodes']} nodes, {found['unassigned_shards']} copies missing"
    return True, said, "start the missing node, or lower index.replicas" if found["status"] == "yellow" else ""


def _space(client: Elasticsearch) -> tuple[bool, str, str]:
    nodes = client.nodes.stats(metric="fs")["nodes"].values()
    free = min(node["fs"]["total"]["available_in_bytes"] / max(1, node["fs"]["total"]["total_in_bytes"]) for node in nodes)
    good = free > 0.15  # below that Elasticsearch moves shards away, and from 5 % on it stops writing
    return good, f"{free:.0%} free on the fullest node", "" if good else "free space there: below 5 % the index becomes read-only"


def open_again(client: Elasticsearch, alias: str) -> None:
    """Have the server try once more to open the parts of an index that it gave up, as after its disk was full; it does not by itself.

    Needs the right to manage the cluster; without it, as for who only reads, nothing happens.
    """
    shards = client.options(ignore_status=403).cat.shards(index=f"{alias}-*", h="unassigned.reason", format="json")
    if "ALLOCATION_FAILED" in str(shards.body):
        client.options(ignore_status=403).cluster.reroute(retry_failed=True, filter_path="acknowledged")
        patient = client.options(ignore_status=408, request_timeout=2 * PATIENCE)
        patient.cluster.health(index=f"{alias}-*", wait_for_status="yellow", timeout=f"{PATIENCE}s")
