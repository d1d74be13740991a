"""How a server is reached: addresses and certificates from the settings, secrets from the environment or a file only its owner reads."""

from __future__ import annotations

import logging
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.current import REBUILD
from models.errors import StopRun, UsageError
from models.settings import Settings

if TYPE_CHECKING:
    from elasticsearch import ApiError, Elasticsearch, TransportError

SECRETS = ("api_key", "user", "password")
"""Read from TOCSIN_INDEX_API_KEY, TOCSIN_INDEX_USER, TOCSIN_INDEX_PASSWORD, or as keys of the TOML file that ``index.secrets`` names."""

NO_SPACE = "No space left on device"
OLDEST = (8, 19)
SYNC = "then bring the index up to the archive with: tocsin index sync"


def connect(settings: Settings, environment: Mapping[str, str] = os.environ) -> Elasticsearch:
    """A client for the servers of the settings; nothing is sent yet. Raises UsageError for settings that cannot work."""
    try:
        from elasticsearch import Elasticsearch
    except ImportError:
        hint = 'install it with: pip install "tocsin[elasticsearch]"'
        raise UsageError("the Elasticsearch client is not installed", where="index.backend", hint=hint) from None
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # what it warns of is tried again, and said in one line if in vain
    options: dict[str, Any] = {"request_timeout": settings["index.timeout"], "retry_on_timeout": True, "max_retries": 2}
    options |= _identity(secrets(settings, environment)) | _trust(settings)
    return Elasticsearch(list(map(_address, settings["index.urls"])), **options)


