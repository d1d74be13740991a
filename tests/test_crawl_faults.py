"""What servers do wrong, row by row: each fault has its cause in the report, nothing is lost without a word, and the others go on."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import time
import zlib
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawlers.causes import Lost
from crawlers.hosts import Hosts
from crawlers.private import Guard, not_public
from tests.support.crawl import Night, Reply, Site, article, night, rss, site, source

MEBIBYTE = 1 << 20
GOOD = article("Bonne page")
GZIP = gzip.compress(article("Page compressée", repeat=40).encode())


def drip(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n")
    for _ in range(40):
        request.wfile.write(b"<")
        time.sleep(0.1)


def hang(request: BaseHTTPRequestHandler) -> None:
    time.sleep(4)


def short(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 90000\r\n\r\n" + GOOD.encode())


def cut_chunks(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n<html><p>")


def reset(request: BaseHTTPRequestHandler) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def garbage(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"NOT HTTP AT ALL\r\n\r\n")


def long_header(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300_000 + b"\r\n\r\n" + GOOD.encode())


def endless(request: BaseHTTPRequestHandler) -> Reply:
    step = int(request.path.rpartition("-")[2])
    return Reply(status=302, headers={"Location": f"/endless-{step + 1}"})


def big(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    for _ in range(400):
        request.wfile.write(b"<p>" + b"x" * MEBIBYTE)


def bomb() -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(stream.compress(b"\0" * MEBIBYTE) for _ in range(300)) + stream.flush()


FAULTS: dict[str, tuple[Any, str]] = {
    "status-404": (Reply(b"gone", 404), "http-404"),
    "status-500": (Reply(b"broken", 500), "http-500"),
    "truncated-gzip": (Reply(GZIP[: len(GZIP) // 2], headers={"Content-Encoding": "gzip"}), "truncated"),
    "redirect-loop": (Reply(status=302, headers={"Location": "/redirect-loop-2"}), "redirect-loop"),
    "redirect-self": (Reply(status=301, headers={"Location": "/redirect-self"}), "redirect-loop"),
    "endless-0": (endless, "redirect-loop"),
    "refresh-self": (b'<html><head><meta http-equiv="refresh" content="0; url=/refresh-self"></head></html>', "redirect-loop"),
    "binary": (Reply(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50), "not-html"),
    "pdf": (Reply(b"%PDF-1.7 " + b"x" * 3000, headers={"Content-Type": "application/pdf"}), "not-html"),
    "big": (Reply(raw=big), "too-large"),
    "declared-big": (Reply(b"x" * (2 * MEBIBYTE)), "too-large"),
    "bomb": (Reply(bomb(), headers={"Content-Encoding": "gzip"}), "too-large"),
    "drip": (Reply(raw=drip), "timeout"),
    "hang": (Reply(raw=hang), "timeout"),
    "short": (Reply(raw=short), "truncated"),
    "cut-chunks": (Reply(raw=cut_chunks), "truncated"),
    "reset": (Reply(raw=reset), "connection"),
    "garbage": (Reply(raw=garbage), "connection"),
    "long-header": (Reply(raw=long_header), "connection"),
    "forbidden": (GOOD.encode(), "robots"),
    "no-text": (b"<html><body><nav><a href='/'>x</a></nav><video src='a.mp4'></video></body></html>", "no-text"),
    "empty": (b"", "empty"),
    "unasked-coding": (Reply(b"(\xb5/\xfd", headers={"Content-Encoding": "zstd"}), "bad-encoding"),
    "elsewhere": (Reply(status=302, headers={"Location": "ftp://127.0.0.1/x"}), "bad-address"),
}


@pytest.fixture(scope="module")
def fault_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    with site() as web:
        web.routes = {f"/{name}": route for name, (route, _) in FAULTS.items()}
        web.routes |= {f"/endless-{n}": endless for n in range(1, 40)}
        web.routes["/redirect-loop-2"] = Reply(status=302, headers={"Location": "/redirect-loop"})
        web.routes["/robots.txt"] = b"User-agent: tocsin\nDisallow: /forbidden\n"
        web.routes |= {f"/feed/{name}": rss(web.url, [(f"/{name}", name, "")]) for name in FAULTS}
        web.routes |= {"/feed/good": rss(web.url, [("/good", "Bonne page", "")]), "/good": GOOD.encode()}
        sources = [source(name, "feed", f"{web.url}/feed/{name}") for name in (*FAULTS, "good")]
        return night(tmp_path_factory.mktemp("faults"), sources, crawl__max_bytes=MEBIBYTE, crawl__timeout=2.0, crawl__per_host=16)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_cause(fault_night: Night, name: str) -> None:
    report = fault_night.reports[name]
    assert (report.failed, report.new) == ({FAULTS[name][1]: 1}, 0)
    assert report.note.startswith("nothing could be kept, first: ")
    assert f"/{name}" in report.note


def test_the_faults_of_others_cost_a_good_source_nothing(fault_night: Night) -> None:
    assert [d.title for d in fault_night.documents] == ["Bonne page"]
    assert (fault_night.exit_code, fault_night.stderr) == (0, "")


def spaced(web: Site, path: str) -> float:
    first, second = web.times(path)[:2]
    return second - first


def test_retry_after_is_obeyed_for_the_whole_host(tmp_path: Path) -> None:
    answers = {
        "/seconds": [Reply(status=429, headers={"Retry-After": "2"}), Reply(article("Secondes").encode())],
        "/date": [
            Reply(status=503, headers={"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)}),
            Reply(article("Date").encode()),
        ],
        "/hours": [Reply(status=429, headers={"Retry-After": "7200"})] * 3,
    }

    def in_turn(request: BaseHTTPRequestHandler) -> Reply:
        reply = answers[request.path].pop(0)
        if request.path == "/date" and reply.status == 503:
            reply.headers["Retry-After"] = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
        return reply

    with ExitStack() as stack:
        webs = [stack.enter_context(site()) for _ in answers]
        for web, path in zip(webs, answers, strict=True):
            web.routes = {
                path: in_turn,
                "/feed": rss(web.url, [(path, path, ""), ("/other", "o", "")]),
                "/other": article(f"Autre {path}").encode(),
            }
        sources = [source(path, "feed", f"{web.url}/feed") for web, path in zip(webs, answers, strict=True)]
        done = night(tmp_path, sources, crawl__retries=1, crawl__per_host=1)
        assert {name: r.failed for name, r in done.reports.items()} == {
            "/seconds": {},
            "/date": {},
            "/hours": {"http-429": 1, "told-to-wait": 1},
        }
        assert 2.0 <= spaced(webs[0], "/seconds") < 4
        assert 1.9 <= spaced(webs[1], "/date") < 5  # HTTP dates have whole seconds
        # the pause holds for the other page of the host too
        assert webs[0].times("/other")[0] - webs[0].times("/seconds")[0] >= 2.0
        assert webs[2].asked("/hours") == 1
        assert webs[2].asked("/other") == 0


def test_robots_rules(tmp_path: Path) -> None:
    robots: dict[str, Any] = {
        "down": Reply(b"", 503),
        "hangs": Reply(raw=hang),
        "missing": Reply(b"", 404),
        "slow": b"User-agent: *\nCrawl-delay: 1\n",
        "html": b"<html><body>not a robots file</body></html>",
    }
    with ExitStack() as stack:
        webs = {name: stack.enter_context(site()) for name in robots}
        for name, web in webs.items():
            web.routes = {"/robots.txt": robots[name], "/feed": rss(web.url, [("/a", "a", ""), ("/b", "b", "")])}
            web.routes |= {"/a": article(f"{name} un").encode(), "/b": article(f"{name} deux").encode()}
        done = night(tmp_path, [source(name, "feed", f"{web.url}/feed") for name, web in webs.items()], crawl__timeout=1.5)
    assert {name: (r.new, r.failed) for name, r in done.reports.items()} == {
        "down": (0, {"robots-unreachable": 1}),
        "hangs": (0, {"robots-unreachable": 1}),
        "missing": (2, {}),
        "slow": (2, {}),
        "html": (2, {}),
    }
    assert "robots.txt" in done.reports["down"].note
    assert [entry.path for entry in webs["down"].log] == ["/robots.txt"]
    at = sorted(entry.at for entry in webs["slow"].log if entry.path != "/robots.txt")
    assert min(later - earlier for earlier, later in pairwise(at)) >= 0.95


def test_an_odd_link_costs_only_itself(tmp_path: Path) -> None:
    with site() as web:
        port = web.url.rpartition(":")[2]
        odd = [f"http://desk:secret@127.0.0.1:{port}/named", "http://127.0.0.1:99999/a", "http://[bad/", "http://exämple..fr/x"]
        web.routes = {
            "/feed": rss("", [(link, link[-3:], "") for link in (*odd, f"{web.url}/led", f"{web.url}/good")]),
            "/named": article("Nommée").encode(),
            "/led": Reply(status=302, headers={"Location": f"http://desk:secret@127.0.0.1:{port}/there"}),
            "/there": article("Menée").encode(),
            "/good": GOOD.encode(),
        }
        done = night(tmp_path, [source("s", "feed", f"{web.url}/feed")])
        assert (done.only.new, done.only.failed) == (3, {"bad-address": 3})
        assert {d.title for d in done.documents} == {"Nommée", "Menée", "Bonne page"}
        assert not any("secret" in d.to_json() for d in done.documents)
        assert not any("authorization" in entry.headers for entry in web.log)


def test_a_redirect_is_checked_against_the_robots_of_the_new_host(tmp_path: Path) -> None:
    with site() as first, site() as second:
        second.routes = {
            "/robots.txt": b"User-agent: *\nDisallow: /closed\n",
            "/open": article("Ouverte").encode(),
            "/closed": GOOD.encode(),
        }
        first.routes = {
            "/feed": rss(first.url, [("/a", "a", ""), ("/b", "b", "")]),
            "/a": Reply(status=302, headers={"Location": f"{second.url}/closed"}),
            "/b": Reply(status=302, headers={"Location": f"{second.url}/open"}),
        }
        done = night(tmp_path, [source("s", "feed", f"{first.url}/feed")])
        assert (done.only.new, done.only.failed) == (1, {"robots": 1})
        assert second.asked("/closed") == 0
        assert done.documents[0].url == f"{second.url}/open"


def test_delay_between_two_requests_to_a_host(tmp_path: Path) -> None:
    with site() as web:
        web.routes = {f"/{n}": article(f"Page {n}").encode() for n in range(3)} | {
            "/feed": rss(web.url, [(f"/{n}", "t", "") for n in range(3)])
        }
        night(tmp_path, [source("s", "feed", f"{web.url}/feed")], crawl__delay=0.4)
        at = [entry.at for entry in web.log]
        assert len(at) == 5
        assert min(later - earlier for earlier, later in pairwise(at)) >= 0.37


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody has signed."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_site_that_cannot_prove_its_name_is_not_read(tmp_path: Path) -> None:
    with site(tls=own_certificate(tmp_path)) as web:
        web.routes = {"/feed": rss(web.url, [])}
        done = night(tmp_path / "night", [source("s", "feed", f"{web.url}/feed")])
        assert web.log == []
    assert done.only.failed == {"robots-unreachable": 1}
    assert "(certificate)" in done.only.note


CHARSETS = {
    "header-lies": ("text/html; charset=utf-8", "cp1252", "cp1252"),
    "meta-only": ("text/html", "iso-8859-1", "cp1252"),
    "no-label": ("text/html", "", "cp1252"),
    "unknown-label": ("text/html; charset=klingon-8", "", "utf-8"),
    "meta-lies": ("text/html", "iso-8859-1", "utf-8"),
    "utf-16": ("text/html", "", "utf-16"),
    "hostile-label": ("text/html; charset=punycode", "", "utf-8"),
}


def test_characters_survive_wrong_labels(tmp_path: Path) -> None:
    with site() as web:
        web.routes = {"/feed": rss(web.url, [(f"/{name}", name, "") for name in CHARSETS])}
        for name, (header, meta, true) in CHARSETS.items():
            page = article("Élection à Besançon : « l'œuvre »").replace(
                '<meta charset="utf-8">', f'<meta charset="{meta}">' if meta else ""
            )
            web.routes[f"/{name}"] = Reply(page.encode(true), headers={"Content-Type": header})
        done = night(tmp_path, [source("s", "feed", f"{web.url}/feed")])
    assert {d.url.rpartition("/")[2]: d.title for d in done.documents} == dict.fromkeys(CHARSETS, "Élection à Besançon : « l'œuvre »")


def test_meta_refresh_and_redirects_lead_to_the_page(tmp_path: Path) -> None:
    with site() as web:
        web.routes = {
            "/feed": rss(web.url, [("/old", "t", "")]),
            "/old": Reply(status=301, headers={"Location": "/newer"}),
            "/newer": b"""<html><head><META HTTP-EQUIV='Refresh' CONTENT='1;URL="/page?a=1&amp;b=2"'></head></html>""",
            "/page?a=1&b=2": article("Arrivée").encode(),
        }
        done = night(tmp_path, [source("s", "feed", f"{web.url}/feed")])
    assert [d.url for d in done.documents] == [f"{web.url}/page?a=1&b=2"]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "0.0.0.0", "fd00::1"]
)
def test_addresses_inside_are_recognised(address: str) -> None:
    assert not_public(address)


def test_a_public_source_does_not_lead_inside() -> None:
    async def check(url: str, *, inside: bool) -> None:
        await Guard().check(url, inside=inside)

    for url in (
        "http://localhost/admin",
        "http://127.0.0.1:9200/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://0x7f000001/",
    ):
        with pytest.raises(Lost, match="private-address"):
            asyncio.run(check(url, inside=False))
        asyncio.run(check(url, inside=True))
    asyncio.run(check("http://8.8.8.8/", inside=False))
    for url in ("file:///etc/passwd", "gopher://8.8.8.8/", "http:///nohost"):
        with pytest.raises(Lost, match="bad-address"):
            asyncio.run(check(url, inside=True))


@pytest.mark.parametrize(
    ("url", "delay", "width"),
    [
        ("https://example.org/a", 0.5, 2),
        ("http://192.168.0.7/a", 0.5, 2),
        ("http://localhost.example.org/a", 0.5, 2),
        ("http://127.0.0.9:8080/a", 0.0, 50),
        ("http://[::1]:8080/a", 0.0, 50),
        ("http://localhost/a", 0.0, 50),
    ],
)
def test_no_setting_hurries_a_host_that_is_not_this_machine(url: str, delay: float, width: int) -> None:
    async def no_rules(_address: str) -> bytes:
        return b""

    async def places() -> tuple[float, int]:
        gate = Hosts(0.0, 50, no_rules).of(url)
        taken = 0
        while not gate.width.locked():
            await gate.width.acquire()
            taken += 1
        return gate.delay, taken

    assert asyncio.run(places()) == (delay, width)
