"""Texts into vectors by a sentence encoder of the user's own: a folder with an ONNX model and its tokenizer, run on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import StopRun, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOKENS = 512
"""Most tokens of a text that are read; a tokenizer that cuts earlier does so."""

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MODELS = ("model.onnx", "onnx/model.onnx")
TOKENIZER = "tokenizer.json"
SETTING = "nlp.encoder"

_PIECE = 1_048_576


class Encoder:
    """The encoder in ``folder``. ``name``: 12 characters that change with its files; ``dims``: numbers in a vector.

    Raises UsageError, saying what to do, for a missing folder, file or package, and for a model that gives no vector for each token.
    """

    def __init__(self, folder: Path) -> None:
        model, tokenizer = _files(folder)
        self.folder = folder
        self._session, self._tokenizer = _loaded(model, tokenizer)
        self._types = {node.name: node.type for node in self._session.get_inputs()}
        self._output, self.dims = _tokens_output(self._session, model)
        if strange := sorted(self._types.keys() - set(INPUTS)):
            raise UsageError(f"the model asks for {', '.join(strange)}", where=str(model), hint=f"it may ask for {', '.join(INPUTS)}")
        self.name = _digest(model, tokenizer)
        try:
            self.dims = int(self.encode(["a"]).shape[1])
        except StopRun as error:
            raise UsageError(error.message, where=error.where, hint=error.hint) from None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors, shape (texts, dims), float32, of length 1; zeros for a text without tokens. Raises StopRun if the model fails.

        The mean of the vectors of the tokens over the attention mask, as Sentence-BERT (Reimers & Gurevych 2019) pools, then L2-normalised.
        """
        import numpy as np

        read = self._tokenizer.encode_batch([text.encode("utf-8", "replace").decode() for text in texts])
        mask = np.array([e.attention_mask for e in read], np.int64)
        given = {"input_ids": np.array([e.ids for e in read], np.int64), "attention_mask": mask}
        given["token_type_ids"] = np.array([e.type_ids for e in read], np.int64)
        if not mask.any():
            return np.zeros((len(texts), self.dims), np.float32)
        try:
            (states,) = self._session.run([self._output], {n: given[n].astype(_numbers(kind)) for n, kind in self._types.items()})
        except Exception as error:  # noqa: BLE001  what the engine raises has no common class
            raise StopRun(f"the encoder fails: {_short(error)}", where=str(self.folder), hint="name another in nlp.encoder") from None
        weight = mask[:, :, None].astype(np.float32)
        mean = (states * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1)
        length = np.linalg.norm(mean, axis=1, keepdims=True)
        return np.asarray(np.divide(mean, length, out=np.zeros_like(mean), where=np.isfinite(length) & (length > 0)), np.float32)


def _files(folder: Path) -> tuple[Path, Path]:
    """Model and tokenizer."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", where=SETTING, hint="name the folder of an encoder, or take the line out")
    model = next((folder / name for name in MODELS if (folder / name).is_file()), None)
    if model is None:
        hint = "export the encoder to ONNX and put the file there"
        raise UsageError(f"there is no {' or '.join(MODELS)} in {folder}", where=SETTING, hint=hint)
    if not (folder / TOKENIZER).is_file():
        raise UsageError(f"there is no {TOKENIZER} in {folder}", where=SETTING, hint="it comes with the encoder: put it beside the model")
    return model, folder / TOKENIZER


def _loaded(model: Path, tokenizer: Path) -> tuple[Any, Any]:
    """The session and the tokenizer, which cuts and fills."""
    try:
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError as error:
        hint = 'install them with: pip install "tocsin[encoder]", or take the line out'
        raise UsageError(f"the packages that run an encoder are not installed ({error.name})", where=SETTING, hint=hint) from None
    path = tokenizer
    try:
        cutter = Tokenizer.from_file(str(path))
        path = model
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what it prints is said in one line by us
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  both libraries raise classes of their own that have none in common
        raise UsageError(f"cannot be read: {_short(error)}", where=str(path), hint="put the encoder's files there again") from None
    cutter.enable_truncation(min(TOKENS, (cutter.truncation or {}).get("max_length", TOKENS)))
    filling = cutter.padding or {}
    cutter.enable_padding(pad_id=filling.get("pad_id", 0), pad_token=filling.get("pad_token", "[PAD]"))
    return session, cutter


def _tokens_output(session: Any, model: Path) -> tuple[str, int]:
    """The output with a vector for each token, shape (texts, tokens, dims), and dims if the model says it, else 0."""
    for node in session.get_outputs():
        if len(node.shape or ()) == 3:
            return str(node.name), node.shape[2] if isinstance(node.shape[2], int) else 0
    raise UsageError("the model gives no vector for each token", where=str(model), hint="export it for feature extraction, without pooling")


def _numbers(kind: str) -> str:
    return "int32" if kind == "tensor(int32)" else "int64"


def _digest(model: Path, tokenizer: Path) -> str:
    """Of the tokenizer, and of the model and what lies beside it under its name (``model.onnx_data``)."""
    state = hashlib.blake2b(digest_size=6)
    for path in chain((tokenizer,), sorted(model.parent.glob(f"{model.name}*"))):
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                state.update(piece)
    return state.hexdigest()


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
