"""What a reader says of an answer: helpful or not, and which sentence is wrong. HTML and taking it.

What the browser sends is checked here: it names an exchange of the reader's own conversation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, Field

from assistant.assembly import KeptFiles
from assistant.corrections import MAX_NOTE, Feedback
from assistant.types import Record
from corpus.errors import RecordMissing
from ui.rendering import esc
from ui.talking import Conversation, Exchange, Marks, Talk

REASONS = {
    True: ("Answers my question", "Easy to understand", "Good sources"),
    False: (
        "Does not answer my question",
        "Something in it is wrong",
        "A source is missing",
        "Hard to understand",
    ),
}
VERDICT = {True: "Helpful", False: "Not helpful"}
_GOOD = {True: "yes", False: "no"}


class Opinion(BaseModel):
    """Thumbs up or down from the browser."""

    do: Literal["feedback"]
    exchange: int = Field(ge=1, le=100_000)
    record: str = Field("", pattern="^([0-9a-f]{16})?$")
    good: Literal["yes", "no"]
    why: str = ""
    words: str = ""

    @property
    def reason(self) -> str:
        """The reason chosen, where it is one of those offered, and the reader's own words."""
        given = self.why if self.why in REASONS[self.good == "yes"] else ""
        return ". ".join(filter(None, (given, self.words.strip())))[:MAX_NOTE]


class Report(BaseModel):
    """A sentence reported as wrong, or a note on one that was, from the browser."""

    do: Literal["report", "note"]
    exchange: int = Field(ge=1, le=100_000)
    record: str = Field("", pattern="^([0-9a-f]{16})?$")
    position: int = Field(ge=0, le=100_000)
    note: str = ""


def take(kept: KeptFiles, talk: Talk, data: dict[str, Any]) -> None:
    """Writes down what the browser sent and notes it in the talk.

    Raises:
        pydantic.ValidationError: it is nothing that the page sends.
        RecordProblem: it names no answer of this conversation, or cannot be written down.
    """
    given = Opinion(**data) if data.get("do") == "feedback" else Report(**data)
    record = _record_of(kept, talk.conversation, given.exchange, given.record)
    if isinstance(given, Opinion):
        feedback = Feedback(given.good == "yes", given.reason)
        kept.corrections.feedback(record, feedback.good, feedback.reason)
        talk.mark(given.exchange, lambda marks: replace(marks, feedback=feedback))
        return
    place, note = given.position, given.note.strip()[:MAX_NOTE]
    if place in talk.marks.get(given.exchange, Marks()).reported and not note:
        return  # a second click, or a note of nothing
    kept.corrections.report(record, place, note)
    noted = {place} if note else set()
    talk.mark(
        given.exchange,
        lambda marks: replace(marks, reported=marks.reported | {place}, noted=marks.noted | noted),
    )


def _record_of(kept: KeptFiles, conversation: Conversation, number: int, record: str) -> str:
    """The id of the record of an exchange; one that was stopped here is looked up."""
    if number > len(conversation.exchanges) or conversation.exchanges[number - 1].record != record:
        raise RecordMissing(
            "This answer is no longer on the page.", "Reload the page and try again."
        )
    if record:
        return record
    known = {e.record for e in conversation.exchanges}
    shown = conversation.exchanges[number - 1]
    for told in reversed(kept.conversations.exchanges(conversation.id)):
        if told.id not in known and told.record and _holds(told.record, shown):
            return told.id
    raise RecordMissing("This answer is still being written down.", "Try again in a moment.")


def _holds(record: Record, shown: Exchange) -> bool:
    """Whether it is what was asked, and begins with the sentences that were shown."""
    begins = record.statements[: len(shown.statements)] == shown.statements
    return record.ask.text == shown.asked and begins


def feedback_html(exchange: Exchange, marks: Marks) -> str:
    """The two thumbs with their reasons, and what was said already."""
    form = _form(exchange, marks)
    given = marks.feedback
    if given is None:
        return f'<div class="feedback">{form}</div>'
    reason = f": {given.reason}" if given.reason else ""
    said = f"You said: {VERDICT[given.good].lower()}{reason}"
    return (
        f'<div class="feedback"><p class="given" dir="auto">{esc(said)}</p>'
        f"<details><summary>Change</summary>{form}</details></div>"
    )


def _form(exchange: Exchange, marks: Marks) -> str:
    """A form in which choosing a thumb opens the reasons for it (a rule in the style sheet)."""
    thumbs = "".join(
        f'<label class="thumb {_GOOD[good]}"><input type="radio" name="good" '
        f'value="{_GOOD[good]}" required>{word}</label>'
        for good, word in VERDICT.items()
    )
    reasons = "".join(
        f'<fieldset class="why {_GOOD[good]}"><legend>Why? (optional)</legend>{_radios(words)}'
        "</fieldset>"
        for good, words in REASONS.items()
    )
    return (
        f'<form {_names(exchange, "feedback")} data-count="{marks.count}">'
        f'<fieldset class="thumbs"><legend class="unseen">Was this answer helpful?</legend>'
        f'{thumbs}</fieldset><div class="reasons">{reasons}'
        f'<label class="field">In your own words (optional)<textarea name="words" rows="2" '
        f'maxlength="{MAX_NOTE}" dir="auto"></textarea></label>'
        '<button type="submit" class="plainbutton">Send feedback</button></div></form>'
    )


def _radios(words: tuple[str, ...]) -> str:
    return "".join(
        f'<label class="choice"><input type="radio" name="why" value="{esc(w)}">{esc(w)}</label>'
        for w in words
    )


def report_html(exchange: Exchange, marks: Marks, position: int) -> tuple[str, str]:
    """For one sentence: what stands beside it (to report it, or that it was), and below it."""
    names = f'{_names(exchange, "report")} data-position="{position}"'
    if position not in marks.reported:
        return (
            f' <button type="button" class="report" {names} '
            'aria-label="Report this sentence as wrong">Report</button>',
            "",
        )
    if position in marks.noted:
        return ' <span class="reported">Reported, with your note</span>', ""
    form = (
        f'<form {_names(exchange, "note")} data-position="{position}">'
        f'<label class="field">What is wrong with it?<textarea name="note" rows="2" required '
        f'maxlength="{MAX_NOTE}" dir="auto"></textarea></label>'
        '<button type="submit" class="plainbutton">Send note</button></form>'
    )
    return (
        ' <span class="reported">Reported</span>',
        f'<details class="addnote"><summary>Add a note</summary>{form}</details>',
    )


def _names(exchange: Exchange, do: str) -> str:
    return f'data-do="{do}" data-exchange="{exchange.number}" data-record="{esc(exchange.record)}"'
