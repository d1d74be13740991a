"""A small real sentence encoder: an ONNX model that looks words up in a table of vectors, and a tokenizer of the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

DIMS = 24
SAME = (
    "bulletins stimmzettel ballots",
    "truqués gefälscht rigged",
    "forêt wald forest",
    "match spiel game",
    "pluie regen rain",
    "public publikum crowd",
)
"""Words of three languages that mean the same and lie near each other."""
WORDS = ["[PAD]", "[UNK]", *(word for group in SAME for word in group.split())]


def table() -> np.ndarray[Any, np.dtype[np.float32]]:
    """A vector for each word, shape (words, DIMS); that of ``[PAD]`` is not zero."""
    draw = np.random.default_rng(7)
    places = {word: number for number, group in enumerate(SAME) for word in group.split()}
    meanings = draw.normal(size=(len(SAME), DIMS))
    rows = [meanings[places[word]] + draw.normal(scale=0.05, size=DIMS) if word in places else draw.normal(size=DIMS) for word in WORDS]
    return np.array(rows, np.float32)


def build(folder: Path, *, model: str = "model.onnx", output: str = "", asks: str = "attention_mask") -> Path:
    """Write the encoder; ``output`` and ``asks`` make one that is of no use: pooled already, or with another input."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", asks)]
    shape: list[Any] = ["batch", "tokens", DIMS]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    if output:
        nodes.append(helper.make_node("ReduceMax", ["last_hidden_state", "axis"], [output], keepdims=0))
        shape = ["batch", DIMS]
    outputs = [helper.make_tensor_value_info(output or "last_hidden_state", TensorProto.FLOAT, shape)]
    held = [numpy_helper.from_array(table(), "table")]
    held += [numpy_helper.from_array(np.array([1], np.int64), "axis")] if output else []
    graph = helper.make_graph(nodes, "encoder", inputs, outputs, held)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    (folder / model).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(made, folder / model)
    cutter = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    cutter.normalizer = normalizers.Lowercase()
    cutter.pre_tokenizer = pre_tokenizers.Whitespace()
    cutter.save(str(folder / "tokenizer.json"))
    return folder
