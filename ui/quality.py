"""The Quality tab: where a person is in it, what the browser may send, and its frame as HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from ui.fields import digest
from ui.history import problem_html
from ui.rendering import esc
from ui.sent import Back, Sent, Turn, Word

Name = Annotated[str, Field(min_length=1, max_length=255)]


class Find(Sent):
    """Which cases of a run are listed; empty means any. `flaw` is "none" for those without one."""

    do: Literal["find"] = "find"
    type: Word = ""
    flaw: Word = ""
    words: Word = ""


class FindChanges(Sent):
    """Which differences between two runs are listed; empty means any."""

    do: Literal["changes"] = "changes"
    way: Literal["", "worse", "better", "both"] = ""
    type: Word = ""


FIND_ALL, CHANGES_ALL = Find(), FindChanges()


class Runs(Sent):
    """The list of runs."""

    do: Literal["runs"]


class Open(Sent):
    """A run."""

    do: Literal["run"]
    run: Name


class Compare(Sent):
    """Two runs side by side."""

    do: Literal["compare"]
    run: Name
    other: Name


class OpenCase(Sent):
    """A case of the run that is open."""

    do: Literal["case"]
    case: Name


class Try(Sent):
    """Ask a case in the chat."""

    do: Literal["try"]
    run: Name
    case: Name


Event = Runs | Open | Compare | Find | FindChanges | OpenCase | Back | Turn
_EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="do")])


def read_event(data: dict[str, Any]) -> Event:
    """What the browser sent.

    Raises:
        pydantic.ValidationError: it is nothing that the tab sends.
    """
    return _EVENTS.validate_python(data)


@dataclass(frozen=True, slots=True)
class At:
    """Where a person is in the tab.

    Nothing open is the list of runs; `run` a run, with `other` a comparison, with `case` a case
    of the run. `left` is the case that the last act led back from, `problem` tells why it failed;
    `turn` counts acts.
    """

    run: str = ""
    other: str = ""
    case: str = ""
    find: Find = FIND_ALL
    changes: FindChanges = CHANGES_ALL
    page: int = 1
    left: str = ""
    problem: str = ""
    turn: int = 0


class Visit:
    """A browser session's way through the tab. Acts may be under way at the same time: the newest
    holds, and what an older one would show is dropped, however late it is done.
    """

    def __init__(self) -> None:
        self.at = At()
        self._newest = 0
        self._lock = Lock()

    def __deepcopy__(self, memo: object) -> Visit:
        """A fresh one: Gradio copies what it is given for every browser session."""
        return Visit()

    def acted(self, act: Callable[[At], tuple[str, At]]) -> str | None:
        """What `act` makes of where the person is; None where a newer act was begun meanwhile."""
        with self._lock:
            self._newest += 1
            before, number = self.at, self._newest
        html, after = act(before)
        with self._lock:
            if number != self._newest:
                return None
            self.at = after
        return html

    def shown(self, show: Callable[[At], tuple[str, At]]) -> str | None:
        """What is open, shown anew; None where an act has led elsewhere meanwhile."""
        before = self.at
        html, after = show(before)
        with self._lock:
            if self.at is not before:
                return None
            self.at = after
        return html


def frame_html(at: At, body: str) -> str:
    """The tab: the way back, why the last act failed, and what is open.

    The frame never lacks an element, since Gradio patches HTML element by element.
    """
    steps = [_step_html("Runs", "runs", not at.run)]
    if at.run:
        inner = at.run if not at.other else f"{at.run} and {at.other}"
        steps.append(_step_html(inner, "back", not at.case))
    if at.case:
        steps.append(_step_html(f"Case {at.case}", "", True))
    place = esc(f"{at.run} {at.other} {at.case}")
    return (
        f'<div class="catalogue quality" data-place="{place}" data-left="{esc(at.left)}" '
        f'data-list="{digest(at.find, at.changes, at.page)}" data-turn="{at.turn}">'
        f'<nav aria-label="Quality"><ul>{"".join(steps)}</ul></nav>'
        f'<div class="told" role="status">{problem_html(at.problem)}</div>'
        f'<div class="part">{body}</div></div>'
    )


def _step_html(name: str, do: str, here: bool) -> str:
    if here:
        return f'<li><button type="button" aria-current="page" disabled>{esc(name)}</button></li>'
    return f'<li><button type="button" data-do="{do}">{esc(name)}</button></li>'
