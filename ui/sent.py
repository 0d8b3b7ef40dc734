"""What the browser may send in any tab whose own HTML tells the server what a person did."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_WORDS = 200

Word = Annotated[str, Field(max_length=MAX_WORDS)]


class Sent(BaseModel):
    """An act, told apart from others by `do`."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)


class Turn(Sent):
    """Another page of a list, from 1."""

    do: Literal["page"]
    page: int = Field(ge=1, le=100_000)


class Back(Sent):
    """From what was opened to where it was opened from."""

    do: Literal["back"]
