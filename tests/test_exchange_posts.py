"""Tables of posts: the names, times and lists that people write, and what is said of rows that are none."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exchange
from exchange.raw import Problems
from exchange.times import moments
from models.errors import SkipRecord, StopRun, UsageError
from models.records import TRUSTED_DATES, Document, post_id

QUT = Path(__file__).resolve().parent / "fixtures" / "qut"
HEAD = "account,time,text\n"


def read(path: Path, **how: Any) -> tuple[list[Document], list[SkipRecord]]:
    found = list(exchange.read(path, **how))
    return [d for d in found if isinstance(d, Document)], [s for s in found if isinstance(s, SkipRecord)]


def written(tmp_path: Path, text: str | bytes, name: str = "posts.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_full_table_becomes_documents(tmp_path: Path) -> None:
    text = (
        "id,account,account_name,time,text,urls,hashtags,mentions,repost_of,repost_author,reply_to,quote_of,media,language,platform,title,url\n"
        '1,u1,Jeanne,2027-04-11T20:15:00+02:00,"Bonjour, ""vous""\nlà","https://a.example/x,y http://b.example",'
        "#Vote #élection,@bob,9,u9,8,7,aa bb,fr-FR,x,T,https://x.example/1\n"
    )
    (one,), skipped = read(written(tmp_path, text))
    assert skipped == []
    assert one == Document(
        id=post_id("x", "1"), kind="post", platform="x", source="import:posts.csv", fetched=one.fetched, platform_id="1",
        url="https://x.example/1", account="u1", account_name="Jeanne", published=datetime(2027, 4, 11, 18, 15, tzinfo=UTC),
        date_source="import", language="fr", title="T", text='Bonjour, "vous"\nlà', links=("https://a.example/x,y", "http://b.example"),
        hashtags=("vote", "élection"), mentions=("bob",), repost_of="9", repost_author="u9", reply_to="8", quote_of="7",
        media_hashes=("aa", "bb"), raw="posts.csv#1",
    )  # fmt: skip


def test_links_hashtags_and_mentions_are_read_from_the_text_where_there_is_no_column(tmp_path: Path) -> None:
    text = HEAD + 'a,0,"#Wahl #2027 ＃Straße a#b (https://a.example/x_(y)#frag), @anna.b! @c@d.example mail@e.example"\nb,1,none\n'
    (one, two), _ = read(written(tmp_path, text))
    assert one.links == ("https://a.example/x_(y)#frag",)
    assert one.hashtags == ("wahl", "straße")
    assert one.mentions == ("anna.b", "c@d.example")
    assert (two.links, two.hashtags, two.mentions) == ((), (), ())
    (given_one, _), _ = read(written(tmp_path, "account,time,text,hashtags\na,0,#x,\nb,1,y,z\n"))
    assert given_one.hashtags == (), "a column that says nothing is believed"


@pytest.mark.parametrize(
    ("cell", "entries"),
    [
        ("", ()),
        ("[]", ()),
        ("https://a.example https://b.example/?q=1,2", ("https://a.example", "https://b.example/?q=1,2")),
        ("https://a.example,https://b.example", ("https://a.example", "https://b.example")),
        ('["https://a.example", "https://b.example"]', ("https://a.example", "https://b.example")),
        ("['https://a.example', 'https://b.example']", ("https://a.example", "https://b.example")),
        ("[https://a.example, https://b.example]", ("https://a.example", "https://b.example")),
        ('[{"url": "https://t.example", "expanded_url": "https://a.example"}]', ("https://a.example",)),
        ("https://a.example https://a.example", ("https://a.example",)),
        ("['https://a.example', __import__('os')]", ("https://a.example", "__import__('os')")),
    ],
)
def test_lists_in_every_notation(cell: str, entries: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "posts.ndjson"
    path.write_text(json.dumps({"account": "a", "time": 0, "urls": cell}) + "\n", "utf-8")
    (one,), _ = read(path)
    assert one.links == entries


def test_parquet_lists_times_and_numbers(tmp_path: Path) -> None:
    table = pa.table(
        {
            "user_id": pa.array([12, 2**60, None]),
            "created_at": pa.array([datetime(2027, 4, 1, tzinfo=UTC)] * 3, pa.timestamp("ms", "Europe/Paris")),
            "text": pa.array(["a", "b", "c"]).dictionary_encode(),
            "urls": pa.array([["https://a.example", None], None, []], pa.list_(pa.string())),
            "tweet_id": pa.array([1.0, None, 3.0]),
        }
    )
    pq.write_table(table, tmp_path / "posts.parquet")
    (one, two), (lost,) = read(tmp_path / "posts.parquet")
    assert (one.account, two.account) == ("12", str(2**60))
    assert one.links == ("https://a.example",)
    assert one.published == datetime(2027, 4, 1, tzinfo=UTC)
    assert (one.platform_id, two.platform_id) == ("1", ""), "a float column of small whole numbers is exact"
    assert str(lost) == "posts.parquet, row 3: no account (every row needs one)"


def test_other_names_are_understood_and_told_and_map_wins(tmp_path: Path) -> None:
    path = written(tmp_path, "Tweet ID,user_id,Created At,full_text,reach,n\n1,u,2027-04-01T00:00:00Z,hello,9,other\n")
    loaded = exchange.load(path)
    assert loaded.format == "posts"
    assert sorted(loaded.notes) == ["Created At read as time", "Tweet ID read as id", "full_text read as text", "user_id read as account"]
    mapped = exchange.load(path, mapping={"account": "n"})
    assert mapped.table["account"].to_pylist() == ["other"]
    nested = tmp_path / "x.ndjson"
    nested.write_text('{"t": 5, "user": {"id": 7}, "text": "x"}\n', "utf-8")
    (one,), _ = read(nested, mapping={"account": "user.id", "time": "t"})
    assert one.account == "7"


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2027-04-11T20:15:00Z", datetime(2027, 4, 11, 20, 15, tzinfo=UTC)),
        ("2027-04-11 20:15:00.123456+02:00", datetime(2027, 4, 11, 18, 15, 0, 123456, tzinfo=UTC)),
        ("2027-04-11 20:15 UTC", datetime(2027, 4, 11, 20, 15, tzinfo=UTC)),
        ("2027-04-11T20:15:00.123456789 -0500", datetime(2027, 4, 12, 1, 15, 0, 123456, tzinfo=UTC)),
        ("1807474500", datetime(2027, 4, 11, 20, 15, tzinfo=UTC)),
        ("1807474500.25", datetime(2027, 4, 11, 20, 15, 0, 250000, tzinfo=UTC)),
        ("1807474500123", datetime(2027, 4, 11, 20, 15, 0, 123000, tzinfo=UTC)),
        ("1807474500123456", datetime(2027, 4, 11, 20, 15, 0, 123456, tzinfo=UTC)),
        ("1807474500123456789", datetime(2027, 4, 11, 20, 15, 0, 123456, tzinfo=UTC)),
        ("Sun Apr 11 20:15:00 +0000 2027", datetime(2027, 4, 11, 20, 15, tzinfo=UTC)),
        ("Sun, 11 Apr 2027 20:15:00 GMT", datetime(2027, 4, 11, 20, 15, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_in_every_notation(cell: str, moment: datetime, tmp_path: Path) -> None:
    documents, skipped = read(written(tmp_path, HEAD + f'a,"{cell}",x\n'))
    assert skipped == []
    assert documents[0].published == moment


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("", "no time (every row needs one)"),
        ("yesterday", "not a time: 'yesterday'"),
        ("2027-02-30T10:00:00Z", "not a time: '2027-02-30T10:00:00Z'"),
        ("2027-04-11T25:00:00+02:00", "not a time"),
        ("2027-04-11 20:15:00", "a time without a zone: '2027-04-11 20:15:00' (say which zone it is: --tz Europe/Paris, or --tz UTC)"),
        ("2021-09-01 12:00:00 CEST", "not a time"),
        ("1e300", "not a time"),
        ("99999999999999999999999", "not a time"),
        ("nan", "not a time"),
        ("\u0661\u0662", "not a time"),
    ],
)
def test_what_is_no_time_is_named_with_its_line(cell: str, what: str, tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + f'a,0,"two\nlines"\nb,{cell},x\nc,5,y\n')
    documents, skipped = read(path)
    assert [d.account for d in documents] == ["a", "c"]
    assert len(skipped) == 1
    assert str(skipped[0]).startswith(f"posts.csv, line 4: {what}")


def test_a_zone_for_times_that_name_none(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "a,2027-07-01 12:00:00,x\nb,2027-07-01T12:00:00Z,x\nc,2027-07-02,x\nd,2027-03-28 02:30:00,x\n")
    (a, b, c, d), skipped = read(path, tz="Europe/Paris")
    assert skipped == []
    assert a.published == datetime(2027, 7, 1, 10, tzinfo=UTC)
    assert b.published == datetime(2027, 7, 1, 12, tzinfo=UTC), "a zone that is stated is kept"
    assert c.date_source not in TRUSTED_DATES, "a day is too coarse for a window"
    assert d.published == datetime(2027, 3, 28, 1, tzinfo=UTC), "an hour that never was is the next"
    with pytest.raises(UsageError, match="unknown time zone"):
        read(path, tz="Europe/Pari")
    naive = pa.table({"account": ["a"], "time": pa.array([datetime(2027, 7, 1, 12)], pa.timestamp("us")), "text": ["x"]})
    pq.write_table(naive, tmp_path / "naive.parquet")
    assert "without a zone" in str(read(tmp_path / "naive.parquet")[1][0])
    assert read(tmp_path / "naive.parquet", tz="UTC")[0][0].published == datetime(2027, 7, 1, 12, tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.datetimes(datetime(1, 1, 2), datetime(9998, 12, 30), timezones=st.timezones(no_cache=False)), max_size=8))
def test_any_iso_time_is_read_exactly(times: list[datetime]) -> None:
    whole = [t for t in times if not t.utcoffset().total_seconds() % 60]  # type: ignore[union-attr]  # the zone is there
    problems = Problems(None)  # type: ignore[arg-type]  # no problem is expected
    found = moments(pa.chunked_array([[t.isoformat(" ") for t in whole]], pa.string()), np.arange(len(whole)), "", problems)
    assert problems.found == {}
    assert found.values.cast(pa.int64()).to_pylist() == [(t - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for t in whole]


@pytest.mark.parametrize("value", ["1.23e18", "1.2345678901234E+18", "1,23E+18", "1234567890123456789.0"])
def test_ids_that_went_through_a_float_are_refused_with_the_reason(value: str, tmp_path: Path) -> None:
    path = written(tmp_path, f'account;time;text;id;repost_of\na;0;x;{value};\nb;0;x;5;"{value}"\n"{value}";0;x;6;\nc;0;x;7.0;\n')
    documents, skipped = read(path)
    assert [d.platform_id for d in documents] == ["7"]
    assert [str(s).split(" (")[0] for s in skipped] == [
        f"posts.csv, line {n}: {name} is a floating-point number: {value!r}" for n, name in ((2, "id"), (3, "repost_of"), (4, "account"))
    ]
    assert "the last digits are lost for good" in str(skipped[0])
    pq.write_table(pa.table({"account": ["a"], "time": [0], "text": ["x"], "id": [1.23e18]}), tmp_path / "x.parquet")
    assert "id is a floating-point number" in str(read(tmp_path / "x.parquet")[1][0])


def test_ids_that_look_like_numbers_but_are_texts_stay(tmp_path: Path) -> None:
    (one, two), _ = read(written(tmp_path, "account,time,text,id\n12e45678,0,x,0012\nb,0,x,1.5\n"))
    assert (one.account, one.platform_id, two.platform_id) == ("12e45678", "0012", "1.5")


def test_without_ids_account_time_and_text_make_one(tmp_path: Path) -> None:
    documents, _ = read(written(tmp_path, HEAD + "a,0,x\na,0,y\na,1,x\nb,0,x\na,0,x\n"))
    assert len({d.id for d in documents}) == 4
    assert documents[0].id == documents[4].id
    loaded = exchange.load(tmp_path / "posts.csv", actions=True)
    assert loaded.table.num_rows == 4
    assert any("repeat an id" in note for note in loaded.notes)


ENCODED = HEAD + "a,0,Wähler l’été\n"


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (ENCODED.encode("utf-8-sig"), ""),
        (ENCODED.encode("utf-16"), "read as UTF-16"),
        (ENCODED.encode("utf-16-le"), "read as UTF-16-LE"),
        (ENCODED.encode("cp1252"), "read as Windows-1252"),
        (ENCODED.replace("\n", "\r\n").encode(), ""),
        (ENCODED.replace("\n", "\r").encode(), ""),
        (ENCODED.replace(",", ";").encode(), "separated by ';'"),
        (ENCODED.replace(",", "\t").encode(), "separated by tabs"),
        (("\n\n" + ENCODED + "\n\n").encode(), ""),
    ],
)
def test_encodings_line_ends_and_delimiters(data: bytes, note: str, tmp_path: Path) -> None:
    loaded = exchange.load(written(tmp_path, data))
    assert loaded.table["text"].to_pylist() == ["Wähler l’été"]
    assert loaded.skipped == []
    assert any(note in n for n in loaded.notes) if note else loaded.notes == []


def test_nul_bytes_are_replaced_and_told(tmp_path: Path) -> None:
    loaded = exchange.load(written(tmp_path, HEAD + 'a,0,"x\0y"\n'))
    assert loaded.table["text"].to_pylist() == ["x\N{REPLACEMENT CHARACTER}y"]
    assert any("NUL" in n for n in loaded.notes)


def test_ragged_rows_and_lone_quotes_cost_their_rows_only(tmp_path: Path) -> None:
    ragged = written(tmp_path, HEAD + 'a,0,"x\ny"\nb,0\n\nc,0,x,too many\nd,0,5" tall\nd,zero,x\n', "ragged.csv")
    documents, skipped = read(ragged)
    assert [d.account for d in documents] == ["a", "d"]
    assert [str(s).split(": ")[0] for s in skipped] == ["ragged.csv, line 4", "ragged.csv, line 6", "ragged.csv, line 8"]
    quotes = written(tmp_path, HEAD + 'a,0,x\nb,0,"never closed\nc,0,x\nd,0,"closed"\ne,0,x\n', "quotes.csv")
    documents, skipped = read(quotes)
    assert [d.account for d in documents] == ["a", "c", "d", "e"]
    assert str(skipped[0]).startswith("quotes.csv, line 3: a quote that is opened or closed only once: 'b,0,\"never closed'")
    assert len(skipped) == 1
    last = written(tmp_path, HEAD + 'a,0,x\nb,0,"to the end\nc,0,x\nd,0,y\n', "last.csv")
    assert [d.account for d in read(last)[0]] == ["a", "c", "d"]


def test_a_long_field_is_read_and_an_absurd_one_refused(tmp_path: Path) -> None:
    documents, skipped = read(written(tmp_path, HEAD + f"a,0,{'x' * 300_000}\nb,0,{'y' * 1_100_000}\n"))
    assert [len(d.text) for d in documents] == [300_000]
    assert "a text of more than 1,000,000 bytes" in str(skipped[0])


def test_json_lines_that_are_none_are_named(tmp_path: Path) -> None:
    good = '{"account": "a", "time": "2027-04-01T00:00:00Z", "text": "x \\ud83d", "id": 12345678901234567890}\n'
    nested = "[" * 100_000
    path = written(tmp_path, good + '{"account": \n[1]\n' + nested + "\n\n" + good.replace('"a"', '"b"'), "posts.ndjson")
    documents, skipped = read(path)
    assert [(d.account, d.platform_id, d.text) for d in documents] == [(a, "12345678901234567890", "x \ufffd") for a in "ab"]
    assert [str(s).split(": ")[0] for s in skipped] == [f"posts.ndjson, line {n}" for n in (2, 3, 4)]
    listed = written(tmp_path, "[" + good.strip() + "]", "list.json")
    assert len(read(listed)[0]) == 1


@pytest.mark.parametrize(
    ("name", "data", "kind", "words"),
    [
        ("a.csv", b"", StopRun, "the file is empty"),
        ("a.parquet", b"", StopRun, "the file is empty"),
        ("a.parquet", b"PAR1 cut short", StopRun, "is not a whole Parquet file"),
        ("program.csv", b"\x7fELF\x02\x01\x00\x00,id,text\n1,2,3\n", StopRun, "is no table"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00rest", StopRun, "is compressed"),
        ("a.csv", b"x,y\n1,2\n", UsageError, "no known format has these columns: x, y"),
        ("a.csv", b"account,time,time,text\na,0,0,x\n", UsageError, "the column 'time' is there twice"),
        ("a.ndjson", b"{not json}\n", StopRun, "holds no JSON objects"),
        ("a.json", b"[1, 2", StopRun, "is not JSON"),
    ],
)
def test_files_that_are_no_table(name: str, data: bytes, kind: type[Exception], words: str, tmp_path: Path) -> None:
    with pytest.raises(kind) as caught:
        read(written(tmp_path, data, name))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_wishes_are_usage_errors(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "a,0,x\n")
    for how, words in (
        ({"format": "post"}, "did you mean 'posts'"),
        ({"mapping": {"acount": "account"}}, "did you mean 'account'"),
        ({"mapping": {"account": "acount"}}, "there is no column 'acount'"),
        ({"format": "coortweet"}, "no column for object_id and account_id and content_id and timestamp_share"),
        ({"format": "qut"}, "has 3 columns"),
    ):
        with pytest.raises(UsageError, match=words):
            read(path, **how)
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="could share"):
        read(written(tmp_path, "account,time\na,0\n"), format="posts")


def test_qut_is_read_by_position() -> None:
    loaded = exchange.load(QUT / "coretweet_test_input.csv")
    assert loaded.format == "qut"
    rows = loaded.table.to_pylist()
    assert [(r["platform_id"], r["account"], r["repost_of"], r["links"]) for r in rows[:2]] == [
        ("0", "uid0", "rtid0", []),
        ("1", "uid1", "rtid0", []),
    ]
    assert rows[1]["published"] == datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC)
    sample = exchange.load(QUT / "sample_data.csv").table.to_pylist()
    assert sample[1]["links"] == ["http://example.com/4", "http://example.com/6"]
    assert sample[0]["published"] == datetime(2020, 11, 27, 4, 26, 10, 518101, tzinfo=UTC)


def test_qut_with_other_names_and_a_repeated_message(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,c,d,e,f,g,h\n1,u,n,,,hello,5,\n1,u,n,,,again,6,\n2,u,n,1,,RT,7,http://x.example http://y.example\n")
    table, skipped = exchange.table(path, "qut")
    assert skipped == []
    assert table["text"].to_pylist() == ["hello", "RT"]
    assert table["links"].to_pylist() == [[], ["http://x.example", "http://y.example"]]


def test_every_format_is_sure_of_its_own_and_not_of_others() -> None:
    from exchange.readers import coortweet, posts, qut

    own = {
        coortweet: ["object_id", "account_id", "content_id", "timestamp_share"],
        qut: list(qut.COLUMNS),
        posts: ["account", "time", "text"],
    }
    for reader, names in own.items():
        sure = {other: other.sniff(names, {}) for other in own}  # type: ignore[attr-defined]
        assert max(sure, key=lambda o: sure[o]) is reader
        assert 0 < sure[reader] <= 1
    assert exchange.formats() == ["coortweet", "posts", "qut"]
