import csv
import json
from datetime import datetime
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from coordination import accounts, fusion, presets
from coordination.engine import acts_of, coordinate
from coordination.group_test import joins
from coordination.parameters import Parameters
from models.errors import UsageError
from tests.support import coordination as slow

BACKGROUND = slow.crowd(seed=3, accounts=800, objects=1200, acts=9000)


def run(rows, **chosen):
    return coordinate(slow.posts(rows), Parameters(traces=("object",), **chosen))


def diffuse(members=14, objects=60, share=4, seed=8):
    """Every account takes part in a few of many objects, so that no pair shares more than a few."""
    random = np.random.default_rng(seed)
    rows = []
    for k in range(objects):
        start = random.uniform(0, 7 * slow.DAY)
        rows += [(f"z{m:02d}", f"d-{k}", float(int(start + random.uniform(0, 40)))) for m in random.choice(members, share, replace=False)]
    return rows


def test_accounts_of_a_diffuse_operation_are_flagged_though_hardly_an_edge_is():
    found = run(BACKGROUND + diffuse(), windows=(60.0,))
    flagged = {person.account for person in found.people if person.reason}
    called = {name for edge in found.edges for name in (edge.a, edge.b)}
    assert len({name for name in flagged if name.startswith("z")}) >= 12
    assert len(called) <= len(flagged)
    assert not {name for name in flagged if not name.startswith("z")}
    assert all(person.group for person in found.people if person.reason)


def test_every_account_comes_once_and_the_crowd_is_unflagged():
    rows = BACKGROUND + slow.planted(5, 12)
    found = run(rows, windows=(60.0, 3600.0))
    assert sorted(p.account for p in found.people) == sorted({row[0] for row in rows})
    assert {p.account for p in found.people if p.reason} == {f"z{k}" for k in range(5)}
    first = found.people[0]
    assert first.partners == 4
    assert first.reason.startswith("4 partners; shared 12 objects (object) with z")
    assert {p.group for p in found.people if not p.reason} == {""}


def test_one_fused_edge_for_two_traces_and_windows():
    rows = BACKGROUND + slow.planted(3, 6)
    table = slow.posts(rows, reply_to=[o for _, o, _ in rows])
    found = coordinate(table, Parameters(traces=("object", "reply"), windows=(60.0, 3600.0)))
    assert len(found.fused) == 3
    assert {edge.traces for edge in found.fused} == {("object", "reply")}
    assert {edge.weight for edge in found.fused} == {12}
    assert all({pair.trace for pair in edge.pairs} == {"object", "reply"} for edge in found.fused)


def test_the_harmonic_mean_is_no_smaller_than_it_may_be():
    """Under any dependence: here L times the same p."""
    p = np.random.default_rng(0).random(20_000)
    for looks in (2, 5):
        fused = fusion.harmonic(looks / p, looks)
        assert (fused <= 0.05).mean() <= 0.05
    assert fusion.harmonic(np.array([3.0]), 3)[0] == 1.0


def test_the_kth_partner_counts():
    from coordination.counting import Counts
    from coordination.null import Activity, Judged

    a, b = np.zeros(6, np.int64), np.arange(1, 7)
    counts = Counts(a, b, np.full(6, 2), np.array([6]))
    active = Activity(np.arange(101), np.zeros(100, np.int32), np.ones(100))
    judged = Judged(counts, np.array([6]), active, np.array([0.0012]), np.ones(6), np.full(6, 1e-4), np.ones(6), 4950)
    p, rank = accounts.strongest(judged, 100, 100)
    assert rank[0] == 5
    assert p[0] < 1e-10
    assert rank[1] == 1
    assert p[1] == pytest.approx(5 * 0.01, rel=0.01)


def test_joins_count_an_account_once_per_object():
    rows = [(f"a{k}", "x", k) for k in range(10)] + [("a0", "x", 11), ("a1", "y", 500), ("a1", "y", 501)]
    acts = acts_of(slow.posts(rows), "object")
    assert joins(acts, 60) == 10  # nine joined a0, and a0 joined them again
    assert joins(acts, 0) == 0


def test_groups_are_tested_and_described():
    found = run(BACKGROUND + slow.planted(6, 10), windows=(60.0,))
    assert [fact.size for fact in found.facts] == [6]
    fact = found.facts[0]
    assert (fact.density, fact.joins, fact.id) == (1.0, 50, found.groups[0].id)
    assert fact.q < 1e-6
    assert 0 < fact.tempo <= 30


