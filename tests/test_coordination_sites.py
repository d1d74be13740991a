"""Sites as accounts: an invented copy network among invented newspapers that print the same agency texts."""

import csv
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from archive.store import Archive
from models.records import Edge, Group
from tests.support import coordination as slow
from tests.support.cli import quiet_election, tocsin

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
NETWORK = [f"pravda-{town}.example" for town in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")]
PAPERS = [f"paper{k:02d}.example" for k in range(60)]


def articles():
    """(site, time, text): copied within minutes by the network, agency texts printed by many papers within the hour, and own texts."""
    random = np.random.default_rng(11)
    rows = []
    for k in range(25):
        when = START + timedelta(minutes=int(random.integers(6 * 1440)))
        text = f"Article number {k} of the network says that item {k * 7} of the list was decided against the will of everybody concerned."
        rows += [(site, when + timedelta(seconds=int(random.integers(900))), text) for site in NETWORK if random.random() < 0.8]
    for k in range(60):
        when = START + timedelta(minutes=int(random.integers(6 * 1440)))
        text = f"Sitting {k} of the assembly ended late, the presidency announced after {k + 3} hours of debate on the budget. (AFP)"
        taken = random.random(len(PAPERS)) < 0.4
        rows += [(s, when + timedelta(seconds=int(random.integers(3600))), text) for s, t in zip(PAPERS, taken, strict=True) if t]
    for site in [*PAPERS, *NETWORK]:
        for k in range(8):
            when = START + timedelta(minutes=int(random.integers(6 * 1440)))
            rows.append((site, when, f"Own report {k} by {site} about the town council and its {int(random.integers(10**6))} decisions."))
    return rows


@pytest.fixture(scope="module")
def rows():
    return articles()


def workspace(folder, rows):
    quiet_election(folder)
    columns = {
        "id": [f"n{k}" for k in range(len(rows))],
        "kind": ["article"] * len(rows),
        "platform": ["web"] * len(rows),
        "source": [site for site, _, _ in rows],
        "url": [f"https://{site}/{k}" for k, (site, _, _) in enumerate(rows)],
        "published": pa.array([when for _, when, _ in rows], pa.timestamp("us", "UTC")),
        "fetched": pa.array([when for _, when, _ in rows], pa.timestamp("us", "UTC")),
        "date_source": ["json-ld"] * len(rows),
        "language": ["en"] * len(rows),
        "text": [text for _, _, text in rows],
    }
    Archive(folder / "archive").take(pa.table(columns))
    tocsin("annotate", cwd=folder)
    return folder


def test_a_copy_network_is_found_in_the_archive_and_agencies_explain_themselves(tmp_path, rows):
    folder = workspace(tmp_path, rows)
    tocsin("coordinate", "--since", "2026-03-01", "--trace", "article_copy", "--window", "3600", cwd=folder)
    archive = Archive(folder / "archive")
    found, groups = list(archive.read("edges", Edge)), list(archive.read("groups", Group))
    assert {name for edge in found for name in (edge.a, edge.b)} == set(NETWORK)
    assert [set(group.members) for group in groups] == [set(NETWORK)]
    assert all(abs(pair.time_a - pair.time_b) <= timedelta(hours=1) for edge in found for pair in edge.pairs)


@pytest.mark.parametrize("command", ["edges", "analyse"])
def test_a_file_of_articles_gives_the_network_without_a_workspace(tmp_path, rows, command):
    path = tmp_path / "articles.csv"
    with path.open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["account", "id", "published", "text"])
        out.writerows((site, f"n{k}", when.isoformat(), text) for k, (site, when, text) in enumerate(rows))
    made = tmp_path / ("edges.csv" if command == "edges" else "result")
    tocsin(command, str(path), "-o", str(made), "--trace", "article_copy:accounts", "--window", "3600", cwd=tmp_path)
    with (made if command == "edges" else made / "edges.csv").open() as handle:
        found = list(csv.DictReader(handle))
    assert {row[name] for row in found for name in ("a", "b")} == set(NETWORK)


def test_one_credit_among_many_copies_explains_nothing():
    from coordination.traces import article_copy

    table = slow.posts([(site, "", k) for k, site in enumerate(NETWORK)])
    table = table.append_column("text_key", pa.array(["k"] * len(NETWORK)))
    one = table.append_column("agency", pa.array([True] + [False] * (len(NETWORK) - 1)))
    many = table.append_column("agency", pa.array([True] * 4 + [False] * (len(NETWORK) - 4)))
    assert article_copy.objects(one, "accounts").num_rows == len(NETWORK)
    assert article_copy.objects(many, "accounts").num_rows == 0


@pytest.mark.parametrize(
    ("text", "credited"),
    [
        ("SAINT-ARNOUL (ALP) - La récolte de pommes atteint 214 000 tonnes.", True),
        ("Publié hier\nSankt Arnulf (lpa) – Mit 214 000 Tonnen fällt die Ernte hoch aus.", True),
        ("La récolte (voir plus bas) - et la suite.", False),
        ("Un parti (PLR) - celui de la ministre - s'y oppose.", False),
    ],
)
def test_a_dateline_credits_an_agency_whatever_its_name(text, credited):
    from nlp.reasons import _case

    assert _case.credited("Titre", text) is credited


def test_texts_of_an_agency_are_no_same_text_of_sites_but_of_accounts():
    from coordination.engine import shared_objects
    from nightly.wire import with_agency

    text = "RIGA (leta) - Nine words that are the same on every one of these sites."
    kinds = ["article", "article", "post"]
    posts = pa.table({"id": ["a", "b", "c"], "kind": kinds, "title": [""] * 3, "text": [text] * 3, "text_key": ["k"] * 3})
    for trace in ("same_text", "near_text"):
        assert shared_objects(with_agency(posts, [trace]), trace)["row"].to_pylist() == [2]
        assert shared_objects(posts, trace)["row"].to_pylist() == [0, 1, 2]
