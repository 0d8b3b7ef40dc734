"""Labelled questions, asked of collections built with the same code as any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.assembly import build_index
from assistant.questions import understand
from assistant.retrieving import retrieve
from assistant.settings import Settings, load_settings
from assistant.types import Ask, Question
from evals.reading import matches, own_cases, read_cases
from evals.suites.clapnq import read_rows, source_id, write_passages
from evals.types import Case, Expected
from index.embedders import make_embedder
from index.retriever import Retriever
from index.types import Found

TODAY = date(2026, 1, 1)
LEARNED, TEST, VARIANTS = "starter", "starter, test", "starter, variants"
HELD_OUT = {TEST, VARIANTS}
"""The project's own cases that nothing may be learned from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A labelled question with what was found for it.

    `selected` are sentences known to answer, `expected` an answer in a person's words.
    """

    suite: str
    group: str
    question: Question
    found: Found
    answerable: bool
    sources: tuple[str, ...]
    selected: tuple[str, ...] = ()
    expected: str = ""


def clapnq(folder: Path, scratch: Path) -> Iterator[Asked]:
    """CLAP NQ over its own passages, indexed in `scratch / "clapnq-home"`.

    Raises:
        CorpusError: the data is not in `folder`.
    """
    rows = read_rows(folder)
    texts = scratch / "clapnq"
    texts.mkdir()
    write_passages(rows, texts)
    retriever = _indexed(scratch / "clapnq-home", texts)
    for i, (row, answerable) in enumerate(rows):
        ids = (source_id(i),)
        question, found = _ask(row.input, retriever)
        yield Asked("clapnq", row.passage.title, question, found, answerable, ids, row.selected)
    retriever.close()


def starter(questions: Path | None, scratch: Path) -> list[Asked]:
    """The project's own single questions, and those of a file whose sources are in, over the
    starter collection, indexed in `scratch / "starter-home"`.
    """
    retriever = _indexed(scratch / "starter-home", None)
    ids = tuple(
        {s.id for s in retriever.sources()} | {s.id.split("--")[0] for s in retriever.sources()}
    )
    cases = [(_part(case), case) for case in own_cases()]
    cases += [("questions", c) for c in read_cases(questions)] if questions else []
    asked = []
    for suite, case in cases:
        single, *more = case.turns
        if more or not _inside(single, ids):
            continue
        question, found = _ask(single.question, retriever)
        asked.append(
            Asked(
                suite, case.group, question, found, bool(single.answerable), single.sources or (),
                expected=single.expected,
            )
        )  # fmt: skip
    retriever.close()
    return asked


def _part(case: Case) -> str:
    """Which of the project's own cases this is one of. What words another anew, or is put to
    mislead, would count a question twice; it tells how what was learned carries over.
    """
    if case.wording_of or case.type == "AT":
        return VARIANTS
    return LEARNED if case.split == "tune" else TEST


def _inside(case: Expected, ids: tuple[str, ...]) -> bool:
    """Whether it is labelled, and the collection holds what it needs: all sources of an answerable
    one.
    """
    if not case.answerable:
        return case.answerable is False
    return all(matches(wanted, ids) for wanted in case.sources or ())


def _indexed(home: Path, texts: Path | None) -> Retriever:
    base = load_settings().model_dump()
    settings = Settings(
        **(base | {"home": home, "starter": texts is None, "sources": (texts,) if texts else ()})
    )
    build_index(settings)
    return Retriever(home, make_embedder(settings.embedder, settings.number_type))


def _ask(text: str, retriever: Retriever) -> tuple[Question, Found]:
    question = understand(Ask(text, TODAY))
    return question, retrieve(question, retriever)
