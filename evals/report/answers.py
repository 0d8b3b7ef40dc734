"""An answer as it was shown, with what it cites."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.attribution import attribution, spoken_date
from assistant.types import Answer, Citation, Record, Statement, TieTable, TieValue
from corpus.types import Source, TextKind
from evals.report.markup import count, esc, table


def outcome_html(record: Record | None, problem: str) -> str:
    """The answer, or why there is none."""
    if record is None or record.answer is None:
        failure = record.failure if record else None
        reason = f"{failure.message} {failure.remedy}" if failure else problem
        said = "".join(map(statement_html, record.partial)) if record else ""
        return f'<p class="note"><b>No answer.</b> {esc(reason or "It was stopped.")}</p>{said}'
    return answer_html(record, record.answer)


def answer_html(record: Record, answer: Answer) -> str:
    """The whole answer in the order in which it was read."""
    premise, more = record.premise, answer.more
    rows = ties_html(answer.ties) if answer.ties else ""
    leads = answer.ties is not None and answer.ties.leads
    cited = tuple(dict.fromkeys([*(premise.citations if premise else ()), *answer.citations]))
    parts = [
        f'<p class="note"><b>Premise.</b> {esc(premise.text)}{marks(premise.citations)}</p>'
        if premise
        else "",
        f"<p>{esc(answer.opening)}</p>" if answer.opening else "",
        rows if leads else "",
        *map(statement_html, answer.statements),
        silence_html(answer),
        f"<details><summary>More ({len(more)})</summary>"
        f"{''.join(map(statement_html, more))}</details>"
        if more
        else "",
        "" if leads else rows,
        *(
            f'<p class="note"><b>{esc(caveat.kind.replace("_", " ").capitalize())}.</b> '
            f"{esc(caveat.text)}</p>"
            for caveat in answer.caveats
        ),
        *(f'<p class="note"><b>Not covered.</b> {esc(part)}</p>' for part in answer.uncovered),
        f'<p class="note">{count(answer.withheld, "sentence")} withheld: not borne out by what '
        "was cited.</p>"
        if answer.withheld
        else "",
        sources_html(cited),
    ]
    return "".join(parts)


def brief_html(record: Record | None, problem: str) -> str:
    """The short answer alone, for two side by side."""
    if record is None or record.answer is None:
        return outcome_html(record, problem)
    answer = record.answer
    rows = f"<p>{count(answer.ties.matched, 'tie')} of the register.</p>" if answer.ties else ""
    said = "".join(map(statement_html, answer.statements))
    return f"{silence_html(answer)}{said}{rows}{sources_html(answer.citations)}"


def statement_html(statement: Statement) -> str:
    label = f'<span class="tag">{esc(statement.label)}</span> ' if statement.label else ""
    kind = "word for word" if statement.support.kind == "verbatim" else (
        f"judged to be supported, {statement.support.score:.2f}"
    )  # fmt: skip
    said = " ".join(statement.text.split())
    # Words that the statement repeats are not shown twice.
    apart = [c for c in statement.citations if " ".join(c.words.split()) not in said]
    words = "".join(f'<p class="cited">[{c.number}] {_words(c)}</p>' for c in apart)
    return (
        f'<div class="statement"><p class="meta">{label}{esc(statement.attribution)} · {kind}</p>'
        f'<p dir="auto">{esc(statement.text)}{marks(statement.citations)}</p>{words}</div>'
    )


def silence_html(answer: Answer) -> str:
    """That the sources do not answer, and what came near."""
    if answer.status != "not_in_sources" and not answer.silence:
        return ""
    text = answer.silence.text if answer.silence else "The sources do not answer this."
    near = "".join(f'<li dir="auto">{esc(n.source.title)}</li>' for n in answer.nearest)
    nearest = f"<p>Nearest that the collection covers:</p><ul>{near}</ul>" if near else ""
    return f'<div class="silence"><p dir="auto">{esc(text)}</p>{nearest}</div>'


def marks(citations: Iterable[Citation]) -> str:
    return "".join(f' <span class="ref">[{n}]</span>' for n in _numbers(citations))


def sources_html(citations: Iterable[Citation]) -> str:
    """The sources that are cited, once each, with the numbers of their citations."""
    by_source: dict[Source, list[Citation]] = {}
    for citation in citations:
        by_source.setdefault(citation.source, []).append(citation)
    items = "".join(
        f'<li dir="auto">{marks(cited)} {source_html(source)}</li>'
        for source, cited in by_source.items()
    )
    return f'<ul class="sources" aria-label="Cited sources">{items}</ul>' if items else ""


def source_html(source: Source) -> str:
    """What a reader must know of a source beside its words."""
    return described(
        source.title, source.publisher, source.published, source.kind.value,
        source.standpoint.value, source.text_kind.value,
    )  # fmt: skip


def described(
    title: str, publisher: str, published: str | None, kind: str, standpoint: str, text_kind: str
) -> str:
    """Title, publisher, date, kind, standpoint, and whose words the text is made of."""
    parts = [
        publisher,
        spoken_date(published),
        kind.replace("-", " "),
        f"standpoint {standpoint}",
        {"note": "our summary", "excerpt": "excerpt"}.get(text_kind, "original text"),
    ]
    return f"<cite>{esc(title)}</cite> · {esc(' · '.join(part for part in parts if part))}"


def ties_html(ties: TieTable) -> str:
    """The rows of the register of ties that were shown."""
    rows = [
        (
            esc(row.city),
            esc(row.partner),
            *(_values(values) for values in (row.kind, row.start, row.status)),
        )
        for row in ties.rows
    ]
    caption = f"Register of ties: {ties.matched} of {ties.total} match ({ties.asked})"
    return table(caption, ("Place", "Partner", "Kind", "Since", "Status"), rows, "plain")


def _values(values: Iterable[TieValue]) -> str:
    """Several values are disputed ones."""
    return " or ".join(f"{esc(_dated(value))}{marks(value.citations)}" for value in values)


def _dated(value: TieValue) -> str:
    return f"{value.value} ({', '.join(value.dates)})" if value.dates else value.value


def _words(citation: Citation) -> str:
    """The cited words: in quotation marks only where they are the publication's own."""
    if citation.text_kind is TextKind.NOTE:
        return f'{esc(attribution(citation.source))}: <span dir="auto">{esc(citation.words)}</span>'
    return f'<q dir="auto">{esc(citation.words)}</q>'


def _numbers(citations: Iterable[Citation]) -> list[int]:
    return list(dict.fromkeys(citation.number for citation in citations))
