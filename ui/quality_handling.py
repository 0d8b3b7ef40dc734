"""What happens on the Quality tab: each act of a person becomes what is shown next."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from corpus.errors import AttacheError, CorpusError
from evals.comparing import Comparison, compare_runs
from evals.report.cases import Shelf, tell
from evals.report.flaws import severity
from evals.runs import SUMMARY, Run, RunInfo, Summary, list_runs
from evals.scoring import outcomes
from evals.types import Case
from index.types import Filters, Query
from ui import phrases
from ui.eval_commands import runs_folder
from ui.quality import (
    At,
    Compare,
    Event,
    Find,
    FindChanges,
    Open,
    OpenCase,
    Runs,
    Try,
    frame_html,
    read_event,
)
from ui.quality_pages import (
    Listed,
    case_html,
    compared_html,
    figures_html,
    looked_for,
    otherwise,
    page_of_changes,
    run_html,
    runs_html,
)
from ui.sent import Back, Turn

if TYPE_CHECKING:
    from assistant.assembly import Desk

log = logging.getLogger(__name__)

NOT_UNDERSTOOD = "That could not be understood. Reload the page and try again."
INTERNAL = (
    "Something went wrong inside Attaché. Try again; if it happens again, tell whoever runs this "
    "server: its log has the details."
)


class Measuring:
    """The tab over a desk. `show` and `act` give the tab's HTML and where the person is in it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, at: At) -> tuple[str, At]:
        """The tab as it stands now; the list of runs where what was open cannot be shown."""
        return self._shown(replace(at, left="", problem=""))

    def act(self, at: At, data: dict[str, Any]) -> tuple[str, At]:
        """The tab after what a person did; where that failed, as before and with the reason."""
        before = replace(at, turn=at.turn + 1, left="", problem="")
        try:
            after = _after(before, read_event(data))
            return self._html(after), after
        except Exception as error:
            return self._shown(replace(before, problem=_problem(error)))

    def _shown(self, at: At) -> tuple[str, At]:
        try:
            return self._html(at), at
        except Exception as error:
            elsewhere = At(problem=_problem(error), turn=at.turn)
        if at.run:
            return self._shown(elsewhere)
        return frame_html(elsewhere, ""), elsewhere

    def asking(self, data: dict[str, Any]) -> list[tuple[str, Filters]]:
        """The questions of a case with their filters, to be asked in the chat.

        Raises:
            CorpusError: there is no such run or case, or it is nothing that the tab sends.
        """
        try:
            wanted = Try(**data)
        except ValidationError as error:
            raise CorpusError("That could not be understood.", "Reload the page.") from error
        return [
            (question, turn.filters.filters())
            for turn in _case(self._run(wanted.run), wanted.case).turns
            for question in (*turn.history, turn.question)
        ]

    @property
    def _folder(self) -> Path:
        return runs_folder(self._desk.settings)

    def _run(self, name: str) -> Run:
        return find_run(self._folder, name)

    def _html(self, at: At) -> str:
        if not at.run:
            return frame_html(at, _runs_html(self._folder))
        run = self._run(at.run)
        if at.case:
            return frame_html(at, self._case_html(run, at.case))
        if at.other:
            return frame_html(at, _compared_html(run, self._run(at.other), at))
        key = run.path, _stamp(run)
        return frame_html(at, run_html(run, run.summary(), _figures(*key), _listed(*key), at))

    def _case_html(self, run: Run, case: str) -> str:
        _case(run, case)
        scores = [score for score in run.scores() if score.case == case]
        (told,) = tell(outcomes(run, case), scores)
        return case_html(told, run, Shelf(run.texts(), shared=False), self._today(run.info))

    def _today(self, info: RunInfo) -> str:
        """What the chat answers from, against what a run did; nothing where that is not known."""
        try:
            found = self._desk.retriever.search(Query("ready", limit=1))
            return otherwise(info, self._desk.circumstances(found))
        except Exception as error:
            log.warning("what the chat answers from is not known: %s", error)
            return ""


def find_run(folder: Path, name: str) -> Run:
    """The run of that name in a folder of runs.

    Raises:
        CorpusError: there is none, or it cannot be read.
    """
    # A name is looked for among those that are there, so that none can lead elsewhere.
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name == name and Run.is_one(path):
            return Run(path)
    raise CorpusError(f"There is no run {name!r}.", "It may have been moved or deleted.")


def _problem(error: Exception) -> str:
    """Why something could not be shown, in a line; what is not expected is for the log."""
    match error:
        case ValidationError():
            return NOT_UNDERSTOOD
        case AttacheError():
            return str(error)
        case ModuleNotFoundError():
            return phrases.package_missing(error)
    log.error("the Quality tab could not be shown", exc_info=error)
    return INTERNAL


def _runs_html(folder: Path) -> str:
    runs, problems = list_runs(folder)
    listed = []
    for run in runs:
        try:
            listed.append((run, _finished(run)))
        except CorpusError as error:
            problems.append(error)
    return runs_html(listed, problems)


def _after(at: At, event: Event) -> At:
    if not at.run and isinstance(event, Find | FindChanges | OpenCase | Turn):
        raise CorpusError("No run is open.", "Choose one of the list.")
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
            return replace(at, case="", left=at.case)
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
    """The cases of a run with what went wrong, the worst first, then by type and id."""
    run = Run(path)
    told = sorted(tell(outcomes(run), run.scores()), key=lambda told: severity(told.flaws))
    return tuple(Listed(one.case, one.flaws) for one in told)


@lru_cache(maxsize=4)
def _figures(path: Path, _: int) -> str:
    """The figures of a run as HTML; drawing the plots takes a second."""
    run = Run(path)
    return figures_html(run.info, run.summary(), run.scores())


def _compared_html(a: Run, b: Run, at: At) -> str:
    comparison = _comparison(a.path, _stamp(a), b.path, _stamp(b))
    changes = looked_for(comparison.changes, at.changes)
    shown = {change.case for change in page_of_changes(changes, at.page)}
    trials = (a.trials(shown), b.trials(shown))
    return compared_html(comparison, (a.info, b.info), changes, trials, at)


@lru_cache(maxsize=4)
def _comparison(a: Path, _: int, b: Path, __: int) -> Comparison:
    return compare_runs(Run(a), Run(b))
