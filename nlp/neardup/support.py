"""What the neighbourhood says of a pair: texts that say the same share their other near texts, chance resemblances do not."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp.neardup.compiled import compiled

FEATURES = ("logit", "common", "common_of_less", "common_of_more", "others_less", "others_more")
LEAST = 0.02
"""Pairs less likely than this are no neighbours."""

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]


def support(left: Rows, right: Rows, shares: Floats, size: int) -> Floats:
    """For each pair (rows of texts, its probability so far): the columns :data:`FEATURES`.

    ``common``: the sum over common neighbours of the weaker link; ``others``: the sum of a text's links to all but the other one.
    """
    there = np.flatnonzero(shares >= LEAST)
    one, other, link = _both_ways(left[there], right[there], shares[there])
    degree = np.bincount(one, link, minlength=size).astype(np.float32)
    _, _, common = _among(left, right, *_rows(one, other, link, size))
    a, b = np.maximum(degree[left] - shares, 0), np.maximum(degree[right] - shares, 0)
    less, more = np.minimum(a, b), np.maximum(a, b)
    clipped = np.clip(shares.astype(np.float64), 1e-6, 1 - 1e-6)
    columns = (np.log(clipped / (1 - clipped)), common, common / (0.5 + less), common / (0.5 + more), less, more)
    return np.stack(columns, axis=1).astype(np.float32)


def among(left: Rows, right: Rows, values: Floats, size: int) -> tuple[Floats, Floats]:
    """For each pair of a graph: how many common neighbours it has, and the sum over them of the mean value of both links."""
    count, total, _ = _among(left, right, *_rows(*_both_ways(left, right, values), size))
    return count, total


def _both_ways(left: Rows, right: Rows, values: Floats) -> tuple[Rows, Rows, Floats]:
    return np.concatenate([left, right]), np.concatenate([right, left]), np.concatenate([values, values])


def _rows(one: Rows, other: Rows, link: Floats, size: int) -> tuple[npt.NDArray[np.int64], Rows, Floats]:
    """Where each text's neighbours begin, the neighbours in order, and the links to them."""
    order = np.lexsort((other, one))
    at = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(one, minlength=size), out=at[1:])
    return at, other[order], link[order]


@compiled
def _among(left, right, at, neighbours, link):
    """Of the common neighbours of each pair: how many, the sum of the mean of both links, the sum of the weaker link."""
    count, total, weaker = np.zeros(len(left), np.float32), np.zeros(len(left), np.float32), np.zeros(len(left), np.float32)
    for p in range(len(left)):
        a, b = at[left[p]], at[right[p]]
        while a < at[left[p] + 1] and b < at[right[p] + 1]:
            if neighbours[a] < neighbours[b]:
                a += 1
            elif neighbours[a] > neighbours[b]:
                b += 1
            else:
                count[p] += 1
                total[p] += (link[a] + link[b]) / 2
                weaker[p] += min(link[a], link[b])
                a += 1
                b += 1
    return count, total, weaker
