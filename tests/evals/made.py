"""Cases, answers and outcomes made by hand over three small sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from assistant.questions import understand
from assistant.types import (
    Answer,
    Ask,
    Caveat,
    CaveatKind,
    Circumstances,
    Citation,
    Draft,
    Failure,
    Premise,
    Record,
    RecordedHit,
    Searched,
    Statement,
    Support,
    TieRow,
    TieTable,
    TieValue,
)
from corpus.types import Kind, Passage, Source, Span, TextKind
from evals.locating import evidence
from evals.reading import read_case
from evals.runs import KeptText
from evals.types import Case, Outcome, Score
from index.types import Filters

DAY = date(2026, 11, 24)
OPENED = "The bridge was opened in 1979."
LORRIES = "It may not carry lorries."
HALF = "The harbour paid one half of it."
TEXTS = {
    "bridge": f"{OPENED} {LORRIES} {HALF}",
    "tunnel--north": "The tunnel has two lanes. It floods in spring.",
    "tunnel--south": "The southern end is steep.",
    "ferry": "The ferry runs every hour from the old pier.",
}
FACT = {"fact": "Opened in 1979", "source": "bridge", "words": OPENED}
LIMIT = {"fact": "No lorries", "source": "bridge", "words": LORRIES, "limit": True}


def a_case(id: str = "c1", type: str = "SF", **expected: Any) -> Case:
    """A case as its line says it; `question` has a default."""
    asked = {} if "turns" in expected else {"question": "When was the bridge opened?"}
    return read_case({"id": id, "type": type} | asked | expected)


def a_source(id: str) -> Source:
    return Source(
        id=id,
        version=f"version-of-{id}",
        title=f"On the {id}",
        publisher="The Harbour Office",
        cite_as="Harbour Office",
        kind=Kind.NEWS,
        text_kind=TextKind.NOTE,
        path=f"{id}.md",
    )


def cites(words: str, id: str = "bridge") -> Citation:
    """The citation of words of one of the sources."""
    text, source = TEXTS[id], a_source(id)
    start = text.index(words)
    passage = Passage(
        f"p-{id}", id, source.version, text, 0, len(text), "", None, (Span(0, len(text)),)
    )
    return Citation(1, source, passage, words, start, start + len(words))


def says(words: str, id: str = "bridge", text: str = "", score: float | None = None) -> Statement:
    """A statement that rests on words of a source; verbatim unless it has a score."""
    support = Support("verbatim", 1.0) if score is None else Support("supported", score)
    return Statement(text or words, "Summary of Harbour Office", (cites(words, id),), support)


def an_answer(
    *statements: Statement,
    more: Sequence[Statement] = (),
    caveats: Mapping[CaveatKind, str] | None = None,
    rows: Sequence[Citation] = (),
) -> Answer:
    """An answer of these statements; without any, and without rows, a silence."""
    question = understand(Ask("When was the bridge opened?", DAY))
    status: Literal["answered", "not_in_sources"] = (
        "answered" if statements or rows else "not_in_sources"
    )
    row = TieRow("t", "Rotterdam", "Shanghai", (TieValue("sister city", tuple(rows)),), (), ())
    return Answer(
        question=question,
        status=status,
        statements=statements,
        more=tuple(more),
        caveats=tuple(Caveat(kind, text) for kind, text in (caveats or {}).items()),
        uncovered=(),
        searched=Searched(question.standalone, 4, 4, 1, Filters()),
        ties=TieTable("all", (row,), 1, 1) if rows else None,
    )


def a_hit(id: str, start: int = 0, end: int | None = None, name: str = "") -> RecordedHit:
    """A passage of a source that was found, by default the whole of it."""
    end = len(TEXTS[id]) if end is None else end
    return RecordedHit(
        name or f"p-{id}-{start}", id, f"version-of-{id}", start, end, "", 0.5, 0.5, 0.5, ()
    )


def a_record(
    answer: Answer | None = None,
    *hits: RecordedHit,
    likelihood: float = 0.8,
    premise: bool = False,
    timings: Mapping[str, float] | None = None,
    failure: str = "",
) -> Record:
    return Record(
        ask=Ask("When was the bridge opened?", DAY),
        conversation="c1",
        who="evaluation",
        outcome="failed" if failure else "complete",
        answer=answer,
        premise=Premise("It was never closed.", ()) if premise else None,
        partial=(),
        failure=Failure(failure, "Try again.") if failure else None,
        likelihood=likelihood,
        hits=hits,
        draft=Draft(()),
        checks=(),
        shown=(),
        timings=dict(timings or {}),
        circumstances=Circumstances("0.1.0", {}, {}, {}, 1, "f" * 64),
    )


def an_outcome(
    case: Case,
    record: Record | None,
    turn: int = 0,
    tokens: Mapping[str, int] | None = None,
    problem: str = "",
) -> Outcome:
    """What came of a turn, with its facts located in the sources."""
    located = evidence(case.turns[turn], kept_texts())
    facts = located[0] if located else None
    return Outcome(case, turn, record, facts, dict(tokens or {}), problem)


def kept_texts() -> list[KeptText]:
    return [
        KeptText(
            id, f"version-of-{id}", f"On the {id}", "The Harbour Office", None, "news",
            "unclassified", "note", text,
        )
        for id, text in TEXTS.items()
    ]  # fmt: skip


def a_score(
    case: str,
    value: float | None,
    measure: str = "m",
    group: str = "",
    type: str = "SF",
    truth: float | None = None,
    turn: int = 0,
) -> Score:
    """A score; without a value it is unscored."""
    state: Literal["scored", "unscored"] = "unscored" if value is None else "scored"
    return Score(case, turn, type, group or case, measure, value, state, "", truth)


def value_of(scores: Sequence[Score], measure: str) -> float | str | None:
    """The value of the one score of a measure, or the state of one that has none."""
    (score,) = [score for score in scores if score.measure == measure]
    return score.state if score.value is None else score.value
