"""Who says so and when, in words, rendered from metadata and never from the text."""

from __future__ import annotations

from corpus.types import Kind, Source, TextKind

_MONTHS = (
    "January February March April May June July August September October November December"
).split()


def attribution(source: Source, judged_by: str = "") -> str:
    """For example "Summary of KERA News, 14 August 2025" or "Excerpt of Texas Code, 2025".

    `judged_by` names whose judgement the words are: "(opinion of A. Writer)", or "(own judgement)"
    where that is the source as it is cited.
    """
    said = f"{source.cite_as}, {spoken_date(source.published)}"
    match source.text_kind:
        case TextKind.NOTE:
            said = f"Summary of {said}"
        case TextKind.EXCERPT:
            said = f"Excerpt of {said}"
    if source.kind == Kind.UNCLASSIFIED:
        return f"{said} (unclassified document)"
    if source.kind == Kind.OPINION:
        return f"{said} (opinion of {judged_by})" if judged_by else f"{said} (opinion)"
    return f"{said} (own judgement)" if judged_by else said


def spoken_date(iso: str | None) -> str:
    """A partial ISO date in words: "2023", "June 2023", "7 June 2023"; "undated" for None."""
    if iso is None:
        return "undated"
    year, *rest = iso.split("-")
    if not rest:
        return year
    month = _MONTHS[int(rest[0]) - 1]
    return f"{int(rest[1])} {month} {year}" if len(rest) > 1 else f"{month} {year}"
