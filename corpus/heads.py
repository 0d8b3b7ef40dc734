"""The YAML head of a source file: described, validated, unknown keys rejected."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from corpus.errors import CorpusError
from corpus.types import (
    Authority,
    Confidence,
    Kind,
    ReadExtent,
    Reading,
    Source,
    Standpoint,
    TextKind,
)

_FENCE = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)

_MAX_HEAD = 1 << 16  # characters
# Characters that turn the direction of the text after them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MAX_DEPTH = 10
# No text has more sentences.
_MAX_NUMBERS = 100_000


def is_partial_date(value: str) -> bool:
    """Whether it is a year, a month or a day in ISO 8601: 2023, 2023-06 or 2023-06-07."""
    # ISO 8601 has further forms, such as 2023-W23-3, which nothing here reads.
    if not re.fullmatch(r"[0-9]{4}(?:-[0-9]{2}){0,2}", value):
        return False
    try:
        date.fromisoformat(value + "-01-01"[len(value) - 4 :])
    except ValueError:
        return False
    return True


def _partial_date(value: str) -> str:
    if not is_partial_date(value):
        raise ValueError("write a date as 2023, 2023-06 or 2023-06-07, in quotes")
    return value


def _one_line(value: str) -> str:
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in _TURNING for c in value):
        raise ValueError("leave out line breaks, control and direction-changing characters")
    return value


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"']+", value):
        raise ValueError("write an address that begins with http:// or https://")
    return value


def _unquoted(value: object) -> object:
    """YAML makes numbers and dates of 2023 and 2023-06-07 where the quotes are missing."""
    return str(value) if isinstance(value, int | date) and not isinstance(value, bool) else value


PartialDate = Annotated[str, BeforeValidator(_unquoted), AfterValidator(_partial_date)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Status = Literal["current", "proposed", "rejected", "retired"]
SourceId = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-{1,2}[a-z0-9]+)*$", max_length=120)]
Line = Annotated[str, AfterValidator(_one_line), Field(min_length=1, max_length=400)]

_DEFAULT_AUTHORITY = {
    Kind.LEGISLATION: Authority.ENACTED_TEXT,
    Kind.GOVERNMENT_NOTICE: Authority.OFFICIAL_RECORD,
    Kind.CITY_RECORD: Authority.OFFICIAL_RECORD,
    Kind.OPINION: Authority.COMMENTARY,
}


_RANGES = re.compile(r"[1-9][0-9]{0,4}(?:-[1-9][0-9]{0,4})?")


def _numbers(value: object) -> object:
    """`"1-3, 7"` as (1, 2, 3, 7)."""
    if isinstance(value, tuple | list):
        return value
    numbers: list[int] = []
    for part in str(value).split(","):
        first, _, last = part.strip().partition("-")
        if not _RANGES.fullmatch(part.strip()) or len(numbers) > _MAX_NUMBERS:
            raise ValueError('write numbers of sentences as "1-3, 7"')
        numbers += range(int(first), int(last or first) + 1)
    return tuple(dict.fromkeys(numbers))


class ReadAt(BaseModel):
    """A place where facts of a note were read."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    url: WebAddress | None = Field(None, description="Its address.")
    what: str = Field("", max_length=300, description="What it is, where the address says little.")
    sentences: Annotated[tuple[int, ...], BeforeValidator(_numbers)] = Field(
        (), description="Which sentences of the note were read there, from 1; none means all."
    )

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.url and not self.what:
            raise ValueError("give an address (url) or say in words what was read (what)")
        return self


