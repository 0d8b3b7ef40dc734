"""A model's forward pass: by sentence-transformers, or by ONNX Runtime from the same weights.

sentence-transformers is the reference. It takes seconds to import, so that a fresh process that
has only a question to embed computes it with an ONNX graph of the same weights, where one is kept
(`index/graphs.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.model_folders import model_error

Vector = NDArray[np.float32]

# Larger batches fall out of the processor's cache; measured from 700 to 13,000 tokens.
BATCH_TOKENS = 2048
# What an ONNX graph of a model takes and gives.
TAKES = ("input_ids", "attention_mask")
GIVES = ("sentence_embedding", "token_embeddings")


class Network(Protocol):
    """Rows of token ids to vectors. Safe to use from several threads at once."""

    @property
    def fingerprint(self) -> str:
        """Names what computes, and in which numbers."""

    def texts(self, rows: list[list[int]]) -> Vector:
        """The vectors of the rows, shape (n, dim), not of unit length."""

    def tokens(self, rows: list[list[int]]) -> tuple[Vector, Vector]:
        """As `texts`, and the vectors of each token, shape (n, longest, hidden)."""


class TorchNetwork:
    """The model as sentence-transformers computes it, in `number_type`.

    Raises:
        ModelError: the model cannot be loaded.
    """

    def __init__(self, folder: Path, number_type: str, padding: int, name: str) -> None:
        self._padding = padding
        self.fingerprint = f"torch:{number_type}"
        try:
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            model = SentenceTransformer(
                str(folder),
                # The processor, so that vectors are the same wherever they are made.
                device="cpu",
                local_files_only=True,
                model_kwargs={"dtype": getattr(torch, number_type)},
            )
        except Exception as error:
            raise model_error(name, error) from error
        self.modules: list[Any] = list(model.eval())

    def texts(self, rows: list[list[int]]) -> Vector:
        return self.tokens(rows)[0]

    def tokens(self, rows: list[list[int]]) -> tuple[Vector, Vector]:
        import torch

        ids, mask = map(torch.from_numpy, padded(rows, self._padding))
        with torch.inference_mode():
            features = self.modules[0]({"input_ids": ids, "attention_mask": mask})
            # Pooling adds up to hundreds of terms, for which bfloat16 has too few digits.
            features["token_embeddings"] = features["token_embeddings"].float()
            for module in self.modules[1:]:
                features = module(features)
        texts, tokens = (features[name].numpy() for name in GIVES)
        return texts, tokens


class OnnxNetwork:
    """An ONNX graph that takes `TAKES` and gives `GIVES`, in float32.

    Raises:
        ImportError: ONNX Runtime is not installed.
        Exception: the content is no graph, or one of another form; ONNX Runtime's own classes.
    """

    def __init__(self, content: bytes, padding: int) -> None:
        self._padding = padding
        self.fingerprint = "onnx:float32"
        # Read when the library is loaded: else it reports its use to its maker.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # A thread that waits for work by spinning would hold a core that others need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        given = tuple(output.name for output in self._session.get_outputs())
        if given != GIVES:
            raise ValueError(f"it gives {', '.join(given)}")

    def texts(self, rows: list[list[int]]) -> Vector:
        [texts] = self._run(rows, GIVES[:1])
        return texts

    def tokens(self, rows: list[list[int]]) -> tuple[Vector, Vector]:
        texts, tokens = self._run(rows, GIVES)
        return texts, tokens

    def _run(self, rows: list[list[int]], wanted: tuple[str, ...]) -> list[Vector]:
        inputs = dict(zip(TAKES, padded(rows, self._padding), strict=True))
        found: list[Vector] = self._session.run(wanted, inputs)
        return found


def padded(rows: list[list[int]], padding: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and attention mask of rows, each of shape (n, longest)."""
    ids = np.full((len(rows), max(map(len, rows))), padding, np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return ids, mask


def batches_by_length(rows: list[list[int]]) -> Iterator[list[int]]:
    """Positions of rows in batches of like length, longest first: padding costs time."""
    batch: list[int] = []
    for i in sorted(range(len(rows)), key=lambda i: -len(rows[i])):
        if batch and (len(batch) + 1) * len(rows[batch[0]]) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
