"""`tocsin edges` in the conventions of CooRTweet and the QUT toolkit, through the command line, to the last character.

The expected lines are made here by the slowest and plainest code that follows the tools' own, over random data and random parameters;
the tools' own outputs follow where they are at hand.
"""

import csv
import io
import itertools
import json
import re
import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import coordination as slow

SHARED = slow.shared_data()
BASE = 1_600_000_000
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def run(text, *options, suffix=".csv"):
    """The lines of edges.csv and of the files of --stats, for a file with this text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"in{suffix}").write_text(text, "utf-8")
        done = slow.run("edges", folder / f"in{suffix}", "-o", folder / "edges.csv", "--stats", folder / "stats", *options)
        assert done.code == 0, done.err
        return {path.stem: path.read_text("utf-8").splitlines() for path in folder.rglob("*.csv") if path.name != "in.csv"}


def table(header, rows):
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(header)
    lines.writerows(rows)
    return out.getvalue()


# --- CooRTweet --------------------------------------------------------------------------------------------------------------------


def quantile7(values, share):
    """R's quantile of type 7."""
    values = sorted(values)
    place = (len(values) - 1) * share
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def filtered(rows, pairs, least):
    """filter_min_participation."""
    contents = {share[3] for pair in pairs for share in pair}
    number = defaultdict(int)
    for account, _, _, content in rows:
        number[account] += content in contents
    kept = {content for account, _, _, content in rows if content in contents and number[account] >= least}
    return [(one, two) for one, two in pairs if one[3] in kept or two[3] in kept] if least >= 1 else pairs


def edge_numbers(pairs):
    """Per pair of accounts: weight, average delay, contents older and younger, symmetry, and the contents of each account."""
    edges = defaultdict(list)
    for one, two in pairs:
        edges[tuple(sorted((one[0], two[0])))].append((one, two))
    made = {}
    for (a, b), met in edges.items():
        older, younger = len({one[3] for one, _ in met}), len({two[3] for _, two in met})
        of = [len({share[3] for pair in met for share in pair if share[0] == name}) for name in (a, b)]
        delay = sum(two[2] - one[2] for one, two in met) / len(met)
        symmetry = min(older, younger) / max(older, younger)
        made[a, b] = [len(met), float(delay), older, younger, symmetry], [*of, min(of) / max(of)]
    return made


NUMBERS = ["weight", "avg_time_delta", "n_content_id", "n_content_id_y", "edge_symmetry_score"]


def coortweet(rows, window, least, loops, share, lightest, fast):
    """What CooRTweet would write: edges, pairs and, by level, accounts."""
    pairs = slow.coortweet_pairs(rows, window, least, loops)
    known = [row for row in rows if sum(other[0] == row[0] for other in rows) >= least]
    full = edge_numbers(pairs)
    limit = quantile7([v[0][0] for v in full.values()], share) if full else 0
    if fast is None:
        edges = [[*pair, *v, int(v[0] > limit), *own] for pair, (v, own) in sorted(full.items())]
        return edges, [], pairs
    near = filtered(known, [(one, two) for one, two in pairs if two[2] - one[2] <= fast], least)
    marked = {(one[3], two[3]) for one, two in near}
    flags = [(one[3], two[3]) in marked for one, two in pairs]
    quick = edge_numbers([pair for pair, flag in zip(pairs, flags, strict=True) if flag])
    second = quantile7([v[0][0] for v in quick.values()], share) if quick else 0
    edges = []
    for pair, (v, own) in sorted(full.items()):
        fast_v = quick[pair][0] if pair in quick else [""] * 5
        mixed = [number for both in zip(v, fast_v, strict=True) for number in both]
        edges.append([*pair, *mixed, int(v[0] > limit), int(fast_v[0] > second) if pair in quick else "", *own])
    return edges, flags, pairs


def account_rows(edges, pairs, flags, level, fast):
    """account_stats: unique rows of the edges' numbers by account, averaged; contents of the account in the pairs."""
    at, mark = ((3, 6), 7) if fast is None else ((4, 5, 10, 11), {"full": 12, "fast": 13}.get(level))
    if level != "none" and not (level == "fast" and fast is None):
        edges = [edge for edge in edges if edge[mark] == 1]
    seen = {(end, *(edge[k] for k in at)) for edge in edges for end in edge[:2]}
    contents = defaultdict(set)
    for k, pair in enumerate(pairs):
        if fast is None or level != "fast" or flags[k]:
            for share in pair:
                contents[share[0]].add(share[3])
    made = []
    for name in sorted({row[0] for row in seen} & contents.keys()):
        columns = zip(*(row[1:] for row in seen if row[0] == name), strict=True)
        known = [[v for v in column if v != ""] for column in columns]
        made.append([name, *(sum(v) / len(v) if v else "" for v in known), len(contents[name])])
    return made