def test_presets_load_and_name_known_traces():
    import coordination.traces
    from models import registry

    assert {"coortweet", "coornet", "pacheco_2021", "weber_neumann_2021", "hristakieva_2022", "luceri_2024"} <= set(presets.names())
    listed = (slow.ROOT / "docs" / "traces.md").read_text("utf-8")
    for name in presets.names():
        preset = presets.load(name)
        assert {trace.partition(":")[0] for trace in preset.traces} <= set(registry.names(coordination.traces))
        assert preset.source
        assert f"| `{name}` |" in listed
    for trace in registry.names(coordination.traces):
        assert f"| `{trace}`" in listed
    with pytest.raises(UsageError, match="pacheco"):
        presets.load("pacheco_2020")


def test_analyse_writes_its_folder(tmp_path):
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines)
        out.writerow(["object_id", "account_id", "content_id", "timestamp_share"])
        rows = BACKGROUND + [(f"<b>{a}", o, t) for a, o, t in slow.planted(4, 12)]
        out.writerows([o, a, f"c{k}", int(1_600_000_000 + t)] for k, (a, o, t) in enumerate(rows))
    folder = tmp_path / "result"
    for _ in range(2):  # a second run replaces the first
        done = slow.run("analyse", path, "-o", folder)
        assert done.code == 0, done.err
    tables = {p.stem: list(csv.DictReader(p.read_text("utf-8").splitlines())) for p in folder.glob("*.csv")}
    assert list(tables["accounts"][0]) == ["account", "posts", "group", "q", "score", "traces", "partners", "reason"]
    assert len(tables["accounts"]) == len({a for a, _, _ in rows})
    assert len(tables["edges"]) == 6
    assert len(tables["evidence"]) == 72
    assert [json.loads(row["members"]) for row in tables["groups"]] == [[f"<b>z{k}" for k in range(4)]]
    page = (folder / "summary.html").read_text("utf-8")
    assert "<b>z0" not in page
    assert "&lt;b&gt;z0" in page
    for name, nodes in (("network.gexf", "node"), ("network.graphml", "node")):
        root = ET.parse(folder / name).getroot()
        assert sum(1 for element in root.iter() if element.tag.endswith("}" + nodes)) == 4
    spells = [(n.get("start"), n.get("end")) for n in ET.parse(folder / "network.gexf").getroot().iter() if n.tag.endswith("}node")]
    seen = [(row["first_seen"], row["last_seen"]) for row in tables["edges"]]
    moments = [tuple(datetime.fromisoformat(text) for text in pair) for pair in (*spells, *seen)]
    assert all(first <= last for first, last in moments)
    assert min(m[0] for m in moments[:4]) == min(m[0] for m in moments[4:])
    assert max(m[1] for m in moments[:4]) == max(m[1] for m in moments[4:])
    (folder / "mine.txt").write_text("x", "utf-8")
    assert slow.run("analyse", path, "-o", folder).code == 2


def test_calibrate_prints_false_edges_beside_q(tmp_path, capsys):
    path = tmp_path / "in.csv"
    rows = BACKGROUND + slow.planted(4, 12)
    lines = ["object_id,account_id,content_id,timestamp_share"]
    lines += [f"{o},{a},c{k},{int(1_600_000_000 + t)}" for k, (a, o, t) in enumerate(rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    assert slow.run("calibrate", path, "--window", "60", "--rounds", "1", "--json").code == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["shuffle"] for row in told] == ["everywhere", "within days", "within days and crowds"]
    assert {row["real"] for row in told} == {6}
    assert all(row["realised"] <= row["q"] for row in told)


def test_the_summary_is_one_file_that_shows_hostile_names_as_text(tmp_path):
    names = ("<script>alert(1)</script>", '\u202eevil" onload=x ', "w" * 300)
    rows = [*BACKGROUND, *(row for k, name in enumerate(names) for row in slow.planted(3, 8, seed=k, name=name))]
    lines = [["account", "time", "objects"], *([a, int(1_600_000_000 + t), o.replace(" ", "")] for a, o, t in rows)]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(lines)
    assert slow.run("analyse", tmp_path / "in.csv", "-o", tmp_path / "result").code == 0
    page = (tmp_path / "result" / "summary.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page
    assert not [word for word in ("src=", "href=", "@import", "url(") if word in page]
    with (tmp_path / "result" / "accounts.csv").open(encoding="utf-8", newline="") as told:
        accounts = [row["account"] for row in csv.DictReader(told)]
    assert len(accounts) == len(set(accounts)) == len({row[0].strip() for row in rows})
