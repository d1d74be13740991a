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


def support(left: npt.NDArray[np.int32], right: npt.NDArray[np.int32], shares: Floats, size: int) -> Floats:
    """For each pair (rows of texts, its probability so far): the columns :data:`FEATURES`.

    ``common``: the sum over common neighbours of the weaker link; ``others``: the sum of a text's links to all but the other one.
    """
    there = np.flatnonzero(shares >= LEAST)
    one, other = np.concatenate([left[there], right[there]]), np.concatenate([right[there], left[there]])
    link = np.concatenate([shares[there], shares[there]])
    order = np.lexsort((other, one))
    at = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(one, minlength=size), out=at[1:])
    degree = np.bincount(one, link, minlength=size).astype(np.float32)
    common = _common(left, right, at, other[order], link[order])
    a, b = np.maximum(degree[left] - shares, 0), np.maximum(degree[right] - shares, 0)
    less, more = np.minimum(a, b), np.maximum(a, b)
    clipped = np.clip(shares.astype(np.float64), 1e-6, 1 - 1e-6)
    columns = (np.log(clipped / (1 - clipped)), common, common / (0.5 + less), common / (0.5 + more), less, more)
    return np.stack(columns, axis=1).astype(np.float32)


def among(left: npt.NDArray[np.int32], right: npt.NDArray[np.int32], values: Floats, size: int) -> tuple[Floats, Floats]:
    """For each pair of a graph: how many common neighbours it has, and the sum over them of the mean value of both links."""
    one, other, link = np.concatenate([left, right]), np.concatenate([right, left]), np.concatenate([values, values])
    order = np.lexsort((other, one))
    at = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(one, minlength=size), out=at[1:])
    count, total = _among(left, right, at, other[order], link[order])
    return count, total


@compiled
def _among(left, right, at, neighbours, link):
    count, total = np.zeros(len(left), np.float32), np.zeros(len(left), np.float32)
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
                a += 1
                b += 1
    return count, total


@compiled
def _common(left, right, at, neighbours, link):
    out = np.zeros(len(left), np.float32)
    for p in range(len(left)):
        a, b = at[left[p]], at[right[p]]
        while a < at[left[p] + 1] and b < at[right[p] + 1]:
            if neighbours[a] < neighbours[b]:
                a += 1
            elif neighbours[a] > neighbours[b]:
                b += 1
            else:
                out[p] += min(link[a], link[b])
                a += 1
                b += 1
    return out
