"""What a document offers to a story: words of its own language, and marks that no language owns.

Two blocks of TF-IDF are made (scikit-learn's ``CountVectorizer``, weights of our own). The *word* block holds lemmas, each
language with its own inverse document frequency, since the rarest language of a night would otherwise look like its rarest
topic. The *mark* block holds what survives translation: entities, hashtags, links, numbers, the first letters of names.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from scipy import sparse

from models.records import Annotation, Document
from models.urls import canonical
from nlp import meanings
from nlp.clean import LIMIT

WEIGHTS = {"entity": 1.0, "hashtag": 1.0, "link": 2.0, "number": 1.0, "name": 0.7}
"""How much one mark of each kind counts before its rarity does."""
PRIOR = 20
"""Documents that are imagined beside a night's own, so that the idf of a small night does not vanish."""
LEAST_WORDS, LEAST_MARKS = 1.0, 2.0
"""What pulls short rows down, in weights of the rarest word: one such word, or four such marks, count half."""
CROWD = 12
"""From so many documents on, a mark that a third of them carry says nothing."""

_SHARED = frozenset({"rt", "via", "http", "https"})
_NAME = re.compile(r"(?<![\w@#])[^\W\d_a-zß-öø-ÿа-я][\w’'-]*", re.UNICODE)
_NUMBER = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:[.,'\u00a0\u202f ]\d{3})+(?!\d)|\d{2,})")
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e iu ia i i e g".replace("-", "").split(" "),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Rows are documents, shorter than 1: the less a text says, the shorter its row. ``meanings`` have no columns without dictionaries.

    ``vocabulary``, ``signs`` (kind and value) and ``stems`` (hashes) say what the columns of words, marks and meanings are.
    """

    words: sparse.csr_matrix
    marks: sparse.csr_matrix
    meanings: sparse.csr_matrix
    vocabulary: tuple[str, ...]
    signs: tuple[tuple[str, str], ...]
    stems: tuple[int, ...]


@lru_cache(maxsize=200_000)
def folded(text: str) -> str:
    """Lower case, Cyrillic in Latin letters, accents off: Макрон and Macron share their first letters."""
    text = text.lower()
    if text.isascii():
        return text
    text = "".join(_CYRILLIC.get(c, c) for c in text)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).replace("ß", "ss")


def words(document: Document, annotation: Annotation) -> list[str]:
    """The lemmas that can tell a story: two letters or more, no number; one that stands in a hashtag only is left to the marks."""
    found = [w for w in annotation.lemmas.lower().split() if len(w) > 1 and w[0].isalpha() and w not in _SHARED]
    tags = [folded(h) for h in document.hashtags]
    if not tags:
        return found
    times = Counter(found)
    return [w for w in found if times[w] > sum(folded(w) in tag for tag in tags)]


def marks(document: Document, annotation: Annotation) -> dict[str, list[str]]:
    """The language-free marks by kind; the words of an entity are not names beside it."""
    known = {folded(word)[:5] for mention in annotation.entities for word in mention.surface.split()}
    text = f"{document.title}\n{document.text}"[:LIMIT]
    return {
        "entity": [m.id for m in annotation.entities],
        "hashtag": [folded(h.lstrip("#")) for h in document.hashtags],
        "link": _links(document),
        "number": [re.sub(r"\D", "", n) for n in _NUMBER.findall(text)],
        "name": [name for name in (folded(n)[:5] for n in _NAME.findall(text) if len(n) > 3) if name not in known],
    }


def _links(document: Document) -> list[str]:
    """Pages pointed at, and the document's own address; a bare host is no page."""
    found = {canonical(u) for u in (*document.links, document.canonical_url or document.url) if u}
    return sorted(u for u in found if u and len(urlsplit(u).path) > 1)


def blocks(items: Sequence[tuple[Document, Annotation]], languages: Sequence[str]) -> Blocks:
    """The three blocks for ``items``, whose languages are given beside them."""
    word_lists = [words(document, annotation) for document, annotation in items]
    word_block, vocabulary = _word_block(word_lists, languages)
    found = [marks(document, annotation) for document, annotation in items]
    weighted = {kind: _weighted([row[kind] for row in found], crowd=True) for kind in WEIGHTS}
    joined = sparse.hstack([weighted[kind][0] * weight for kind, weight in WEIGHTS.items()], format="csr")
    mark_block = _damped(joined, LEAST_MARKS * _rarest(items))
    signs = tuple((kind, name) for kind in WEIGHTS for name in weighted[kind][1])
    meaning_block, stems = meanings.block(word_lists, languages, PRIOR)
    return Blocks(word_block, mark_block, meaning_block, vocabulary, signs, stems)


def _word_block(lists: Sequence[list[str]], languages: Sequence[str]) -> tuple[sparse.csr_matrix, tuple[str, ...]]:
    """Lemmas with an idf per language; columns of two languages never meet."""
    parts, order, vocabulary = [], [], []
    for language in sorted(set(languages)):
        rows = [i for i, code in enumerate(languages) if code == language]
        block, names = _weighted([lists[i] for i in rows], crowd=False)
        parts.append(block)
        order += rows
        vocabulary += names
    stacked = sparse.block_diag(parts, format="csr") if parts else sparse.csr_matrix((0, 0))
    return _damped(stacked[np.argsort(np.asarray(order, dtype=np.int64))], LEAST_WORDS * _rarest(languages)), tuple(vocabulary)


def _weighted(lists: Sequence[list[str]], *, crowd: bool) -> tuple[sparse.csr_matrix, list[str]]:
    """(1 + ln tf) * ln((n + PRIOR) / (df + 1)); with ``crowd``, nothing for what a third of the documents carry."""
    from sklearn.feature_extraction.text import CountVectorizer

    if not any(lists):
        return sparse.csr_matrix((len(lists), 0), dtype=np.float32), []
    vectorizer = CountVectorizer(analyzer=_same, dtype=np.float32)
    counts = sparse.csr_matrix(vectorizer.fit_transform(lists))
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.maximum(np.log((len(lists) + PRIOR) / (frequency + 1)), 0)
    if crowd and len(lists) >= CROWD:
        idf[frequency * 3 > len(lists)] = 0
    counts.data = 1 + np.log(counts.data)
    return sparse.csr_matrix(counts @ sparse.diags(idf.astype(np.float32))), list(vectorizer.get_feature_names_out())


def _same(tokens: list[str]) -> list[str]:
    return tokens


def _rarest(rows: Sequence[object]) -> float:
    return float(np.log(len(rows) + PRIOR))


def _damped(block: sparse.csr_matrix, least: float) -> sparse.csr_matrix:
    """Rows over sqrt(|row|² + least²): one name alone must not make two texts alike, nor two words."""
    norms = np.sqrt(np.asarray(block.multiply(block).sum(axis=1)).ravel() + least**2)
    return _scaled(block, norms)


def _scaled(block: sparse.csr_matrix, norms: np.ndarray[Any, Any]) -> sparse.csr_matrix:
    factor = np.divide(1.0, norms, out=np.zeros_like(norms, dtype=np.float64), where=norms > 0)
    return sparse.csr_matrix(sparse.diags(factor.astype(np.float32)) @ block)


def counted(rows: Iterable[Iterable[str]], least: int = 1) -> list[tuple[str, int]]:
    """Values by the number of rows that hold them, most first, names deciding ties."""
    totals = Counter(value for row in rows for value in set(row))
    return sorted(((v, n) for v, n in totals.items() if n >= least), key=lambda pair: (-pair[1], pair[0]))
