import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.store import Archive
from coordination.acts import build
from coordination.increment import advance, afresh, dense, worth
from coordination.traces import object as object_trace
from models.records import Edge, Group
from tests.support import coordination as slow
from tests.support.cli import quiet_election, tocsin

HOUR = 3600
names = st.sampled_from(["a", "B", "é", "aa", "10", "9", "zz"])
rows_of = st.lists(st.tuples(names, st.sampled_from(["x", "y", "z", "w"]), st.integers(0, 5 * 24)), max_size=40)
LISTINGS = st.sampled_from([10**9, -1])


def acts_of(rows):
    table = slow.posts([(a, o, t * HOUR) for a, o, t in rows])
    return build(table, object_trace.objects(table))


def told(partial):
    """Everything a partial says, by name."""
    accounts, objects = partial.acts.accounts.to_pylist(), partial.acts.objects.to_pylist()
    counts = partial.counts(1)
    pairs = [(accounts[a], accounts[b], int(w)) for a, b, w in zip(counts.a, counts.b, counts.weight, strict=True)]
    assert np.all(np.diff(partial.pair) > 0)
    return pairs, {objects[k]: int(n) for k, n in enumerate(partial.met)}


@settings(max_examples=300, deadline=None)
@given(st.lists(rows_of, min_size=1, max_size=4), st.sampled_from([0, HOUR, 5 * HOUR, 30 * HOUR]), LISTINGS)
def test_random_nights_in_any_order_equal_a_full_count(nights, window, listing):
    """Each night has other rows: days added, days gone, rows in between; only what changed is counted."""
    partial = None
    for rows in nights:
        partial = advance(partial, acts_of(rows), window, listing).partial
        assert told(partial) == told(afresh(acts_of(rows), window, listing))


@settings(max_examples=200, deadline=None)
@given(rows_of, st.lists(st.integers(0, 5 * 24), min_size=1, max_size=4), st.integers(24, 96), LISTINGS)
def test_a_sliding_range_of_days_equals_a_full_count(rows, ends, length, listing):
    partial = None
    for end in sorted(ends):
        some = acts_of([row for row in rows if end - length <= row[2] <= end])
        partial = advance(partial, some, 2 * HOUR, listing).partial
        assert told(partial) == told(afresh(some, 2 * HOUR, listing))


def test_only_the_touched_acts_are_counted():
    rows = [(f"a{k % 40}", f"o{k % 97}", k // 40) for k in range(4000)]
    before = afresh(acts_of(rows), HOUR)
    step = advance(before, acts_of([*rows, ("new", "o1", 100), ("a1", "o200", 101)]), HOUR)
    assert step.counted == 2
    same = advance(before, acts_of(rows), HOUR)
    assert same.counted == 0
    assert told(same.partial) == told(before)


def test_sums_are_kept_only_where_they_save():
    few = acts_of([("a", "x", 0), ("b", "x", 0), ("c", "x", 0)])
    assert not worth(few, 60, 3)
    assert worth(few, 60, 2)
    assert not dense(afresh(few, 60), 60)
    assert dense(afresh(acts_of([(a, f"o{k}", k) for k in range(20) for a in "ab"]), 60), 60)


def posts_file(path, rows):
    lines = [f"{a},{i},2026-03-{1 + t // 24:02d}T{t % 24:02d}:{m:02d}:00Z,https://example.org/{o}" for i, (a, o, t, m) in enumerate(rows)]
    path.write_text("\n".join(["account,id,published,links", *lines]) + "\n", "utf-8")
    return path


def nights(folder, rows, *options):
    """Posts of three days, a scan's coordinate after each of two imports; the edges and groups of the last."""
    quiet_election(folder)
    with (folder / "tocsin.toml").open("a") as settings:
        settings.write("[coordination]\nsums = 0\ndays = 36525\n")
    said = []
    for part in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
        tocsin("import", "--platform", "x", str(posts_file(folder / f"{len(part)}-{part[0][1]}.csv", part)), cwd=folder)
        said.append(json.loads(tocsin("coordinate", "--json", *options, cwd=folder).stdout.splitlines()[-1]))
    archive = Archive(folder / "archive")
    found = [e.to_json() for e in archive.read("edges", Edge)], [g.to_json() for g in archive.read("groups", Group)]
    return said, found


def test_the_command_goes_on_from_the_last_night_and_says_the_same(tmp_path):
    random = np.random.default_rng(3)
    rows = [(f"a{random.integers(40)}", f"o{random.integers(200)}", int(random.integers(72)), int(random.integers(60))) for _ in range(600)]
    rows += [(f"z{a}", f"p{k}", 7 * k, a) for k in range(10) for a in range(4)]
    rows.sort(key=lambda row: row[2])
    (tmp_path / "on").mkdir()
    (tmp_path / "anew").mkdir()
    on, found = nights(tmp_path / "on", rows)
    anew, same = nights(tmp_path / "anew", rows, "--recount")
    assert found[0]
    assert found == same
    assert list((tmp_path / "on" / "archive" / "sums").glob("url-60.*.parquet"))
    for damaged in (tmp_path / "on" / "archive" / "sums").glob("*pairs*"):
        damaged.write_bytes(damaged.read_bytes()[:-40])
    tocsin("coordinate", cwd=tmp_path / "on")
    again = [e.to_json() for e in Archive(tmp_path / "on" / "archive").read("edges", Edge)]
    assert again == found[0]
    del on, anew
