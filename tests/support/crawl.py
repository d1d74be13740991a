"""A site on the loopback address for crawl tests, and ``collect`` in a process of its own with a file for sink and memory.

``python -m tests.support.crawl PLAN`` runs one collect: PLAN is a JSON file with sources, options and a folder.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from models.errors import TocsinError
from models.records import Document, Source, SourceReport
from models.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
QUICK = {"crawl.delay": 0.0, "crawl.per_host": 8, "crawl.timeout": 3.0, "crawl.retries": 0, "crawl.workers": 1, "crawl.max_age_days": 0}


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[BaseHTTPRequestHandler], None] | None = None  # writes to the connection by itself


@dataclass
class Asked:
    path: str
    at: float
    headers: dict[str, str]


class Site:
    """Routes by path (bytes, Reply, or a function of the request), and a log of what was asked."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Any] = {}
        self.log: list[Asked] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.log.append(Asked(self.path, time.monotonic(), {k.lower(): v for k, v in self.headers.items()}))
                site.answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://{host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        route = self.routes.get(request.path, Reply(b"not here", 404))
        reply = route(request) if callable(route) else route
        reply = Reply(reply) if isinstance(reply, bytes) else reply
        if reply.raw is not None:
            reply.raw(request)
            request.close_connection = True
            return
        request.send_response(reply.status)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(reply.body))} | reply.headers
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(reply.body)

    def asked(self, path: str) -> int:
        return sum(entry.path == path for entry in self.log)

    def times(self, path: str) -> list[float]:
        return [entry.at for entry in self.log if entry.path == path]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def site(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    made = Site(host, tls)
    try:
        yield made
    finally:
        made.close()


SENTENCES = (
    "Le conseil municipal de la ville a débattu hier soir du budget de l'année prochaine.",
    "Plusieurs habitants ont demandé que la rénovation de l'école soit avancée d'un an.",
    "La maire a répondu que les travaux commenceraient dès que les crédits seraient votés.",
    "L'opposition a proposé un amendement qui a été repoussé après une longue discussion.",
    "Une réunion publique aura lieu le mois prochain dans la grande salle de la mairie.",
)


def article(title: str, *, extra_head: str = "", extra_body: str = "", repeat: int = 2, lang: str = "fr") -> str:
    """An invented news page; ``title`` is also in the text, so that no two pages are the same."""
    paragraphs = "".join(f"<p>{title} : {sentence}</p>" for sentence in SENTENCES * repeat)
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} - La Gazette</title>'
        f'<meta property="og:site_name" content="La Gazette">{extra_head}</head><body><header><nav><a href="/">Accueil</a></nav></header>'
        f"<main><article><h1>{title}</h1>{paragraphs}{extra_body}</article></main><footer>Mentions légales</footer></body></html>"
    )


def rss(base: str, entries: list[tuple[str, str, str]]) -> bytes:
    """A feed of (path, title, date text)."""
    items = "".join(
        f"<item><title>{title}</title><link>{base}{path}</link>{f'<pubDate>{date}</pubDate>' if date else ''}</item>"
        for path, title, date in entries
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()


def rfc(moment: Any) -> str:
    return format_datetime(moment)


@dataclass
class Night:
    """What one collect did."""

    reports: dict[str, SourceReport]
    documents: list[Document]
    stderr: str
    exit_code: int

    @property
    def only(self) -> SourceReport:
        (report,) = self.reports.values()
        return report


def start(folder: Path, sources: list[Source], *, sink: Path | None = None, **options: Any) -> subprocess.Popen[str]:
    """Begin a collect in its own process; ``options`` with ``__`` for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    values = QUICK | {key.replace("__", "."): value for key, value in options.items()}
    plan = {"sources": [s.to_dict() for s in sources], "options": values, "folder": str(folder), "sink": str(sink or folder / "sink.jsonl")}
    (folder / "plan.json").write_text(json.dumps(plan))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::ResourceWarning"}
    command = [sys.executable, "-m", "tests.support.crawl", str(folder / "plan.json")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT)


def finish(process: subprocess.Popen[str], folder: Path, timeout: float = 60) -> Night:
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
    lines = [SourceReport.from_json(line) for line in out.splitlines() if line.startswith("{")]
    return Night({r.source: r for r in lines}, documents(folder), err, process.returncode)


def night(folder: Path, sources: list[Source], **options: Any) -> Night:
    """One whole collect."""
    return finish(start(folder, sources, **options), folder)


def documents(folder: Path) -> list[Document]:
    path = folder / "sink.jsonl"
    return [Document.from_json(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def source(name: str, access: str, *urls: str, **more: Any) -> Source:
    return Source(name=name, access=access, urls=urls, country="fr", language="fr", **more)


class FileSink:
    """JSON lines, flushed to disk one by one."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("ab", buffering=0)

    def add(self, document: Document) -> None:
        self.file.write(document.to_json().encode() + b"\n")
        os.fsync(self.file.fileno())


class FileMemory:
    """Key and value as JSON lines, the last one counts; must be used from the thread that made it, like the real one (SQLite)."""

    def __init__(self, folder: Path) -> None:
        self.path, self.values, self.thread = folder / "memory.jsonl", {}, threading.get_ident()
        for line in self.path.read_text("utf-8").splitlines() if self.path.exists() else []:
            name, key, value = json.loads(line)
            self.values[name, key] = value
        self.ids = {d.id for d in documents(folder)}

    def check(self) -> None:
        if threading.get_ident() != self.thread:
            raise RuntimeError("used from another thread")

    def get(self, source: str, key: str) -> str | None:
        self.check()
        return self.values.get((source, key))

    def put(self, source: str, key: str, value: str) -> None:
        self.check()
        self.values[source, key] = value
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([source, key, value]) + "\n")

    def seen(self, ids: Collection[str]) -> set[str]:
        self.check()
        return self.ids & set(ids)


def main() -> None:
    from crawlers.run import collect

    plan = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(plan["folder"])
    sources = [Source.from_dict(s) for s in plan["sources"]]
    sink = FileSink(Path(plan["sink"]))
    try:
        for report in collect(sources, sink, FileMemory(folder), Settings().over(plan["options"])):
            print(report.to_json(), flush=True)
    except TocsinError as error:
        sys.exit(str(error))
    finally:
        sink.file.close()


if __name__ == "__main__":
    main()
