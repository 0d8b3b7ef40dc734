"""A source's page: what its head says, its text under its headings, where it was cited, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.corrections import Resting
from corpus.changes import Change, Entry
from corpus.types import Block, Document, Reading, Source
from ui import phrases
from ui.fields import NEW_TAB, facts_html, named, review_html, sources_html
from ui.head_forms import decision_html
from ui.history import address
from ui.panel import link_html, text_address
from ui.rendering import esc
from ui.review_pages import findings_html, original_html
from ui.source_text import differences, steps

MAX_TEXT = 200_000
MAX_RESTING = 100
STATUS = {
    "current": "In use: it may be cited.",
    "proposed": "Proposed: it is not cited until a curator approves it.",
    "rejected": "Rejected: it is not cited.",
    "retired": "Retired: it is no longer cited.",
}
DONE = {
    "added": "Added as proposed",
    "approved": "Approved",
    "rejected": "Rejected",
    "edited": "Head edited",
    "retired": "Retired",
    "superseded": "Superseded",
    "restored": "Proposed again",
    "moved": "Moved",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of one source.

    `entry` is its place on the shelf; None for a file elsewhere. `titles` are those of the sources
    that can be opened, by their ids.
    """

    document: Document
    entry: Entry | None
    history: tuple[Change, ...]
    resting: tuple[Resting, ...]
    titles: Mapping[str, str]


def sheet_html(sheet: Sheet, back: str, who: str, today: str) -> str:
    """The whole page; `back` names what it leads back to, `who` is the curator's name so far."""
    source, entry = sheet.document.source, sheet.entry
    published = phrases.day(source.published)
    proposed = source.status == "proposed"
    whole = "The whole summary" if source.text_kind == "note" else "The text"
    text, head = _text_html(sheet.document), facts_html(_head_rows(sheet, today))
    deciding = decision_html(source, entry, who)
    if proposed and entry:
        found = findings_html(entry, sheet.titles)
        body = f"{found}{_folded(whole, text)}{deciding}{_folded('The head as it stands', head)}"
    else:
        body = f"<h3>Head</h3>{head}<h3>{whole}</h3>{text}"
    return (
        f'<p class="back"><button type="button" class="plainbutton" data-do="back">Back to '
        f"{esc(back)}</button></p>"
        f'<h2 tabindex="-1" dir="auto">{esc(source.title)}</h2>'
        f'<p class="by" dir="auto">{esc(source.publisher)}, {esc(published)}</p>'
        f'<p class="status">{STATUS[source.status]}</p>{body}'
        f"<h3>Cited in answers</h3>{_resting_html(sheet.resting)}"
        f"<h3>History</h3>{history_html(sheet.history)}{'' if proposed else deciding}"
    )


def _folded(heading: str, body: str) -> str:
    return f"<details><summary>{heading}</summary>{body}</details>"


def _head_rows(sheet: Sheet, today: str) -> Iterable[tuple[str, str]]:
    source = sheet.document.source
    standing = ". ".join(filter(None, (named(source.standpoint), source.perspective)))
    return (
        ("Cited as", esc(source.cite_as)),
        ("Authors", esc("; ".join(source.authors))),
        ("Kind", esc(phrases.kind_name(source.kind))),
        ("Standpoint", esc(standing)),
        ("Jurisdictions", esc(", ".join(source.jurisdictions))),
        ("Cities", esc(", ".join(source.cities))),
        ("Topics", esc(", ".join(source.topics))),
        ("Language", esc(source.language)),
        ("Publication", link_html(source.url)),
        ("Licence", esc(source.licence or "")),
        ("Whose words", esc(phrases.text_kind(source))),
        ("What was read", esc(source.read_note)),
        ("Authority", esc(named(source.authority))),
        ("Confidence", esc(named(source.confidence))),
        ("As of", esc(phrases.day(source.as_of)) if source.as_of else ""),
        ("Review by", review_html(source, today) or "no day is named"),
        ("Facts read at", _readings_html(source.read_at)),
        ("Takes the place of", sources_html(source.supersedes, sheet.titles)),
        ("Superseded by", sources_html(filter(None, [source.superseded_by]), sheet.titles)),
        ("Collection", esc(source.collection)),
        ("Id", f"<code>{esc(source.id)}</code>"),
        ("Text (SHA-256)", f"<code>{esc(source.version)}</code>"),
        *original_html(sheet.entry),
    )


def _readings_html(readings: Sequence[Reading]) -> str:
    items = []
    for reading in readings:
        what = [link_html(reading.url)] if reading.url else []
        what += [esc(reading.what)] if reading.what else []
        numbers = f" (sentences {ranges(reading.sentences)})" if reading.sentences else ""
        items.append(f"<li>{', '.join(what)}{numbers}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def ranges(numbers: Iterable[int]) -> str:
    """`1–3, 7` for 1, 2, 3 and 7."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)


def _text_html(document: Document) -> str:
    """The blocks under their headings and pages, up to MAX_TEXT characters."""
    parts, heading, page = [], "", None
    for block in document.blocks:
        if block.span.start >= MAX_TEXT:
            break
        if block.page != page and block.page is not None:
            parts.append(f'<p class="page">Page {block.page}</p>')
        if block.heading != heading and block.heading:
            parts.append(f'<h4 dir="auto">{esc(block.heading)}</h4>')
        heading, page = block.heading, block.page
        parts.append(_block_html(document.text, block))
    length = len(document.text)
    more = (
        f"The first {MAX_TEXT:,} of {length:,} characters are shown." if length > MAX_TEXT else ""
    )
    link = _whole_html(document.source) if document.source.status == "current" else ""
    return f'<div class="sheet">{"".join(parts)}</div><p class="hint">{more} {link}</p>'


def _block_html(text: str, block: Block) -> str:
    words = text[block.span.start : min(block.span.end, MAX_TEXT)]
    return f'<p dir="auto">{esc(words)}</p>'


def _whole_html(source: Source) -> str:
    return (
        f'<a href="{esc(text_address(source.id, source.version))}" target="_blank" '
        f'rel="noopener noreferrer">The whole text on a page of its own{NEW_TAB}</a>'
    )


def _resting_html(resting: Sequence[Resting]) -> str:
    items = "".join(
        f'<li><a href="{esc(address(one.conversation))}" dir="auto">{esc(one.question)}</a> '
        f'<span class="day">{phrases.local_day(one.created)}</span></li>'
        for one in resting[:MAX_RESTING]
    )
    if len(resting) > MAX_RESTING:
        items += f"<li>and {len(resting) - MAX_RESTING:,} older ones</li>"
    return f"<ul>{items}</ul>" if items else '<p class="hint">No answer on record cites it.</p>'


def history_html(history: Sequence[Change]) -> str:
    """The changes, newest first: when, what, by whom and why."""
    items = []
    for before, change in reversed(list(steps(history))):
        set_ = differences(before, change.head).items()
        what = [f"{key}: {_shown(old)} → {_shown(new)}" for key, (old, new) in set_]
        what = [f"by {change.successor}", *what] if change.successor else what
        told = f"{DONE[change.what]} by {change.who}{f': {change.why}' if change.why else ''}"
        more = f'<br><span class="day">{esc("; ".join(what))}</span>' if what else ""
        items.append(
            f'<li dir="auto"><span class="day">{esc(phrases.moment(change.at))}</span> '
            f"{esc(told)}{more}</li>"
        )
    none = "It came with its folder of files; nothing was changed on this machine."
    return f"<ul>{''.join(items)}</ul>" if items else f'<p class="hint">{none}</p>'


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    return str(value) if value not in (None, "") else "none"
