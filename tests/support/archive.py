"""Documents to fill an archive with."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from models.records import Document, digest

START = datetime(2027, 4, 1, 6, tzinfo=UTC)


def document(number: int, text: str = "", **fields: Any) -> Document:
    """Document ``number``, published on one of four days."""
    values: dict[str, Any] = {
        "id": digest("test", str(number)),
        "kind": "post",
        "platform": "invented",
        "source": "s",
        "fetched": START,
        "published": START + timedelta(days=number % 4, minutes=number),
        "account": f"account-{number % 5}",
        "text": text or f"Text numéro {number}",
        "links": ("https://example.org/a",) if number % 2 else (),
        "hashtags": ("wahl", "élection"),
    }
    return Document(**(values | fields))


def day(number: int) -> date:
    """The day of documents ``number``, ``number + 4`` …"""
    return (START + timedelta(days=number % 4)).date()


texts = st.text(max_size=40)
times = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9998, 12, 30), timezones=st.just(UTC))
tuples = st.lists(texts, max_size=3).map(tuple)

documents = st.builds(
    Document,
    id=st.uuids().map(lambda u: u.hex),
    kind=st.sampled_from(["post", "article"]),
    platform=texts,
    source=texts,
    fetched=times,
    published=st.none() | times,
    account=texts,
    title=texts,
    text=texts,
    links=tuples,
    hashtags=tuples,
    objects=tuples,
    raw=texts,
)
"""Documents with any text, empty and repeated list entries, times from year 1 to 9998, with and without a publication time."""
