"""Any folder in the format of BEIR: `corpus.jsonl`, `queries.jsonl` and `qrels/*.tsv`.

Thakur, Reimers, Rücklé, Srivastava and Gurevych, "BEIR: A Heterogeneous Benchmark for Zero-shot
Evaluation of Information Retrieval Models" (2021).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from corpus.errors import CorpusError
from evals.reading import split_of
from evals.suites.documents import write_source
from evals.suites.files import Said, read_file
from evals.suites.plain import rank_baselines, whole_documents
from evals.suites.suite import Room, Suite
from evals.types import Case, Expected, Score

NAME = "beir"
QRELS = ("test.tsv", "dev.tsv", "train.tsv")
"""The judgements that are taken: the first of these that there is."""


class _Entry(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = Field(alias="_id")
    text: str
    title: str | None = None


class _Query(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = Field(alias="_id", min_length=1)
    text: Said


_ENTRIES = TypeAdapter(list[_Entry])
_QUERIES = TypeAdapter(list[_Query])


def beir(folder: Path) -> Suite:
    """The queries that have a relevant document, over the whole corpus.

    A document without text is not indexed, as nothing could be cited of it; where it is relevant,
    it counts as not found.

    Raises:
        CorpusError: a file is absent or not of that form.
    """
    corpus = read_file(folder / "corpus.jsonl", _ENTRIES)
    ids = {entry.id: f"d{n}" for n, entry in enumerate(corpus)}
    relevant = _relevant(folder)
    queries = {q.id: q for q in read_file(folder / "queries.jsonl", _QUERIES)}
    cases = tuple(_case(q, relevant[id_], ids) for id_, q in queries.items() if id_ in relevant)
    texts = {ids[e.id]: (e.title or "", e.text or e.title or "") for e in corpus}
    texts = {id_: (title, text) for id_, (title, text) in texts.items() if text.strip()}

    def write(into: Path) -> None:
        for id_, (title, text) in texts.items():
            write_source(into, id_, title, text, folder.resolve().name)

    plain = {id_: f"{title}\n{text}".strip() for id_, (title, text) in texts.items()}
    return Suite(
        f"{NAME}-{folder.resolve().name}",
        f"the makers of {folder.resolve().name}",
        cases,
        write,
        baselines=partial(_baselines, cases, plain),
    )


def _case(query: _Query, relevant: Sequence[str], ids: Mapping[str, str]) -> Case:
    sources = tuple(ids.get(id_, f"missing-{id_}") for id_ in relevant)
    turn = Expected(question=query.text, sources=sources)
    return Case(query.id, "SF", (turn,), query.id, split_of(query.id))


def _relevant(folder: Path) -> dict[str, list[str]]:
    """The documents judged relevant, by query."""
    path = next((p for name in QRELS if (p := folder / "qrels" / name).is_file()), None)
    if path is None:
        raise CorpusError(
            f"There are no judgements in {folder / 'qrels'}.",
            f"Give a BEIR folder with one of qrels/{', qrels/'.join(QRELS)}.",
        )
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read.", "Give the folder with --data.") from error
    relevant: dict[str, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        # An id may hold quotes, so that this is not read as CSV.
        *judged, grade = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and not grade.isdigit()):
            continue
        try:
            query, document = judged
            if int(grade) > 0:
                relevant.setdefault(query, []).append(document)
        except ValueError as error:
            raise CorpusError(
                f"{path}, line {number}: not a query, a document and a grade.",
                "Separate the three by tabs.",
            ) from error
    return relevant


def _baselines(
    cases: Sequence[Case], texts: Mapping[str, str], room: Room
) -> Mapping[str, Sequence[Score]]:
    assert room.bench is not None
    room.progress("Embedding documents plainly")
    asked = {"": [(case, case.turns[0].question) for case in cases]}
    return rank_baselines(whole_documents(texts), asked, room.bench.embedder)