accounts = st.sampled_from(["a", "B", "é", "aa", "10", "9", "b,c", 'q"q'])
shares = st.lists(
    st.tuples(accounts, st.sampled_from(["x", "y", "z", "c1"]), st.integers(0, 60), st.integers(0, 4)), min_size=2, max_size=40
)


@FEW
@given(
    shares, st.sampled_from([0, 1, 10, 2.5, 60]), st.integers(0, 4), st.booleans(), st.sampled_from([0, 0.25, 0.5, 0.9, 1]),
    st.integers(1, 3), st.sampled_from([None, 0, 1, 5]), st.sampled_from(["full", "fast", "none"]), st.booleans(), st.booleans(),
)  # fmt: skip
def test_coortweet_over_all_its_parameters(rows, window, least, loops, share, lightest, fast, level, own_contents, parts):
    rows = [(a, o, BASE + t + (0.5 if parts and c == 1 else 0), f"{a}-c{c}" if own_contents else f"c{c}") for a, o, t, c in rows]
    if len({row[0] for row in rows}) < 2 or len({row[2] for row in rows}) < 2:
        return
    options = ["--convention", "coortweet", "--window", window, "--min-participation", least, "--edge-weight", share, "--corrected"]
    options += ["--min-weight", lightest, "--stats-level", level, "--format", "coortweet", *(["--loops"] if loops else [])]
    options += ["--fast-window", fast] if fast is not None else []
    found = run(table(("object_id", "account_id", "content_id", "timestamp_share"), [(o, a, c, t) for a, o, t, c in rows]), *options)
    edges, flags, pairs = coortweet(rows, window, least, loops, share, lightest, fast)
    names = NUMBERS if fast is None else [f"{name}_{kind}" for name in NUMBERS for kind in ("full", "fast")]
    thresholds = ["weight_threshold"] if fast is None else ["weight_threshold_full", "weight_threshold_fast"]
    header = ["account_id", "account_id_y", *names, *thresholds, "contents_a", "contents_b", "symmetry"]
    assert found["edges"] == table(header, [edge for edge in edges if edge[2] >= lightest]).splitlines()
    made = [(one[1], one[3], two[3], float(two[2] - one[2]), one[0], two[0]) for one, two in pairs]
    made = [(*row, int(flag)) for row, flag in zip(made, flags, strict=True)] if fast is not None else made
    read = list(csv.reader(found["pairs"]))
    more = [] if fast is None else [f"time_window_{fast}"]
    assert read[0] == ["object_id", "content_id", "content_id_y", "time_delta", "account_id", "account_id_y", *more]
    assert sorted(map(tuple, read[1:])) == sorted(tuple(map(str, row)) for row in made)
    assert [(row[1], row[2], row[0]) for row in read[1:]] == sorted((row[1], row[2], row[0]) for row in read[1:])
    stats = [[float(v) if k and v else v for k, v in enumerate(row)] for row in list(csv.reader(found["accounts"]))[1:]]
    expected = account_rows(edges, pairs, flags, level, fast)
    assert [row[0] for row in stats] == [row[0] for row in expected]
    for mine, theirs in zip(stats, expected, strict=True):
        assert mine[1:] == ["" if v == "" else pytest.approx(v, abs=1e-12) for v in theirs[1:]]
    sharers = defaultdict(set)
    for pair in pairs:
        for account, target, _, _ in pair:
            sharers[target].add(account)
    counted = sorted(((o, len(names)) for o, names in sharers.items()), key=lambda row: (-row[1], row[0]))
    assert found["objects"] == table(("object_id", "num_accounts"), counted).splitlines()


