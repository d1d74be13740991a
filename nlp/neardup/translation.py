"""Which texts say the same in different languages: candidates in the common space, weighed against what else lies near in that language.

A pair is convincing when it stands out: its similarity over the mean of ranks 3 to 10 among the texts of the other's language. Many copies
of one text would fill these ranks, so only one text for each cluster of one language may come here.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: PLR0917  compiled functions take their arrays one by one
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp.neardup import grams, kernels
from nlp.neardup.compiled import compiled, spread
from nlp.neardup.distinct import different
from nlp.neardup.pivot import SHARES, Space

KEEP = 12
"""Candidates of a text in each other language."""

CAP = 500
"""Terms of more texts of a language than this are passed over there (with 2,000 the same was found among 95,000 posts, in more time)."""
CHARS = 0.7
"""How much the cosine of transliterated character grams counts beside the blocks."""

PRIOR = 0.15, 2.0
"""A background imagined beside the real one, and of how many texts it is; else a lone text of a language would have none."""

FEATURES = (
    "english", "prefix", "number", "capital", "chars", "sum", "covered_less", "covered_more", "margin_less", "margin_more", "rank_best",
    "rank_worst", "lead_less", "lead_more", "background", "numbers_shared", "numbers_apart", "length_ratio", "log_length", "known_less",
)  # fmt: skip

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs of rows (left < right) and their features."""

    left: Rows
    right: Rows
    features: Floats


def candidates(space: Space, languages: Rows, since: int = 0) -> tuple[Rows, Rows]:
    """For each row its best rows in every other language, as pairs (left < right, sorted) with one row of at least ``since``."""
    size = len(space.at) - 1
    keys: list[npt.NDArray[np.int64]] = []
    for language in np.unique(languages).tolist():
        there = np.flatnonzero(languages == language)
        mask = np.repeat(languages == language, np.diff(space.at))
        begin, rows, entries = kernels.postings_of(space.terms, space.at, mask, len(space.block))
        weights = space.weights[entries]
        queries = np.flatnonzero((languages != language) & ((np.arange(size) >= since) | (int(there[-1]) >= since))).astype(np.int32)
        shared = (queries, space.at, space.terms, space.weights, begin, rows, weights, CAP, KEEP, 0.05)
        for partners in spread(lambda low, high, shared=shared: kernels.best(low, high, *shared)[0], len(queries), 512):  # type: ignore[misc]
            low = 0
            found = partners >= 0
            left, right = np.repeat(queries[low : low + len(partners)], found.sum(axis=1)), partners[found]
            queries = queries[len(partners) :]
            keys.append(np.minimum(left, right).astype(np.int64) * size + np.maximum(left, right))
    key = different(keys)
    left, right = (key // max(size, 1)).astype(np.int32), (key % max(size, 1)).astype(np.int32)
    return left, right


def features(space: Space, languages: Rows, left: Rows, right: Rows) -> Floats:
    """One row of :data:`FEATURES` for each pair."""
    size = len(space.at) - 1
    room = 6 * int(np.diff(space.letters_at).max(initial=0)) + 64
    counted = spread(lambda low, high: grams.gram_frequencies(low, high, space.letters, space.letters_at, room), size, 20_000)
    weights = np.asarray(np.log((1 + size) / (1 + np.sum(counted, axis=0))) + 0.1, np.float32)
    lengths = np.concatenate(spread(lambda low, high: grams.gram_lengths(low, high, space.letters, space.letters_at, weights, room), size))
    shares = np.array(SHARES, np.float32)
    seen = (left, right, space.letters_at, space.at, space.terms, space.weights, space.block, shares)
    out = np.zeros((len(left), len(FEATURES)), np.float32)
    spread(lambda low, high: _plain(low, high, *seen, out), len(left))
    laid = (left, right, space.letters, space.letters_at, weights, lengths, room)
    out[:, 4] = np.concatenate(spread(lambda low, high: grams.cosines(low, high, *laid), len(left)))
    out[:, 5] = out[:, :4] @ shares + CHARS * out[:, 4]
    _surround(out, languages, left, right)
    out[:, 19] = np.minimum(space.known[left], space.known[right])
    return out


def _surround(out: Floats, languages: Rows, left: Rows, right: Rows) -> None:
    """Fill in margins, ranks, leads and background, seen from both sides."""
    # the pairs seen from their right text come first: so those of one text lie in the order of the other one already
    one, other = np.concatenate([right, left]), np.concatenate([left, right])
    total = np.concatenate([out[:, 5], out[:, 5]])
    group = one.astype(np.int64) * (int(languages.max(initial=0)) + 1) + languages[other]
    order = np.argsort(-total, kind="stable")
    order = order[np.argsort(group[order], kind="stable")]
    group = group[order]
    begin = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]])) if len(order) else np.zeros(0, np.int64)
    rank, background, rival = _standing(np.append(begin, len(order)), total[order], *PRIOR)
    both = np.empty((3, len(order)), np.float32)
    both[:, order] = rank, background, rival
    (rank_b, rank_a), (ground_b, ground_a), (rival_b, rival_a) = (np.split(row, 2) for row in both)
    margin = out[:, 5] / ground_a, out[:, 5] / ground_b
    lead = out[:, 5] - rival_a, out[:, 5] - rival_b
    out[:, 8], out[:, 9] = np.minimum(*margin), np.maximum(*margin)
    out[:, 10], out[:, 11] = np.minimum(rank_a, rank_b), np.maximum(rank_a, rank_b)
    out[:, 12], out[:, 13] = np.minimum(*lead), np.maximum(*lead)
    out[:, 14] = np.maximum(ground_a, ground_b)


