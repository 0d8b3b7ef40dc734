"""The commands `attache sources check` and `report`: the collection's rules and its balance."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from ui.arguments import add_command, day, print_json, say, takes_json

if TYPE_CHECKING:
    from corpus.balance import Balance, Count

DONE, FAILED = 0, 1


def add_commands(sources: Any) -> None:
    """Adds the two commands to those of `attache sources`."""
    check = add_command(
        sources, "check", _check, "check heads, links, places of reading, notes and register"
    )
    takes_json(check)
    report = add_command(sources, "report", _report, "counts by kind, standpoint, place and year")
    report.add_argument(
        "--today", type=day, default=date.today(), metavar="DATE", help="YYYY-MM-DD"
    )
    report.add_argument("--collection", metavar="C", help="of this collection only")
    takes_json(report)


def _check(chosen: argparse.Namespace) -> int:
    from assistant.assembly import list_sources, starter_ties
    from assistant.settings import load_settings
    from corpus.catalogue import read_document
    from corpus.checking import Flaw, check_collection
    from corpus.errors import CorpusError
    from corpus.shelf import Shelf, has_shelf
    from corpus.shelf_checking import flaws as shelf_flaws

    settings = load_settings()
    listing = list_sources(settings)
    flaws = [Flaw(p.path, f"{p.message} {p.remedy}") for p in listing.problems]
    documents = []
    for entry in listing.entries:
        try:
            documents.append(read_document(entry))
        except CorpusError as error:
            flaws.append(Flaw(entry.relative, str(error)))
    if has_shelf(settings.home):
        with Shelf(settings.home) as shelf:
            flaws += [Flaw(f.path.name, f.text) for f in shelf_flaws(shelf)]
    ties = starter_ties(settings)
    current = [document for document in documents if document.source.status == "current"]
    flaws += check_collection(current, ties)
    if chosen.json:
        counts = {"sources": len(current), "ties": len(ties)}
        print_json({**counts, "flaws": [asdict(flaw) for flaw in flaws]})
    else:
        for flaw in flaws:
            say(f"{flaw.source_id}: {flaw.text}")
        print(f"{len(current)} sources and {len(ties)} ties checked; {len(flaws)} flaws.")
    return FAILED if flaws else DONE


def _report(chosen: argparse.Namespace) -> int:
    from assistant.assembly import todays_sources
    from assistant.settings import load_settings
    from corpus.balance import balance

    sources = todays_sources(load_settings())
    if chosen.collection:
        sources = tuple(s for s in sources if s.collection == chosen.collection)
    report = balance(sources, chosen.today)
    if chosen.json:
        told: dict[str, Any] = asdict(report)
        told["overdue"] = [{"id": s.id, "review_by": s.review_by} for s in report.overdue]
        print_json(told)
    else:
        print(report_text(report))
    return DONE


def report_text(report: Balance) -> str:
    """The balance as columns of counts."""
    parts = [
        ("Collection", report.collections),
        ("Kind", report.kinds),
        ("Standpoint", report.standpoints),
        ("Whose words", report.text_kinds),
        ("Confidence", report.confidence),
        ("Jurisdiction", report.jurisdictions),
        ("Year", report.years),
    ]
    blocks = [f"{report.total} sources", *(_counted(name, counts) for name, counts in parts)]
    late = [f"  {source.review_by}  {source.id}" for source in report.overdue]
    blocks.append("\n".join(["Past its review date", *(late or ["  none"])]))
    if report.unreviewed:
        blocks.append(f"{report.unreviewed} sources name no review date.")
    return "\n\n".join(blocks)


def _counted(name: str, counts: Sequence[Count]) -> str:
    return "\n".join([name, *(f"{count.sources:5d}  {count.value}" for count in counts)])
