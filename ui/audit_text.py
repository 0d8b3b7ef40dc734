"""What audits found, as plain text, JSON, and HTML beside the audited sentences of a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assistant.auditing import NO_ADDRESS, NOT_FETCHED, NOT_REACHED, NOT_READ, Outcome
from assistant.audits import Audited, Mark
from corpus.types import Span
from ui import phrases
from ui.panel import link_html
from ui.record_text import line
from ui.rendering import esc

OUTCOMES: dict[Outcome, str] = {
    "agrees": "Agrees with the original",
    "differs": "Differs from the original",
    "not-found": "Not found in the original",
    "not-reachable": "No original to compare with",
}
# What can be done about it first.
_WITHOUT = {
    NOT_FETCHED: f"Original {NOT_FETCHED}",
    NOT_REACHED: "Original not reachable",
    NOT_READ: "Original not readable",
    NO_ADDRESS: "No address to fetch an original from",
}
_HELP = "a help for people who check, no verdict"
_OLDER = "an earlier version of this note"


def audited_text(audited: Audited, older: bool) -> str:
    """A sentence, what was found of it and what people made of that; `older`: of an old version."""
    found = audited.finding
    version = f" (in {_OLDER})" if older else ""
    rows = [
        f"{found.source_id}, sentence {found.sentence}{version}: {_headline(audited)}",
        f"  Note: {line(found.words)}",
    ]
    if quote := found.quote:
        rows.append(f"  {_lead(audited)}: “{line(quote.words)}” ({_whence(audited)})")
    done = "As of" if found.outcome == "not-reachable" else "Compared on"
    rows.append(f"  {done} {phrases.moment(found.at)}: {line(found.reason)}")
    rows += [f"  {_mark(mark, audited)}" for mark in audited.marks]
    return phrases.clean("\n".join(rows))


def audited_json(audited: Audited, older: bool) -> dict[str, Any]:
    """The same for programs; `found` is the outcome without what people marked."""
    found, quote = audited.finding, audited.finding.quote
    return {
        "source": found.source_id,
        "version": found.version,
        "older_version": older,
        "sentence": found.sentence,
        "words": found.words,
        "outcome": audited.outcome,
        "found": found.outcome,
        "reason": found.reason,
        "original": quote
        and {
            "url": quote.url,
            "sha256": quote.sha256,
            "fetched_at": quote.fetched_at.isoformat(),
            "words": quote.words,
            "start": quote.start,
            "end": quote.end,
            "page": quote.page,
        },
        "checker": found.checker,
        "at": found.at.isoformat(),
        "marks": [
            {"outcome": m.outcome, "by": m.who, "note": m.note, "at": m.at.isoformat()}
            for m in audited.marks
        ],
    }


def audited_html(audited: Audited, older: bool, shown: bool) -> str:
    """What opens beneath an audited sentence; `shown`: it is open already."""
    found, quote = audited.finding, audited.finding.quote
    parts = [f'<p dir="auto">{esc(found.reason)}</p>']
    if quote:
        page = f", page {quote.page}" if quote.page else ""
        parts += [
            f"<p>{_lead(audited)}:</p>"
            f'<blockquote dir="auto">“{esc(" ".join(quote.words.split()))}”</blockquote>'
            f"<p>{link_html(quote.url)}{page}, fetched {phrases.moment(quote.fetched_at)}</p>"
        ]
    version = f" in {_OLDER}" if older else ""
    done = "Looked for" if found.outcome == "not-reachable" else "Compared"
    parts.append(f"<p>{done}{version} on {phrases.moment(found.at)}; {_HELP}.</p>")
    parts += [f'<p dir="auto">{esc(_mark(mark, audited))}</p>' for mark in audited.marks]
    return (
        f'<details class="audit {audited.outcome}"{" open" if shown else ""}>'
        f"<summary>{esc(_headline(audited))}</summary>{''.join(parts)}</details>"
    )


def placed(text: str, version: str, audits: Iterable[Audited]) -> list[tuple[Span, Audited, bool]]:
    """Where audited sentences stand in a version of a note, and whether an older one was audited.

    What was found of another version holds for the same words, unless this one was audited too.
    """
    found: dict[Span, tuple[Audited, bool]] = {}
    for audited in sorted(audits, key=lambda a: (a.finding.version == version, a.finding.at)):
        finding = audited.finding
        older = finding.version != version
        at = text.find(finding.words) if older else finding.start
        span = Span(at, at + len(finding.words))
        if at >= 0 and text[span.start : span.end] == finding.words:
            found[span] = audited, older
    return [(span, *found[span]) for span in sorted(found)]


def _headline(audited: Audited) -> str:
    """The outcome in words; where there was no original, why."""
    if audited.outcome == "not-reachable":
        for told, headline in _WITHOUT.items():
            if told in audited.finding.reason:
                return headline
    return OUTCOMES[audited.outcome]


def _lead(audited: Audited) -> str:
    near = audited.outcome in ("not-found", "not-reachable")
    return "The closest words of the original" if near else "The original's words"


def _whence(audited: Audited) -> str:
    quote = audited.finding.quote
    assert quote is not None
    page = f", page {quote.page}" if quote.page else ""
    return f"{quote.url}{page}, fetched {phrases.moment(quote.fetched_at)}"


def _mark(mark: Mark, audited: Audited) -> str:
    note = f": {line(mark.note)}" if mark.note else ""
    held = "" if mark.sha256 == _seen(audited) else " (the original has changed since)"
    day = phrases.moment(mark.at)
    return f"{line(mark.who)} marked it “{OUTCOMES[mark.outcome]}” on {day}{held}{note}"


def _seen(audited: Audited) -> str | None:
    return audited.finding.quote.sha256 if audited.finding.quote else None
