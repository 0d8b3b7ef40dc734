"""What is asked, what came of it, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from assistant.types import Record
from corpus.types import Kind
from index.types import Filters

Split = Literal["tune", "test"]
State = Literal["scored", "unscored", "not_applicable"]
Better = Literal["higher", "lower", "neither"]

TYPES = {
    "SF": "single fact",
    "MS": "several sources",
    "CMP": "comparison",
    "TL": "timeline",
    "CF": "conflict",
    "OF": "opinion against fact",
    "NA": "not answerable",
    "FP": "false premise",
    "FU": "follow-up",
    "AT": "attack",
    "OW": "other wording",
    "SP": "misspelling",
}


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Fact(_Frozen):
    """A short statement that a right answer contains, and the exact words that say it.

    A `limit` is an exception or condition without which what the same source says besides, or the
    whole answer where that source says nothing else, misleads.
    """

    fact: str = Field(validation_alias=AliasChoices("fact", "statement", "text"))
    source: str = Field(validation_alias=AliasChoices("source", "source_id"))
    words: str = Field(validation_alias=AliasChoices("words", "quote"), pattern=r"\S")
    limit: bool = False


class FilterNames(_Frozen):
    """The filters of a question, as a case file writes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: tuple[Kind, ...] = ()
    publishers: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    collections: tuple[str, ...] = ()

    def filters(self) -> Filters:
        return Filters(**self.model_dump())


class Expected(_Frozen):
    """One question and what is expected of its answer.

    What is None was not labelled, and is then not held against an answer. `sources` are the ids
    of all that belongs in a right answer (an id stands for its parts, `id--part`, too), `nearest`
    those that come near but do not answer. `caveats` are kinds of caveat, or words that one must
    contain. `history` are earlier questions of the conversation, which are given and not asked.
    """

    question: str = Field(pattern=r"\S")
    sources: tuple[str, ...] | None = None
    nearest: tuple[str, ...] = ()
    facts: tuple[Fact, ...] | None = None
    expected: str = ""
    answerable: bool | None = True
    caveats: tuple[str, ...] | None = None
    filters: FilterNames = FilterNames()
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A question, or several asked in one conversation; `turns` holds at least one.

    Cases of one `group` share what they are about (a document, a conversation) and are not
    independent of each other. `pair` names the two sides ("risks", "benefits") of one matter,
    `wording_of` the case that asks the same in other words. A `proposed` case waits for a person
    to accept it and is never counted.
    """

    id: str
    type: str
    turns: tuple[Expected, ...]
    group: str
    split: Split
    pair: str = ""
    side: str = ""
    wording_of: str = ""
    notes: str = ""
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the words of a fact stand: `text[start:end]` in that version of the source."""

    fact: str
    source_id: str
    version: str
    start: int
    end: int
    limit: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one turn of a case: a record, or why there is none."""

    case: str
    turn: int
    record: Record | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A turn with what was expected and what came of it: what scorers read.

    `evidence` holds the facts that could be located. `lengths` gives the tokens of each passage
    that was retrieved, by its id.
    """

    case: Case
    turn: int
    record: Record | None
    evidence: tuple[Evidence, ...] | None
    lengths: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""

    @property
    def expected(self) -> Expected:
        return self.case.turns[self.turn]

    def score(
        self,
        measure: str,
        value: float,
        *,
        truth: float | None = None,
        tokens: float | None = None,
    ) -> Score:
        """What this turn is worth by a measure; a prediction comes with the `truth`."""
        return Score(
            self.case.id, self.turn, self.case.type, self.case.group, measure, float(value),
            "scored", truth=truth, tokens=tokens,
        )  # fmt: skip

    def without(self, measure: str, state: State, reason: str) -> Score:
        """That the measure says nothing here, and why."""
        return Score(
            self.case.id, self.turn, self.case.type, self.case.group, measure, None, state, reason
        )


@dataclass(frozen=True, slots=True)
class Score:
    """What one turn is worth by one measure; `value` is None unless it was scored.

    "unscored": an error, or a label or field is missing. "not_applicable": the measure has nothing
    to say of such a case. Neither is ever counted as wrong. `tokens` is how much text was returned
    to reach the value.
    """

    case: str
    turn: int
    type: str
    group: str
    measure: str
    value: float | None
    state: State
    reason: str = ""
    truth: float | None = None
    tokens: float | None = None

    @property
    def key(self) -> tuple[str, int]:
        """The turn that was scored."""
        return self.case, self.turn


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that summarises scores: what it reads, how it sums up, and which way is better.

    `statistic` names one of `evals.statistics.STATISTICS`. A `share` lies in 0..1.
    """

    name: str
    what: str
    better: Better = "higher"
    share: bool = True
    statistic: str = "mean"
    reads: str = ""

    @property
    def scores(self) -> str:
        """The name of the scores that it reads."""
        return self.reads or self.name


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over many turns with its 95 % interval; None where it cannot be told.

    `scored`, `unscored` and `not_applicable` add up to the turns of the suite. `tokens` is the
    mean of text returned to reach it. `types` has the same figure for each type of case.
    """

    value: float | None
    low: float | None
    high: float | None
    scored: int
    unscored: int
    not_applicable: int
    tokens: float | None = None
    types: Mapping[str, Figure] = field(default_factory=dict)