GOLDEN = [  # window, least, more; pairs, accounts, edges, heaviest; above the threshold: accounts, edges (CooRTweet's own runs)
    (10, 2, [], (447, 525, 442, 3, 8, 4)),
    (60, 2, [], (3791, 2110, 3721, 4, 94, 60)),
    (10, 5, [], (22, 23, 20, 3, 2, 1)),
    (10, 5, ["--loops"], (60, 30, 27, 26, 6, 5)),
    (60, 5, [], (1235, 772, 1193, 4, 59, 36)),
]


def ends(rows):
    return {name for row in rows for name in (row["account_id"], row["account_id_y"])}


@pytest.mark.skipif(SHARED is None, reason="the shared reference outputs are not here")
@pytest.mark.parametrize(("window", "least", "more", "expected"), GOLDEN)
def test_the_golden_numbers_of_coortweet(tmp_path, window, least, more, expected):
    data, out = SHARED / "open" / "coortweet" / "russian_coord_tweets.parquet", tmp_path / "edges.csv"
    words = ("--convention", "coortweet", "--window", window, "--min-participation", least, *more)
    assert slow.run("edges", data, "-o", out, *words).code == 0
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    weights = [int(row["weight"]) for row in rows]
    above = [row for row in rows if row["weight_threshold"] == "1"]
    assert (sum(weights), len(ends(rows)), len(rows), max(weights), len(ends(above)), len(above)) == expected


@pytest.mark.skipif(SHARED is None, reason="the shared reference outputs are not here")
@pytest.mark.parametrize(
    ("data", "name", "options"),
    [
        ("russian_coord_tweets", "ru_tw60_mp2_ew50", ["--window", "60"]),
        ("german_elections", "de_url_tw30_mp2_ew50", ["--window", "30", "--map", "object_id=url_id"]),
        ("german_elections", "de_url_tw30_mp2_ew50", ["--window", "30", "--trace", "object:url"]),
    ],
)
def test_the_reference_outputs_of_coortweet_through_the_command(tmp_path, data, name, options):
    folder, out = SHARED / "open" / "coortweet", tmp_path / "edges.csv"
    words = ("--convention", "coortweet", "--min-participation", "2", "--stats", tmp_path / "stats", *options)
    assert slow.run("edges", folder / f"{data}.parquet", "-o", out, *words).code == 0
    ours = {(r.pop("account_id"), r.pop("account_id_y")): r for r in csv.DictReader(out.read_text("utf-8").splitlines())}
    theirs = {tuple(sorted((r.pop("from"), r.pop("to")))): r for r in slow.packed(folder / "reference_outputs" / f"{name}.edges.csv.gz")}
    assert list(ours) == sorted(theirs)
    for pair, row in theirs.items():
        assert {k: float(v) for k, v in ours[pair].items()} == pytest.approx({k: float(v) for k, v in row.items()}, abs=1e-9)
    pairs = list(csv.DictReader((tmp_path / "stats" / "pairs.csv").read_text("utf-8").splitlines()))
    told = slow.packed(folder / "reference_outputs" / f"{name}.pairs.csv.gz")
    mine, other = (sorted(_pair(row) for row in rows) for rows in (pairs, told))
    assert mine == other


def _pair(row):
    target = re.sub(r"^(url_|url:)", "", row["object_id"])
    return target, row["content_id"], row["content_id_y"], float(row["time_delta"]), row["account_id"], row["account_id_y"]


def test_coortweets_own_simulation_is_found_whole(tmp_path):
    """simulate_data, restated: every coordinated pair is one pair of shares within the window; noise is further apart."""
    rng = __import__("random").Random(123)
    window, rows, truth, clock = 10, [], set(), BASE
    for a, b in itertools.combinations(range(30), 2):
        for _ in range(2 + rng.randrange(4)):
            k, delta, target = len(rows), rng.randint(0, window), f"object_{rng.randrange(20):02d}"
            rows += [(target, f"account_{a:03d}", f"share_{k}", clock), (target, f"account_{b:03d}", f"share_{k + 1}", clock + delta)]
            truth.add((target, f"share_{k}", f"share_{k + 1}", float(delta), f"account_{a:03d}", f"account_{b:03d}"))
            clock += 2 * window + 1
    for k in range(200):
        clock += 4 * window + 4
        pair = (clock, clock + 1 + window + rng.randint(1, window))
        rows += [(f"object_{k % 20:02d}", f"account_{900 + k % 7 + i}", f"noise_{k}_{i}", t) for i, t in enumerate(pair)]
    found = run(table(("object_id", "account_id", "content_id", "timestamp_share"), rows), "--convention", "coortweet", "--window", window)
    pairs = {(r[0], r[1], r[2], float(r[3]), r[4], r[5]) for r in csv.reader(found["pairs"][1:])}
    assert pairs == truth
    assert len(found["edges"]) == 1 + 30 * 29 // 2


