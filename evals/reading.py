"""Case files -> cases."""

from __future__ import annotations

import json
import zlib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import CorpusError
from evals.types import Case, Expected, Fact, Split

Row = dict[str, Any]

OWN = ("starter", "near-misses", "pairs", "wordings", "attacks", "followups", "parts")
"""The files of the project's own cases."""

BESIDE = ("near", "accepted_by", "accepted_on", "rejected_by", "rejected_on", "reason")
"""What a line may tell people, and its case does not hold: in what a near miss is near, and who
accepted or rejected it.
"""

_PER_TURN = [name for name in Expected.model_fields if name not in ("question", "answerable")]


class _Line(BaseModel):
    """One line of a case file: what belongs to the case; the rest is that of its question."""

    model_config = ConfigDict(extra="allow", frozen=True)

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
        beside = [name for name in _PER_TURN if self.rest.get(name) is not None]
        if self.turns is not None and beside:
            raise ValueError(f"{beside[0]} stands beside turns, and belongs in each of them")
        return self

    @property
    def rest(self) -> Row:
        return self.model_extra or {}


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file, one JSON object a line.

    Raises:
        CorpusError: the file is missing, a line is not a case, or an id occurs twice; names the
            line.
    """
    cases: dict[str, Case] = {}
    for number, line in _lines(path):
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


def read_rows(path: Path) -> list[Row]:
    """The lines of a case file as they stand, with what their cases do not hold.

    Raises: as `read_cases`.
    """
    read_cases(path)
    return [json.loads(line) for _, line in _lines(path)]


def read_case(line: str | Row) -> Case:
    """One case, from its JSON or from what that says.

    Raises:
        pydantic.ValidationError: it is none.
    """
    read = _Line.model_validate_json(line) if isinstance(line, str) else _Line.model_validate(line)
    type_ = read.type.upper()
    alone = {"question": read.question, **read.rest}
    given = read.turns if read.turns is not None else (alone,)
    turns = tuple(_expected(turn, read.rest, type_) for turn in given)
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


def _expected(turn: Row, line: Row, type_: str) -> Expected:
    """What is expected of a turn. Whether it can be answered is what it says itself, or its line,
    where null says that this is not known; else its type tells, or that it names what answers it.
    """
    given = {key: value for key, value in turn.items() if value is not None}
    named = True if given.get("sources") or given.get("facts") else None
    told = False if type_ == "NA" else named
    answerable = turn.get("answerable", line.get("answerable", told))
    return Expected.model_validate(given | {"answerable": answerable})


def unknown_keys(row: Row) -> list[tuple[int, str]]:
    """The keys of a line that nothing reads, as they are misspelt or elsewhere; each by its turn,
    from 0.
    """
    parts: list[tuple[int, Row, set[str]]] = [(0, row, _CASE_KEYS)]
    parts += [(number, turn, _TURN_KEYS) for number, turn in enumerate(row.get("turns") or ())]
    parts += [(n, fact, _FACT_KEYS) for n, part, _ in parts for fact in part.get("facts") or ()]
    return [(number, key) for number, part, known in parts for key in part if key not in known]


def split_of(id_: str, pair: str = "", wording_of: str = "") -> Split:
    """The half that a case falls to, by the CRC-32 of its id; what belongs together stays so."""
    name = wording_of or pair or id_
    return "test" if zlib.crc32(name.encode()) % 3 == 0 else "tune"


def own_cases(*names: str) -> tuple[Case, ...]:
    """Cases that ship with the project, by the name of their file; all without names."""
    return tuple(case for path in own_files(*names) for case in read_cases(path))


def own_files(*names: str) -> tuple[Path, ...]:
    """The case files that ship with the project, by name; all without names."""
    folder = Path(str(files("evals").joinpath("cases")))
    return tuple(folder / f"{name}.jsonl" for name in names or OWN)


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


def _lines(path: Path) -> list[tuple[int, str]]:
    """The lines that are not empty, by their number."""
    try:
        # Not splitlines: JSON may hold other line separators as they are.
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(
            f"{path} cannot be read.", "Name a file of cases (JSON lines, UTF-8)."
        ) from error
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _keys(model: type[BaseModel]) -> set[str]:
    """The names that a model reads its fields from."""
    names = set(model.model_fields)
    for field in model.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            names.update(map(str, field.validation_alias.choices))
    return names


_FACT_KEYS, _TURN_KEYS = _keys(Fact), _keys(Expected)
_CASE_KEYS = _keys(_Line) | _TURN_KEYS | set(BESIDE)


def _said(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
