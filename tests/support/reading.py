"""Documents and entities for the tests of reading; every text is invented."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from models.records import Document, Entity

SHARED = Path(os.environ.get("TOCSIN_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
NTREX = SHARED / "data" / "open" / "ntrex"
NIGHT = datetime(2027, 4, 1, tzinfo=UTC)

MACRON = Entity(
    id="Q3052772",
    kind="person",
    name="Emmanuel Macron",
    aliases={"fr": ("Macron",), "ru": ("Эмманюэль Макрон", "Макрон")},
    hashtags=("Macron2027",),
    accounts=("EmmanuelMacron",),
)
AFD = Entity(id="Q6721203", kind="party", name="AfD", aliases={"de": ("Alternative für Deutschland",)})
RN = Entity(id="Q205150", kind="party", name="RN", aliases={"fr": ("Rassemblement national",)})
GRUENE = Entity(id="Q49766", kind="party", name="Bündnis 90/Die Grünen", aliases={"de": ("Die Grüne",)})
ENTITIES = (MACRON, AFD, RN, GRUENE)

FRENCH = "Le ministère a publié hier soir les résultats du premier tour, et les bureaux de vote ont fermé à vingt heures."
GERMAN = "Das Ministerium hat gestern Abend die Ergebnisse der Wahl veröffentlicht, und die Wahllokale schlossen um achtzehn Uhr."
ENGLISH = "The ministry published the results of the first round last night, and the polling stations closed at eight o'clock."
RUSSIAN = "Министерство опубликовало вчера вечером результаты первого тура, и избирательные участки закрылись в восемь часов."


def document(text: str, *, id: str = "d1", title: str = "", language: str = "") -> Document:  # noqa: A002  the record's field
    """A post with this text."""
    return Document(id=id, kind="post", platform="web", source="test", fetched=NIGHT, title=title, text=text, language=language)