@compiled
def _standing(begin, total, prior, imagined):
    """Within each group (best first): the rank from 1, the mean of ranks 3 to 10 without the pair itself, the best of the others."""
    rank, background, rival = np.empty(len(total), np.float32), np.empty(len(total), np.float32), np.zeros(len(total), np.float32)
    for g in range(len(begin) - 1):
        low, high = begin[g], begin[g + 1]
        for k in range(low, high):
            rank[k] = k - low + 1
            value, count = prior * imagined, imagined
            for m in range(low + 2, min(high, low + 10)):
                if m != k:
                    value += total[m]
                    count += 1
            background[k] = value / count
            if high - low > 1:
                rival[k] = total[low + 1] if k == low else total[low]
    return rank, background, rival


@compiled
def _plain(low, high, left, right, letters_at, at, terms, weights, block, shares, out):
    """Write what the two texts of a pair show by themselves, but for their character grams."""
    for p in range(low, high):
        i, j = left[p], right[p]
        row = out[p]
        _blocks(i, j, at, terms, weights, block, shares, row)
        a, b = letters_at[i + 1] - letters_at[i], letters_at[j + 1] - letters_at[j]
        row[17] = min(a, b) / max(a, b, 1)
        row[18] = np.log(max(min(a, b), 1))


@compiled
def _blocks(i, j, at, terms, weights, block, shares, row):
    a, b = at[i], at[j]
    covered_a, covered_b, numbers_a, numbers_b, both = 0.0, 0.0, 0, 0, 0
    for k in range(at[i], at[i + 1]):
        numbers_a += block[terms[k]] == 2
    for k in range(at[j], at[j + 1]):
        numbers_b += block[terms[k]] == 2
    while a < at[i + 1] and b < at[j + 1]:
        if terms[a] < terms[b]:
            a += 1
        elif terms[a] > terms[b]:
            b += 1
        else:
            t = block[terms[a]]
            row[t] += weights[a] * weights[b] / shares[t]
            if t == 0:
                covered_a += weights[a] ** 2
                covered_b += weights[b] ** 2
            both += t == 2
            a += 1
            b += 1
    row[6], row[7] = min(covered_a, covered_b), max(covered_a, covered_b)
    row[15], row[16] = both, numbers_a + numbers_b - 2 * both
