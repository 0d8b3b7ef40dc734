"""Conversations and answers as Markdown with footnotes, and conversations as JSON.

Text of sources and users reaches Markdown only through `literal`, in which no character means
anything: it makes neither Markdown nor HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.conversations import Listed, Told
from assistant.questions import tidy
from assistant.types import Answer, Citation, Premise, Record, Statement
from ui import phrases
from ui.rendering import (
    about,
    answer_json,
    citation_json,
    day_of,
    filters_json,
    searched_text,
    silence_text,
    statement_json,
    uncovered_parts,
    withheld_text,
)
from ui.tie_tables import ties_markdown

FORMAT = "attache-conversation 1"
DISPOSED = "This question and its answer were disposed of by the schedule; no words are kept."
STOPPED = "Stopped before the answer was complete. What had come until then:"
FAILED = "This question failed, which is no answer."

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>&#~|!$^@]")
# What makes a line a list, a heading or a rule where it begins with it.
_OPENING = re.compile(r"^(?:(\d+)([.)])|([-+=:]))")


def literal(text: str) -> str:
    """One line of Markdown that shows exactly the words of the text, wherever it stands.

    Readers that make links of bare addresses find none in it.
    """
    line = _SPECIAL.sub(r"\\\g<0>", " ".join(phrases.clean(text).split()))
    line = line.replace("://", "\\://")
    line = re.sub(r"www\.", lambda www: f"{www[0][:-1]}\\.", line, flags=re.IGNORECASE)
    return _OPENING.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", line)


class Footnotes:
    """Numbers citations through one file; a passage cited twice keeps its number in its answer."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, Citation], int] = {}
        self._part = 0

    def next_answer(self) -> None:
        """From here on citations are those of another answer."""
        self._part += 1

    def markers(self, citations: Iterable[Citation]) -> str:
        """`[^1][^2]` for what a sentence rests on."""
        numbers = [
            self._numbers.setdefault((self._part, citation), len(self._numbers) + 1)
            for citation in dict.fromkeys(citations)
        ]
        return "".join(f"[^{number}]" for number in numbers)

    def text(self) -> str:
        """All notes, in the order of their numbers."""
        return "\n\n".join(
            f"[^{number}]: {_note(citation)}" for (_, citation), number in self._numbers.items()
        )


def _note(citation: Citation) -> str:
    """What is cited, what it is, and the words. Begins with a word of ours, so that a reader
    that knows no footnotes does not take it for a link's address.
    """
    source = citation.source
    page = f", page {citation.page}" if citation.page is not None else ""
    address = phrases.web_address(source.url)
    shown = f" <{phrases.clean(address)}>" if address else ""
    return (
        f"From *{literal(source.title) or 'no title'}*, {literal(source.publisher)}, "
        f"{literal(day_of(citation))}. "
        f"{phrases.kind_name(source.kind)}. {phrases.text_kind(source)}.{shown} "
        f"{literal(phrases.introduction(source) + page)}: "
        f"{literal(phrases.quoted(citation.words, source))}"
    )


def answer_markdown(answer: Answer, notes: Footnotes, premise: Premise | None = None) -> str:
    """The answer in the order in which it should be read, its citations as `notes`.

    The notes' own text is to follow once, at the end of the file.
    """
    blocks = []
    if tidy(answer.question.standalone) != tidy(answer.question.ask.text):
        blocks.append(f"Understood as: {literal(answer.question.standalone)}")
    blocks += _premise(premise, notes)
    blocks += [literal(answer.opening)] if answer.opening else []
    blocks += _said(answer.statements, notes)
    if answer.more:
        blocks += ["**More**", *_said(answer.more, notes)]
    if answer.ties:
        blocks.append(ties_markdown(answer.ties, literal, notes.markers))
    total = len(answer.everything)
    blocks += [
        f"**{phrases.CAVEAT[c.kind]}.** {literal(c.text + about(c, total))}"
        for c in answer.caveats
        if not (premise and c.kind == "false_premise")
    ]
    blocks += _listed("The sources do not answer:", uncovered_parts(answer))
    blocks += [f"**Withheld.** {literal(withheld_text(answer))}"] if answer.withheld else []
    if text := silence_text(answer):
        blocks.append(f"**Not in this collection.** {literal(text)}")
    nearest = [
        f"{n.source.title}, {n.source.publisher}{f' ({n.heading})' if n.heading else ''}"
        for n in answer.nearest
    ]
    blocks += _listed("Nearest things that the collection covers:", nearest)
    return "\n\n".join([*blocks, literal(searched_text(answer))])


