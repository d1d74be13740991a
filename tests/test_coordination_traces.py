import importlib
import inspect

import pyarrow as pa
import pytest

import coordination.traces
from coordination.acts import build
from coordination.engine import acts_of
from models import registry
from models.errors import UsageError

TRACES = registry.names(coordination.traces)
TEXTS = pa.list_(pa.string())
POSTS = pa.table({
    "id": ["h0", "h1", "h2", "h3", "h4"],
    "platform_id": ["0", "1", "2", "3", "4"],
    "kind": ["post", "post", "post", "post", "article"],
    "url": ["", "", "", "", "https://www.zeitung.example/a?utm_source=x"],
    "canonical_url": ["", "", "", "", "https://zeitung.example/a"],
    "account": ["anna", "bert", "cleo", "dora", ""],
    "published": pa.array([0, 5, 60, 9, 100], pa.timestamp("s", "UTC")),
    "links": pa.array([
        ["https://www.Blatt.example/1?utm_source=x", "https://blatt.example/1"], ["http://m.blatt.example/1/"], ["https://x.co.uk/a"],
        [], [],
    ], TEXTS),
    "hashtags": pa.array([["Wahl", "#WAHL", "b", "c"], ["wahl", "B", "c"], ["c"], ["wahl"], []], TEXTS),
    "mentions": pa.array([["@Anna"], ["anna"], [], ["anna"], []], TEXTS),
    "repost_of": ["", "", "0", "0", ""],
    "repost_author": ["", "", "", "someone", ""],
    "reply_to": ["9", "9", "", "", ""],
    "media_hashes": pa.array([["f0", "f0"], ["f0"], ["f1"], None, []], TEXTS),
    "objects": pa.array([["url:1", "url:1"], ["tag:2"], [], None, ["plain"]], TEXTS),
    "text_key": ["k", "k", "k", "", "k"],
    "near_key": ["", "n", "", "", "n"],
})  # fmt: skip
EXPECTED = {
    "url": [(0, "https://blatt.example/1"), (1, "https://blatt.example/1")],
    "domain": [(0, "blatt.example"), (1, "blatt.example")],
    "hashtag": [(0, "b"), (0, "c"), (0, "wahl"), (1, "b"), (1, "c"), (1, "wahl")],
    "hashtag_sequence": [(0, "wahl wahl b c"), (1, "wahl b c")],
    "mention": [(0, "anna"), (1, "anna")],
    "repost": [(2, "0"), (3, "0")],
    "repost_author": [(2, "anna"), (3, "someone")],
    "fast_repost": [(3, "0")],
    "reply": [(0, "9"), (1, "9")],
    "same_text": [(0, "k"), (1, "k"), (4, "k")],
    "near_text": [(0, "k"), (1, "n"), (4, "n")],
    "media": [(0, "f0"), (1, "f0")],
    "object": [(0, "url:1"), (0, "url:1"), (1, "tag:2"), (4, "plain")],
    "article_copy": [(4, "n")],
}


def module(name):
    return importlib.import_module(f"coordination.traces.{name}")


def test_every_trace_has_an_expectation():
    assert sorted(EXPECTED) == TRACES


@pytest.mark.parametrize("name", TRACES)
def test_rows_and_objects(name):
    found = module(name).objects(POSTS)
    assert found.schema == pa.schema({"row": pa.int64(), "object": pa.string()})
    assert sorted(zip(found["row"].to_pylist(), found["object"].to_pylist(), strict=True)) == EXPECTED[name]


@pytest.mark.parametrize("name", TRACES)
def test_contract(name):
    assert inspect.getdoc(module(name)), "analysts read it"
    for posts in (
        POSTS.slice(0, 0),
        pa.table({"account": ["a"], "published": pa.array([0], pa.timestamp("us", "UTC"))}),
        POSTS.select(["id"]),
    ):
        assert module(name).objects(posts).num_rows == 0
    chunked = pa.concat_tables([POSTS.slice(0, 2), POSTS.slice(2)])
    assert module(name).objects(chunked).sort_by("object").equals(module(name).objects(POSTS).sort_by("object"))


def test_an_article_acts_as_its_site_and_a_nameless_post_not_at_all():
    acts = build(POSTS, module("same_text").objects(POSTS))
    assert [acts.accounts[k].as_py() for k in acts.account] == ["anna", "bert", "zeitung.example"]


def test_traces_take_a_parameter_where_it_means_something():
    assert len(acts_of(POSTS, "hashtag_sequence:4")) == 1
    assert len(acts_of(POSTS, "fast_repost:60")) == 2
    assert len(acts_of(POSTS, "object:tag")) == 1
    for trace in ("hashtag_sequence:x", "fast_repost:-1", "url:x"):
        with pytest.raises(UsageError):
            acts_of(POSTS, trace)


def test_domains_need_no_network():
    domain = module("domain").domain
    assert [domain(u) for u in ("https://a.b.example.co.uk/x", "http://127.0.0.1:80/", "http://localhost/x", "nonsense")] == [
        "example.co.uk",
        "127.0.0.1",
        "localhost",
        "",
    ]
