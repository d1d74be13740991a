"""Real French and German news pages, served on the loopback address with a feed that lists them, collected, and compared with expectations.

The pages belong to their publishers and are not part of Tocsin: they are looked for in the folder TOCSIN_SHARED or ``../shared``. Run
``python -m tests.test_crawl_real_pages`` to see every disagreement as a line of numbers.
"""

from __future__ import annotations

import gzip
import html
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from models.records import Document
from tests.support.crawl import ROOT, Reply, night, rss, site, source

DATA = Path(os.environ.get("TOCSIN_SHARED") or ROOT.parent / "shared") / "data" / "internal"
FUNDUS, SAMPLE = DATA / "html_fundus_de_fr", DATA / "html_trafilatura_sample"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Expected:
    """A page and what should be read from it. ``body`` for whole texts, else ``present`` and ``absent`` pieces."""

    path: str
    page: bytes
    title: str
    day: str
    body: str = ""
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def fundus() -> Iterator[Expected]:
    for country in ("fr", "de"):
        for path in sorted((FUNDUS / country).glob("*.json")):
            versions = json.loads(path.read_text("utf-8"))
            yield from _publisher(path, versions, json.loads((FUNDUS / country / "meta.info").read_text("utf-8")))


def _publisher(path: Path, versions: dict[str, Any], meta: dict[str, Any]) -> Iterator[Expected]:
    pages = sorted(path.parent.glob(f"{path.stem}_????_??_??.html.gz"))
    for page in pages:
        body = gzip.decompress(page.read_bytes())
        wanted = _wanted(versions, body)
        if wanted and page.name in meta:
            yield Expected(
                path=f"/{path.parent.name}/{path.stem}{urlsplit(meta[page.name]['url']).path}",
                page=body,
                title=wanted["title"],
                day=_day(wanted["publishing_date"]),
                body=_body(wanted.get("body")),
            )


def _wanted(versions: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The expectation whose title is in the page: they are kept by version of a parser, not by page."""
    text = " ".join(words(html.unescape(body.decode("utf-8", "replace"))))
    complete = [said for said in versions.values() if said.get("title") and said.get("publishing_date")]
    return next((said for said in complete if " ".join(words(said["title"])) in text), {})


def _day(said: str) -> str:
    return datetime.fromisoformat(said).astimezone(UTC).date().isoformat() if len(said) > 10 else said[:10]


def _body(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    parts = list(body.get("summary", []))
    for section in body.get("sections", []):
        parts += [*section.get("headline", []), *section.get("paragraphs", [])]
    return "\n".join(parts)


def sample() -> Iterator[Expected]:
    for url, said in json.loads((SAMPLE / "evaldata.json").read_text("utf-8")).items():
        parts = urlsplit(url)
        page = (SAMPLE / "pages" / said["file"]).read_bytes()
        page = gzip.decompress(page) if page[:2] == b"\x1f\x8b" else page
        path = f"/sample/{said['file']}{parts.path}"
        yield Expected(path, page, said["title"] or "", (said["date"] or "")[:10], "", tuple(said["with"]), tuple(said["without"]))


def f1(found: str, wanted: str) -> float:
    one, other = Counter(_WORD.findall(found.lower())), Counter(_WORD.findall(wanted.lower()))
    common = (one & other).total()
    return 2 * common / (one.total() + other.total()) if common else 0.0


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def same_title(found: str, wanted: str) -> bool:
    one, other = " ".join(words(found)), " ".join(words(wanted))
    return bool(one) and (one == other or (min(len(one), len(other)) > 15 and (one in other or other in one)))


def collected(pages: list[Expected], folder: Path) -> dict[str, Document]:
    with site() as web:
        quoted = {quote(f"/{n}{page.path}"): page for n, page in enumerate(pages)}
        web.routes = {path: Reply(page.page, headers={"Content-Type": "text/html"}) for path, page in quoted.items()}
        web.routes["/feed"] = rss(web.url, [(path, "", "") for path in quoted])
        done = night(folder, [source("real", "feed", f"{web.url}/feed")], crawl__max_pages=0, crawl__timeout=60.0)
        numbers = {path: int(path.split("/")[1]) for path in quoted}
        found = {numbers[urlsplit(d.url).path]: d for d in done.documents if urlsplit(d.url).path in numbers}
    return {pages[n].path: document for n, document in found.items()}


def agreement(pages: list[Expected], found: dict[str, Document], *, show: bool = False) -> dict[str, float]:
    """Shares of pages kept, with the expected title, with the expected day; the mean F1 of words, or that of wanted and unwanted pieces."""
    titles, days, bodies, marks = [], [], [], Counter[str]()
    for page in pages:
        document = found.get(page.path)
        titles += [document is not None and same_title(document.title, page.title)] if page.title else []
        day = document.published.date().isoformat() if document and document.published else ""
        days += [day == page.day] if page.day else []
        text = document.text if document else ""
        bodies += [f1(text, page.body)] if page.body else []
        flat = " ".join(words(text))
        marks["hit"] += sum(" ".join(words(piece)) in flat for piece in page.present)
        marks["wanted"] += len(page.present)
        marks["noise"] += sum(" ".join(words(piece)) in flat for piece in page.absent)
        if show:
            print(
                page.path[:60],
                bool(titles and titles[-1]),
                day,
                page.day,
                document.date_source if document else "-",
                f"{bodies[-1] if bodies else 0:.2f}",
            )
            if document and not titles[-1]:
                print("    ", repr(document.title), "|", repr(page.title))
    scores = {"pages": len(pages), "kept": len(found) / len(pages), "title": sum(titles) / len(titles), "date": sum(days) / len(days)}
    if bodies:
        scores["body_f1"] = sum(bodies) / len(bodies)
    if marks["wanted"]:
        precision, recall = marks["hit"] / max(1, marks["hit"] + marks["noise"]), marks["hit"] / marks["wanted"]
        scores["pieces_f1"] = 2 * precision * recall / (precision + recall)
    return scores


CORPORA = {"fundus": (FUNDUS, fundus), "sample": (SAMPLE, sample)}


@pytest.mark.parametrize("name", CORPORA)
def test_agreement_with_the_expected_extraction(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, pages = CORPORA[name]
    if not folder.is_dir():
        pytest.skip("the real pages are not here (they are not part of Tocsin): set TOCSIN_SHARED")
    expected = list(pages())
    scores = agreement(expected, collected(expected, tmp_path))
    with capsys.disabled():
        print(
            f"\nextraction, {name}: "
            + ", ".join(f"{key} {value:.3f}" if value <= 1 else f"{value:g} {key}" for key, value in scores.items())
        )
    floors = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8"))["extraction"][name]
    assert {key: scores[key] for key in floors if scores[key] < floors[key]} == {}


if __name__ == "__main__":
    for corpus in sys.argv[1:] or CORPORA:
        wanted_pages = list(CORPORA[corpus][1]())
        with tempfile.TemporaryDirectory() as place:
            print(corpus, agreement(wanted_pages, collected(wanted_pages, Path(place)), show=True))
