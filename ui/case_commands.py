"""The commands `attache eval generate | adopt | feedback`: where new cases come from."""

from __future__ import annotations

import argparse
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import CorpusError
from ui.arguments import add_command, day, filled, positive, print_json, seed, takes_json
from ui.eval_commands import settings_with

if TYPE_CHECKING:
    from evals.types import Case

DONE = 0


def add_commands(evaluating: Any) -> None:
    """Adds the commands to those of `attache eval`."""
    generate = add_command(
        evaluating, "generate", _generate, "propose new cases, for a person to accept"
    )
    origin = generate.add_mutually_exclusive_group(required=True)
    origin.add_argument("--from-sources", action="store_true", help="from what sources say")
    origin.add_argument("--from-feedback", action="store_true", help="from answers found bad")
    generate.add_argument("--count", type=positive, default=40, help="default %(default)s")
    generate.add_argument("--seed", type=seed, default=0, help="which draw; default %(default)s")
    generate.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file")
    takes_json(generate)

    adopt = add_command(evaluating, "adopt", _adopt, "accept or reject proposed cases")
    adopt.add_argument("file", type=Path, metavar="FILE", help="file of proposals")
    adopt.add_argument("--to", type=Path, metavar="CASES", help="case file to move them to")
    adopt.add_argument("--by", type=filled, metavar="NAME", help="who decides")
    adopt.add_argument("--id", action="append", default=[], metavar="ID", help="this one")
    adopt.add_argument("--all", action="store_true", help="all that wait")
    adopt.add_argument("--reject", metavar="REASON", help="reject them, and why")
    adopt.add_argument(
        "--starter", action="store_true", help="the cases are about the starter collection alone"
    )
    takes_json(adopt)

    feedback = add_command(evaluating, "feedback", _feedback, "what readers thought of answers")
    feedback.add_argument("--since", type=day, metavar="DATE", help="answers since that day")
    feedback.add_argument(
        "--propose", type=Path, metavar="FILE", help="propose cases, with --record"
    )
    feedback.add_argument("--record", action="append", default=[], metavar="ID", help="of this one")
    takes_json(feedback)


def _generate(chosen: argparse.Namespace) -> int:
    from assistant.assembly import existing_records
    from evals.generating import from_feedback, from_sources

    settings = settings_with(())
    if chosen.from_feedback:
        kept = existing_records(settings)
        try:
            cases = from_feedback(kept.records)[: chosen.count]
        finally:
            kept.close()
    else:
        from assistant.assembly import open_bench

        bench = open_bench(settings)
        try:
            sources = bench.retriever.sources()
            passages = bench.retriever.passages_of([source.id for source in sources])
        finally:
            bench.close()
        cases = from_sources(sources, passages, chosen.count, chosen.seed)
    return _proposed(cases, chosen.out, chosen.json)


def _proposed(cases: list[Case], out: Path, as_json: bool) -> int:
    from evals.generating import as_rows, write_proposals

    if not cases:
        raise CorpusError(
            "There is nothing to propose.",
            "Ask for proposals once there is a source, or an answer that a reader found bad.",
        )
    write_proposals(cases, out)
    if as_json:
        print_json({"file": str(out), "proposed": as_rows(cases)})
    else:
        print(f"Proposed {len(cases)} cases in {out}; none counts before a person accepts it:")
        print(f"attache eval adopt {out} --id ID --to CASES --by NAME")
    return DONE


def _adopt(chosen: argparse.Namespace) -> int:
    from evals.adopting import Judged, adopt, reject, waiting
    from evals.running import open_collection

    rows = waiting(chosen.file)
    ids = [row["id"] for row in rows] if chosen.all else chosen.id
    if not ids:
        _list(rows, chosen.json)
        return DONE
    if not chosen.by or (chosen.to is None) == (chosen.reject is None):
        raise CorpusError(
            "Accepting needs --to CASES, rejecting --reject REASON, and both --by NAME.",
            "Give exactly one of the two, and the name.",
        )
    judged = Judged(chosen.by, date.today())
    if chosen.reject is not None:
        count = reject(chosen.file, ids, judged, chosen.reject)
        return _decided("rejected", count, f"Rejected {count}.", chosen.json)
    documents: Any = "starter" if chosen.starter else "settings"
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_collection(documents, settings_with(()), Path(scratch)) as at,
    ):
        versions = {source.id: source.version for source in at.retriever.sources()}
        count = adopt(
            chosen.file, chosen.to, ids, judged, versions,
            lambda id_: at.retriever.source_text(id_, versions[id_]),
        )  # fmt: skip
    return _decided("accepted", count, f"Accepted {count} into {chosen.to}.", chosen.json)


def _decided(what: str, count: int, said: str, as_json: bool) -> int:
    if as_json:
        print_json({what: count})
    else:
        print(said)
    return DONE


def _list(rows: list[dict[str, Any]], as_json: bool) -> None:
    from evals.reading import read_case

    if as_json:
        print_json({"waiting": rows})
        return
    for case in map(read_case, rows):
        print(f"{case.id}  [{case.type}] {' / '.join(turn.question for turn in case.turns)}")
        for turn in case.turns:
            if turn.expected:
                print(f"    {turn.expected}")
    print(f"{len(rows)} wait.")


def _feedback(chosen: argparse.Namespace) -> int:
    from assistant.assembly import existing_records
    from evals.feedback import summarise
    from evals.generating import from_feedback

    if bool(chosen.propose) != bool(chosen.record):
        raise CorpusError("--propose and --record belong together.", "Give both, or neither.")
    kept = existing_records(settings_with(()))
    try:
        if chosen.propose:
            cases = from_feedback(kept.records, chosen.record)
            return _proposed(cases, chosen.propose, chosen.json)
        summary = summarise(kept.records, chosen.since)
    finally:
        kept.close()
    if chosen.json:
        print_json(summary.as_json())
    else:
        print(summary.as_text())
    return DONE
