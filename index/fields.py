"""The fields of the query language: what each means, and how a value is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from index import dates
from index.analysis import fold
from models import urls


@dataclass(frozen=True, slots=True)
class QueryField:
    """A field: what a reader is told, how a written value is tidied ("" refuses it), what is allowed, whether `*` works."""

    sentence: str
    tidy: Callable[[str], str]
    allowed: str = "write a value after the colon"
    prefix: bool = False


_YES_NO = {
    "yes": "yes",
    "true": "yes",
    "1": "yes",
    "oui": "yes",
    "ja": "yes",
    "no": "no",
    "false": "no",
    "0": "no",
    "non": "no",
    "nein": "no",
}


def _language(value: str) -> str:
    found = re.fullmatch(r"([a-z]{2,3})([-_][a-z]+)?", value.lower())
    return found[1] if found else ""


def _kind(value: str) -> str:
    return value.lower() if value.lower() in ("article", "post") else ""


def _date(value: str) -> str:
    return value.lower() if dates.valid(value.lower()) else ""


def _domain(value: str) -> str:
    """`https://www.example.org/a`, `*.example.org` and `.example.org` are `example.org`."""
    host = urls.host(value) if "://" in value else value.split("/", maxsplit=1)[0]
    return re.sub(r"^(\*\.|www\.|\.)+", "", host.lower()).rstrip(".")


def _link(value: str) -> str:
    return urls.canonical(value if "://" in value else f"https://{value}")


FIELDS: dict[str, QueryField] = {
    "lang": QueryField("language of the document", _language, "write a language code: lang:fr, lang:de, lang:und"),
    "source": QueryField("name of the source it came from, or the site of an article", str.strip, prefix=True),
    "platform": QueryField("network or medium: web, mastodon, bluesky …", str.strip, prefix=True),
    "kind": QueryField("article or post", _kind, "write kind:article or kind:post"),
    "account": QueryField("id or name of who posted; @name means the same", lambda v: v.strip().lstrip("@"), prefix=True),
    "mention": QueryField("an account that is mentioned", lambda v: v.strip().lstrip("@"), prefix=True),
    "domain": QueryField("site of the document or of a link in it, with its subdomains", _domain, prefix=True),
    "link": QueryField(
        "address of the document or of a link in it; a pasted URL means the same", _link, "write an address: link:https://…"
    ),
    "hashtag": QueryField("a hashtag; #name means the same", lambda v: v.strip().lstrip("#"), prefix=True),
    "entity": QueryField("id or name of somebody or something the election is about", str.strip, prefix=True),
    "narrative": QueryField("id of a narrative", str.strip, prefix=True),
    "flagged": QueryField(
        "whether one of its narratives is flagged", lambda v: _YES_NO.get(v.lower(), ""), "write flagged:yes or flagged:no"
    ),
    "since": QueryField("published then or later", _date, dates.FORMS),
    "until": QueryField("published then or earlier, the whole day, month or year included", _date, dates.FORMS),
}


@lru_cache(maxsize=100_000)
def key(value: str) -> str:
    """How values of fields are compared: without capitals and accents, outer and double blanks."""
    return " ".join(fold(value).split())[:500]
