"""The pages of an export: HTML that needs nothing else, holds no script and fetches nothing.

Every text of a record passes through `Say`, which leaves out what is redacted and escapes the
rest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.questions import tidy
from assistant.records import Entry, EntryKind, unpacked
from assistant.types import Answer, Citation, Premise, Record, Statement
from corpus.errors import RecordMissing
from ui import phrases
from ui.redacting import Cover
from ui.rendering import (
    about,
    day_of,
    esc,
    searched_text,
    silence_text,
    uncovered_parts,
    withheld_text,
)
from ui.tie_tables import numbers, ties_html


@dataclass(frozen=True, slots=True)
class Say:
    """Texts of a record as HTML that shows them, or what may be shown of them."""

    cover: Cover

    def __call__(self, text: str) -> str:
        return esc(self.cover.words(text))

    def made(self, text: str) -> str:
        """A text that Attaché made of the question."""
        return esc(self.cover.made(text))


_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "article{border-top:1px solid #888;margin-top:1.5rem}h2{font-size:1.15rem}"
    "table{border-collapse:collapse}th,td{border:1px solid #888;padding:.2rem .5rem;"
    "text-align:left;vertical-align:top}code{overflow-wrap:anywhere}"
    ".meta{color:#555;font-size:.9rem}.said{margin-bottom:0;font-size:.9rem}"
    ".words{margin-top:.1rem}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"

END = "</body></html>\n"
OUTCOMES: Mapping[str, str] = phrases.OUTCOME  # type: ignore[assignment]


def beginning(title: str) -> str:
    """A page up to its heading; `title` is HTML already."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width"><meta name="referrer" '
        f'content="no-referrer"><title>{title}</title><style>{_STYLE}</style></head>'
        f'<body>\n<h1 dir="auto">{title}</h1>\n'
    )


def entry_html(entry: Entry, say: Say, rule: str = "") -> str:
    """One entry as an article; `rule` says by which rule it was disposed of, if it was."""
    if entry.content is None:
        heading = f"Disposed of ({esc(entry.kind)})"
        body = _p(f"{esc(rule)}. Only the digest of what stood here is kept.")
    elif entry.kind is EntryKind.ANSWER:
        heading, body = _answered(entry, say)
    else:
        heading, body = _note_of(entry.kind, entry.content, say)
    return (
        f'<article id="e{entry.id}"><h2 dir="auto">{heading}</h2>'
        f'<p class="meta">{phrases.moment(entry.created)}. Entry {entry.seq}, {esc(entry.kind)} '
        f"<code>{entry.id}</code>.</p>\n{body}"
        f'<p class="meta">Digest <code>{entry.digest}</code></p></article>\n'
    )


def _answered(entry: Entry, say: Say) -> tuple[str, str]:
    try:
        record = unpacked(entry)
    except RecordMissing as problem:
        return "An answer that cannot be read", _p(esc(problem.message))
    return say(record.ask.text), _record(record, say)


def _record(record: Record, say: Say) -> str:
    only = phrases.filters(record.ask.filters)
    parts = [
        f'<p class="meta">Asked by {say(record.who)}; the day was {record.ask.today}'
        f"{f'; only {say(only)}' if only else ''}.</p>"
    ]
    if record.failure:
        told = say(f"{record.failure.message} {record.failure.remedy}")
        parts.append(_p(f"<strong>Failed, which is no answer.</strong> {told}"))
    elif record.answer is None:
        parts.append(_p("<strong>Stopped before the answer was complete.</strong>"))
    if record.answer is None:
        parts += [_premise(record.premise, say), *_said(record.partial, say)]
    else:
        parts.append(_answer(record.answer, record.premise, say))
    return "".join([*parts, _list("Sources", (_cited(c, say) for c in record.citations))])


