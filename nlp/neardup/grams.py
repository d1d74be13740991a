"""Character grams, compiled: how common they are, and the cosine of two texts. Each loop works on a range of rows without the lock.

Rows are texts, in compressed form: those of row i lie at ``at[i]`` to ``at[i + 1]``.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: PLR0917  compiled functions take their arrays one by one
from __future__ import annotations

import numpy as np

from nlp.neardup.compiled import compiled

BITS = 18
"""Character grams are hashed to 2^18 places."""


@compiled
def _unbroken(code):
    return (
        0x3005 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xD840 <= code <= 0xDFFF
        or 0x0E00 <= code <= 0x0EFF
    )


@compiled
def grams(letters, low, high, out):
    """Write the hashed character grams of ``letters[low:high]`` into ``out`` and tell how many (those beyond the room are dropped).

    Grams lie within words, blanks at their ends included; sizes 3 to 5, in scripts without blanks 1 to 3.
    """
    mask = np.uint32((1 << BITS) - 1)
    size, begin = 0, low
    while begin < high:
        end = begin
        while end < high and letters[end] != 32:
            end += 1
        wide = _unbroken(letters[begin])
        first, last, least = (begin, end, 1) if wide else (begin - 1, end + 1, 3)
        for n in range(least, least + 3):
            start = first
            while start + n <= last or (start == first and n == least):
                value = np.uint32(2166136261 + n)
                for k in range(start, min(start + n, last)):
                    code = np.uint32(32) if k < begin or k >= end else np.uint32(letters[k])
                    value = np.uint32((value ^ code) * np.uint32(16777619))
                value ^= value >> np.uint32(15)
                value = np.uint32(value * np.uint32(2246822519))
                value ^= value >> np.uint32(13)
                if size < len(out):
                    out[size] = value & mask
                    size += 1
                start += 1
        begin = end + 1
    return size


@compiled
def gram_frequencies(low, high, letters, letters_at, room):
    """In how many of the texts ``low`` to ``high`` each gram stands."""
    frequency = np.zeros(1 << BITS, np.int32)
    seen = np.full(1 << BITS, -1, np.int32)
    out = np.empty(room, np.uint32)
    for i in range(low, high):
        size = grams(letters, letters_at[i], letters_at[i + 1], out)
        for k in range(size):
            if seen[out[k]] != i:
                seen[out[k]] = i
                frequency[out[k]] += 1
    return frequency


@compiled
def gram_lengths(low, high, letters, letters_at, weights, room):
    """The Euclidean length of each text's weighted gram counts."""
    count = np.zeros(1 << BITS, np.int32)
    out = np.empty(room, np.uint32)
    lengths = np.zeros(high - low, np.float32)
    for i in range(low, high):
        size = grams(letters, letters_at[i], letters_at[i + 1], out)
        for k in range(size):
            count[out[k]] += 1
        total = 0.0
        for k in range(size):
            g = out[k]
            if count[g] > 0:
                total += (count[g] * weights[g]) ** 2
                count[g] = 0
        lengths[i - low] = np.sqrt(total)
    return lengths


@compiled
def cosines(low, high, left, right, letters, letters_at, gram_weights, gram_length, room):
    """The cosine of character grams of pairs ``low`` to ``high``; pairs lie sorted by ``left``, whose grams are laid out once."""
    out = np.empty(high - low, np.float32)
    laid = np.zeros(1 << BITS, np.float32)
    mine, theirs = np.empty(room, np.uint32), np.empty(room, np.uint32)
    before, size = -1, 0
    for p in range(low, high):
        i, j = left[p], right[p]
        if i != before:
            for k in range(size):
                laid[mine[k]] = 0
            size = grams(letters, letters_at[i], letters_at[i + 1], mine)
            for k in range(size):
                laid[mine[k]] += gram_weights[mine[k]]
            before = i
        other = grams(letters, letters_at[j], letters_at[j + 1], theirs)
        dot = 0.0
        for k in range(other):
            g = theirs[k]
            if laid[g] != 0:
                dot += laid[g] * gram_weights[g]
        out[p - low] = dot / max(gram_length[i] * gram_length[j], 1e-9)
    return out
