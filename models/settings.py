"""The one table of settings: each has a type, a default and a sentence. ``tocsin.toml`` overrides only what it names."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.errors import UsageError
from models.registry import nearest


@dataclass(frozen=True, slots=True)
class Setting:
    """A key, the default (whose type is the setting's type), the sentence, and the allowed values where they are few."""

    key: str
    default: Any
    sentence: str
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The type as a reader of the documentation calls it."""
        if isinstance(self.default, list):
            return f"list of {_KINDS[type(self.default[0])]}s" if self.default else "list of texts"
        return _KINDS[type(self.default)]

    @property
    def allowed(self) -> str:
        """The values it may take, for the documentation: ``, 1 to 64`` or nothing for any of the type from 0."""
        span = _SPANS.get(self.key)
        return f", {span[0]:g} to {span[1]:,.12g}" if span else ""

    @property
    def variable(self) -> str:
        """The environment variable that overrides it."""
        return "TOCSIN_" + self.key.upper().replace(".", "_").replace("-", "_")


_KINDS: dict[type, str] = {bool: "yes/no", int: "whole number", float: "number", str: "text"}

TABLE: tuple[Setting, ...] = (
    Setting("election", "", "The election that is watched: a folder of `elections/`, in the workspace or shipped."),
    Setting("crawl.contact", "", "Address or URL in the user agent, so that a site can reach who reads it."),
    Setting("crawl.delay", 1.0, "Least seconds between two requests to one host, 0.5 or more; a site's own Crawl-delay may raise it."),
    Setting("crawl.per_host", 1, "Requests to one host at the same time, at most 2."),
    Setting("crawl.timeout", 30.0, "Seconds after which a request is given up."),
    Setting("crawl.retries", 2, "How often a request is tried again after a failure that may pass."),
    Setting("crawl.max_bytes", 8_388_608, "Largest response in bytes that is read."),
    Setting("crawl.max_pages", 500, "Most article pages of one source in one scan; the rest waits for the next."),
    Setting("crawl.max_age_days", 14, "Entries of feeds and sitemaps older than this many days are not fetched; 0 takes all."),
    Setting("crawl.source_minutes", 60.0, "Minutes after which the rest of a source waits for the next scan; 0 for no limit."),
    Setting("crawl.workers", 0, "Processes that extract text from pages; 0 means one per core."),
    Setting("crawl.only", [], "Names of the sources to read; empty means all of the election."),
    Setting("privacy.pseudonymise", False, "Store a keyed hash instead of account ids and names."),
    Setting("nlp.pipelines", [], "Installed spaCy pipelines to use instead of the built-in ones, as `fr=fr_core_news_md`."),
    Setting("nlp.encoder", "", "Folder of a sentence encoder as ONNX, for more-like-this on Elasticsearch; empty: none."),
    Setting("nlp.workers", 0, "Processes that annotate and read near-duplicates; 0 means one per core."),
    Setting("nlp.batch", 200, "Documents in one batch of annotation."),
    Setting("coordination.traces", ["url", "hashtag", "repost", "same_text"], "Traces that are looked at each night."),
    Setting("coordination.windows", [60.0, 3600.0], "Time windows in seconds, each tested on its own."),
    Setting("coordination.days", 14, "Days of the archive that the nightly coordination looks at."),
    Setting(
        "coordination.sums", 50_000_000, "Least meetings of a trace and window for which a night leaves sums to go on from; 0: always."
    ),
    Setting("coordination.q", 0.05, "False discovery rate at which an edge is called."),
    Setting("coordination.min_weight", 2, "Least number of distinct objects two accounts must share to be tested."),
    Setting("coordination.evidence", 20, "Most document pairs kept for one edge; the total is always kept."),
    Setting("narratives.days", 14, "Days of the archive that are clustered into narratives."),
    Setting("narratives.threshold", 0.18, "Least mean similarity of the texts of two groups for them to be one narrative, 0 to 1."),
    Setting("narratives.least", 2, "Least number of documents of a narrative."),
    Setting("resemblance.claims", "claims.toml", "File in the workspace with the claims that are known, TOML or CSV; used if it is there."),
    Setting("resemblance.style", "style.npz", "File in the workspace with the model that `tocsin train` made; used if it is there."),
    Setting("index.backend", "embedded", "Where search runs.", ("embedded", "elasticsearch")),
    Setting("index.urls", ["http://127.0.0.1:9200"], "Addresses of the Elasticsearch nodes, for the elasticsearch backend."),
    Setting("index.prefix", "tocsin", "Beginning of the names of the indices on a server, one for each workspace."),
    Setting("index.secrets", "", "File, readable by its owner only, that holds the server's `api_key`, or `user` and `password`."),
    Setting("index.ca_file", "", "File of the authority that signed the server's certificate; empty means those of the system."),
    Setting("index.fingerprint", "", "SHA-256 of the server's certificate, instead of an authority."),
    Setting("index.timeout", 30.0, "Seconds after which a request to the server is given up."),
    Setting("index.shards", 1, "Primary shards of an index on the server."),
    Setting("index.replicas", 0, "Copies of each shard on other nodes; at least 1 on a cluster, so that a node may fail."),
    Setting("scan.limit_minutes", 240, "Minutes after which a scheduled scan is ended."),
    Setting("report.language", "", "Language in which narratives are labelled where they have documents in it, as `de`; empty: their own."),
    Setting("display.timezone", "UTC", "Time zone in which times are shown; stored times are UTC."),
)

_SPANS: dict[str, tuple[float, float]] = {
    "crawl.delay": (0, 3600),
    "crawl.per_host": (1, 64),
    "crawl.timeout": (0.1, 3600),
    "crawl.retries": (0, 20),
    "crawl.max_bytes": (1_000, 1_000_000_000),
    "crawl.workers": (0, 256),
    "nlp.workers": (0, 256),
    "nlp.batch": (1, 100_000),
    "coordination.days": (1, 36_525),
    "coordination.q": (1e-9, 1),
    "coordination.min_weight": (1, 1_000_000),
    "narratives.days": (1, 36_525),
    "narratives.threshold": (0, 1),
    "narratives.least": (1, 1_000_000),
    "index.timeout": (0.1, 3600),
    "index.shards": (1, 1024),
    "scan.limit_minutes": (0, 100_000),
}
"""Least and greatest value of the numbers that are not simply 0 or more."""
_GREATEST = 1_000_000_000

BY_KEY: dict[str, Setting] = {setting.key: setting for setting in TABLE}


class Settings(Mapping[str, Any]):
    """Values by dotted key: the file's over the defaults, the environment's over the file's, given ones over all."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = {s.key: s.default for s in TABLE} | dict(values or {})

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def over(self, values: Mapping[str, Any]) -> Settings:
        """A copy with ``values`` (dotted keys, checked) over these."""
        return Settings(self._values | {k: checked(k, v, "") for k, v in values.items()})


def checked(key: str, value: Any, where: str) -> Any:
    """``value`` if it is of the setting's type. Raises UsageError for an unknown key (naming the nearest) or a wrong type."""
    setting = BY_KEY.get(key)
    if setting is None:
        raise UsageError(f"unknown setting {key!r}", where=where, hint=nearest(key, BY_KEY))
    if not _fits(value, setting.default):
        raise UsageError(f"{key} must be a {setting.kind}, not {value!r}", where=where, hint=setting.sentence)
    if setting.choices and value not in setting.choices:
        raise UsageError(f"{key} cannot be {value!r}", where=where, hint=nearest(str(value), setting.choices))
    for item in value if isinstance(value, list) else [value]:
        _within(setting, item, where)
    if key == "display.timezone":
        _zone(value, where)
    return float(value) if isinstance(setting.default, float) else value


def _within(setting: Setting, value: Any, where: str) -> None:
    """Raises UsageError for a number outside what the setting allows; nan is outside everything."""
    least, greatest = _SPANS.get(setting.key, (0, _GREATEST))
    if isinstance(value, int | float) and not isinstance(value, bool) and not least <= value <= greatest:
        raise UsageError(f"{setting.key} must be from {least:,g} to {greatest:,.12g}, not {value}", where=where, hint=setting.sentence)


def _zone(name: str, where: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"display.timezone: unknown time zone {name!r}", where=where, hint="for example Europe/Paris") from None


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, list):
        return isinstance(value, list) and all(_fits(v, default[0] if default else "") for v in value)
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))


def read(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a ``tocsin.toml``. Raises UsageError naming file and line of what cannot be read."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"not valid TOML: {error}", where=str(path), hint="mend the line or restore the file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path)) from None
    values = {key: checked(key, value, str(path)) for key, value in _flat(data)}
    return Settings(values | dict(from_environment(environment)))


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Settings given as ``TOCSIN_CRAWL_DELAY=2``; lists separated by commas."""
    for setting in TABLE:
        text = environment.get(setting.variable)
        if text is not None:
            yield setting.key, checked(setting.key, _parsed(text, setting.default), setting.variable)


def _parsed(text: str, default: Any) -> Any:
    if isinstance(default, list):
        return [_parsed(part.strip(), default[0] if default else "") for part in text.split(",") if part.strip()]
    if isinstance(default, bool):
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower(), text)
    try:
        return type(default)(text)
    except ValueError:
        return text
