"""What the Quality tab shows: runs, one run, one case, two runs side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from assistant.types import Circumstances
from corpus.errors import CorpusError
from evals.comparing import Change, Comparison
from evals.report.cases import Shelf, Told, tags_html, turn_html, type_name
from evals.report.differences import (
    WAYS,
    Trials,
    changes_html,
    circumstances_html,
    comparison_html,
    way_of,
)
from evals.report.figures import in_words, measures_html, plots_html, types_html
from evals.report.flaws import ALL
from evals.report.markup import figure_html
from evals.runs import Run, RunInfo, Summary
from evals.scoring import EVERY_MEASURE, MEASURES
from evals.types import Case, Measure, Score
from ui import phrases
from ui.fields import digest, input_html, pages_html, scrolled, select_html
from ui.quality import At, Find, FindChanges
from ui.rendering import esc
from ui.sent import MAX_WORDS

Item = TypeVar("Item")

PAGE = 50
CHANGES_PAGE = 20
NO_FLAW = "none"
_COLUMNS = ("answered_rightly", "abstained_rightly", "serious_error", "fact_recall")
_SHOW = '<button type="submit" class="plainbutton">Show</button>'
_MAKING = (
    "A run puts labelled questions to the assistant and keeps every answer, with scores. Make one "
    "on the command line: <code>attache eval run</code>. It stands here unless it was given "
    "another folder with <code>--out</code>."
)


class Listed(NamedTuple):
    """A case as a run lists it: what was asked, and what went wrong, the worst first."""

    case: Case
    flaws: tuple[str, ...]


def runs_html(runs: Sequence[tuple[Run, Summary | None]], problems: Iterable[CorpusError]) -> str:
    """The list of runs, each with its summary once it is finished, and a way to compare two."""
    finished = [run for run, summary in runs if summary]
    broken = "".join(f"<li>{esc(str(problem))}</li>" for problem in problems)
    return (
        f'<h2 tabindex="-1">Runs</h2><p class="hint">{_MAKING}</p>'
        f"{_runs_table(runs) if runs else '<p>There is no run yet.</p>'}"
        f"{f'<h3>Cannot be read</h3><ul>{broken}</ul>' if broken else ''}"
        f"{_compare_form(finished) if len(finished) > 1 else ''}"
    )


def _runs_table(runs: Iterable[tuple[Run, Summary | None]]) -> str:
    columns = [measure for measure in MEASURES if measure.name in _COLUMNS]
    names = ("Run", "Suite", "Asked on", "Questions", *(measure.name for measure in columns))
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(_run_row(run, summary, columns) for run, summary in runs)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return scrolled("Runs", table)


def _run_row(run: Run, summary: Summary | None, columns: Sequence[Measure]) -> str:
    told = [esc(run.info.suite), esc(phrases.day(run.info.created[:10]))]
    if summary is None:
        title = f'{esc(run.name)} <span class="tag">not finished</span>'
        told += [""] * (1 + len(columns))
    else:
        title = (
            f'<button type="button" data-do="run" data-run="{esc(run.name)}">{esc(run.name)}'
            "</button>"
        )
        told.append(f"{summary.turns:,}")
        told += [figure_html(summary.measures.get(m.name), m) for m in columns]
    cells = "".join(f"<td>{cell}</td>" for cell in told)
    return f'<tr><th scope="row">{title}</th>{cells}</tr>'


def _compare_form(runs: Sequence[Run]) -> str:
    names = [(run.name, run.name) for run in runs]
    return (
        f'<h3>Compare two runs</h3><form class="finding pairing" data-do="compare" '
        f'data-count="{digest(names)}">{select_html("run", "A", names, names[0][0])}'
        f"{select_html('other', 'B', names, names[1][0])}"
        '<button type="submit" class="plainbutton">Compare</button></form>'
    )


def figures_html(info: RunInfo, summary: Summary, scores: Sequence[Score]) -> str:
    """The main figures of a run, and folded in the rest."""
    folded = (
        ("All measures", measures_html(summary, EVERY_MEASURE)),
        ("By type", types_html(summary, EVERY_MEASURE)),
        ("Plots", plots_html(summary, scores)),
        ("What was tested", circumstances_html(info)),
    )
    more = "".join(
        f"<details class='group'><summary>{name}</summary>{body}</details>" for name, body in folded
    )
    return in_words(summary, EVERY_MEASURE) + more


def run_html(run: Run, summary: Summary, figures: str, cases: Sequence[Listed], at: At) -> str:
    """A run: its `figures` from `figures_html`, and its cases."""
    made = f"Cases by {run.info.made_by}." if run.info.made_by else ""
    day = phrases.day(run.info.created[:10])
    asked = f"{phrases.count(summary.turns, 'question')}, asked on {esc(day)}"
    return (
        f'<h2 tabindex="-1">{esc(run.name)}</h2><p class="meta">{asked}</p>'
        f'<p class="note">{esc(made)}</p>{figures}'
        f'<p><a href="/run/{quote(run.name, safe="")}.html" download>Download the whole report</a>'
        f"</p>"
        f"{_cases_html(cases, at) if cases else '<p>This run asked no questions.</p>'}"
    )


def _cases_html(cases: Sequence[Listed], at: At) -> str:
    found = [listed for listed in cases if fits(listed, at.find)]
    items = "".join(
        f'<li><code>{esc(case.id)}</code> <a href="#" data-do="case" data-case="{esc(case.id)}" '
        f'dir="auto">{esc(case.turns[0].question)}</a> {tags_html(flaws)}</li>'
        for case, flaws in _page(found, at.page, PAGE)
    )
    counted = f"{len(found):,} of {phrases.count(len(cases), 'case')}, the worst first."
    return (
        f'<h3 tabindex="-1">Cases</h3>{_find_form(cases, at.find)}{_count_html(counted)}'
        f"<ul class='queue'>{items}</ul>{pages_html(at.page, _last(len(found), PAGE))}"
    )


def fits(listed: Listed, find: Find) -> bool:
    """Whether a case is looked for: all words occur in its id or questions, and filters fit."""
    case, flaws = listed
    text = " ".join([case.id, *(turn.question for turn in case.turns)]).casefold()
    wrong = not flaws if find.flaw == NO_FLAW else find.flaw in ("", *flaws)
    words = find.words.casefold().split()
    return find.type in ("", case.type) and wrong and all(word in text for word in words)


def _find_form(cases: Sequence[Listed], find: Find) -> str:
    types = sorted({listed.case.type for listed in cases})
    flaws = [flaw for flaw in ALL if any(flaw in listed.flaws for listed in cases)]
    wrong = [("", "All cases"), (NO_FLAW, "Nothing wrong"), *((f, f) for f in flaws)]
    return (
        f'<form class="finding" data-do="find" data-count="{digest(find)}" role="search">'
        f"{input_html('words', 'Search id and question', find.words, MAX_WORDS)}"
        f"{select_html('type', 'Type', _types(types), find.type)}"
        f"{select_html('flaw', 'What went wrong', wrong, find.flaw)}{_SHOW}</form>"
    )


def case_html(told: Told, run: Run, texts: Shelf, today: str) -> str:
    """A case: every question with what was expected, said, scored and retrieved; and a way to ask
    it in the chat, with what there is otherwise `today`.
    """
    case = told.case
    turns = "".join(
        turn_html(outcome, scores, texts, len(told.outcomes))
        for outcome, scores in zip(told.outcomes, told.scores, strict=True)
    )
    notes = (
        f'<p class="meta">Note on the case: <span dir="auto">{esc(case.notes)}</span></p>'
        if case.notes
        else ""
    )
    return (
        f'<h2 tabindex="-1">Case {esc(case.id)}</h2><p class="meta">{esc(type_name(case.type))} '
        f"{tags_html(told.flaws)}</p>{notes}"
        f'<p class="trying"><button type="button" class="plainbutton" data-do="try" '
        f'data-event="select" '
        f'data-run="{esc(run.name)}" data-case="{esc(case.id)}">Ask this in the chat</button> '
        f'<span class="meta">{esc(today)}</span></p>{turns}'
    )


def otherwise(info: RunInfo, today: Circumstances) -> str:
    """What the chat answers from, against what a run answered from."""
    settings = _differing(info.settings, today.settings)
    # A model that another setting chooses is told with the setting.
    models = [name for name in _differing(info.models, today.models) if name not in settings]
    differing = [
        "from another collection" if info.collection != today.collection else "",
        _with_other("setting", settings),
        _with_other("model", models),
    ]
    told = " and ".join(filter(None, differing))
    if not told:
        return "The chat answers from the same collection, settings and models, as of today."
    return f"The chat answers {told} than this run, as of today."


def _differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    return [n for n in dict.fromkeys([*ours, *theirs]) if ours.get(n) != theirs.get(n)]


def _with_other(noun: str, names: Sequence[str]) -> str:
    told = ", ".join(name.replace("_", " ") for name in names)
    other = f"another {noun}" if len(names) == 1 else f"other {noun}s"
    return f"with {other} ({told})" if names else ""


def compared_html(
    comparison: Comparison,
    infos: tuple[RunInfo, RunInfo],
    changes: Sequence[Change],
    trials: tuple[Trials, Trials],
    at: At,
) -> str:
    """Two runs: the verdict, the differences, and a page of the `changes` that are looked for, of
    which `trials` has the answers.
    """
    count = len(comparison.changes)
    found = f"{len(changes):,} of {phrases.count(count, 'difference')}."
    return (
        f'<h2 tabindex="-1">{esc(at.run)} and {esc(at.other)}</h2>'
        f"<p class='meta'>A is {esc(at.run)}, B is {esc(at.other)}.</p>"
        f"{comparison_html(comparison, infos)}"
        f"{_changes_form(comparison.changes, at.changes) if count else ''}"
        f"{_count_html(found)}"
        f"{changes_html(page_of_changes(changes, at.page), trials, _open_html)}"
        f"{pages_html(at.page, _last(len(changes), CHANGES_PAGE))}"
    )


def looked_for(changes: Iterable[Change], find: FindChanges) -> list[Change]:
    """The differences that fit."""
    return [
        change
        for change in changes
        if find.way in ("", way_of(change)) and find.type in ("", change.type)
    ]


def page_of_changes(changes: Sequence[Change], page: int) -> Sequence[Change]:
    """Those of one page."""
    return _page(changes, page, CHANGES_PAGE)


def _changes_form(changes: Sequence[Change], find: FindChanges) -> str:
    types = sorted({change.type for change in changes})
    return (
        f'<h3 tabindex="-1">Question by question</h3><form class="finding pairing" '
        f'data-do="changes" data-count="{digest(find)}">'
        f"{select_html('way', 'Difference', [('', 'Any'), *WAYS.items()], find.way)}"
        f"{select_html('type', 'Type', _types(types), find.type)}{_SHOW}</form>"
    )


def _count_html(counted: str) -> str:
    """How many of a list are found, said anew to those who do not see the page."""
    return f'<p class="count" role="status">{counted}</p>'


def _open_html(change: Change) -> str:
    return (
        f'<p><button type="button" class="plainbutton" data-do="case" '
        f'data-case="{esc(change.case)}">Open the case in A</button></p>'
    )


def _types(types: Iterable[str]) -> list[tuple[str, str]]:
    return [("", "Any"), *((type_, type_name(type_)) for type_ in types)]


def _page(items: Sequence[Item], page: int, size: int) -> Sequence[Item]:
    at = min(page, _last(len(items), size))
    return items[(at - 1) * size : at * size]


def _last(count: int, size: int) -> int:
    """The number of the last page."""
    return max(1, -(-count // size))
