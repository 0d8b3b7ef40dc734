"""What happens on the Quality tab: each act of a person becomes what is shown next."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from corpus.errors import AttacheError, CorpusError
from evals.comparing import Comparison, compare_runs
from evals.report.cases import Shelf, tell
from evals.runs import SUMMARY, Run, Summary, list_runs
from evals.scoring import outcomes
from evals.types import Case
from index.types import Filters, Query
from ui import phrases
from ui.quality import (
    At,
    Back,
    Compare,
    Event,
    Find,
    FindChanges,
    Open,
    OpenCase,
    Runs,
    Try,
    Turn,
    frame_html,
    read_event,
)
from ui.quality_pages import (
    Listed,
    case_html,
    compared_html,
    looked_for,
    page_of_changes,
    run_html,
    runs_html,
)

if TYPE_CHECKING:
    from assistant.assembly import Desk

NOT_UNDERSTOOD = "That could not be understood. Reload the page and try again."
Updates = list[Any]


class Measuring:
    """The tab over a desk. `show` and `act` give the tab's HTML and where the person is in it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, at: At) -> Updates:
        """The tab as it stands now; the list of runs where what was open cannot be shown."""
        try:
            return [self._html(at), at]
        except AttacheError as error:
            if not at.run:
                return [frame_html(replace(at, problem=str(error)), ""), at]
            return self.show(At(problem=str(error), turn=at.turn))
        except ModuleNotFoundError as error:
            return [frame_html(replace(at, problem=phrases.package_missing(error)), ""), At()]

    def act(self, at: At, data: dict[str, Any]) -> Updates:
        """The tab after what a person did; where that failed, as before and with the reason."""
        before = replace(at, turn=at.turn + 1, problem="")
        try:
            after = _after(before, read_event(data))
            return [self._html(after), after]
        except ValidationError:
            return self.show(replace(before, problem=NOT_UNDERSTOOD))
        except AttacheError as error:
            return self.show(replace(before, problem=str(error)))
        except ModuleNotFoundError as error:
            return self.show(At(problem=phrases.package_missing(error), turn=before.turn))

    def asking(self, data: dict[str, Any]) -> tuple[list[tuple[str, Filters]], tuple[Any, ...]]:
        """The questions of a case with their filters, to be asked in the chat; and what its filter
        fields are to show: those of the last question.

        Raises:
            CorpusError: there is no such run or case, or it is nothing that the tab sends.
        """
        try:
            wanted = Try(**data)
        except ValidationError as error:
            raise CorpusError("That could not be understood.", "Reload the page.") from error
        case = _case(self.run(wanted.run), wanted.case)
        asked = [
            (question, turn.filters.filters())
            for turn in case.turns
            for question in (*turn.history, turn.question)
        ]
        last = case.turns[-1].filters
        kinds = [kind.value for kind in last.kinds]
        years = last.year_from or 0, last.year_to or 0
        return asked, (kinds, list(last.jurisdictions), *years, list(last.collections))

    def run(self, name: str) -> Run:
        """The run of that name.

        Raises:
            CorpusError: there is none, or it cannot be read.
        """
        # A name is looked for among those that are there, so that none can lead elsewhere.
        for path in self._runs.iterdir() if self._runs.is_dir() else ():
            if path.name == name and Run.is_one(path):
                return Run(path)
        raise CorpusError(f"There is no run {name!r}.", "It may have been moved or deleted.")

    @property
    def _runs(self) -> Path:
        return self._desk.settings.home / "runs"

    def _html(self, at: At) -> str:
        if not at.run:
            runs, problems = list_runs(self._runs)
            return frame_html(at, runs_html([(run, _finished(run)) for run in runs], problems))
        run = self.run(at.run)
        if at.case:
            return frame_html(at, self._case_html(run, at.case))
        if at.other:
            return frame_html(at, _compared_html(run, self.run(at.other), at))
        cases = _listed(run.path, _stamp(run))
        return frame_html(at, run_html(run, run.summary(), run.scores(), cases, at))

    def _case_html(self, run: Run, case: str) -> str:
        _case(run, case)
        scores = [score for score in run.scores() if score.case == case]
        (told,) = tell(outcomes(run, case), scores)
        today = self._desk.retriever.search(Query("ready", limit=1)).collection
        texts = Shelf(run.texts(), shared=False)
        return case_html(told, run, texts, today != run.info.collection)


def _after(at: At, event: Event) -> At:
    match event:
        case Runs():
            return At(turn=at.turn)
        case Open():
            return At(run=event.run, turn=at.turn)
        case Compare():
            if event.run == event.other:
                raise CorpusError(
                    f"{event.run} cannot be compared with itself.", "Choose two different runs."
                )
            return At(run=event.run, other=event.other, turn=at.turn)
        case Find():
            return replace(at, find=event, page=1)
        case FindChanges():
            return replace(at, changes=event, page=1)
        case OpenCase():
            return replace(at, case=event.case)
        case Back():
            return replace(at, case="")
        case Turn():
            return replace(at, page=event.page)


def _case(run: Run, id_: str) -> Case:
    for case in run.cases():
        if case.id == id_:
            return case
    raise CorpusError(f"{run.name} has no case {id_!r}.", "Choose one of the list.")


def _finished(run: Run) -> Summary | None:
    return run.summary() if (run.path / SUMMARY).exists() else None


def _stamp(run: Run) -> int:
    """What changes when a run is scored again.

    Raises:
        CorpusError: it is not finished.
    """
    run.summary()
    return (run.path / SUMMARY).stat().st_mtime_ns


@lru_cache(maxsize=4)
def _listed(path: Path, _: int) -> tuple[Listed, ...]:
    """The cases of a run with what went wrong, the worst of each type first."""
    run = Run(path)
    return tuple(Listed(told.case, told.flaws) for told in tell(outcomes(run), run.scores()))


def _compared_html(a: Run, b: Run, at: At) -> str:
    comparison = _comparison(a.path, _stamp(a), b.path, _stamp(b))
    changes = looked_for(comparison.changes, at.changes)
    shown = {change.case for change in page_of_changes(changes, at.page)}
    trials = (a.trials(shown), b.trials(shown))
    return compared_html(comparison, (a.info, b.info), changes, trials, at)


@lru_cache(maxsize=4)
def _comparison(a: Path, _: int, b: Path, __: int) -> Comparison:
    return compare_runs(Run(a), Run(b))
