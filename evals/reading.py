"""Case files -> cases."""

from __future__ import annotations

import zlib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import CorpusError
from evals.types import Case, Expected, Split

OWN = ("starter", "near-misses", "pairs", "wordings", "attacks", "followups")
"""The files of the project's own cases."""


class _Line(BaseModel):
    """One line of a case file: what belongs to the case; the rest is that of its question."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(min_length=1)
    type: str = "SF"
    group: str = ""
    split: Split | None = None
    pair: str = ""
    side: str = ""
    wording_of: str = ""
    notes: str = ""
    proposed: bool = False
    question: str | None = None
    turns: tuple[dict[str, Any], ...] | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> _Line:
        if (self.question is None) == (self.turns is None):
            raise ValueError("a case has either a question or turns")
        if self.turns is not None and not self.turns:
            raise ValueError("turns is empty")
        return self


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file, one JSON object a line.

    Raises:
        CorpusError: the file is missing, a line is not a case, or an id occurs twice; names the
            line.
    """
    try:
        # Not splitlines: JSON may hold other line separators as they are.
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(
            f"{path} cannot be read.", "Name a file of cases (JSON lines, UTF-8)."
        ) from error
    cases: dict[str, Case] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = read_case(line)
        except ValidationError as error:
            raise CorpusError(
                f"{path.name}, line {number}: {_said(error)}.", "Correct the line."
            ) from error
        if case.id in cases:
            raise CorpusError(
                f"{path.name}, line {number}: the id {case.id!r} occurs twice.",
                "Give every case an id of its own.",
            )
        cases[case.id] = case
    return tuple(cases.values())


def read_case(line: str | dict[str, Any]) -> Case:
    """One case, from its JSON or from what that says.

    Raises:
        pydantic.ValidationError: it is none.
    """
    if isinstance(line, str):
        read = _Line.model_validate_json(line)
        content = _Content.model_validate_json(line).model_dump()
    else:
        read, content = _Line.model_validate(line), dict(line)
    type_ = read.type.upper()
    answerable = {"answerable": type_ != "NA"}
    given = read.turns if read.turns is not None else (content,)
    turns = tuple(Expected.model_validate(_without_none(answerable | turn)) for turn in given)
    about = [*(turns[0].sources or ()), *turns[0].nearest]
    return Case(
        id=read.id,
        type=type_,
        turns=turns,
        group=read.group or (about[0].split("--")[0] if about else read.id),
        split=read.split or split_of(read.id, read.pair, read.wording_of),
        pair=read.pair,
        side=read.side,
        wording_of=read.wording_of,
        notes=read.notes,
        proposed=read.proposed,
    )


class _Content(BaseModel):
    model_config = ConfigDict(extra="allow")


def split_of(id_: str, pair: str = "", wording_of: str = "") -> Split:
    """The half that a case falls to, by the CRC-32 of its id; what belongs together stays so."""
    name = wording_of or pair or id_
    return "test" if zlib.crc32(name.encode()) % 3 == 0 else "tune"


def own_cases(*names: str) -> tuple[Case, ...]:
    """Cases that ship with the project, by the name of their file; all without names."""
    folder = Path(str(files("evals").joinpath("cases")))
    return tuple(case for name in names or OWN for case in read_cases(folder / f"{name}.jsonl"))


def case_line(case: Case) -> dict[str, Any]:
    """The case as a line of a case file, for `json.dumps`; `read_case` gives the same again."""
    turns = [
        turn.model_dump(mode="json", exclude_defaults=True) | {"answerable": turn.answerable}
        for turn in case.turns
    ]
    asked = turns[0] if len(turns) == 1 else {"turns": turns}
    names = ("pair", "side", "wording_of", "notes", "proposed")
    given = {name: value for name in names if (value := getattr(case, name))}
    head = {"id": case.id, "type": case.type, "group": case.group, "split": case.split}
    return {**head, **asked, **given}


def matches(source_id: str, wanted: tuple[str, ...]) -> bool:
    """Whether a source is one of those wanted; an id stands for its parts (`id--part`) too."""
    return source_id in wanted or source_id.split("--")[0] in wanted


def _without_none(turn: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in turn.items() if value is not None}


def _said(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
