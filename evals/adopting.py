"""Proposed cases that a person accepts or rejects: only then does a case count."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpus.errors import CorpusError
from evals.checking import Flaw, check_cases
from evals.reading import Row, read_case, read_rows
from evals.runs import write_rows


@dataclass(frozen=True, slots=True)
class Judged:
    """Who decided, and when."""

    by: str
    on: date


def adopt(
    file: Path,
    target: Path,
    ids: Collection[str],
    judged: Judged,
    sources: Collection[str],
    text: Callable[[str], str],
) -> int:
    """Moves the proposals of these ids into the case file `target`, each with who accepted it.

    `sources` and `text` are those of the collection that the cases are about.

    Raises:
        CorpusError: an id is no proposal or is taken, a case has an error, or a file cannot be
            written; nothing is moved then.
    """
    rows = _proposals(file, ids)
    already = read_rows(target) if target.exists() else []
    if double := {row["id"] for row in rows} & {row["id"] for row in already}:
        raise CorpusError(
            f"{target.name} has a case {min(double)!r} already.", "Give the proposal another id."
        )
    cases = tuple(map(read_case, [*already, *rows]))
    for flaw in check_cases(cases, sources, text):
        if flaw.error and flaw.case in ids:
            raise _refused(flaw)
    accepted = [
        {key: value for key, value in row.items() if key != "proposed"}
        | {"accepted_by": judged.by, "accepted_on": judged.on.isoformat()}
        for row in rows
    ]
    # The target first: a case that is in both files can be adopted again, one in none is lost.
    write_rows(target, [*already, *accepted])
    write_rows(file, [row for row in read_rows(file) if row["id"] not in ids])
    return len(accepted)


def reject(file: Path, ids: Collection[str], judged: Judged, reason: str) -> int:
    """Marks proposals as rejected, with the reason; they stay in the file and are not offered.

    Raises:
        CorpusError: an id is no proposal, or the file cannot be written.
    """
    _proposals(file, ids)
    mark = {"rejected_by": judged.by, "rejected_on": judged.on.isoformat(), "reason": reason}
    write_rows(file, [row | mark if row["id"] in ids else row for row in read_rows(file)])
    return len(ids)


def waiting(file: Path) -> list[Row]:
    """The proposals of a file that nobody decided on yet.

    Raises:
        CorpusError: it is no case file.
    """
    return [row for row in read_rows(file) if row.get("proposed") and "rejected_on" not in row]


def _proposals(file: Path, ids: Collection[str]) -> list[Row]:
    rows = {row["id"]: row for row in waiting(file)}
    if unknown := [id_ for id_ in ids if id_ not in rows]:
        raise CorpusError(
            f"{file.name} has no proposal {unknown[0]!r}.",
            "Show what waits: attache eval adopt FILE.",
        )
    return [rows[id_] for id_ in dict.fromkeys(ids)]


def _refused(flaw: Flaw) -> CorpusError:
    return CorpusError(f"{flaw.case} cannot be accepted: {flaw.text}.", "Correct the proposal.")