def secrets(settings: Settings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Key, or user and password: the environment's over the file's. Raises UsageError for a file that others can read."""
    found: dict[str, str] = {}
    if settings["index.secrets"]:
        found = _file(Path(settings["index.secrets"]).expanduser())
    given = {name: environment.get(f"TOCSIN_INDEX_{name.upper()}", "") for name in SECRETS}
    return found | {name: value for name, value in given.items() if value}


def _file(path: Path) -> dict[str, str]:
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError("others can read this file of secrets", where=str(path), hint=f"run: chmod 600 {path}")
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # what the file says is not repeated
        raise UsageError("cannot be read as a file of secrets", where=str(path), hint='it holds lines such as: api_key = "…"') from None
    unknown = sorted(data.keys() - set(SECRETS))
    if unknown or not all(isinstance(value, str) for value in data.values()):
        raise UsageError("only texts named api_key, user and password belong here", where=str(path), hint="remove the others")
    return data


def _identity(found: Mapping[str, str]) -> dict[str, Any]:
    if found.get("api_key"):
        return {"api_key": found["api_key"]}
    if found.get("user") or found.get("password"):
        if not (found.get("user") and found.get("password")):
            raise UsageError("a user needs a password and a password a user", where="TOCSIN_INDEX_USER", hint="give both, or an API key")
        return {"basic_auth": (found["user"], found["password"])}
    return {}


def _trust(settings: Settings) -> dict[str, Any]:
    """Which certificate is trusted; the system's authorities if nothing is said."""
    if settings["index.fingerprint"]:
        return {"ssl_assert_fingerprint": settings["index.fingerprint"]}
    if not settings["index.ca_file"]:
        return {}
    path = Path(settings["index.ca_file"]).expanduser()
    if not path.is_file():
        raise UsageError("there is no such certificate file", where="index.ca_file", hint=f"looked for {path}")
    return {"ca_certs": str(path)}


def _address(url: str) -> str:
    """The address with its port. Raises UsageError, without repeating it, for one that holds a password."""
    parts = urlsplit(url)
    if parts.username or parts.password:
        hint = "give them in TOCSIN_INDEX_USER and TOCSIN_INDEX_PASSWORD, or in the file that index.secrets names"
        raise UsageError("an address holds a user or password", where="index.urls", hint=hint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no address of a server", where="index.urls", hint="write https://search.example.org:9200")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 9200)
    except ValueError:
        raise UsageError(f"{url!r} has no port that can be", where="index.urls", hint="write https://search.example.org:9200") from None
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path}"


def addresses(client: Elasticsearch) -> str:
    """The servers of a client, for people."""
    return ", ".join(f"{node.config.scheme}://{node.config.host}:{node.config.port}" for node in client.transport.node_pool.all())


def check_version(client: Elasticsearch) -> str:
    """The server's version. Raises StopRun for one that is too old; the client itself refuses what is not Elasticsearch."""
    number = str(client.info()["version"]["number"])
    parts = tuple(int(part) for part in number.split(".")[:2])
    if not OLDEST <= parts < (10, 0):
        raise StopRun(f"the server is Elasticsearch {number}", where=addresses(client), hint="8.19 and 9.x are supported: update it")
    return number


@contextmanager
def one_line(client: Elasticsearch) -> Iterator[None]:
    """Whatever the server or the way to it does, said in one line with the next step (StopRun)."""
    from elasticsearch import ApiError, TransportError, UnsupportedProductError

    try:
        yield
    except UnsupportedProductError:
        hint = "set index.urls to an Elasticsearch 8.19 or 9.x itself; OpenSearch and other servers are not supported"
        raise StopRun("what answers there is not Elasticsearch", where=addresses(client), hint=hint) from None
    except TransportError as error:
        raise disk_full(client, error) or _unreachable(error, addresses(client)) from None
    except ApiError as error:
        raise disk_full(client, error) or _refused(error, addresses(client)) from None


def disk_full(client: Elasticsearch, error: Exception | None = None) -> StopRun | None:
    """What to say if the server has closed a part of an index as its disk is full; None if not, or for an error with another cause."""
    from elasticsearch import ApiError, ConnectionTimeout, TransportError

    if error and not isinstance(error, ConnectionTimeout) and not (isinstance(error, ApiError) and error.status_code >= 500):
        return None
    try:
        shards = client.options(request_timeout=3, max_retries=0, retry_on_timeout=False).cat.shards(h="unassigned.details", format="json")
    except (ApiError, TransportError):
        return None
    if NO_SPACE not in str(shards.body):
        return None
    hint = f"free space there, with POST /_cluster/reroute?retry_failed=true if it stays so; {SYNC}"
    return StopRun("the server's disk is full, and a part of the index is closed", where=addresses(client), hint=hint)


def _unreachable(error: TransportError, where: str) -> StopRun:
    from elastic_transport import TlsError
    from elasticsearch import ConnectionTimeout, SerializationError

    if isinstance(error, TlsError):
        hint = "name the authority in index.ca_file or the certificate's SHA-256 in index.fingerprint; or the address needs http"
        return StopRun("the server's certificate is not trusted, or it speaks no TLS", where=where, hint=hint)
    if isinstance(error, ConnectionTimeout):
        return StopRun("Elasticsearch did not answer in time", where=where, hint=f"look at its load, or raise index.timeout; {SYNC}")
    if isinstance(error, SerializationError):
        return StopRun(
            "what answers there does not speak JSON", where=where, hint="a proxy in the way? set index.urls to the server itself"
        )
    if (
        not error.errors
    ):  # earlier tries did not fail: other nodes answered 429, 502 or 503, which the client forgets over the node that is away
        hint = f"look at its health with tocsin doctor; {SYNC}"
        return StopRun("a node is away, and a part of the index does not answer or the others are overloaded", where=where, hint=hint)
    return StopRun(
        f"no answer from Elasticsearch: {_short(error)}", where=where, hint=f"start it, or set index.urls (https, if it speaks TLS); {SYNC}"
    )


def _refused(error: ApiError, where: str) -> StopRun:
    text, status = str(error), error.status_code
    known = (
        (
            status == 401,
            "the server does not accept the user, password or API key",
            "set TOCSIN_INDEX_API_KEY, or user and password; a key may have expired",
        ),
        ("read-only-allow-delete" in text, "the server's disk is nearly full, so the index is read-only", f"free space there; {SYNC}"),
        ("cluster_block_exception" in text, "the index is blocked on the server", f"lift the block of the index there; {SYNC}"),
        (
            status == 403,
            "the user or API key may not do this",
            "it needs the rights read, write and manage on the indices of index.prefix, and monitor",
        ),
        ("dynamic_mapping" in text or "mapper_parsing" in text, "the index on the server has another shape", REBUILD),
        (status in (429, 503), "the server is overloaded, or a part of the index does not answer", f"wait, or look at its health; {SYNC}"),
        (status in (502, 504), "a proxy answers instead of the server", "set index.urls to the server itself"),
    )
    for true, what, hint in known:
        if true:
            return StopRun(what, where=where, hint=hint)
    return StopRun(f"Elasticsearch refused: {_short(error)}", where=where, hint="look into the server's log")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