def _answer(answer: Answer, premise: Premise | None, say: Say) -> str:
    standalone = answer.question.standalone
    parts = []
    if tidy(standalone) != tidy(answer.question.ask.text):
        parts.append(_p(f"Understood as: {say.made(standalone)}"))
    parts.append(_premise(premise, say))
    parts += [_p(say(answer.opening))] if answer.opening else []
    parts += _said(answer.statements, say)
    parts += ["<h3>More</h3>", *_said(answer.more, say)] if answer.more else []
    if answer.ties:
        parts.append(ties_html(answer.ties, say, numbers))
    total = len(answer.everything)
    parts += [
        _p(f"<strong>{phrases.CAVEAT[c.kind]}.</strong> {say(c.text + about(c, total))}")
        for c in answer.caveats
        if not (premise and c.kind == "false_premise")
    ]
    parts.append(_list("The sources do not answer", map(say.made, uncovered_parts(answer))))
    parts += [_p(say(withheld_text(answer)))] if answer.withheld else []
    if text := silence_text(answer):
        parts.append(_p(f"<strong>Not in this collection.</strong> {say.made(text)}"))
    near = (
        say(f"{n.source.title}, {n.source.publisher}{f' ({n.heading})' if n.heading else ''}")
        for n in answer.nearest
    )
    parts.append(_list("Nearest things that the collection covers", near))
    return "".join([*parts, f'<p class="meta">{say(searched_text(answer))}</p>'])


def _premise(premise: Premise | None, say: Say) -> str:
    if premise is None:
        return ""
    heading = phrases.CAVEAT["false_premise"]
    return _p(f"<strong>{heading}.</strong> {say(premise.text)}{_numbers(premise.citations)}")


def _said(statements: Iterable[Statement], say: Say) -> list[str]:
    return [
        f'<p class="said" dir="auto">{f"{esc(s.label)}. " if s.label else ""}'
        f"<strong>{say(s.attribution)}</strong> ({phrases.SUPPORT[s.support.kind]}):</p>"
        f'<p class="words" dir="auto">{say(s.text)}{_numbers(s.citations)}</p>'
        for s in statements
    ]


def _numbers(citations: Iterable[Citation]) -> str:
    return "".join(f" [{citation.number}]" for citation in citations)


def _cited(citation: Citation, say: Say) -> str:
    source = citation.source
    page = f", page {citation.page}" if citation.page is not None else ""
    address = f" {say(source.url)}" if source.url else ""
    known = say(f"{source.title}. {source.publisher}, {day_of(citation)}.")
    words = say(f"{phrases.introduction(source)}{page}: {phrases.quoted(citation.words, source)}")
    kind = f"{phrases.kind_name(source.kind)}. {phrases.text_kind(source)}."
    return f"[{citation.number}] {known} {esc(kind)}{address}<br>{words}"


def _note_of(kind: EntryKind, content: dict[str, object], say: Say) -> tuple[str, str]:
    """Heading and body of what was said of an answer, or of a report."""

    def told(name: str) -> str:
        return say(str(content.get(name, "")))

    if kind is EntryKind.FEEDBACK:
        heading = f"Feedback: {'helpful' if content.get('good') else 'not helpful'}"
        body = _p(f"On the answer {_link(content.get('record'))}, by {told('who')}.")
        return heading, body + _p(told("reason"))
    if kind is EntryKind.CORRECTION:
        body = _p(f"In the answer {_link(content.get('record'))}, by {told('who')}:")
        return "A sentence reported as wrong", body + _p(told("text")) + _p(told("note"))
    if kind is EntryKind.DECISION:
        outcome = OUTCOMES.get(str(content.get("outcome")), "")
        body = _p(f"On the report {_link(content.get('correction'))}, by {told('who')}.")
        return f"Decision: {esc(outcome)}", body + _p(told("note"))
    return esc(kind), ""


def _link(id_: object) -> str:
    return f'<a href="#e{esc(str(id_))}"><code>{esc(str(id_))}</code></a>'


def _p(html: str) -> str:
    return f'<p dir="auto">{html}</p>\n' if html else ""


def _list(heading: str, items: Iterable[str]) -> str:
    lines = "".join(f'<li dir="auto">{item}</li>' for item in items)
    return f"<h3>{esc(heading)}</h3><ul>{lines}</ul>\n" if lines else ""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; a line that says so where there is no row."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    head = "".join(f'<th scope="col">{esc(column)}</th>' for column in columns)
    if not body:
        return _p("None.")
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n"
