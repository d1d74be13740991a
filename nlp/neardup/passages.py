"""Passages that two texts share word by word, and what is left of them outside: a quote in another text, a headline with other comments.

And templates: three words in a row that stand in many different texts are a site's name, a slogan or a bot's form, and say nothing of a
pair. What is left when they are masked must agree (the residual rule).
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: PLR0917  compiled functions take their arrays one by one
from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp.neardup.collection import Collection
from nlp.neardup.compiled import compiled, spread
from nlp.neardup.distinct import different
from nlp.neardup.kernels import mixed

GRAM = 3
RUN, WINDOW = 4, 3
SURE = RUN + WINDOW - 1
"""A shared passage of so many words is found for sure."""

CROWD = 15
"""Different texts in which three words in a row stand, from which on they are a template's."""

ALONE = 0.08
"""... unless so large a share of these texts is nothing else: then it is a message that was copied often."""

NEARLY = 10
"""... and so many suffice for a word beside them to be a part of it: a headline's words do not all stand in equally many comments."""

COLUMNS = (
    "run", "run_mass", "covered_a", "covered_b", "rest", "rest_words", "masked_a", "masked_b", "agree", "agree_words", "own_a", "own_b",
    "masked_shared", "words",
)  # fmt: skip
"""run: words of the longest shared passage, run_mass: its idf; covered: share of a text's idf that lies in shared passages of three words
or more; rest: idf shared outside of them, over the smaller rest, rest_words: how many words; masked: share of a text's idf that is a
template's; agree: idf shared outside of templates over the larger one there, agree_words: how many words; own: content words outside of
templates that the other text has not; masked_shared: share of the shared idf that is a template's; words: content words that both have."""

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


def measured(c: Collection, left: Rows, right: Rows, masked: npt.NDArray[np.bool_]) -> Floats:
    """One row of :data:`COLUMNS` for each pair."""
    room = int(np.diff(c.reading.stems_at).max(initial=0)) + 1
    shared = (left, right, c.seq, c.reading.stems_at, c.idf, masked, c.content, room)
    parts = spread(lambda low, high: _measured(low, high, *shared, len(COLUMNS)), len(left), 4096)
    return np.concatenate(parts)