# --- the QUT toolkit --------------------------------------------------------------------------------------------------------------

COLUMNS = ("message_id", "user_id", "username", "repost_id", "reply_id", "message", "timestamp", "urls")
TEXTS = [
    "",
    "@x",
    "Hello  world",
    "hello WORLD @bob",
    "hello, world",
    "hello world again",
    "a b c d",
    "a b c e",
    "l'été déjà",
    "L'ÉTÉ déjà",
]
CELLS = ["", "http://x/1", "http://x/1 http://y/?utm_source=a", "['http://x/1']", "[]"]
users, reposts, replies = (st.sampled_from(v) for v in (["u1", "u2", "U3", "é"], ["", "", "r1", "r2"], ["", "p1", "p2"]))
message = st.tuples(st.integers(0, 25), users, reposts, replies, st.sampled_from(TEXTS), st.integers(0, 90), st.sampled_from(CELLS))
messages = st.lists(message, min_size=2, max_size=30)
KINDS = ["co_retweet", "co_tweet", "co_reply", "co_link", "co_similar_tweet", "co_post"]


def normal(text):
    return re.sub(r"\s+", " ", re.sub(r"@.*?(?=\s|$)", "", text.lower())).strip()


def tokens(text):
    cleaned = re.sub(r"@.*?(?=\s|$)", "", text.lower())
    parts = regex.splititer(r"\b\p{Word_Break=WSegSpace}*'?", cleaned, flags=regex.WORD | regex.UNICODE | regex.V1)
    return {token for part in parts if part for token in part.split()}


def alike(kind, one, two, similarity, least):
    repost = bool(one[2] or two[2])
    if kind == "co_retweet":
        return one[2] != "" and one[2] == two[2]
    if kind == "co_post":
        return True
    if repost:
        return False
    if kind == "co_reply":
        return one[3] != "" and one[3] == two[3]
    if kind == "co_link":
        return bool(set(one[6].split()) & set(two[6].split()))
    if kind == "co_tweet":
        return normal(one[4]) != "" and normal(one[4]) == normal(two[4])
    a, b = tokens(one[4]), tokens(two[4])
    return min(len(a), len(b)) >= max(least, 1) and len(a & b) / len(a | b) >= similarity


@FEW
@given(
    messages, st.sampled_from(KINDS), st.sampled_from([0, 1, 7.5, 60]), st.integers(1, 3), st.booleans(),
    st.sampled_from([0, 0.5, 0.6, 0.8, 1]), st.integers(0, 3),
)  # fmt: skip
def test_the_qut_toolkit_over_all_its_parameters(rows, kind, window, least, loops, similarity, fewest):
    first = list({row[0]: row for row in reversed(rows)}.values())
    if len({row[1] for row in first}) < 2 or len({row[5] for row in first}) < 2:
        return
    written = [(k, user, f"@{user}", repost, reply, text, BASE + t, urls) for k, user, repost, reply, text, t, urls in rows]
    options = ["--convention", "qut", "--trace", kind, "--window", window, "--min-weight", least, "--similarity", similarity]
    options += ["--min-tokens", fewest, *(["--loops"] if loops else [])]
    own = defaultdict(set)
    for one, two in itertools.permutations(first, 2):
        if abs(one[5] - two[5]) <= window and (loops or one[1] != two[1]) and alike(kind, one, two, similarity, fewest):
            own[one[1], two[1]].add(one[0])
    expected = sorted((a, b, len(met)) for (a, b), met in own.items() if len(met) >= least)
    assert run(table(COLUMNS, written), *options)["edges"] == table(("source", "target", "weight"), expected).splitlines()


EXPECTED = json.loads((slow.QUT / "expected.json").read_text("utf-8"))


