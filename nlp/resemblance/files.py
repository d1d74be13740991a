"""A style in a file: plain NumPy arrays and a manifest in JSON, nothing that runs; refused where it was made otherwise."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import StopRun, UsageError
from nlp.resemblance.style import DECIDED, Model, Style
from nlp.resemblance.words import FEATURES

KIND = "tocsin style"
CARD = (
    "Says how alike the words of a text are to those of outlets with the label that was learnt. The labels are of outlets, not of texts: "
    "the model knows nothing of what is right or wrong, and many texts of listed outlets are ordinary. Words that name the outlets, and "
    "words that few of them use, were left out. The scores are of publishers that the model had not seen; it abstains where its "
    f"probability lies between {1 - DECIDED:.2f} and {DECIDED:.2f}. Other countries, years and subjects than those learnt are not covered."
)


def version() -> str:
    """The version of Tocsin that is running."""
    return metadata.version("tocsin")


def manifest(fingerprint: str, languages: Mapping[str, Any], label: Sequence[str]) -> dict[str, Any]:
    """What a model says of itself. ``languages``: texts, publishers and scores of each."""
    return {
        "kind": KIND,
        "features": FEATURES,
        "tocsin": version(),
        "data": fingerprint,
        "label": list(label),
        "languages": dict(languages),
        "card": CARD,
    }


def save(model: Model, path: Path) -> None:
    """Write the model whole or not at all. Raises StopRun if the folder or the disk does not take it."""
    arrays: dict[str, Any] = {"manifest": _bytes(json.dumps(model.manifest, ensure_ascii=False, sort_keys=True))}
    for code, style in model.styles.items():
        arrays[f"{code}/vocabulary"] = _bytes("\n".join(style.vocabulary))
        arrays[f"{code}/idf"], arrays[f"{code}/weights"] = style.idf, style.weights
        arrays[f"{code}/numbers"] = np.array([style.bias, *style.alone, *style.site])
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            np.savez_compressed(out, **arrays)
        part.replace(path)
    except OSError as error:
        raise StopRun(f"cannot be written: {error.strerror}", where=str(path), hint="choose a folder that is there and yours") from None
    finally:
        if part.parent.is_dir():
            part.unlink(missing_ok=True)


def _bytes(text: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(text.encode("utf-8"), np.uint8)


def load(path: Path) -> Model:
    """Read a model. Raises UsageError if there is none, StopRun for a broken file or one of other features or another version."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError("there is no such model", where=str(path), hint="make one with: tocsin train --labels FILE") from None
    except OSError as error:
        raise StopRun(f"cannot be read: {error.strerror}", where=str(path)) from None
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            found = json.loads(bytes(arrays["manifest"]).decode("utf-8"))
            _fits(found, path)
            styles = {code: _style(code, arrays, about) for code, about in found["languages"].items()}
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, EOFError, OSError):
        raise StopRun("is no model of Tocsin, or a part of it is missing", where=str(path), hint=_AGAIN) from None
    return Model(styles, found)


_AGAIN = "train it again: tocsin train --labels FILE"


def _fits(found: Mapping[str, Any], path: Path) -> None:
    if found["kind"] != KIND:
        raise StopRun(f"is a {found['kind']!r}, not a {KIND!r}", where=str(path))
    if found["features"] != FEATURES:
        raise StopRun(f"was trained with features {found['features']}; this Tocsin has {FEATURES}", where=str(path), hint=_AGAIN)
    if found["tocsin"] != version():
        raise StopRun(f"was trained by Tocsin {found['tocsin']}; this is {version()}", where=str(path), hint=_AGAIN)


def _style(code: str, arrays: Any, about: Mapping[str, Any]) -> Style:
    vocabulary = tuple(bytes(arrays[f"{code}/vocabulary"]).decode("utf-8").split("\n"))
    idf, weights, numbers = (np.asarray(arrays[f"{code}/{name}"], np.float64) for name in ("idf", "weights", "numbers"))
    if not len(vocabulary) == len(idf) == len(weights) or len(numbers) != 5:
        raise ValueError(code)
    bias, a, b, c, d = (float(n) for n in numbers)
    known = {name: (bool(side), int(texts)) for name, (side, texts) in about["publishers"].items()}
    return Style(code, vocabulary, idf, weights, bias, (a, b), (c, d), known)
