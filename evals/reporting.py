"""A finished run -> a report: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import CorpusError
from evals.comparing import compare_runs
from evals.report.cases import Shelf, cases_html, tell
from evals.report.differences import circumstances_html, differences_html
from evals.report.figures import in_words, measures_html, plots_html, types_html
from evals.report.markup import count
from evals.report.page import page
from evals.runs import Run, RunInfo
from evals.scoring import EVERY_MEASURE, outcomes


def write_report(run: Run, out: Path, against: Run | None = None) -> Path:
    """Writes the report of a run, beside another where one is given; returns where it is.

    Raises:
        CorpusError: a run is not finished or cannot be read, or the file cannot be written.
    """
    text = report_html(run, against)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CorpusError(
            f"{out} cannot be written: {error.strerror}.", "Name another file with --out."
        ) from error
    return out


def report_html(run: Run, against: Run | None = None) -> str:
    """The report as a page; the same run gives the same text.

    Raises:
        CorpusError: a run is not finished or cannot be read.
    """
    summary, scores, info = run.summary(), run.scores(), run.info
    shelf = Shelf(run.texts())
    told = tell(outcomes(run), scores)
    sections = [("main", "Main figures", in_words(summary, EVERY_MEASURE))]
    if against:
        sections.append(("against", "Beside another run", _against(run, against)))
    sections += [
        ("measures", "All measures", _READING + measures_html(summary, EVERY_MEASURE)),
        ("types", "By type", types_html(summary, EVERY_MEASURE)),
        ("plots", "Plots", plots_html(summary, scores)),
        ("made", "What was tested", circumstances_html(info)),
        ("cases", "Cases", cases_html(told, shelf) if told else _NO_CASES),
    ]
    if shelf.numbers:
        sections.append(("passages", "Texts of passages", _SHARED + shelf.as_html()))
    lead = (
        f"{count(summary.cases, 'case')}, {count(summary.turns, 'question')}, asked on "
        f"{info.created[:10]}"
    )
    return page(f"{info.suite}: report of a run", lead, _maker(info), sections)


_READING = (
    "<p>A score belongs to one question. <b>Unscored</b>: an error, or a label is missing. "
    "<b>Not applicable</b>: the measure has nothing to say there. Neither is counted as wrong. "
    "Intervals are at 95 %: exact ones for shares of yes and no, else from drawing whole groups of "
    "cases that share a document or conversation anew.</p>"
)
_SHARED = (
    "<p>Passages that were retrieved and hold no expected words. A passage of a note is our "
    "summary of a publication, not its words.</p>"
)
_NO_CASES = "<p>This run asked no questions: there is nothing to open.</p>"


def _maker(info: RunInfo) -> str:
    return f"Cases by {info.made_by}." if info.made_by else "Who made the cases is not known."


def _against(run: Run, other: Run) -> str:
    comparison = compare_runs(run, other)
    return differences_html(comparison, (run.info, other.info), (run.trials(), other.trials()))
