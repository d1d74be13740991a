"""What lies on a server: documents by month, narratives, flags, edges and accounts of their own, strict mappings, aliases."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from elasticsearch import BadRequestError

from archive.state import State
from archive.store import Archive
from index import kinds, open_index
from index.backends.elasticsearch import ElasticIndex
from index.base import IndexDocument
from index.layout import names, part
from index.syntax import All
from models.errors import StopRun
from models.records import Document, Edge, Flag, Narrative, Pair, Reason
from models.settings import Settings
from nightly import sharing
from tests.support import index as support
from tests.test_index_proof import keep

NOW = datetime(2027, 3, 14, 6, tzinfo=UTC)
TIMES = {"first_seen": NOW, "last_seen": NOW}


@pytest.fixture
def index(server: str, tmp_path: Path) -> Iterator[ElasticIndex]:
    prefix = f"layout-{os.getpid()}"
    found = open_index(Settings({"index.backend": "elasticsearch", "index.urls": [server], "index.prefix": prefix}), tmp_path / "index")
    assert isinstance(found, ElasticIndex)
    yield found
    found.close()
    support.drop(server, prefix)


def parts(index: ElasticIndex) -> set[str]:
    return {name.split("-", 4)[-1] for name in index.client.indices.get(index=index.alias)}


def test_documents_lie_by_month_and_move_with_their_date(index: ElasticIndex) -> None:
    one = support.corpus(1)[0]
    dates = [datetime(year, month, 28, tzinfo=UTC) for year, month in ((1950, 1), (1999, 12), (2017, 4), (2026, 12), (2027, 3))]
    index.replace([replace(one, id=str(n), published=moment) for n, moment in enumerate(dates)], "g")
    assert parts(index) == {"older", "2017", "2026-12", "2027-03"}
    assert [part(int(d.timestamp())) for d in dates] == ["older", "older", "2017", "2026-12", "2027-03"]
    index.add([replace(one, id="4", published=datetime(2027, 5, 1, tzinfo=UTC)), replace(one, id="0", published=dates[3])])
    assert parts(index) == {"older", "2017", "2026-12", "2027-03", "2027-05"}
    assert (index.count(), next(iter(index.ids()))) == (5, "4")
    index.add([replace(one, id="4", published=dates[4]), replace(one, id="4", published=dates[0])])
    assert (index.count(), len(list(index.ids()))) == (5, 5)
    index.delete(["4", "3"])
    assert sorted(index.ids()) == ["0", "1", "2"]
    assert index.generation == "g"


def test_an_unknown_field_is_refused_and_no_script_or_policy_is_needed(index: ElasticIndex) -> None:
    index.replace(support.corpus(3), "g")
    with pytest.raises(BadRequestError, match="strict_dynamic_mapping"):
        index.client.index(index=index._serving().name("older"), document={"colour": "red"})
    for found in index.client.indices.get(index=index.alias).values():
        assert found["mappings"]["dynamic"] == "strict"
        assert not any(f["type"] == "dense_vector" for f in found["mappings"]["properties"].values()), "no encoder is configured"
        assert "lifecycle" not in found["settings"]["index"]


def test_an_index_laid_out_by_an_older_tocsin_asks_for_a_rebuild_which_takes_its_place(index: ElasticIndex) -> None:
    index.client.indices.create(index=f"{index.alias}-0123456789ab", aliases={index.alias: {}})
    with pytest.raises(StopRun, match=r"another version.*tocsin index rebuild"):
        index.search(All())
    assert any(f.what == "index" and not f.good for f in index.check())
    index.replace(support.corpus(3), "g")
    assert index.search(All()).total == 3
    assert f"{index.alias}-0123456789ab" not in index.client.indices.get(index=f"{index.alias}-*")


def test_what_a_killed_rebuild_left_is_said_and_taken_away_by_the_next(index: ElasticIndex) -> None:
    index.replace(support.corpus(3), "g")
    index.client.indices.create(index=f"{index.alias}-0123456789ab-2027-01")
    assert any("1 others, of a rebuild" in f.said for f in index.check())
    index.replace(support.corpus(4), "h")
    assert set(index.client.indices.get(index=f"{index.alias}-*")) == set(index.client.indices.get(index=index.alias))


@pytest.mark.parametrize("after", [0.02, 0.06, 0.1, 0.15, 0.25, 0.6])
def test_an_interrupted_rebuild_leaves_nothing_and_touches_nothing_else(index: ElasticIndex, after: float) -> None:
    others = [f"{index.alias}-0123456789ab-older", f"{index.alias}er-0123456789ab-older"]  # of another generation, and of another prefix
    for name in others:
        index.client.indices.create(index=name)

    def endless() -> Iterator[IndexDocument]:
        yield support.corpus(1)[0]
        time.sleep(60)

    timer = threading.Timer(after, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            index.replace(endless(), "g")
        time.sleep(0.3)  # what the server was still asked to make would be there by now
        assert names(index.client, index.settings["index.prefix"]) == others
    finally:
        timer.join()
        index.client.indices.delete(index=others)


def test_every_kind_of_record_has_an_index_with_a_mapping_made_from_it(index: ElasticIndex, tmp_path: Path) -> None:
    keep(tmp_path, 5)
    archive, state = Archive(tmp_path / "archive"), State(tmp_path / "state.sqlite")
    pair = Pair(trace="url", object="o", a="d1", b="d2", time_a=NOW, time_b=NOW + timedelta(seconds=4))
    edge = Edge(a="x", b="y", traces=("url",), window=60.0, weight=4, expected=0.1, p=1e-6, q=1e-4, lead=0.5, pairs=(pair,), **TIMES)
    story = Narrative(id="N-1", label="Urnes volées", terms=("urne",), entities=(), languages=("fr",), documents=("d1",), **TIMES)
    reason = Reason(kind="copies", sentence="Forty copies.", numbers={"copies": 40.0}, evidence=("d1",))
    flag = Flag(narrative="N-1", level=2, reasons=(reason,), state="new", night=NOW)
    state.save_narratives([story])
    archive.write("edges", [edge], night=NOW.date(), version="1")
    for _ in range(2):  # twice changes nothing
        counts = sharing.share(index, archive, state, [flag])
        assert counts == {"narratives_shared": 1, "flags_shared": 1, "edges_shared": 1}, "nobody posted"
    prefix, client = index.settings["index.prefix"], index.client
    nested = {"nested": {"path": "pairs", "query": {"term": {"pairs.object": "o"}}}}
    assert client.search(index=f"{prefix}-edges", query=nested)["hits"]["total"]["value"] == 1
    copies = {"nested": {"path": "reasons", "query": {"match": {"reasons.sentence": "forty"}}}}
    assert client.search(index=f"{prefix}-flags", query=copies)["hits"]["total"]["value"] == 1
    for kind, (record, _) in kinds.KINDS.items():
        ((_, found),) = client.indices.get(index=f"{prefix}-{kind}").items()
        assert found["mappings"]["dynamic"] == "strict"
        assert set(found["mappings"]["properties"]) == {f.name for f in fields(record)}


def test_accounts_are_counted_from_the_archive(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    names = ("Anna", "", "Anna B.")
    with archive.spool("social") as spool:
        for number, name in enumerate(names):
            moment = None if number == 1 else NOW + timedelta(hours=number)
            values = {"kind": "post", "platform": "mastodon", "source": "", "account": "anna", "account_name": name, "text": f"{number}"}
            spool.add(Document(id=str(number), fetched=NOW + timedelta(hours=1), published=moment, **values))  # type: ignore[arg-type]
    archive.seal()
    (found,) = sharing.accounts(archive)
    assert (found.id, found.name, found.platform, found.documents) == ("anna", "Anna B.", "mastodon", 3)
    assert (found.first_seen, found.last_seen) == (NOW, NOW + timedelta(hours=2))