class Head(BaseModel):
    """What a curator states about a source."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: SourceId = Field(description="Lasting id; parts of one record are `record-id--part`.")
    title: Line = Field(description="Title of the publication.")
    publisher: Line = Field(description="Who published it.")
    cite_as: Line | None = Field(None, description="Short form for attributions; the publisher.")
    kind: Kind = Field(description="What sort of publication it is.")
    text_kind: TextKind = Field(
        description="full: the publication's text; excerpt: parts of it; note: our summary of it."
    )
    authors: tuple[Line, ...] = Field((), description="Who wrote it.")
    published: PartialDate | None = Field(
        None, description="When, as precisely as is known: year, month or day."
    )
    standpoint: Standpoint = Field(
        Standpoint.UNSTATED, description="Where it stands on the matter it describes."
    )
    perspective: str = Field("", max_length=200, description="The standpoint in a few words.")
    jurisdictions: tuple[Line, ...] = Field((), description="Places it is about.")
    cities: tuple[Line, ...] = Field((), description="Cities it is about.")
    topics: tuple[Line, ...] = Field((), description="Subjects, for curators.")
    language: str = Field("en", pattern=r"^[a-z]{2,3}$", description="Language of the text.")
    url: WebAddress | None = Field(None, description="Address at the original publisher.")
    licence: str | None = Field(None, description="Licence of the publication, where known.")
    status: Status = Field("current", description="Only current sources are searched.")
    read_extent: ReadExtent = Field(
        ReadExtent.UNSTATED, description="How much of the publication was read for this text."
    )
    read_note: str = Field("", max_length=600, description="What was read, in a sentence.")
    authority: Authority | None = Field(None, description="Rank among sources; follows from kind.")
    confidence: Confidence = Field(Confidence.UNSTATED, description="How sure the curator is.")
    as_of: PartialDate | None = Field(None, description="The day the described state was true.")
    review_by: PartialDate | None = Field(None, description="When to look at it again.")
    supersedes: tuple[SourceId, ...] = Field((), description="Sources it takes the place of.")
    superseded_by: SourceId | None = Field(None, description="The source that took its place.")
    read_at: tuple[ReadAt, ...] = Field((), description="Where the facts of a note were read.")

    def source(self, version: str, path: str, collection: str = "") -> Source:
        """The source value, with defaults that follow from other fields filled in."""
        given = self.model_dump(exclude={"cite_as", "authority", "read_at"})
        return Source(
            **given,
            version=version,
            path=path,
            collection=collection,
            read_at=tuple(Reading(r.url, r.what, r.sentences) for r in self.read_at),
            cite_as=self.cite_as or self.publisher,
            authority=self.authority or _DEFAULT_AUTHORITY.get(self.kind, Authority.REPORT),
        )


def parse(text: str) -> tuple[Head | None, str]:
    """The head, where a file has one, and the text below it.

    Raises:
        CorpusError: the head is not closed, not YAML, or has a wrong or unknown key; the message
            names the line of the file.
    """
    fence = _FENCE.match(text)
    if fence is None:
        if re.match(r"---[ \t]*\n\s*\w+:", text):
            raise CorpusError("Line 1: the head is not closed.", "End it with a line of ---.")
        return None, text
    if len(fence[1]) > _MAX_HEAD:
        raise CorpusError(
            f"Line 1: the head has more than {_MAX_HEAD:,} characters.",
            "Keep to its keys; what is text belongs below it.",
        )
    try:
        _refuse_bombs(fence[1])
        tree = yaml.compose(fence[1], Loader=yaml.CSafeLoader)
        values = yaml.load(fence[1], Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise CorpusError(
            f"Line {mark.line + 2 if mark else 1}: the head is not YAML"
            f" ({getattr(error, 'problem', error)}).",
            "Put values with a colon or a quote into quotes.",
        ) from error
    if not isinstance(values, dict):
        raise CorpusError("Line 1: the head holds no keys.", "Write `key: value` lines.")
    try:
        return Head.model_validate(values), text[fence.end() :]
    except ValidationError as error:
        raise _named(error, tree) from error


def _refuse_bombs(head: str) -> None:
    """The composer recurses in C: some ten thousand brackets would end the whole process.

    Lists that refer to lists stand for billions of values once they are written out.
    """
    depth = 0
    for event in yaml.parse(head, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 2 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise CorpusError(
                f"Line {line}: the head refers to another part of itself.",
                "Write the value out; put one that begins with an asterisk into quotes.",
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise CorpusError(
                f"Line {line}: the head is nested too deeply.",
                "Write values, or lists of values.",
            )


def _named(error: ValidationError, tree: yaml.Node | None) -> CorpusError:
    first = error.errors()[0]
    key = str(first["loc"][0]) if first["loc"] else ""
    line = 1
    if isinstance(tree, yaml.MappingNode):
        line = next((k.start_mark.line + 2 for k, _ in tree.value if k.value == key), 1)
    if first["type"] == "extra_forbidden":
        return CorpusError(
            f"Line {line}: the key {key!r} is not known.",
            f"Take it out, or use one of: {', '.join(Head.model_fields)}.",
        )
    if first["type"] == "missing":
        return CorpusError(
            f"Line 1: the key {key!r} is missing.",
            f"Add it: {Head.model_fields[key].description}",
        )
    described = Head.model_fields[key].description if key in Head.model_fields else ""
    said = first["msg"].removeprefix("Value error, ")
    return CorpusError(f"Line {line}: {key!r}: {said}.", f"Correct it: {described}")
