"""Answer -> HTML, plain text and JSON: pure functions, everything escaped.

Text of sources and users reaches HTML only through `esc`; no other function makes markup of it.
Element names are made from `key` (unique to an answer on its page) and numbers: `t…` is a
statement, `s…` the cited words in the source panel.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from assistant.questions import tidy
from assistant.types import Answer, Caveat, Citation, Premise, Statement
from index.types import Filters
from ui import phrases
from ui.tie_tables import ties_html, ties_json, ties_text


def esc(text: str) -> str:
    """The text as HTML that shows exactly it, in an element or a quoted attribute."""
    return html.escape(phrases.clean(text), quote=True)


def source_anchor(key: str, citation: Citation) -> str:
    """The name of the cited words in the source panel."""
    return f"s{key}-{citation.number}-{citation.start}-{citation.end}"


def statement_anchor(key: str, position: int) -> str:
    """The name of a statement; positions count from 0 through `statements` and `more`."""
    return f"t{key}-{position}"


def markers(citations: Iterable[Citation], key: str) -> str:
    """Links to the cited words, named for those who do not see them."""
    return "".join(
        f' <a class="ref" href="#{source_anchor(key, c)}" aria-label="Source {c.number}: '
        f'{esc(c.title)}">[{c.number}]</a>'
        for c in citations
    )


def statement_html(
    statement: Statement, key: str, position: int, beside: str = "", below: str = ""
) -> str:
    """Who says it and what was checked, then the words, then the markers of what they rest on.

    `beside` and `below` are HTML that a page puts after the markers and under the words.
    """
    label = f'<span class="label">{esc(statement.label)}</span> ' if statement.label else ""
    return (
        f'<div class="statement" id="{statement_anchor(key, position)}" tabindex="-1">'
        f'<p class="said">{label}<span class="who" dir="auto">{esc(statement.attribution)}</span>'
        f'<span class="checked">{phrases.SUPPORT[statement.support.kind]}</span></p>'
        f'<p class="words" dir="auto">{esc(statement.text)}'
        f"{markers(statement.citations, key)}{beside}</p>{below}</div>"
    )


def premise_html(premise: Premise, key: str) -> str:
    """What the question takes for granted and the sources contradict."""
    return (
        f'<p class="note premise" dir="auto"><strong>{phrases.CAVEAT["false_premise"]}.</strong> '
        f"{esc(premise.text)}{markers(premise.citations, key)}</p>"
    )


def answer_html(
    answer: Answer,
    key: str,
    premise: Premise | None = None,
    around: Callable[[int], tuple[str, str]] = lambda _: ("", ""),
) -> str:
    """The whole answer in the order in which it should be read.

    `around` gives for a position what `statement_html` puts beside and below that statement.
    """
    shown = [statement_html(s, key, i, *around(i)) for i, s in enumerate(answer.everything)]
    said, more = shown[: len(answer.statements)], shown[len(answer.statements) :]
    leads = answer.ties is not None and answer.ties.leads
    parts = [
        understood_html(answer),
        premise_html(premise, key) if premise else "",
        f'<p class="opening" dir="auto">{esc(answer.opening)}</p>' if answer.opening else "",
        _ties_html(answer, key) if leads else "",
        *said,
        f'<details class="more"><summary>More ({len(more)})</summary>{"".join(more)}</details>'
        if more
        else "",
        "" if leads else _ties_html(answer, key),
        _caveats_html(answer, shown=premise is not None),
        _uncovered_html(answer),
        _withheld_html(answer),
        _silence_html(answer),
        f'<p class="searched" dir="auto">{esc(searched_text(answer))}</p>',
    ]
    return "".join(parts)


def _ties_html(answer: Answer, key: str) -> str:
    return ties_html(answer.ties, esc, lambda cited: markers(cited, key)) if answer.ties else ""


def understood_html(answer: Answer) -> str:
    """How the question was understood, where that differs from what was typed."""
    standalone = answer.question.standalone
    if tidy(standalone) == tidy(answer.question.ask.text):
        return ""
    return f'<p class="understood" dir="auto">Understood as: {esc(standalone)}</p>'


def _caveats_html(answer: Answer, shown: bool) -> str:
    total = len(answer.statements) + len(answer.more)
    return "".join(
        f'<p class="note" dir="auto"><strong>{phrases.CAVEAT[c.kind]}.</strong> {esc(c.text)}'
        f"{esc(about(c, total))}</p>"
        for c in answer.caveats
        if not (shown and c.kind == "false_premise")
    )


def about(caveat: Caveat, total: int) -> str:
    """Which sentences a caveat is about, where it is not all of them."""
    if not caveat.statements or len(caveat.statements) >= total:
        return ""
    noun = "sentence" if len(caveat.statements) == 1 else "sentences"
    return f" ({noun} {', '.join(str(i + 1) for i in caveat.statements)})"


def _uncovered_html(answer: Answer) -> str:
    parts = uncovered_parts(answer)
    items = "".join(f'<li dir="auto">{esc(part)}</li>' for part in parts)
    heading = "<p><strong>The sources do not answer:</strong></p>"
    return f'<div class="note">{heading}<ul>{items}</ul></div>' if items else ""


def uncovered_parts(answer: Answer) -> tuple[str, ...]:
    """The parts to name as unanswered; a question unanswered as a whole is said otherwise."""
    return () if answer.status == "not_in_sources" else answer.uncovered


def _withheld_html(answer: Answer) -> str:
    return f'<p class="note">{esc(withheld_text(answer))}</p>' if answer.withheld else ""


def _silence_html(answer: Answer) -> str:
    text = silence_text(answer)
    said = (
        f'<p class="said"><span class="label">Not in this collection</span></p>'
        f'<p class="words" dir="auto">{esc(text)}</p>'
        if text
        else ""
    )
    items = "".join(
        f'<li dir="auto"><cite>{esc(n.source.title)}</cite>, {esc(n.source.publisher)}'
        f"{esc(f' ({n.heading})' if n.heading else '')}</li>"
        for n in answer.nearest
    )
    near = f"<p>Nearest things that the collection covers:</p><ul>{items}</ul>" if items else ""
    look = "silence" if answer.status == "not_in_sources" else "note"
    return f'<div class="{look}">{said}{near}</div>' if said + near else ""


def silence_text(answer: Answer) -> str:
    """Which kind of silence it is, in full sentences; empty for an answer."""
    if answer.silence:
        return answer.silence.text
    return "The sources do not answer this." if answer.status == "not_in_sources" else ""


def withheld_text(answer: Answer) -> str:
    """How many sentences were not shown because their sources did not bear them."""
    verb = "was" if answer.withheld == 1 else "were"
    return (
        f"{phrases.count(answer.withheld, 'sentence')} {verb} withheld: "
        "the cited text did not support what was said."
    )


def searched_text(answer: Answer) -> str:
    """How much was searched, and with which filters."""
    s = answer.searched
    chosen = phrases.filters(s.filters)
    return (
        f"Searched: {phrases.count(s.sources, 'source')}, {phrases.count(s.passages, 'passage')}"
        f"{f', only {chosen}' if chosen else ''}."
    )


def answer_text(answer: Answer) -> str:
    """The answer as plain text with numbered sources, for copying and for a terminal."""
    blocks = []
    if tidy(answer.question.standalone) != tidy(answer.question.ask.text):
        blocks.append(f"Understood as: {answer.question.standalone}")
    told = [c for c in answer.caveats if c.kind == "false_premise"]
    blocks += [f"{phrases.CAVEAT[c.kind]}. {c.text}" for c in told]
    ties = [ties_text(answer.ties)] if answer.ties else []
    leads = answer.ties is not None and answer.ties.leads
    blocks += ties if leads else []
    blocks += [answer.opening, *map(_statement_text, answer.statements)]
    if answer.more:
        blocks += ["More", *map(_statement_text, answer.more)]
    blocks += [] if leads else ties
    total = len(answer.statements) + len(answer.more)
    notes = [
        f"{phrases.CAVEAT[c.kind]}. {c.text}{about(c, total)}"
        for c in answer.caveats
        if c not in told
    ]
    notes += [f"The sources do not answer: {part}" for part in uncovered_parts(answer)]
    notes += [withheld_text(answer)] if answer.withheld else []
    blocks.append(_listed("Notes", notes))
    if text := silence_text(answer):
        blocks.append(f"Not in this collection\n{text}")
    nearest = [f"{n.source.title}, {n.source.publisher}" for n in answer.nearest]
    blocks.append(_listed("Nearest things that the collection covers", nearest))
    blocks.append(searched_text(answer))
    cited = answer.citations
    blocks += ["Sources"] if cited else []
    for source in dict.fromkeys(c.source for c in cited):
        blocks.append(_source_text([c for c in cited if c.source == source]))
    return phrases.clean("\n\n".join(block for block in blocks if block)) + "\n"


def _listed(heading: str, items: Sequence[str]) -> str:
    return "\n".join([heading, *(f"- {item}" for item in items)]) if items else ""


def _statement_text(statement: Statement) -> str:
    label = f"{statement.label} – " if statement.label else ""
    numbers = "".join(f" [{c.number}]" for c in statement.citations)
    checked = phrases.SUPPORT[statement.support.kind]
    return f"{label}{statement.attribution} ({checked}):\n{statement.text}{numbers}"


def _source_text(citations: Sequence[Citation]) -> str:
    """One source and the words cited from it, numbered."""
    source = citations[0].source
    lines = [
        f"{source.title}. {source.publisher}, {day_of(citations[0])}. "
        f"{phrases.kind_name(source.kind)}. {phrases.text_kind(source)}."
    ]
    lines += [source.url] if source.url else []
    for c in citations:
        page = f", page {c.page}" if c.page is not None else ""
        words = phrases.quoted(c.words, source)
        lines.append(f"[{c.number}] {phrases.introduction(source)}{page}: {words}")
    return "\n".join(lines)


def day_of(citation: Citation) -> str:
    """When the cited source was published, in words."""
    return phrases.day(citation.source.published)


def answer_json(answer: Answer) -> dict[str, Any]:
    """The answer as one object that `json.dumps` takes."""
    searched = answer.searched
    return {
        "status": answer.status,
        "question": answer.question.standalone,
        "opening": answer.opening,
        "statements": [statement_json(s) for s in answer.statements],
        "more": [statement_json(s) for s in answer.more],
        "caveats": [
            {"kind": c.kind, "text": c.text, "statements": list(c.statements)}
            for c in answer.caveats
        ],
        "uncovered": list(answer.uncovered),
        "silence": {"kind": answer.silence.kind, "text": answer.silence.text}
        if answer.silence
        else None,
        "nearest": [
            {"source_id": n.source.id, "title": n.source.title, "heading": n.heading}
            for n in answer.nearest
        ],
        "searched": {
            "question": searched.question,
            "sources": searched.sources,
            "passages": searched.passages,
            "generation": searched.generation,
            "filters": filters_json(searched.filters),
        },
        "withheld": answer.withheld,
        "ties": ties_json(answer.ties, citation_json) if answer.ties else None,
    }


def filters_json(chosen: Filters) -> dict[str, Any]:
    """The filters as an object that `json.dumps` takes."""
    return {
        "kinds": [str(kind) for kind in chosen.kinds],
        "publishers": list(chosen.publishers),
        "jurisdictions": list(chosen.jurisdictions),
        "year_from": chosen.year_from,
        "year_to": chosen.year_to,
        "collections": list(chosen.collections),
    }


def statement_json(statement: Statement) -> dict[str, Any]:
    """A statement with its citations as an object that `json.dumps` takes."""
    return {
        "text": statement.text,
        "attribution": statement.attribution,
        "label": statement.label,
        "support": statement.support.kind,
        "score": statement.support.score,
        "citations": [citation_json(c) for c in statement.citations],
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation as an object that `json.dumps` takes."""
    source = citation.source
    return {
        "number": citation.number,
        "source_id": source.id,
        "version": source.version,
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published,
        "kind": str(source.kind),
        "words": citation.words,
        "start": citation.start,
        "end": citation.end,
        "page": citation.page,
        "text_kind": str(source.text_kind),
        "read_extent": str(source.read_extent),
        "url": source.url,
    }
