"""The source panel: every cited passage with its cited words marked and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from assistant.types import Citation, Statement
from corpus.types import TextKind
from ui import phrases
from ui.rendering import day_of, esc, source_anchor, statement_anchor

if TYPE_CHECKING:
    from assistant.corrections import Change


@dataclass(frozen=True, slots=True)
class Standing:
    """When an answer was given, where that is past, and which cited versions changed since."""

    day: date | None
    changes: Mapping[tuple[str, str], Change]


def sources_html(
    key: str,
    title: str,
    statements: tuple[Statement, ...],
    citations: Sequence[Citation],
    standing: Standing | None = None,
) -> str:
    """The cards of one answer under its question, a card a source; empty where nothing is cited.

    `citations` are all that the answer cites, those of its `statements` among them.
    With a `standing` each card says what became of its source and leads to the text as cited.
    """
    if not citations:
        return ""
    cards = "".join(
        card_html(key, [c for c in citations if c.source == source], statements, standing)
        for source in dict.fromkeys(c.source for c in citations)
    )
    return f'<section class="cited"><h3 dir="auto">Sources for: {esc(title)}</h3>{cards}</section>'


def card_html(
    key: str,
    citations: list[Citation],
    statements: tuple[Statement, ...],
    standing: Standing | None = None,
) -> str:
    """One source: what it is, the passages with the cited words marked, what is known of it."""
    source = citations[0].source
    name = f"h{source_anchor(key, citations[0])}"
    rows = "".join(
        f'<div><dt>{esc(label)}</dt><dd dir="auto">{esc(value)}</dd></div>'
        for label, value in phrases.facts(source)
    )
    passages = "".join(_passage_html(layer, key, name, statements) for layer in _layers(citations))
    change = standing.changes.get((source.id, source.version)) if standing else None
    told = _changed_html(change, standing.day) if standing and change else ""
    link = f'<p class="whole">{text_link(citations)}</p>' if standing else ""
    return (
        f'<article class="card" aria-labelledby="{name}"><h4 id="{name}" dir="auto">'
        f"{esc(source.title)}</h4>{told}"
        f'<p class="by" dir="auto">{esc(source.publisher)}, {esc(day_of(citations[0]))}</p>'
        f'<p class="textkind">{esc(phrases.text_kind(source))}</p>{passages}'
        f"<dl>{rows}<div><dt>Publication</dt><dd>{link_html(source.url)}</dd></div></dl>{link}</article>"
    )


def _changed_html(change: Change, cited: date | None) -> str:
    return f'<p class="changed">{esc(phrases.change(change, cited))}</p>'


def text_address(source_id: str, version: str, spans: Iterable[tuple[int, int]] = ()) -> str:
    """Where the page shows the text of a version, with these stretches of it marked."""
    query = urlencode([pair for start, end in spans for pair in (("start", start), ("end", end))])
    path = f"/source/{quote(source_id, safe='')}/{quote(version, safe='')}"
    return f"{path}?{query}#cited" if query else path


def text_link(citations: list[Citation]) -> str:
    """A link to the whole text of the cited version, the cited words marked in it."""
    first = citations[0]
    address = text_address(first.source_id, first.version, [(c.start, c.end) for c in citations])
    return (
        f'<a href="{esc(address)}" target="_blank" rel="noopener noreferrer">Whole text as cited'
        '<span class="unseen"> (opens in a new tab)</span></a>'
    )


def _layers(citations: list[Citation]) -> list[list[Citation]]:
    """Citations sorted into passages so that in each the cited words do not overlap."""
    layers: list[list[Citation]] = []
    for citation in sorted(citations, key=lambda c: (c.start, c.end, c.number)):
        for layer in layers:
            same = layer[-1].passage == citation.passage
            if (
                same
                and layer[-1].end <= citation.start
                and _stands(layer[-1])
                and _stands(citation)
            ):
                layer.append(citation)
                break
        else:
            layers.append([citation])
    return sorted(layers, key=lambda layer: min(c.number for c in layer))


def _stands(citation: Citation) -> bool:
    """Whether the cited words stand where the citation says, within its passage."""
    start, end = citation.start - citation.passage.start, citation.end - citation.passage.start
    return start >= 0 and citation.passage.text[start:end] == citation.words


def _passage_html(
    layer: list[Citation], key: str, name: str, statements: tuple[Statement, ...]
) -> str:
    """A passage with cited words marked; in quotation marks only where it is original text."""
    source, passage = layer[0].source, layer[0].passage
    parts, done = [], 0
    for citation in layer:
        if _stands(citation):
            parts.append(esc(passage.text[done : citation.start - passage.start]))
            done = citation.end - passage.start
        parts.append(_mark_html(citation, key, name, statements))
    parts.append(esc(passage.text[done:]) if done else "")
    place = [passage.heading] + ([f"page {passage.page}"] if passage.page is not None else [])
    where = ", ".join(part for part in place if part)
    intro = f"{phrases.introduction(source)}{f' – {where}' if where else ''}:"
    note = source.text_kind is TextKind.NOTE
    tag = "div" if note else "blockquote"
    words = "".join(parts) if note else f"“{''.join(parts)}”"
    return (
        f'<p class="intro" dir="auto">{esc(intro)}</p>'
        f'<{tag} class="passage" dir="auto">{words}</{tag}>'
        f'<p class="back"><a href="#{_place(layer, key, statements)}">Back to the answer</a></p>'
    )


def _mark_html(citation: Citation, key: str, name: str, statements: tuple[Statement, ...]) -> str:
    back = (
        f'<a class="ref" href="#{_place([citation], key, statements)}" '
        f'aria-label="Back to the sentence that cites {citation.number}">[{citation.number}]</a> '
    )
    anchor = source_anchor(key, citation)
    return (
        f'{back}<mark id="{anchor}" tabindex="-1" aria-describedby="{name}">'
        f"{esc(citation.words)}</mark>"
    )


def _place(citations: list[Citation], key: str, statements: tuple[Statement, ...]) -> str:
    """The name of the first statement that rests on any of these; the page's script leads back to
    the one the reader came from."""
    resting = (i for i, s in enumerate(statements) if not set(s.citations).isdisjoint(citations))
    return statement_anchor(key, next(resting, 0))


def link_html(url: str | None) -> str:
    """A link to a web address; anything else as the text it is."""
    safe = phrases.web_address(url)
    if safe is None:
        return esc(url) if url else "no address known"
    return (
        f'<a href="{esc(safe)}" target="_blank" rel="noopener noreferrer">{esc(safe)}'
        '<span class="unseen"> (opens in a new tab)</span></a>'
    )
