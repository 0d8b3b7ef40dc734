"""Questions with what is expected of their answers, one JSON object a line."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Expected(BaseModel):
    """One question and what a right answer draws on; `nearest` comes near but does not answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    question: str
    sources: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    answerable: bool = True
    expected: str = ""


class Case(BaseModel):
    """A question, or the `turns` of a conversation; `split` is "tune" or "test"."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    type: str
    question: str = ""
    turns: tuple[Expected, ...] = ()
    sources: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    answerable: bool = True
    expected: str = ""
    split: str = "tune"

    def single(self) -> Expected | None:
        """The case as one question, or None for a conversation."""
        if self.turns:
            return None
        return Expected(
            question=self.question,
            sources=self.sources,
            nearest=self.nearest,
            answerable=self.answerable,
            expected=self.expected,
        )
