"""The plain LangChain pipeline of many a tutorial, to compare with: nothing in it is tuned.

RecursiveCharacterTextSplitter 1000/200, all-MiniLM-L6-v2 in float32 through LangChain, Chroma
through LangChain, the four nearest chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from index.model_folders import PACKAGED, locate

CHUNKS = 4
# langchain-chroma hands everything over at once, and Chroma takes 5,461 rows at most.
_ADD_BATCH = 5000


class Stretch(NamedTuple):
    """A stretch of a document, in characters."""

    document: str
    start: int
    end: int


@cache
def plain_model() -> Any:
    """The packaged model in float32 through LangChain.

    Raises:
        ModuleNotFoundError: the packages of the `evals` extra are not installed.
    """
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(model_name=str(locate(PACKAGED)), model_kwargs={"device": "cpu"})


class Tutorial:
    """The pipeline with its model loaded and warmed.

    Raises:
        ModuleNotFoundError: the packages of the `evals` extra are not installed.
    """

    def __init__(self) -> None:
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        self._splitter = RecursiveCharacterTextSplitter(
            chunk_size=1000, chunk_overlap=200, add_start_index=True
        )
        self._model = plain_model()
        self._model.embed_documents(["Warm up with a sentence of some words."] * 32)

    def index(self, texts: Mapping[str, str], folder: Path) -> TutorialIndex:
        """Splits, embeds and stores documents, given as name -> text, in a new folder."""
        from langchain_chroma import Chroma

        store = Chroma("tutorial", self._model, persist_directory=str(folder))
        chunks = self._splitter.create_documents(
            list(texts.values()), [{"document": name} for name in texts]
        )
        for i in range(0, len(chunks), _ADD_BATCH):
            store.add_documents(chunks[i : i + _ADD_BATCH])
        return TutorialIndex(store)


class TutorialIndex:
    """A finished index of the tutorial."""

    def __init__(self, store: object) -> None:
        self._store = store

    def search(self, question: str) -> list[Stretch]:
        """The four nearest chunks, nearest first."""
        from langchain_chroma import Chroma

        assert isinstance(self._store, Chroma)
        return [
            Stretch(
                chunk.metadata["document"],
                chunk.metadata["start_index"],
                chunk.metadata["start_index"] + len(chunk.page_content),
            )
            for chunk in self._store.similarity_search(question, k=CHUNKS)
        ]
