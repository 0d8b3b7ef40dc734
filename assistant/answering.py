"""The chain: understand, retrieve, compose, ground, caveat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForChainRun
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from assistant.caveats import caveats
from assistant.composers import Composer
from assistant.evidence import answer_features, candidates
from assistant.grounding import Grounded, ground
from assistant.questions import understand
from assistant.register import Register
from assistant.retrieving import Retrieves, retrieve
from assistant.silence import nearest, silence
from assistant.types import (
    Answer,
    Ask,
    Check,
    Draft,
    Event,
    Premise,
    Question,
    Searched,
    Stage,
    Statement,
    Status,
    Workings,
)
from assistant.uncovering import uncovered_parts
from assistant.verifiers import Verifier
from assistant.weights import Fitted
from index.types import Found

SHORT_STATEMENTS = 5
SHORT_WORDS = 120


@dataclass(frozen=True, slots=True)
class Steps:
    """What the chain is made of; put together in `assembly.py`."""

    retriever: Retrieves
    composer: Composer
    verifier: Verifier
    fitted: Fitted
    old_after_years: int
    is_common: Callable[[str], bool]
    register: Register
    name_of: Callable[[str], str]

    def understand(self, ask: Ask) -> Question:
        return understand(ask, self.is_common)

    def retrieve(self, question: Question) -> Found:
        return retrieve(question, self.retriever, self.fitted.ranking)

    def likelihood(self, question: Question, found: Found) -> float:
        """How likely (0..1) what was found answers; below `fitted.floor` it is said not to."""
        import numpy as np

        if not found.hits:
            return 0.0
        best = candidates(question, found, self.fitted.sentence)
        features = np.asarray([answer_features(question, found, best)])
        return float(self.fitted.answer(features)[0])


class Answering(Runnable[Ask, Answer]):
    """The line of a question as a LangChain Runnable.

    `invoke` gives the Answer; `stream` gives Stage events, a Premise where the question's does not
    hold, each Statement as soon as it is checked, and the Answer last.
    """

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self._understand = RunnableLambda(steps.understand, name="understand")
        self._retrieve = RunnableLambda(steps.retrieve, name="retrieve")

    def invoke(self, input: Ask, config: RunnableConfig | None = None, **_: Any) -> Answer:
        """The whole answer.

        Raises:
            QuestionError: nothing was asked, or too much.
            IndexProblem: the index cannot be read.
        """
        return self._call_with_config(self._answer, input, config, run_type="chain")

    def _answer(
        self,
        ask: Ask,
        run_manager: CallbackManagerForChainRun,  # noqa: ARG002 - LangChain calls with it
        config: RunnableConfig,
    ) -> Answer:
        *_, last = self.worked(ask, config)
        if not isinstance(last, Answer):
            raise TypeError("the last event of a question is its answer")
        return last

    def stream(  # type: ignore[override]
        self, input: Ask, config: RunnableConfig | None = None, **_: Any
    ) -> Iterator[Event]:
        """Events in the order in which a reader should see them; raises as `invoke` does."""
        yield from (e for e in self.worked(input, config) if not isinstance(e, Workings))

    def worked(self, ask: Ask, config: RunnableConfig | None = None) -> Iterator[Event | Workings]:
        """As `stream`, with the Workings right before the Answer."""
        yield Stage("understand", "Reading the question")
        question = self._understand.invoke(ask, config)
        yield Stage("retrieve", "Searching the sources")
        found = self._retrieve.invoke(question, config)
        searched = Searched(
            question.standalone, found.sources, found.passages, found.generation, ask.filters
        )
        likelihood = self.steps.likelihood(question, found)
        if likelihood < self.steps.fitted.floor:
            yield Workings(found, likelihood, Draft(()), ())
            yield self._by_register(question, searched) or unanswered(question, found, searched)
            return
        yield Stage("compose", "Choosing what answers it")
        draft = self.steps.composer.compose(question, found)
        yield Stage("ground", "Checking each sentence against its source")
        checked: list[Grounded] = []
        told = 0
        premise: Premise | None = None
        for outcome in ground(draft, found, self.steps.verifier):
            if not checked and (premise := premise_of(draft, outcome)):
                yield premise
            if checked and outcome.group != checked[-1].group:
                yield from short(checked)[told:]
                told = len(short(checked))
            checked.append(outcome)
        yield from short(checked)[told:]
        checks = tuple(
            Check(c.statement.support if c.statement else None, c.reason) for c in checked
        )
        workings = Workings(found, likelihood, draft, checks)
        if not _supported(checked):
            yield workings
            yield replace(unanswered(question, found, searched), withheld=len(checked))
            return
        yield Stage("caveat", "Adding what to keep in mind")
        yield workings
        yield self._finished(question, found, searched, checked, draft.opening, premise)

    def _by_register(self, question: Question, searched: Searched) -> Answer | None:
        """What the register of ties answers alone, where the text does not."""
        table = self.steps.register.table(question, (), alone=True)
        if table is None:
            return None
        return Answer(question, "answered", (), (), (), (), searched, ties=table)

    def _finished(
        self,
        question: Question,
        found: Found,
        searched: Searched,
        checked: list[Grounded],
        opening: str,
        premise: Premise | None,
    ) -> Answer:
        statements = short(checked)
        everything = [c.statement for c in checked if c.statement]
        uncovered = uncovered_parts(question, found, everything)
        status: Status = "partly_answered" if uncovered else "answered"
        return Answer(
            question=question,
            status=status,
            statements=tuple(statements),
            more=tuple(everything[len(statements) :]),
            caveats=caveats(
                question,
                premise,
                statements,
                found,
                uncovered,
                self.steps.old_after_years,
                self.steps.name_of,
            ),
            uncovered=uncovered,
            searched=searched,
            opening=opening,
            withheld=len(checked) - len(everything),
            ties=self.steps.register.table(question, [c for s in everything for c in s.citations]),
        )


def short(checked: list[Grounded]) -> list[Statement]:
    """The leading whole groups that fit five statements and 120 words; the first group always.

    A rule and its limits are one group: they are shown together or not at all.
    """
    shown: list[Statement] = []
    for group in dict.fromkeys(c.group for c in checked):
        members = [c.statement for c in checked if c.group == group and c.statement]
        count = sum(len(s.text.split()) for s in [*shown, *members])
        if shown and (len(shown) + len(members) > SHORT_STATEMENTS or count > SHORT_WORDS):
            break
        shown += members
    return shown


def premise_of(draft: Draft, first: Grounded) -> Premise | None:
    """What is held against the question's premise, unless the sentence it rests on failed."""
    if not draft.premise or draft.sentences[0].label != "Premise":
        return Premise(draft.premise, ()) if draft.premise else None
    return Premise(draft.premise, first.statement.citations) if first.statement else None


def _supported(checked: list[Grounded]) -> int:
    return sum(c.statement is not None for c in checked)


def unanswered(question: Question, found: Found, searched: Searched) -> Answer:
    """The answer that says that the sources don't."""
    return Answer(
        question=question,
        status="not_in_sources",
        statements=(),
        more=(),
        caveats=(),
        uncovered=(question.standalone,),
        searched=searched,
        silence=silence(question, found),
        nearest=nearest(found),
    )
