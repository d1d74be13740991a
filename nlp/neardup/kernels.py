"""The compiled loops: candidates, features. Each works on a range of rows and lets go of the interpreter's lock.

Rows are texts, in compressed form: those of row i lie at ``at[i]`` to ``at[i + 1]``.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: PLR0917  compiled functions take their arrays one by one
from __future__ import annotations

import numpy as np

from nlp.neardup.compiled import compiled

FEATURES = 7


@compiled
def mixed(a, b, c):
    """A hash of three numbers."""
    value = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b)
    value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(c)
    value = (value ^ (value >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(29))


@compiled
def laid(types, at, begin, values, blanks):
    """What the types of each row have, one after the other (a blank between where ``blanks``): values, and where each row begins."""
    new = np.zeros(len(at), np.int64)
    for i in range(len(at) - 1):
        size = 0
        for k in range(at[i], at[i + 1]):
            size += begin[types[k] + 1] - begin[types[k]] + (blanks and k > at[i])
        new[i + 1] = new[i] + size
    out = np.empty(new[-1], values.dtype)
    place = 0
    for i in range(len(at) - 1):
        for k in range(at[i], at[i + 1]):
            if blanks and k > at[i]:
                out[place] = 32
                place += 1
            for m in range(begin[types[k]], begin[types[k] + 1]):
                out[place] = values[m]
                place += 1
    return out, new


@compiled
def postings(terms, at, size):
    """The rows of each term, in order: positions into the result by term, rows, and the entries they came from."""
    begin = np.zeros(size + 1, np.int64)
    for t in terms:
        begin[t + 1] += 1
    for t in range(size):
        begin[t + 1] += begin[t]
    fill = begin[:-1].copy()
    rows, entries = np.empty(len(terms), np.int32), np.empty(len(terms), np.int64)
    for i in range(len(at) - 1):
        for k in range(at[i], at[i + 1]):
            t = terms[k]
            rows[fill[t]] = i
            entries[fill[t]] = k
            fill[t] += 1
    return begin, rows, entries


@compiled
def postings_of(terms, at, mask, size):
    """:func:`postings` of the entries that ``mask`` picks."""
    begin = np.zeros(size + 1, np.int64)
    for k in range(len(terms)):
        if mask[k]:
            begin[terms[k] + 1] += 1
    for t in range(size):
        begin[t + 1] += begin[t]
    fill = begin[:-1].copy()
    rows, entries = np.empty(begin[size], np.int32), np.empty(begin[size], np.int64)
    for i in range(len(at) - 1):
        for k in range(at[i], at[i + 1]):
            if mask[k]:
                t = terms[k]
                rows[fill[t]] = i
                entries[fill[t]] = k
                fill[t] += 1
    return begin, rows, entries


@compiled
def distinct(seq, at):
    """Each row's different terms in ascending order with their counts: terms, counts, positions."""
    terms, counts = np.empty(len(seq), np.int32), np.empty(len(seq), np.int32)
    begin = np.zeros(len(at), np.int64)
    size = 0
    for i in range(len(at) - 1):
        row = np.sort(seq[at[i] : at[i + 1]])
        for k in range(len(row)):
            if k and row[k] == row[k - 1]:
                counts[size - 1] += 1
            else:
                terms[size], counts[size] = row[k], 1
                size += 1
        begin[i + 1] = size
    return terms[:size].copy(), counts[:size].copy(), begin


@compiled
def bags(low, high, types, at, begin, terms, values, block):
    """What the types of rows ``low`` to ``high`` give together: different terms in ascending order, values, and how many each row has.

    Values of one term add up in the first two blocks, and are 1 in the others.
    """
    total, most = 0, 0
    for i in range(low, high):
        size = 0
        for k in range(at[i], at[i + 1]):
            size += begin[types[k] + 1] - begin[types[k]]
        total, most = total + size, max(most, size)
    out, out_values, sizes = np.empty(total, np.int32), np.empty(total, np.float32), np.zeros(high - low, np.int64)
    mine, worth = np.empty(most, np.int32), np.empty(most, np.float32)
    end = 0
    for i in range(low, high):
        size = 0
        for k in range(at[i], at[i + 1]):
            for m in range(begin[types[k]], begin[types[k] + 1]):
                mine[size], worth[size] = terms[m], values[m]
                size += 1
        first = end
        for k in np.argsort(mine[:size], kind="mergesort"):
            if end > first and out[end - 1] == mine[k]:
                if block[mine[k]] < 2:
                    out_values[end - 1] += worth[k]
            else:
                out[end], out_values[end] = mine[k], worth[k]
                end += 1
        sizes[i - low] = end - first
    return out[:end].copy(), out_values[:end].copy(), sizes