@pytest.mark.parametrize("loops", [True, False])
@pytest.mark.parametrize("name", sorted(EXPECTED["coretweet_test_input.csv"]))
def test_the_toolkits_test_cases_through_the_command(name, loops):
    window, least = name.removeprefix("w").split("m")
    text = (slow.QUT / "coretweet_test_input.csv").read_text("utf-8-sig")
    words = ["--convention", "qut", "--trace", "co_retweet", "--window", window, "--min-weight", least, *(["--loops"] if loops else [])]
    rows = [row for row in EXPECTED["coretweet_test_input.csv"][name] if loops or row[0] != row[1]]
    assert run(text, *words)["edges"] == table(("source", "target", "weight"), sorted(rows)).splitlines()


@pytest.mark.parametrize("kind", sorted(EXPECTED["sample_data.csv_w60"]))
@pytest.mark.parametrize("least", [1, 2])
def test_the_toolkits_example_through_the_command(kind, least):
    text = (slow.QUT / "sample_data.csv").read_text("utf-8-sig")
    words = ("--convention", "qut", "--trace", kind.removesuffix("_0.8"), "--window", "60", "--min-weight", least)
    weights = [int(line.rpartition(",")[2]) for line in run(text, *words)["edges"][1:]]
    assert [len(weights), sum(weights)] == EXPECTED["sample_data.csv_w60"][kind][f"m{least}"]


# --- one set of shares in every shape ---------------------------------------------------------------------------------------------

ACTS = [("a", "x", 0), ("b", "x", 4), ("c", "x", 90), ("a", "y", 200), ("b", "y", 205), ("c", "y", 207), ("a", "z", 300), ("c", "z", 301)]


def iso(seconds, zone="Z"):
    moment = datetime.fromtimestamp(BASE + seconds, UTC)
    moment = moment if zone == "Z" else moment.astimezone(timezone(timedelta(hours=2)))
    return moment.isoformat().replace("+00:00", "Z")


def shapes():
    """Name, text, suffix and options of files that all hold ACTS."""
    four = ("object_id", "account_id", "content_id", "timestamp_share")
    rows = [(o, a, f"c{k}", BASE + t) for k, (a, o, t) in enumerate(ACTS)]
    dicts = [{"who": a, "when": iso(t), "what": [f"https://e.org/{o}"], "key": f"c{k}"} for k, (a, o, t) in enumerate(ACTS)]
    mapped = [f"--map={pair}" for pair in ("account=who", "time=when", "urls=what", "id=key")]
    yield "epoch", table(four, rows), ".csv", []
    yield "milliseconds", table(four, [(*row[:3], row[3] * 1000) for row in rows]), ".csv", []
    yield "iso", table(four, [(*row[:3], iso(row[3] - BASE)) for row in rows]), ".csv", []
    yield "zones", table(four, [(*row[:3], iso(row[3] - BASE, "Z" if k % 2 else "+02")) for k, row in enumerate(rows)]), ".csv", []
    yield "other order", table(four[::-1], [row[::-1] for row in rows]), ".csv", []
    yield (
        "other names",
        table(("o", "who", "c", "t"), rows),
        ".csv",
        [f"--map={n}={c}" for n, c in zip(four, ("o", "who", "c", "t"), strict=True)],
    )
    yield "tabs", table(four, rows).replace(",", "\t"), ".tsv", []
    yield "named", table(four, rows), ".csv", ["--format", "coortweet"]
    yield "json lists", "".join(json.dumps(row) + "\n" for row in dicts), ".ndjson", [*mapped, "--trace", "url"]
    yield "lists as text", table(dicts[0], [row.values() for row in dicts]), ".csv", [*mapped, "--trace", "url", "--format", "posts"]
    blanks = [(f"c{k}", a, a, "", "", "", BASE + t, f"https://e.org/{o} https://e.org/only-{k}") for k, (a, o, t) in enumerate(ACTS)]
    yield "qut", table(COLUMNS, blanks), ".csv", ["--trace", "url"]
    yield "qut by position", table("abcdefgh", blanks), ".csv", ["--trace", "url", "--format", "qut"]


@pytest.mark.parametrize(("text", "suffix", "options"), [case[1:] for case in shapes()], ids=[case[0] for case in shapes()])
def test_every_shape_of_a_file_gives_the_same_edges(text, suffix, options):
    found = run(text, "--convention", "coortweet", "--window", "10", *options, suffix=suffix)["edges"]
    assert found[1:] == ["a,b,2,4.5,2,2,1.0,0", "a,c,2,4.0,2,2,1.0,0", "b,c,1,2.0,1,1,1.0,0"]
