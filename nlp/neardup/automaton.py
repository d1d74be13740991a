"""py3langid 0.4's automaton, compiled: the walk over a text's bytes that nlp.language and nlp.neardup.tongues share, and its weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlp.neardup.compiled import compiled


def walked(model: Any) -> tuple[Any, Any, Any]:
    """A py3langid model's transitions, row of each state and feature of each state, as the functions here take them."""
    return np.array(model.tk_nextmove, np.uint32), np.array(model.tk_row, np.int64), np.array(model.tk_output, np.int32)


@compiled
def visit(data, begin, end, moves, rows, outputs, count, met):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """How many features the bytes ``begin`` to ``end`` hold: their numbers in ``met`` as they are met first, how often in ``count``.

    ``count`` must be zero for every feature, and is left for the caller to clear; ``met`` must have room for one for each byte.
    """
    state, size = 0, 0
    for k in range(begin, end):
        state = moves[(rows[state] << 8) + data[k]]
        feature = outputs[state]
        if feature >= 0:
            if count[feature] == 0:
                met[size] = feature
                size += 1
            count[feature] += 1
    return size


@compiled
def met_weights(data, moves, rows, outputs, count, halves):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """How often each feature of the text ``data`` occurs, and its weights (features x classes), in the order in which they are met.

    ``halves``: the weights as the bits of 16-bit floats, which widen to 32 bits exactly. ``count`` is zero before and after.
    """
    met = np.empty(len(data), np.int32)
    size = visit(data, 0, len(data), moves, rows, outputs, count, met)
    often, bits = np.empty(size, np.float32), np.empty((size, halves.shape[1]), np.uint32)
    for m in range(size):
        feature = met[m]
        often[m] = count[feature]
        count[feature] = 0
        for c in range(halves.shape[1]):
            half = np.uint32(halves[feature, c])
            bits[m, c] = ((half & np.uint32(0x8000)) << np.uint32(16)) | ((half & np.uint32(0x7FFF)) << np.uint32(13))
    weights = bits.view(np.float32)
    weights *= np.float32(2.0**112)  # between both exponents: a power of two, so nothing is rounded (a model has no infinities)
    return often, weights
