"""The Sources tab: where a person is in it, what the browser may send, and its frame as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from ui import phrases
from ui.history import problem_html
from ui.rendering import esc
from ui.sent import Back, Sent, Turn, Word

Part = Literal["collection", "ties", "review", "balance"]
Column = Literal[
    "title", "cite_as", "published", "kind", "standpoint", "jurisdictions", "confidence",
    "text_kind", "collection", "review_by",
]  # fmt: skip
Act = Literal["save", "approve", "reject", "retire", "supersede", "restore"]

MAX_VALUE = 2_000

PARTS: dict[Part, str] = {
    "collection": "Collection",
    "ties": "Ties",
    "review": "To review",
    "balance": "Balance",
}

BACK: dict[Part, str] = {
    "collection": "the collection",
    "ties": "the ties",
    "review": "the queue",
    "balance": "the balance",
}

Year = Annotated[str, Field(pattern="^([0-9]{4})?$")]
SourceName = Annotated[str, Field(min_length=1, max_length=120)]


class Find(Sent):
    """Which sources the table shows; empty means any."""

    do: Literal["find"] = "find"
    words: Word = ""
    collection: Word = ""
    kind: Word = ""
    standpoint: Word = ""
    jurisdiction: Word = ""


class FindTies(Sent):
    """Which ties the register shows; empty means any. Years are inclusive."""

    do: Literal["find-ties"] = "find-ties"
    words: Word = ""
    place: Word = ""
    partner: Word = ""
    kind: Word = ""
    status: Word = ""
    first: Year = ""
    last: Year = ""


FIND_ALL, FIND_TIES_ALL = Find(), FindTies()


class Go(Sent):
    """Another part of the tab."""

    do: Literal["part"]
    part: Part


class Sort(Sent):
    """By another column, or the same one the other way round."""

    do: Literal["sort"]
    by: Column


class Open(Sent):
    """A source's page."""

    do: Literal["source"]
    source: SourceName


class Decide(Sent):
    """A curator's decision on a source; `values` are the fields of its head, by their keys."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="allow")

    do: Literal["decide"]
    act: Act
    source: SourceName
    who: Word = ""
    why: str = Field("", max_length=MAX_VALUE)
    other: str = Field("", max_length=120)
    __pydantic_extra__: dict[str, Annotated[str, Field(max_length=MAX_VALUE)]]

    @property
    def values(self) -> dict[str, str]:
        prefix = "head-"
        extra = self.__pydantic_extra__
        return {k.removeprefix(prefix): v for k, v in extra.items() if k.startswith(prefix)}


class Uploaded(Sent):
    """What became of a file that was added."""

    do: Literal["uploaded"]
    outcome: Literal["proposed", "unchanged", "refused", "lost"]
    id: str = Field("", max_length=120)
    problem: str = Field("", max_length=MAX_VALUE)
    who: Word = ""


class Reindex(Sent):
    """Bring the index up to date with what was decided."""

    do: Literal["reindex"]


Event = Find | FindTies | Go | Sort | Turn | Open | Back | Decide | Uploaded | Reindex
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

    `source` is the id of the source whose page is open, `who` the name that was given last. `said`
    tells what came of the last act, `problem` why it failed. `turn` counts acts.
    """

    part: Part = "collection"
    find: Find = FIND_ALL
    by: Column = "title"
    down: bool = False
    page: int = 1
    ties: FindTies = FIND_TIES_ALL
    source: str = ""
    who: str = ""
    said: str = ""
    problem: str = ""
    turn: int = 0


def frame_html(at: At, waiting: int, body: str) -> str:
    """The tab: its own navigation, what came of the last act, and the part that is open.

    `waiting` is how many proposed sources wait for review. The frame never lacks an element, since
    Gradio patches HTML element by element: what was typed below stays where it was.
    """
    links = "".join(_link_html(part, at, waiting) for part in PARTS)
    said = f'<p class="done" dir="auto">{esc(at.said)}</p>' if at.said else ""
    return (
        f'<div class="catalogue" data-place="{esc(at.part)} {esc(at.source)} {at.page}" '
        f'data-turn="{at.turn}"><nav aria-label="Sources"><ul>{links}</ul></nav>'
        f'<div class="told" role="status">{problem_html(at.problem)}{said}</div>'
        f'<div class="part">{body}</div></div>'
    )


def _link_html(part: Part, at: At, waiting: int) -> str:
    label = PARTS[part] + (f" ({waiting:,})" if part == "review" else "")
    mark = ' aria-current="true"' if part == at.part else ""
    return (
        f'<li><button type="button" data-do="part" data-part="{part}"{mark}>{label}</button></li>'
    )


def behind_html(count: int) -> str:
    """That decisions have not reached the index yet, and a way to make them; nothing at 0."""
    if not count:
        return ""
    return (
        f'<form class="behind" data-do="reindex"><p>{phrases.count(count, "source")} in the index '
        "are not yet as decided: the index has to be brought up to date before that shows in "
        'answers.</p><button type="submit" class="plainbutton">Bring the index up to date</button>'
        "</form>"
    )
