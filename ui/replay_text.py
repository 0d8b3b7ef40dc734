"""Replay -> text for a terminal and JSON: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from assistant.reasons import Reason
from assistant.replaying import Pair, Replay, TieSaid, Turned
from assistant.types import Answer, Caveat, Statement
from ui import phrases
from ui.rendering import answer_json

_STATUS = {
    "answered": "answered",
    "partly_answered": "answered in part",
    "not_in_sources": "not in the sources",
}


def replay_text(replay: Replay, record_id: str) -> str:
    """What was asked, whether today's answer is the same, what differs, and why."""
    record = replay.record
    blocks = [
        _lines(
            f"Record {record_id}, {replay.created:%Y-%m-%d %H:%M} UTC",
            f"Question: {_flat(record.ask.text)}",
            f"Then: asked as on {record.ask.today}, {_status_then(replay)}",
            f"Now:  asked as on {replay.today}, {_status(replay.answer)}",
        ),
        _verdict(replay),
        _listed("Gone", map(_statement, replay.gone)),
        _listed("New", map(_statement, replay.new)),
        _listed("Reworded", map(_pair, replay.reworded)),
        _listed("Told otherwise", map(_pair, replay.relabelled)),
        _listed("Gone from the register of ties", map(_tie, replay.ties_gone)),
        _listed("New in the register of ties", map(_tie, replay.ties_new)),
        _listed("Notes that are gone", map(_caveat, replay.caveats_gone)),
        _listed("New notes", map(_caveat, replay.caveats_new)),
        _listed("Otherwise", map(_turned, _beside_status(replay))),
        _why(replay),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _status_then(replay: Replay) -> str:
    record = replay.record
    if record.answer:
        return _status(record.answer)
    if record.failure:
        return f"failed: {_flat(record.failure.message)}"
    return f"stopped after {phrases.count(len(record.partial), 'sentence')}"


def _status(answer: Answer) -> str:
    said = phrases.count(len(answer.everything), "sentence")
    shown = f" in {said}" if answer.everything else " by the register" if answer.ties else ""
    return f"{_STATUS[answer.status]}{shown}"


def _verdict(replay: Replay) -> str:
    if replay.same:
        lines = ["Same answer."]
    elif replay.record.answer:
        lines = ["The answer differs."]
    else:
        lines = ["There was no whole answer to compare with."]
    if replay.kept and not replay.same:
        verb = "is" if len(replay.kept) == 1 else "are"
        lines.append(f"{phrases.count(len(replay.kept), 'sentence')} {verb} the same.")
    if replay.leading:
        lines.append(f"It now begins with: {_flat(replay.leading.now.text)}")
        lines.append(f"It began with: {_flat(replay.leading.then.text)}")
    return _lines(*lines)


def _why(replay: Replay) -> str:
    if not replay.why:
        if replay.same or not replay.record.answer:
            return ""
        return (
            "Why\nNo reason was found: sources, models, settings, prompts and program are as they "
            "were, and no note depends on the day."
        )
    answered = replay.record.answer is not None
    heading = "Why" if answered and not replay.same else "What is not as it was then"
    return _listed(heading, (_reason(replay, reason) for reason in replay.why))


def _reason(replay: Replay, reason: Reason) -> str:
    text = _flat(reason.text)
    if not reason.statements:
        return text
    said = [f"  “{_flat(replay.record.statements[i].text)}”" for i in reason.statements]
    return _lines(f"{text} On it rested:", *said)


def _beside_status(replay: Replay) -> Iterator[Turned]:
    """The status stands at the top already."""
    return (turned for turned in replay.turned if turned.what != "status")


def _statement(statement: Statement) -> str:
    sources = ", ".join(dict.fromkeys(c.source_id for c in statement.citations))
    label = f"{statement.label} – " if statement.label else ""
    checked = phrases.SUPPORT[statement.support.kind]
    said = f"{label}{_flat(statement.attribution)} ({checked}; {_flat(sources)}):"
    return _lines(said, f"  {_flat(statement.text)}")


def _pair(pair: Pair) -> str:
    return _lines(f"then: {_statement(pair.then)}", f"now:  {_statement(pair.now)}")


def _caveat(caveat: Caveat) -> str:
    return f"{phrases.CAVEAT[caveat.kind]}. {_flat(caveat.text)}"


def _tie(said: TieSaid) -> str:
    return f"{_flat(said.tie)}: {said.field} {said.value} ({', '.join(said.sources)})"


def _turned(turned: Turned) -> str:
    def said(text: str) -> str:
        return _flat(text) or "nothing"

    return _lines(
        f"{turned.what.capitalize()}", f"  then: {said(turned.then)}", f"  now:  {said(turned.now)}"
    )


def _listed(heading: str, items: Iterable[str]) -> str:
    """A heading with its items; further lines of an item are set under its first."""
    listed = [f"- {item}".replace("\n", "\n  ") for item in items]
    return _lines(heading, *listed) if listed else ""


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _flat(text: str) -> str:
    """Text from outside in one line, without what steers a terminal."""
    return " ".join(phrases.clean(text).split())


def replay_json(replay: Replay, record_id: str) -> dict[str, Any]:
    """The replay as one object that `json.dumps` takes."""
    record = replay.record
    leading = replay.leading
    return {
        "record": record_id,
        "question": record.ask.text,
        "created": replay.created.isoformat(),
        "outcome": record.outcome,
        "failure": record.failure.message if record.failure else None,
        "same": replay.same,
        "then": {
            "today": record.ask.today.isoformat(),
            "answer": answer_json(record.answer) if record.answer else None,
            "shown": [_said(s) for s in record.statements],
        },
        "now": {"today": replay.today.isoformat(), "answer": answer_json(replay.answer)},
        "kept": [_said(s) for s in replay.kept],
        "gone": [_said(s) for s in replay.gone],
        "new": [_said(s) for s in replay.new],
        "reworded": [_both(pair) for pair in replay.reworded],
        "relabelled": [_both(pair) for pair in replay.relabelled],
        "leading": _both(leading) if leading else None,
        "caveats_gone": [{"kind": c.kind, "text": c.text} for c in replay.caveats_gone],
        "caveats_new": [{"kind": c.kind, "text": c.text} for c in replay.caveats_new],
        "ties_gone": [asdict(said) for said in replay.ties_gone],
        "ties_new": [asdict(said) for said in replay.ties_new],
        "turned": [{"what": t.what, "then": t.then, "now": t.now} for t in replay.turned],
        "why": [
            {
                "kind": reason.kind,
                "subject": reason.subject,
                "text": reason.text,
                "statements": list(reason.statements),
            }
            for reason in replay.why
        ],
    }


def _both(pair: Pair) -> dict[str, Any]:
    return {"then": _said(pair.then), "now": _said(pair.now)}


def _said(statement: Statement) -> dict[str, Any]:
    return {
        "text": statement.text,
        "attribution": statement.attribution,
        "label": statement.label,
        "support": statement.support.kind,
        "sources": [
            {"source_id": c.source_id, "version": c.version, "title": c.title}
            for c in statement.citations
        ],
    }
