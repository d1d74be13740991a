"""Near-duplicates without a neural model: copies, rewordings, translations, shared fragments and templates among texts of any length.

``Finder().add(texts)`` gives the pairs; see docs/near-duplicates.md for the method and what was measured.
"""

from nlp.neardup.finder import Finder, Text, find
from nlp.neardup.records import KINDS, Pair

__all__ = ["KINDS", "Finder", "Pair", "Text", "find"]
