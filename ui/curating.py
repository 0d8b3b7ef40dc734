"""The Corrections tab: what was reported as wrong, what came of it, and what rests on old texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

from pydantic import BaseModel, Field

from assistant.assembly import KeptFiles
from assistant.corrections import MAX_NOTE, Affected, Correction, Decision, Outcome, Resting
from corpus.types import Source
from ui import phrases
from ui.history import address
from ui.panel import text_address
from ui.rendering import esc

MAX_DECIDED = 100
MAX_RESTING = 50

Titles = Mapping[tuple[str, str], str]


class Ruling(BaseModel):
    """A curator's decision from the browser, on every report of one sentence."""

    do: Literal["decide"]
    reports: str = Field(pattern="^[0-9a-f]{16}(,[0-9a-f]{16})*$", max_length=20_000)
    outcome: Outcome
    note: str = ""


def decide(kept: KeptFiles, data: dict[str, Any]) -> None:
    """Writes down what the curator decided.

    Raises:
        pydantic.ValidationError: it is nothing that the page sends.
        RecordProblem: there is no such report, or it cannot be written down.
    """
    ruling = Ruling(**data)
    for report in ruling.reports.split(","):
        kept.corrections.decide(report, ruling.outcome, ruling.note.strip()[:MAX_NOTE])


def tab_html(kept: KeptFiles, sources: Iterable[Source]) -> str:
    """Everything that the tab shows; `sources` are those of today.

    Raises:
        RecordProblem: the records cannot be read.
    """
    today = tuple(sources)
    waiting = kept.corrections.queue()
    decided = kept.corrections.queue(decided=True)[:MAX_DECIDED]
    titles = _titles(kept, (*waiting, *decided), today)
    return corrections_html(waiting, decided, kept.corrections.affected(today), titles)


def _titles(kept: KeptFiles, reports: Iterable[Correction], today: Iterable[Source]) -> Titles:
    """What the cited versions are called: as today, and else as an answer called them."""
    titles = {(source.id, source.version): source.title for source in today}
    for pair in {pair for report in reports for pair in report.sources} - titles.keys():
        source = kept.corrections.as_cited(*pair)
        if source is not None:  # else disposed of: the id is all that is left
            titles[pair] = source.title
    return titles


def corrections_html(
    waiting: Sequence[Correction],
    decided: Sequence[Correction],
    affected: Sequence[Affected],
    titles: Titles,
) -> str:
    """Reports that wait, those decided, and sources that changed since they were cited."""
    queue = "".join(_report_html(group, titles) for group in _by_sentence(waiting))
    done = "".join(_decided_html(group, titles) for group in _by_sentence(decided))
    changed = "".join(map(_affected_html, affected))
    return (
        '<div class="curating"><h2>Reported sentences</h2>'
        f"{queue or _none('No report is waiting.')}"
        f"<h2>Decided</h2>{done or _none('Nothing has been decided yet.')}"
        "<h2>Sources that changed since they were cited</h2>"
        f"{changed or _none('Every source that was cited is as it was.')}</div>"
    )


def _none(text: str) -> str:
    return f'<p class="hint">{text}</p>'


def _by_sentence(reports: Sequence[Correction]) -> list[list[Correction]]:
    """Reports of the same sentence together, in the order of the first."""
    first = {(r.record, r.statement): i for i, r in reversed(list(enumerate(reports)))}

    def place(report: Correction) -> int:
        return first[report.record, report.statement]

    return [list(group) for _, group in groupby(sorted(reports, key=place), key=place)]


def _report_html(reports: list[Correction], titles: Titles) -> str:
    ids = esc(",".join(report.id for report in reports))
    outcomes = "".join(
        f'<label class="choice"><input type="radio" name="outcome" value="{value}" required>'
        f"{label}</label>"
        for value, label in phrases.OUTCOME.items()
    )
    return (
        f'<article class="reported card">{_what_html(reports, titles)}'
        f'<form data-do="decide" data-reports="{ids}" data-count="{ids}">'
        f"<fieldset><legend>What was found</legend>{outcomes}</fieldset>"
        f'<label class="field">Note (optional)<textarea name="note" rows="2" '
        f'maxlength="{MAX_NOTE}" dir="auto"></textarea></label>'
        '<button type="submit" class="plainbutton">Decide</button></form></article>'
    )


def _what_html(reports: list[Correction], titles: Titles) -> str:
    """The sentence, what it answered, what was said against it, and what it rests on."""
    one = reports[0]
    sources = "".join(
        f"<li>{_source_html(*pair, titles.get(pair, pair[0]))}</li>" for pair in one.sources
    )
    notes = "".join(f'<li dir="auto">{esc(report.note)}</li>' for report in reports if report.note)
    rows = [
        ("Question", _question_html(one.conversation, one.question)),
        ("Reported", esc(_signed(one))),
        ("Note", f"<ul>{notes}</ul>" if notes else ""),
        ("Sources", f"<ul>{sources}</ul>" if sources else ""),
    ]
    return f'<h3 class="words" dir="auto">{esc(one.text)}</h3>{_rows_html(rows)}'


def _signed(what: Correction | Decision) -> str:
    """When it was said and by whom; "local" stands for whoever uses this machine: no name."""
    name = f" by {what.who}" if what.who != "local" else ""
    return f"{phrases.local_day(what.created)}{name}"


def _decided_html(reports: list[Correction], titles: Titles) -> str:
    decision = reports[0].decision
    if decision is None:
        return ""
    what = f"{phrases.OUTCOME[decision.outcome]}, {_signed(decision)}"
    said = f"{what}{f': {decision.note}' if decision.note else ''}"
    return (
        f'<article class="reported card">{_what_html(reports, titles)}'
        f'<p class="outcome" dir="auto">{esc(said)}</p></article>'
    )


def _affected_html(one: Affected) -> str:
    answers = "".join(map(_resting_html, one.answers[:MAX_RESTING]))
    if len(one.answers) > MAX_RESTING:
        answers += f"<li>and {len(one.answers) - MAX_RESTING:,} older ones</li>"
    count = phrases.count(len(one.answers), "answer")
    change = phrases.change(one.change)
    return (
        f'<article class="affected card"><h3 dir="auto">{esc(one.title)}</h3>'
        f'<p class="changed">{esc(change)}</p>'
        f"<p>{_source_html(one.source_id, one.version, 'The text as cited')}</p>"
        f"<details><summary>{count} resting on it</summary><ul>{answers}</ul></details></article>"
    )


def _resting_html(one: Resting) -> str:
    when = phrases.local_day(one.created)
    return (
        f'<li>{_question_html(one.conversation, one.question)} <span class="day">{when}</span></li>'
    )


def _question_html(conversation: str, question: str) -> str:
    return f'<a href="{esc(address(conversation))}" dir="auto">{esc(question)}</a>'


def _source_html(source_id: str, version: str, title: str) -> str:
    return (
        f'<a href="{esc(text_address(source_id, version))}" target="_blank" '
        f'rel="noopener noreferrer" dir="auto">{esc(title)}'
        '<span class="unseen"> (opens in a new tab)</span></a>'
    )


def _rows_html(rows: Iterable[tuple[str, str]]) -> str:
    shown = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows if value)
    return f"<dl>{shown}</dl>"
