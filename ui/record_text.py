"""Records, reports and checks of the chain as plain text for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assistant.corrections import Affected, Correction, Resting
from assistant.records import Entry, EntryKind
from assistant.retention import Hold
from assistant.types import Check, DraftSentence, Record
from ui import phrases
from ui.rendering import answer_text

_CHARS = 100


def line(text: str, chars: int = _CHARS) -> str:
    """The text on one line, shortened, safe for a terminal."""
    words = " ".join(phrases.clean(text).split())
    return words if len(words) <= chars else f"{words[: chars - 1]}…"


def summary(entry: Entry) -> dict[str, Any]:
    """What a list says of an answer's entry; question and status are None where disposed of."""
    content = entry.content
    answer = content["answer"] if content else None
    return {
        "id": entry.id,
        "seq": entry.seq,
        "created": entry.created.isoformat(),
        "conversation": entry.conversation,
        "outcome": content["outcome"] if content else "disposed",
        "status": answer["status"] if answer else None,
        "question": content["ask"]["text"] if content else None,
    }


def summary_text(told: dict[str, Any]) -> str:
    """One line of a list."""
    state = str(told["status"] or told["outcome"]).replace("_", " ")
    question = told["question"] or "(disposed of)"
    return f"{told['id']}  {told['created'][:16].replace('T', ' ')}  {state}  {line(question)}"


def said(content: dict[str, Any]) -> str:
    """The question and every sentence that was shown, for searching in."""
    answer = content["answer"]
    statements = answer["statements"] + answer["more"] if answer else content["partial"]
    return "\n".join([content["ask"]["text"], *(s["text"] for s in statements)]).casefold()


def record_text(entry: Entry, record: Record, later: Sequence[Entry]) -> str:
    """A record in full: what was asked and shown, and how the answer was made.

    `later` are the entries that tell of it: feedback, reports and decisions.
    """
    only = phrases.filters(record.ask.filters)
    blocks = [
        f"Record {entry.id}, entry {entry.seq} of the chain\n"
        f"Asked {phrases.moment(entry.created)} by {record.who}; the day was {record.ask.today}\n"
        f"Conversation {entry.conversation}\n"
        f"Outcome: {record.outcome}{f'; only {only}' if only else ''}",
        f"Question: {record.ask.text}",
        answer_text(record.answer).strip() if record.answer else _incomplete(record),
        _block("How it was made", _circumstances(record)),
        _block("Found (score, dense, keyword)", _hits(record)),
        _block("Draft", _draft(record)),
        _block("What was said of it", map(_later, later)),
        f"Digest {entry.digest}",
    ]
    return phrases.clean("\n\n".join(block for block in blocks if block))


def _incomplete(record: Record) -> str:
    if record.failure:
        first = f"Failed, which is no answer: {record.failure.message} {record.failure.remedy}"
    else:
        first = "Stopped before the answer was complete."
    return "\n".join([first, *(f"{s.attribution}:\n{s.text}" for s in record.partial)])


def _circumstances(record: Record) -> Iterator[str]:
    c = record.circumstances
    yield f"Attaché {c.program}; collection {c.collection[:16]}, generation {c.generation}"
    for name, value in {**c.models, **{f"prompt {n}": v for n, v in c.prompts.items()}}.items():
        yield f"{name}: {value}"
    for name, value in c.settings.items():
        yield f"setting {name}: {value}"
    yield f"likelihood of being answerable: {record.likelihood:.3f}"
    timings = ", ".join(f"{stage} {ms:.1f}" for stage, ms in record.timings.items())
    yield f"milliseconds: {timings or 'none'}"


def _hits(record: Record) -> Iterator[str]:
    for hit in record.hits:
        place = f"{hit.source_id}[{hit.start}:{hit.end}]"
        heading = f" {hit.heading}" if hit.heading else ""
        yield f"{hit.score:.3f} {hit.dense:.3f} {hit.keyword:.3f} {place}{heading}"


def _draft(record: Record) -> Iterator[str]:
    for number, sentence in enumerate(record.draft.sentences):
        check = record.checks[number] if number < len(record.checks) else None
        yield f"{_checked(check)}: {_words(sentence)}"


def _checked(check: Check | None) -> str:
    if check is None:
        return "not checked"
    if check.support is None:
        return f"withheld ({check.reason})"
    return f"{check.support.kind} {check.support.score:.2f}"


def _words(sentence: DraftSentence) -> str:
    return " ".join(sentence.text.split())


def _later(entry: Entry) -> str:
    """Feedback, a report or a decision in one line."""
    content: dict[str, Any] = entry.content or {}
    when = phrases.moment(entry.created)
    if not content:
        return f"{when}: {entry.kind}, disposed of"
    if entry.kind is EntryKind.FEEDBACK:
        told = f"{'helpful' if content['good'] else 'not helpful'}. {content['reason']}"
    elif entry.kind is EntryKind.CORRECTION:
        told = f"sentence {content['statement'] + 1} reported as wrong. {content['note']}"
    else:
        told = f"decided: {content['outcome']}. {content['note']}"
    return f"{when}, {content['who']}: {' '.join(told.split())} ({entry.kind} {entry.id})"


def _block(heading: str, items: Iterable[str]) -> str:
    lines = [f"- {item}" for item in items]
    return "\n".join([heading, *lines]) if lines else ""


def hold_text(hold: Hold) -> str:
    """A hold in one line."""
    parts = [f"conversation {hold.conversation}"] if hold.conversation else []
    parts += [f"from {hold.since}"] if hold.since else []
    parts += [f"to {hold.until}"] if hold.until else []
    covers = ", ".join(parts) or "everything"
    return line(
        f"{hold.id}  {hold.created.date()}  covers {covers}  by {hold.by}: {hold.reason}", 300
    )


def correction_text(correction: Correction) -> str:
    """A report with what it is about and what was decided."""
    decision = correction.decision
    sources = ", ".join(f"{source} ({version[:12]})" for source, version in correction.sources)
    lines = [
        f"{correction.id}  {phrases.moment(correction.created)}, by {correction.who}, "
        f"record {correction.record}",
        f"  Question: {line(correction.question, 300)}",
        f"  Sentence {correction.statement + 1}: {line(correction.text, 500)}",
        f"  Sources: {sources}",
    ]
    lines += [f"  Note: {line(correction.note, 2000)}"] if correction.note else []
    if decision:
        note = f" {decision.note}" if decision.note else ""
        decided = f"{phrases.OUTCOME[decision.outcome]}, by {decision.who}.{note}"
        lines.append(f"  Decided: {line(decided, 2000)}")
    return phrases.clean("\n".join(lines))


def affected_text(affected: Affected) -> str:
    """A changed source and the answers that rest on it."""
    first = line(f"{affected.source_id} ({affected.version[:12]}): {affected.title}", 300)
    change = phrases.CHANGE[affected.change]
    return "\n".join([f"{first}\n  {change}", *(f"  {resting_text(r)}" for r in affected.answers)])


def resting_text(resting: Resting) -> str:
    """An answer that cites a source, in one line."""
    when = f"{resting.created:%Y-%m-%d %H:%M}"
    return line(f"{resting.record}  {when}  {resting.version[:12]}  {resting.question}", 200)
