"""ONNX graphs of embedding models: made from the reference, proven equal to it, and kept.

A graph lies in a file named after the model's weights and the graph's own content, so that one
of other weights is not taken, and one that was damaged or altered is noticed.
"""

from __future__ import annotations

import hashlib
import logging
import random
import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from index.networks import GIVES, TAKES, Network, OnnxNetwork, TorchNetwork

# How near (cosine) the graph's vectors must be to the reference's, on how many texts.
LEAST_COSINE = 0.999
TEXTS = 500
_BATCH = 16

_log = logging.getLogger(__name__)


def open_graph(folder: Path, weights: str, padding: int) -> OnnxNetwork | None:
    """The graph kept in `folder` for weights of this hash; None, with a line in the log, where
    there is none that can be used.
    """
    content = _content(folder, weights)
    if content is None:
        reason = "there is no undamaged ONNX graph of it"
    else:
        try:
            return OnnxNetwork(content, padding)
        except Exception as error:
            reason = f"its ONNX graph cannot be used ({error})"
    _log.warning(
        "Questions wait until sentence-transformers has loaded the embedding model: %s. "
        "`attache index` makes one where it can.",
        reason,
    )
    return None


def is_kept(folder: Path, weights: str) -> bool:
    """Whether an undamaged graph of weights of this hash is there."""
    return _content(folder, weights) is not None


def keep_graph(
    folder: Path, weights: str, reference: TorchNetwork, padding: int, vocabulary: int, longest: int
) -> bool:
    """Make the graph of a model in float32, and keep it in place of others if it is equal.

    `vocabulary` is how many tokens there are, `longest` how many of them a text may have. Where
    it cannot be made, or is not equal, a line in the log says why.
    """
    try:
        content = _exported(reference)
        worst = agreement(reference, OnnxNetwork(content, padding), vocabulary, longest)
        if not worst >= LEAST_COSINE:
            raise ValueError(f"its vectors differ from the reference's (cosine {worst:.4f})")
        _write(folder, weights, content)
    except Exception as error:
        _log.warning("No ONNX graph of the embedding model is kept: %s.", error)
        return False
    _log.info("The ONNX graph of the embedding model agrees within a cosine of %.7f.", worst)
    return True


def agreement(reference: Network, other: Network, vocabulary: int, longest: int) -> float:
    """The least cosine between both networks' vectors over `TEXTS` texts.

    The texts are tokens drawn at random, so that nothing depends on what is being indexed; of all
    lengths from 1 to `longest`, most of them short, as questions are.
    """
    chance = random.Random(0)
    lengths = [round(longest ** chance.random() ** 2) for _ in range(TEXTS)]
    # Batches hold different lengths, but not so different that most of them is padding.
    rows = [chance.choices(range(vocabulary), k=length) for length in sorted(lengths)]
    worst = 1.0
    for at in range(0, TEXTS, _BATCH):
        batch = rows[at : at + _BATCH]
        a, b = reference.texts(batch), other.texts(batch)
        norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        worst = min(worst, float(((a * b).sum(axis=1) / norms).min()))
    return worst


def _exported(reference: TorchNetwork) -> bytes:
    """The reference's modules as one ONNX graph of any number of texts of any length."""
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(reference.modules)

        def forward(self, ids: Any, mask: Any) -> tuple[Any, ...]:
            features = dict(zip(TAKES, (ids, mask), strict=True))
            for part in self.parts:
                features = part(features)
            return tuple(features[name] for name in GIVES)

    example = torch.tensor([[1, 2, 3, 4], [1, 2, 0, 0]])
    names = {name: {0: "texts", 1: "tokens"} for name in (*TAKES, *GIVES)}
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings(), torch.inference_mode():
        # Tracing warns of every shape that it follows; whether it did well is measured afterwards.
        warnings.simplefilter("ignore")
        path = Path(place, "graph.onnx")
        torch.onnx.export(
            # The exporter leaves a module in the mode in which it was, with all that is in it.
            Whole().eval(),
            (example, (example > 0).long()),
            str(path),
            input_names=list(TAKES),
            output_names=list(GIVES),
            dynamic_axes=names | {GIVES[0]: {0: "texts"}},
            # The newer exporter needs two more packages.
            dynamo=False,
        )
        return path.read_bytes()


def _write(folder: Path, weights: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{weights[:16]}-{hashlib.sha256(content).hexdigest()}.onnx"
    unfinished = target.with_suffix(".new")
    unfinished.write_bytes(content)
    unfinished.rename(target)
    for path in folder.iterdir():
        if path != target and path.suffix in (".onnx", ".new"):
            path.unlink(missing_ok=True)


def _content(folder: Path, weights: str) -> bytes | None:
    """The kept graph, if it is what its name says."""
    for path in folder.glob(f"{weights[:16]}-*.onnx"):
        named = re.fullmatch(r"[^-]+-([0-9a-f]{64})", path.stem)
        try:
            content = path.read_bytes()
        except OSError:  # another process has just put a newer one in its place
            continue
        if named and hashlib.sha256(content).hexdigest() == named[1]:
            return content
    return None