def _premise(premise: Premise | None, notes: Footnotes) -> list[str]:
    if premise is None:
        return []
    heading = phrases.CAVEAT["false_premise"]
    return [f"**{heading}.** {literal(premise.text)}{notes.markers(premise.citations)}"]


def _said(statements: Iterable[Statement], notes: Footnotes) -> list[str]:
    """Who says it and what was checked, then the words with the notes they rest on."""
    blocks = []
    for said in statements:
        label = f"{said.label}. " if said.label else ""
        checked = phrases.SUPPORT[said.support.kind]
        blocks.append(f"{label}**{literal(said.attribution)}** ({checked}):")
        blocks.append(f"{literal(said.text)}{notes.markers(said.citations)}")
    return blocks


def _listed(heading: str, items: Sequence[str]) -> list[str]:
    lines = "\n".join(f"- {literal(item)}" for item in items)
    return [f"**{heading}**\n\n{lines}"] if items else []


def conversation_markdown(listed: Listed, told: Sequence[Told]) -> str:
    """A whole conversation as one file."""
    notes = Footnotes()
    when = f"{phrases.moment(listed.created)}, to {phrases.moment(listed.updated)}"
    blocks = [
        f"# {literal(listed.title)}",
        f"A conversation of {phrases.count(listed.exchanges, 'question')}, {when}, "
        "as Attaché recorded it.",
    ]
    for number, one in enumerate(told, 1):
        notes.next_answer()
        blocks += _exchange(number, one, notes)
    return "\n\n".join([block for block in [*blocks, notes.text()] if block]) + "\n"


def _exchange(number: int, told: Told, notes: Footnotes) -> list[str]:
    record = told.record
    question = literal(record.ask.text) if record else "Disposed of"
    only = phrases.filters(record.ask.filters) if record else ""
    asked = f"Asked {phrases.moment(told.created)}; record {literal(told.id)}."
    blocks = [f"## {number}. {question}", f"{asked}{f' Only {literal(only)}.' if only else ''}"]
    if record is None:
        blocks.append(DISPOSED)
    elif record.answer:
        blocks.append(answer_markdown(record.answer, notes, record.premise))
    else:
        blocks += _incomplete(record, notes)
    if told.feedback:
        said = "helpful" if told.feedback.good else "not helpful"
        reason = literal(told.feedback.reason)
        blocks.append(f"**A reader found this {said}.** {reason}".rstrip())
    if told.reported:
        numbers = ", ".join(str(position + 1) for position in told.reported)
        noun = "sentence" if len(told.reported) == 1 else "sentences"
        blocks.append(f"**Reported as wrong:** {noun} {numbers}.")
    return blocks


def _incomplete(record: Record, notes: Footnotes) -> list[str]:
    """A question that was stopped, or failed, with what the reader had seen."""
    if record.failure:
        told = literal(f"{record.failure.message} {record.failure.remedy}")
        blocks = [f"**{FAILED}** {told}"]
    else:
        blocks = [f"**{STOPPED if record.partial else STOPPED.partition('. ')[0] + '.'}**"]
    return [*blocks, *_premise(record.premise, notes), *_said(record.partial, notes)]


def conversation_json(listed: Listed, told: Sequence[Told]) -> dict[str, Any]:
    """A whole conversation as one object that `json.dumps` takes."""
    return {
        "format": FORMAT,
        "id": listed.id,
        "title": listed.title,
        "created": listed.created.isoformat(),
        "updated": listed.updated.isoformat(),
        "hidden": listed.hidden,
        "exchanges": [_exchange_json(one) for one in told],
    }


def _exchange_json(told: Told) -> dict[str, Any]:
    record, feedback = told.record, told.feedback
    known = {
        "record": told.id,
        "created": told.created.isoformat(),
        "outcome": record.outcome if record else "disposed",
        "feedback": {"good": feedback.good, "reason": feedback.reason} if feedback else None,
        "reported": list(told.reported),
    }
    if record is None:
        return known
    premise, failure = record.premise, record.failure
    return known | {
        "question": record.ask.text,
        "today": record.ask.today.isoformat(),
        "filters": filters_json(record.ask.filters),
        "premise": {
            "text": premise.text,
            "citations": [citation_json(c) for c in premise.citations],
        }
        if premise
        else None,
        "answer": answer_json(record.answer) if record.answer else None,
        "partial": [statement_json(s) for s in record.partial],
        "failure": {"message": failure.message, "remedy": failure.remedy} if failure else None,
    }
