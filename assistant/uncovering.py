"""Which parts of a question an answer leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.evidence import meets_aim
from assistant.questions import aim_of
from assistant.silence import missing_names
from assistant.types import Question, Statement
from assistant.wording import content_stems, stems
from index.types import Found

_TOUCHED = 0.5
# What is asked for and can be seen in a sentence without knowing its names.
_PLAIN = {"when", "count"}


def uncovered_parts(
    question: Question, found: Found, statements: Sequence[Statement]
) -> tuple[str, ...]:
    """Names asked about of which nothing was found, and parts that no statement answers."""
    parts = list(missing_names(question, found, best=len(found.hits)))
    if len(question.parts) > 1:
        named = stems(" ".join(question.names))
        parts += [p for p in question.parts if not _answered(question, p, named, statements)]
    return tuple(dict.fromkeys(parts))


def _answered(
    question: Question, part: str, named: frozenset[str], statements: Sequence[Statement]
) -> bool:
    """Whether one statement has at least half of what a part asks beside the names, in itself or
    its heading, and the date or figure that it asks for. A comparison is no part of its own."""
    wanted = content_stems(part) - named
    aim = aim_of(part)
    if not wanted or aim == "compare":
        return True
    asked = replace(question, aim=aim if aim in _PLAIN else "fact")
    return any(
        len(wanted & _said(statement)) >= _TOUCHED * len(wanted)
        and meets_aim(asked, statement.text)
        for statement in statements
    )


def _said(statement: Statement) -> frozenset[str]:
    return stems(f"{statement.citations[0].passage.heading} {statement.text}")
