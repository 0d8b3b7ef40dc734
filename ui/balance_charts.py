"""The balance of a collection as charts: lists of counts, with bars that only decorate."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.balance import UNKNOWN, Balance, Count
from corpus.types import Kind, Standpoint, TextKind
from ui import phrases
from ui.fields import named, open_html, scrolled
from ui.head_forms import TEXT_KIND
from ui.rendering import esc

MOST_PLACES = 20
MOST_OVERDUE = 100


def balance_html(report: Balance) -> str:
    """What the collection is made of, what it lacks, and what is due for review."""
    if not report.total:
        return '<h2 tabindex="-1">Balance</h2><p class="hint">The collection holds no source.</p>'
    kinds = [Count(named(c.value), c.sources) for c in report.kinds]
    standpoints = [Count(named(c.value), c.sources) for c in report.standpoints]
    words = [Count(TEXT_KIND[TextKind(c.value)], c.sources) for c in report.text_kinds]
    confidence = [Count(named(c.value), c.sources) for c in report.confidence]
    places = report.jurisdictions
    first = places[:MOST_PLACES]
    more = len(places) - len(first)
    title = f"Jurisdiction (the first {MOST_PLACES} of {len(places):,})" if more else "Jurisdiction"
    charts = [
        _chart_html("Kind", kinds, report.total),
        _chart_html("Standpoint", standpoints, report.total),
        _chart_html("Whose words", words, report.total),
        _chart_html("Confidence", confidence, report.total),
        _chart_html(title, first, report.total),
        _chart_html("Year of publication", report.years, report.total),
    ]
    if len(report.collections) > 1:
        charts.insert(0, _chart_html("Collection", report.collections, report.total))
    return (
        f'<h2 tabindex="-1">Balance</h2><p>{phrases.count(report.total, "source")}. A source '
        "counts once for each of its jurisdictions.</p>"
        f'<p class="note">{esc(lacking(report))}</p>'
        f'<div class="charts">{"".join(charts)}</div>{_overdue_html(report)}'
    )


def lacking(report: Balance) -> str:
    """What the collection does not hold, as far as its heads can tell."""
    kinds = [k.value for k in Kind if k != Kind.UNCLASSIFIED and k not in _values(report.kinds)]
    stands = {Standpoint.SUPPORTIVE, Standpoint.CAUTIONARY, Standpoint.NEUTRAL, Standpoint.MIXED}
    sides = sorted(s.value for s in stands if s not in _values(report.standpoints))
    parts = []
    if kinds:
        parts.append(f"no source of the kind {_either([k.replace('-', ' ') for k in kinds])}")
    if sides:
        parts.append(f"none with a {_either(sides)} standpoint")
    held = f"The collection holds {' and '.join(parts)}. " if parts else ""
    unknown = next((c.sources for c in report.standpoints if c.value == UNKNOWN), 0)
    verb = "states" if unknown == 1 else "state"
    silent = f"{phrases.count(unknown, 'source')} {verb} no standpoint. " if unknown else ""
    return (
        f"{held}{silent}Whatever nobody added is missing: a law, a tie or a view that is not in "
        "these sources may well exist."
    )


def _values(counts: Sequence[Count]) -> set[str]:
    return {count.value for count in counts}


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _chart_html(title: str, counts: Sequence[Count], total: int) -> str:
    """Counts with bars as long as their share of the largest one."""
    most = max((count.sources for count in counts), default=1)
    rows = "".join(
        f'<tr><th scope="row" dir="auto">{esc(count.value)}</th><td>{count.sources:,}</td>'
        '<td aria-hidden="true">'
        f'<span class="bar" style="width: {count.sources / most:.1%}"></span></td></tr>'
        for count in counts
    )
    head = (
        '<thead class="unseen"><tr><th scope="col">Value</th>'
        f'<th scope="col">Sources of {total:,}</th><td></td></tr></thead>'
    )
    columns = '<colgroup><col class="value"><col class="number"><col></colgroup>'
    return f"<table><caption>{esc(title)}</caption>{columns}{head}<tbody>{rows}</tbody></table>"


def _overdue_html(report: Balance) -> str:
    rows = "".join(
        f'<tr><th scope="row">{open_html(source.id, source.title, source.version)}</th>'
        f"<td>{esc(phrases.day(source.review_by))}</td></tr>"
        for source in report.overdue[:MOST_OVERDUE]
    )
    head = '<thead><tr><th scope="col">Source</th><th scope="col">Review by</th></tr></thead>'
    table = scrolled("Past its review date", f"<table>{head}<tbody>{rows}</tbody></table>")
    left = len(report.overdue) - MOST_OVERDUE
    more = f'<p class="hint">and {left:,} more</p>' if left > 0 else ""
    unreviewed = (
        f'<p class="hint">{phrases.count(report.unreviewed, "source")} without a day of review.</p>'
        if report.unreviewed
        else ""
    )
    late = f"{table}{more}" if rows else '<p class="hint">No source is past its review date.</p>'
    return f"<h3>Past its review date ({len(report.overdue):,})</h3>{late}{unreviewed}"
