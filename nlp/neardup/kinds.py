"""From measures to a kind and a score: the rules that follow the models. Each threshold says where it comes from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from nlp.neardup import model, support
from nlp.neardup.collection import Collection
from nlp.neardup.judging import CONTAIN_MAX, Looked

COPY = 0.70
"""Levenshtein similarity of the folded letters above which a pair is a copy (VIGINUM's D3lta 0.693; fitted in the field notes)."""

WHOLE, ALL_BUT = 0.75, 0.7
"""... or so large a share of one text's words stands in a row in the other: a copy with something added; the second share suffices where
nothing else is shared (:data:`BESIDE`)."""

BY_NEIGHBOURS = 0.45, 0.85
"""Between these similarities the neighbours have a say: two texts that are copies of a third are copies of one source."""

SMALL = 5_000
"""Texts up to which the models suffice. Among more, so many resemble each other by chance that more words must be shared."""

LEAST_WORDS, FEW_WORDS, SURER = 3, 4, 0.97
"""Content words that must be shared in larger collections; below the second number the models must be so sure."""

RUN, RUN_MASS = 6, 3.2
"""A fragment: words in a row, and their weight in units of the weight of a word that stands in one text."""

FORM, UNCLEAR, FILLED = 0.45, 0.35, 1
"""A template: such a share of both texts is masked and lies in shared passages (beside a headline stands free comment, in a form a slot;
from the second share on it may be either, and nothing is told), and at most so many words agree outside of the mask."""

BESIDE, COMMENT = 0.1, 0.4
"""A headline in two comments, no rewording: most that is shared outside of the passages over the smaller rest, and least share
that the rest of one of the texts weighs."""

MUCH_BESIDE, SHORT_COMMENT = 0.2, 0.3
"""... and in larger collections, where most pairs that share a passage share a headline."""

REWORDED = 0.55
"""Least share of the larger text's weight, templates left out, that a rewording has in common in larger collections."""

Decided = list[tuple[int, int, str, float]]


def decided(c: Collection, looked: Looked, denied: Callable[[int, int], str]) -> Decided:
    """Pairs of rows with kind and score (0 to 1)."""
    raw = looked.column
    words, shares = raw("words"), looked.shares
    alike = (shares >= model.load("alike_support").threshold) & (looked.features[:, 3] >= CONTAIN_MAX)
    if len(c) > SMALL:
        alike &= (words >= FEW_WORDS) | ((words >= LEAST_WORDS) & (shares >= SURER))
    framed = (raw("masked_shared") >= 0.5) & ~((raw("agree") >= 0.4) & (raw("agree_words") >= 3))
    passage = (raw("run") >= RUN) & (raw("run_mass") >= RUN_MASS * c.highest)
    form = _form(looked)
    template = framed & (alike | passage) & (words >= LEAST_WORDS) & (form >= FORM) & (_filled(looked) <= FILLED)
    length = np.diff(c.reading.stems_at)
    least = np.where(raw("rest") <= BESIDE, ALL_BUT, WHOLE)
    whole = (raw("run") >= least * np.minimum(length[looked.left], length[looked.right])) & (words >= LEAST_WORDS)
    same = alike & ~framed
    chosen = np.flatnonzero(same)
    copies = np.zeros(len(same), np.bool_)
    copies[chosen] = _copies(c, looked, chosen)
    copies |= whole & same
    if len(c) > SMALL:
        same &= copies | (raw("agree") >= REWORDED)
    fragment = passage & ~(framed & (form >= UNCLEAR)) & (~same | (_commented(c, looked) & ~copies))
    same &= ~fragment
    covered = np.maximum(raw("covered_a"), raw("covered_b"))
    found: Decided = []
    for p in np.flatnonzero(template | fragment | same).tolist():
        i, j = int(looked.left[p]), int(looked.right[p])
        if same[p]:
            kind, score = "copy" if copies[p] else "rewording", shares[p]
            if copies[p] and denied(i, j):  # the same words with a denial are not the same message
                kind = "fragment" if passage[p] and whole[p] else "rewording"
        else:
            kind, score = "template" if template[p] else "fragment", covered[p]
        found.append((i, j, kind, min(round(float(score), 3), 0.999)))
    return found


def _form(looked: Looked) -> npt.NDArray[np.float32]:
    """How much of both texts is masked and lies in shared passages, at least."""
    raw = looked.column
    return np.asarray(np.minimum.reduce([raw("masked_a"), raw("masked_b"), raw("covered_a"), raw("covered_b")]), np.float32)


def _filled(looked: Looked) -> npt.NDArray[np.float32]:
    """Words that agree outside of the mask; one more where a text has none of its own, as its slot is empty."""
    raw = looked.column
    return np.asarray(raw("agree_words") + (np.minimum(raw("own_a"), raw("own_b")) == 0), np.float32)


def _commented(c: Collection, looked: Looked) -> npt.NDArray[np.bool_]:
    """Whether the texts have words of their own beside what they share in a row, and nothing else in common."""
    raw = looked.column
    beside, comment = (MUCH_BESIDE, SHORT_COMMENT) if len(c) > SMALL else (BESIDE, COMMENT)
    own = np.minimum(raw("own_a"), raw("own_b")) >= 1
    free = np.minimum(raw("covered_a"), raw("covered_b")) <= 1 - comment
    return np.asarray(own & free & (raw("rest") <= beside), np.bool_)


def _copies(c: Collection, looked: Looked, chosen: npt.NDArray[np.int64]) -> list[bool]:
    """Whether each of the chosen pairs is a copy: by its Levenshtein similarity, in the middle also by those to common neighbours."""
    left, right = looked.left[chosen], looked.right[chosen]
    own = np.array([_similarity(c, i, j) for i, j in zip(left.tolist(), right.tolist(), strict=True)], np.float32)
    count, total = support.among(left, right, own, len(c))
    low, high = BY_NEIGHBOURS
    weight = np.where((own > low) & (own < high), count / (count + 2), 0)
    mixed = (1 - weight) * own + weight * total / np.maximum(count, 1)
    return [bool(value > COPY) for value in mixed]


def _similarity(c: Collection, i: int, j: int) -> float:
    return float(Levenshtein.normalized_similarity(c.folded(i), c.folded(j), score_cutoff=BY_NEIGHBOURS[0]))