def mask(c: Collection, copies: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """For each word of each text whether it lies in three words in a row that stand in :data:`CROWD` texts or more.

    ``copies``: how many equal texts each text stands for. They do not make a crowd, but a text that was copied often is no template.
    """
    keys, rows = _grams(c.seq, c.reading.stems_at)
    order = np.argsort(keys, kind="stable")  # rows ascend already
    flags = np.zeros(len(keys), np.bool_)
    flags[order] = _crowded(keys[order], rows[order], CROWD)
    if not flags.any():
        return np.zeros(len(c.seq), np.bool_)
    nearly = np.zeros(len(keys), np.bool_)
    nearly[order] = _crowded(keys[order], rows[order], NEARLY)
    alone = _alone(_masked(nearly, c.reading.stems_at, len(c.seq)), c.content[c.seq], c.reading.stems_at)
    flags[order] &= ~_standing(keys[order], rows[order], alone, copies, ALONE)
    return np.asarray(_masked(flags, c.reading.stems_at, len(c.seq)), np.bool_)


@compiled
def _alone(masked, content, at):
    """Whether a text has no content word but those that are masked."""
    out = np.ones(len(at) - 1, np.bool_)
    for i in range(len(at) - 1):
        for k in range(at[i], at[i + 1]):
            if content[k] and not masked[k]:
                out[i] = False
                break
    return out


@compiled
def _standing(keys, rows, alone, copies, least):
    """For keys in order whether at least the share ``least`` of their texts are nothing else: a headline, not a form to be filled."""
    out = np.zeros(len(keys), np.bool_)
    begin = 0
    for k in range(1, len(keys) + 1):
        if k == len(keys) or keys[k] != keys[begin]:
            count, total = 0, 0
            for m in range(begin, k):
                count += copies[rows[m]] * alone[rows[m]]
                total += copies[rows[m]]
            if count >= least * total:
                out[begin:k] = True
            begin = k
    return out


def candidates(c: Collection, masked: npt.NDArray[np.bool_], since: int) -> tuple[Rows, Rows]:
    """Pairs of rows (left < right, sorted) that share :data:`SURE` words in a row which are no template, one row at least ``since``.

    Winnowing (Schleimer, Wilkerson and Aiken 2003): of every :data:`WINDOW` runs of :data:`RUN` words the one with the least hash is
    looked up.
    """
    keys, rows = _winnowed(c.seq, c.reading.stems_at, masked)
    order = np.argsort(keys, kind="stable")
    left, right = _paired(keys[order], rows[order], CROWD, since)
    key = different([left.astype(np.int64) * len(c) + right])
    return (key // max(len(c), 1)).astype(np.int32), (key % max(len(c), 1)).astype(np.int32)


@compiled
def _winnowed(seq, at, masked):
    total = 0
    for i in range(len(at) - 1):
        total += max(at[i + 1] - at[i] - RUN + 1, 0)
    keys, rows = np.empty(total, np.uint64), np.empty(total, np.int32)
    size = 0
    for i in range(len(at) - 1):
        count = at[i + 1] - at[i] - RUN + 1
        if count <= 0:
            continue
        hashes = np.empty(count, np.uint64)
        for k in range(count):
            p = at[i] + k
            hashes[k] = mixed(mixed(seq[p], seq[p + 1], seq[p + 2]), seq[p + 3], 7)
        last = -1
        for k in range(max(count - WINDOW + 1, 1)):
            best = k
            for m in range(k, min(k + WINDOW, count)):
                if hashes[m] <= hashes[best]:
                    best = m
            if best != last:
                last = best
                p = at[i] + best
                if not (masked[p] and masked[p + 1] and masked[p + 2] and masked[p + 3]):
                    keys[size], rows[size] = hashes[best], i
                    size += 1
    return keys[:size].copy(), rows[:size].copy()


@compiled
def _paired(keys, rows, most, since):
    """All pairs of different rows with one key, where it stands in fewer than ``most`` rows."""
    total = 0
    for fill in range(2):
        if fill:
            left, right = np.empty(total, np.int32), np.empty(total, np.int32)
            total = 0
        else:
            left, right = np.empty(0, np.int32), np.empty(0, np.int32)
        begin = 0
        for k in range(1, len(keys) + 1):
            if k < len(keys) and keys[k] == keys[begin]:
                continue
            if 1 < k - begin < 2 * most and rows[k - 1] >= since and rows[k - 1] != rows[begin]:
                for x in range(begin, k):
                    for y in range(x + 1, k):
                        if rows[x] != rows[y] and rows[y] >= since:
                            if fill:
                                left[total], right[total] = rows[x], rows[y]
                            total += 1
            begin = k
    return left, right


@compiled
def _grams(seq, at):
    """The hash of the three words from each position on, and its text; positions without two followers are left out."""
    total = 0
    for i in range(len(at) - 1):
        total += max(at[i + 1] - at[i] - 2, 0)
    keys, rows = np.empty(total, np.uint64), np.empty(total, np.int32)
    size = 0
    for i in range(len(at) - 1):
        for k in range(at[i], at[i + 1] - 2):
            keys[size], rows[size] = mixed(seq[k], seq[k + 1], seq[k + 2]), i
            size += 1
    return keys, rows


@compiled
def _crowded(keys, rows, least):
    """For keys in order (rows in order within them) whether the key stands in at least ``least`` different rows."""
    out = np.zeros(len(keys), np.bool_)
    begin = 0
    for k in range(1, len(keys) + 1):
        if k == len(keys) or keys[k] != keys[begin]:
            different = 1
            for m in range(begin + 1, k):
                different += rows[m] != rows[m - 1]
            if different >= least:
                out[begin:k] = True
            begin = k
    return out


@compiled
def _masked(flags, at, size):
    out = np.zeros(size, np.bool_)
    gram = 0
    for i in range(len(at) - 1):
        for k in range(at[i], at[i + 1] - 2):
            if flags[gram]:
                out[k : k + 3] = True
            gram += 1
    return out


@compiled
def _measured(low, high, left, right, seq, at, idf, masked, content, room, columns):
    out = np.zeros((high - low, columns), np.float32)
    size = 1
    while size < 2 * room:
        size *= 2
    slots, chain = np.full(size, -1, np.int32), np.empty(room, np.int32)
    in_a, in_b = np.zeros(room, np.bool_), np.zeros(room, np.bool_)
    for p in range(low, high):
        i, j = left[p], right[p]
        a, b = seq[at[i] : at[i + 1]], seq[at[j] : at[j + 1]]
        in_a[: len(a)] = False
        in_b[: len(b)] = False
        row = out[p - low]
        _runs(a, b, idf, slots, chain, in_a, in_b, row)
        _leftover(a, b, idf, content, in_a, in_b, masked[at[i] : at[i + 1]], masked[at[j] : at[j + 1]], row)
    return out


@compiled
def _runs(a, b, idf, slots, chain, in_a, in_b, row):
    """Mark the words in shared runs of three or more, and keep the longest; puts ``slots`` back to -1."""
    mask = np.uint64(len(slots) - 1)
    for k in range(len(b) - 2):
        slot = mixed(b[k], b[k + 1], b[k + 2]) & mask
        chain[k] = slots[slot]
        slots[slot] = k
    for i in range(len(a) - 2):
        j = slots[mixed(a[i], a[i + 1], a[i + 2]) & mask]
        tries = 0
        while j >= 0 and tries < 64:
            tries += 1
            same = a[i] == b[j] and a[i + 1] == b[j + 1] and a[i + 2] == b[j + 2]
            if same and not (i > 0 and j > 0 and a[i - 1] == b[j - 1]):
                n = 3
                mass = idf[a[i]] + idf[a[i + 1]] + idf[a[i + 2]]
                while i + n < len(a) and j + n < len(b) and a[i + n] == b[j + n]:
                    mass += idf[a[i + n]]
                    n += 1
                in_a[i : i + n] = True
                in_b[j : j + n] = True
                if n > row[0]:
                    row[0], row[1] = n, mass
            j = chain[j]
    for k in range(len(b) - 2):
        slots[mixed(b[k], b[k + 1], b[k + 2]) & mask] = -1


@compiled
def _leftover(a, b, idf, content, in_a, in_b, masked_a, masked_b, row):
    """What lies outside of shared runs, and outside of templates."""
    order_a, order_b = np.argsort(a, kind="mergesort"), np.argsort(b, kind="mergesort")
    mass_a, mass_b, rest_a, rest_b, free_a, free_b = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(len(a)):
        w = idf[a[k]]
        mass_a += w
        rest_a += 0.0 if in_a[k] else w
        free_a += 0.0 if masked_a[k] else w
    for k in range(len(b)):
        w = idf[b[k]]
        mass_b += w
        rest_b += 0.0 if in_b[k] else w
        free_b += 0.0 if masked_b[k] else w
    shared, shared_masked, rest, agree = 0.0, 0.0, 0.0, 0.0
    x, y = 0, 0
    while x < len(a) or y < len(b):
        t = a[order_a[x]] if x < len(a) else np.int32(2147483647)
        u = b[order_b[y]] if y < len(b) else np.int32(2147483647)
        value = min(t, u)
        na, ra, fa = 0, 0, 0
        while x < len(a) and a[order_a[x]] == value:
            k = order_a[x]
            na, ra, fa, x = na + 1, ra + (not in_a[k]), fa + (not masked_a[k]), x + 1
        nb, rb, fb = 0, 0, 0
        while y < len(b) and b[order_b[y]] == value:
            k = order_b[y]
            nb, rb, fb, y = nb + 1, rb + (not in_b[k]), fb + (not masked_b[k]), y + 1
        w = idf[value]
        both, free = min(na, nb), min(fa, fb)
        shared += both * w
        agree += free * w
        shared_masked += (both - free) * w
        rest += min(ra, rb) * w
        if content[value]:
            row[5] += min(ra, rb)
            row[13] += both
            row[9] += free
            row[10] += fa if nb == 0 else 0
            row[11] += fb if na == 0 else 0
    row[2], row[3] = 1 - rest_a / max(mass_a, 1e-9), 1 - rest_b / max(mass_b, 1e-9)
    row[4] = rest / max(min(rest_a, rest_b), 1e-9)
    row[6], row[7] = 1 - free_a / max(mass_a, 1e-9), 1 - free_b / max(mass_b, 1e-9)
    row[8] = agree / max(free_a, free_b, 1e-09)
    row[12] = shared_masked / max(shared, 1e-9)
