"""Pages per second from the network to the disk, against what trafilatura alone would do on the same cores.

    python benchmarks/crawl.py [--pages 300] [--cores 2] [--runs 2]

Both figures come from the same run on the same pages: real ones where the folder TOCSIN_SHARED (or ../shared) has them, else invented ones.
The site and the crawl share the machine, so the site's own work counts against us. There is no delay, because it is the own machine.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.crawl import Reply, article, finish, rss, site, source, start  # noqa: E402  the folder above is needed first


def real() -> list[bytes]:
    data = Path(os.environ.get("TOCSIN_SHARED") or ROOT.parent / "shared") / "data" / "internal"
    found = [gzip.decompress(p.read_bytes()) for p in sorted(data.glob("html_fundus_de_fr/[df][er]/*.html.gz"))]
    for path in sorted(data.glob("html_trafilatura_sample/pages/*")):
        body = path.read_bytes()
        found.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    return [page for page in found if len(page) < 8_000_000]


def invented() -> list[bytes]:
    clutter = "".join(f'<div class="teaser box-{n}"><a href="/t/{n}"><span>Lire aussi n° {n}</span></a></div>' for n in range(400))
    return [article(f"Page inventée {n}", extra_body=clutter, repeat=6 + n % 20).encode() for n in range(100)]


def alone(pages: list[bytes]) -> tuple[float, float]:
    """Pages per second of trafilatura on one core, and seconds of processor time for one page."""
    from trafilatura import extract

    extract(pages[0], favor_precision=True, include_comments=False)
    began, spent = time.perf_counter(), time.process_time()
    for page in pages:
        extract(page, favor_precision=True, include_comments=False)
    return len(pages) / (time.perf_counter() - began), (time.process_time() - spent) / len(pages)


def together(pages: list[bytes], cores: int) -> float:
    """Pages per second of trafilatura in ``cores`` processes at the same time: what the machine really gives."""
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        pool.map(alone, [pages[:2]] * cores, chunksize=1)  # started and imported
        return sum(speed for speed, _ in pool.map(alone, [pages] * cores, chunksize=1))


def serve(pages: list[bytes], count: int, end: Connection) -> None:
    with site() as web:
        for n in range(count):
            page = pages[n % len(pages)]
            # a canonical link of its own would make one document of several copies
            web.routes[f"/{n}"] = Reply(page.replace(b'rel="canonical"', b'rel="kanonical"').replace(b"rel=canonical", b"rel=kanonical"))
        web.routes["/feed"] = rss(web.url, [(f"/{n}", "t", "") for n in range(count)])
        end.send(web.url)
        end.recv()


@contextmanager
def served(pages: list[bytes], count: int) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(pages, count, there))
    process.start()
    yield str(here.recv())
    here.send("end")
    process.join()


def crawl(pages: list[bytes], count: int, cores: int) -> tuple[float, float, int]:
    """Pages per second from the first request to the last report, processor time for one page in all processes, and how many were kept.

    The start of the processes is part of both; the site is part of neither figure but competes for the cores.
    """
    with served(pages, count) as url, tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        plan = {"crawl__workers": cores, "crawl__max_pages": 0, "crawl__timeout": 60.0}
        done = finish(start(Path(folder), [source("bench", "feed", f"{url}/feed")], **plan), Path(folder), timeout=1200)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return done.only.fetched / done.only.seconds, spent / done.only.fetched, done.only.new


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    told.add_argument("--pages", type=int, default=1200)
    told.add_argument("--cores", type=int, default=2)
    told.add_argument("--runs", type=int, default=2)
    told.add_argument("--invented", action="store_true")
    options = told.parse_args()
    pages = [] if options.invented else real()
    kind = "real" if pages else "invented"
    pages = pages or invented()
    size = sum(map(len, pages)) / len(pages) / 1000
    print(f"{options.pages} fetches of {len(pages)} {kind} pages, mean {size:.0f} kB, {options.cores} cores")
    for run in range(options.runs):
        single, cost = alone(pages)
        both = together(pages, options.cores)
        speed, spent, kept = crawl(pages, options.pages, options.cores)
        ideal = single * options.cores
        print(f"run {run + 1}: end to end {speed:.1f} pages/s ({kept} kept), {1000 * spent:.1f} ms of processor a page")
        print(
            f"       trafilatura alone {single:.1f} pages/s, {1000 * cost:.1f} ms a page; in {options.cores} processes {both:.1f} pages/s"
        )
        print(f"       ratio {speed / ideal:.2f} of {options.cores} x alone, {speed / both:.2f} of {options.cores} processes")
        print(f"       {cost / spent:.2f} of the processor time goes into trafilatura")


if __name__ == "__main__":
    main()