@compiled
def balance(low, high, at, terms, weights, rarity, block, lengths):
    """Multiply the weights of rows ``low`` to ``high`` by their terms' rarity, and bring each block of a row to its length; in place."""
    for i in range(low, high):
        total = np.zeros(len(lengths), np.float64)
        for k in range(at[i], at[i + 1]):
            weights[k] *= rarity[terms[k]]
            total[block[terms[k]]] += weights[k] ** 2
        for k in range(at[i], at[i + 1]):
            b = block[terms[k]]
            weights[k] *= lengths[b] / max(np.sqrt(total[b]), 1e-9)


@compiled
def best(low, high, queries, at, terms, weights, begin, rows, row_weights, cap, keep, least):
    """For queries ``low`` to ``high`` the ``keep`` other rows with the largest dot product of at least ``least``.

    Terms of more than ``cap`` rows are passed over. Ties are decided by the row. Returns rows (-1: none) and scores.
    """
    score = np.zeros(len(at) - 1, np.float32)
    touched = np.empty(len(at) - 1, np.int32)
    out, out_score = np.full((high - low, keep), -1, np.int32), np.zeros((high - low, keep), np.float32)
    for q in range(low, high):
        i, met = queries[q], 0
        for k in range(at[i], at[i + 1]):
            t, weight = terms[k], weights[k]
            if begin[t + 1] - begin[t] > cap:
                continue
            for p in range(begin[t], begin[t + 1]):
                j = rows[p]
                if score[j] == 0:
                    touched[met] = j
                    met += 1
                score[j] += weight * row_weights[p]
        _keep_best(score, touched, met, i, least, out[q - low], out_score[q - low])
    return out, out_score


@compiled
def _keep_best(score, touched, met, self, least, out, out_score):
    """Insert the best of the touched rows; puts ``score`` back to zero."""
    keep = len(out)
    for m in range(met):
        j = touched[m]
        s = score[j]
        score[j] = 0
        if j == self or s < least:
            continue
        last = keep - 1
        if out[last] >= 0 and (s < out_score[last] or (s == out_score[last] and j > out[last])):
            continue
        while last > 0 and (out[last - 1] < 0 or s > out_score[last - 1] or (s == out_score[last - 1] and j < out[last - 1])):
            out[last], out_score[last] = out[last - 1], out_score[last - 1]
            last -= 1
        out[last], out_score[last] = j, s


@compiled
def features(low, high, left, right, letters_at, at, terms, weights, idf, mass, highest):
    """The seven features of each pair ``low`` to ``high``, the first left at 0.

    Columns: cosine of character grams (:func:`nlp.neardup.grams.cosines`), cosine of stems, shared idf mass over the smaller and over
    the larger text's,
    the three rarest shared stems (in units of ``highest``), length ratio, logarithm of the shorter length.
    """
    out = np.zeros((high - low, FEATURES), np.float32)
    for p in range(low, high):
        i, j = left[p], right[p]
        row = out[p - low]
        _stem_features(i, j, at, terms, weights, idf, mass, highest, row)
        a, b = letters_at[i + 1] - letters_at[i], letters_at[j + 1] - letters_at[j]
        row[5] = min(a, b) / max(a, b, 1)
        row[6] = np.log(max(min(a, b), 1))
    return out


@compiled
def _stem_features(i, j, at, terms, weights, idf, mass, highest, row):
    a, b = at[i], at[j]
    dot, shared = 0.0, 0.0
    first, second, third = 0.0, 0.0, 0.0
    while a < at[i + 1] and b < at[j + 1]:
        if terms[a] < terms[b]:
            a += 1
        elif terms[a] > terms[b]:
            b += 1
        else:
            dot += weights[a] * weights[b]
            value = idf[terms[a]]
            shared += value
            if value > first:
                first, second, third = value, first, second
            elif value > second:
                second, third = value, second
            elif value > third:
                third = value
            a += 1
            b += 1
    row[1] = dot
    row[2] = shared / max(min(mass[i], mass[j]), 1e-9)
    row[3] = shared / max(mass[i], mass[j], 1e-9)
    row[4] = (first + second + third) / highest


@compiled
def longest_run(a, b):
    """The longest run of equal values in two sequences: where it begins in each, and its length (the first of several)."""
    before, now = np.zeros(len(b) + 1, np.int32), np.zeros(len(b) + 1, np.int32)
    best, at_a, at_b = 0, 0, 0
    for i in range(len(a)):
        for j in range(len(b)):
            now[j + 1] = before[j] + 1 if a[i] == b[j] else 0
            if now[j + 1] > best:
                best = now[j + 1]
                at_a, at_b = i + 1 - best, j + 1 - best
        before, now = now, before
    return at_a, at_b, best
