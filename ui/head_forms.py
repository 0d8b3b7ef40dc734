"""A curator's forms: values of the head to correct, and decisions on a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import get_origin

from corpus.changes import Entry
from corpus.heads import Head
from corpus.types import Authority, Clue, Confidence, Kind, ReadExtent, Source, Standpoint, TextKind
from ui.collection import MAX_VALUE, Act
from ui.fields import digest, input_html, named, select_html
from ui.rendering import esc
from ui.sent import MAX_WORDS

TEXT_KIND = {
    TextKind.FULL: "The publication's own text",
    TextKind.EXCERPT: "Excerpt of the publication's text",
    TextKind.NOTE: "Our summary (note)",
}
WHO = "Your name (kept in the history)"
REASON = "Reason (kept in the history)"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the head that a form sets; `choices` are its values, none means any text."""

    name: str
    label: str
    choices: type[StrEnum] | None = None


KEYS = (
    Key("title", "Title"),
    Key("publisher", "Publisher"),
    Key("cite_as", "Cited as (empty: the publisher)"),
    Key("published", "Published (2023, 2023-06 or 2023-06-07)"),
    Key("kind", "Kind", Kind),
    Key("text_kind", "Whose words", TextKind),
    Key("read_extent", "How much was read", ReadExtent),
    Key("read_note", "What was read"),
    Key("authors", "Authors (with ; between them)"),
    Key("standpoint", "Standpoint", Standpoint),
    Key("perspective", "The standpoint in a few words"),
    Key("jurisdictions", "Jurisdictions (with ; between them)"),
    Key("cities", "Cities (with ; between them)"),
    Key("topics", "Topics (with ; between them)"),
    Key("language", "Language (two letters)"),
    Key("url", "Address of the publication"),
    Key("licence", "Licence"),
    Key("authority", "Authority", Authority),
    Key("confidence", "Confidence", Confidence),
    Key("as_of", "As of"),
    Key("review_by", "Review by"),
)


def shown(value: object) -> str:
    """A value of the head as its field shows it."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def changed(head: Head, fields: Mapping[str, str]) -> dict[str, object]:
    """The values of a form that differ from those of the head; an emptied one is the default.

    What the form does not set is left out.
    """
    found: dict[str, object] = {}
    for key in KEYS:
        text = fields.get(key.name)
        if text is None or text.strip() == shown(getattr(head, key.name)):
            continue
        field = Head.model_fields[key.name]
        if not text.strip() and not field.is_required():
            found[key.name] = field.get_default()
        elif get_origin(field.annotation) is tuple:
            found[key.name] = tuple(part.strip() for part in text.split(";") if part.strip())
        else:
            found[key.name] = text.strip()
    return found


Offer = tuple[str, str, Mapping[Act, str]]
"""A heading, fields as HTML, and the buttons."""

# The first button is what Enter presses: the one that decides nothing.
REVIEW: dict[Act, str] = {"save": "Save for later", "approve": "Approve", "reject": "Reject"}


def decision_html(source: Source, entry: Entry | None, who: str) -> str:
    """What a curator may do with a source as it stands; `entry` is None for a file elsewhere."""
    if source.status == "proposed" and entry:
        needed = "Reason (kept in the history; needed to reject)"
        return f"<h3>Review</h3>{_form(source, who, _head_html(entry), REVIEW, needed)}"
    if source.status != "current":
        forms: list[Offer] = [("Propose again", "", {"restore": "Propose again"})]
        return f"<h3>For curators</h3>{_folded(source, who, forms)}"
    forms = []
    other = input_html("other", "Id of the source that takes its place", most=120, required=True)
    if entry:
        forms.append(("Edit the head", _head_html(entry), {"save": "Save"}))
    forms.append(("Retire", "", {"retire": "Retire"}))
    forms.append(("Supersede", other, {"supersede": "Supersede"}))
    told = (
        ""
        if entry
        else '<p class="hint">It is a file in a folder: its head and text are corrected there.</p>'
    )
    return f"<h3>For curators</h3>{told}{_folded(source, who, forms)}"


def _folded(source: Source, who: str, forms: Iterable[Offer]) -> str:
    return "".join(
        f"<details><summary>{heading}</summary>{_form(source, who, fields, acts)}</details>"
        for heading, fields, acts in forms
    )


def _form(source: Source, who: str, fields: str, acts: Mapping[Act, str], why: str = REASON) -> str:
    buttons = "".join(
        f'<button type="submit" name="act" value="{act}" class="plainbutton {act}">{label}</button>'
        for act, label in acts.items()
    )
    return (
        f'<form class="deciding" data-do="decide" data-source="{esc(source.id)}" '
        f'data-count="{digest(source, list(acts))}">{fields}'
        f"{input_html('who', WHO, who, MAX_WORDS, required=True)}"
        f"{input_html('why', why, '', MAX_VALUE)}"
        f'<p class="buttons">{buttons}</p></form>'
    )


def _head_html(entry: Entry) -> str:
    """A field for each key, each guess marked with its evidence and the other candidates."""
    return f'<div class="keys">{"".join(_key_html(key, entry) for key in KEYS)}</div>'


def _key_html(key: Key, entry: Entry) -> str:
    value = shown(getattr(entry.head, key.name))
    clues = [clue for clue in entry.card.clues if clue.key == key.name]
    name = f"head-{key.name}"
    if key.choices:
        first = [] if Head.model_fields[key.name].get_default() is not None else [("", "")]
        first = [("", "follows from the kind")] if key.name == "authority" else first
        labels = [*first, *((v.value, _label(v)) for v in key.choices)]
        field = select_html(name, key.label, labels, value)
    else:
        field = input_html(name, key.label, value, MAX_VALUE)
    return f'<div class="key{" guess" if clues else ""}">{field}{_clues_html(value, clues)}</div>'


def _label(value: StrEnum) -> str:
    return TEXT_KIND[value] if isinstance(value, TextKind) else named(value.value)


def _clues_html(value: str, clues: list[Clue]) -> str:
    if not clues:
        return ""
    parts = [part.strip() for part in value.split(";")]
    evidence = next((c.evidence for c in clues if c.value in (value, *parts)), clues[0].evidence)
    others: dict[str, str] = {}
    for clue in clues:
        if clue.value not in (value, *parts):
            others.setdefault(clue.value, clue.evidence)
    also = "".join(f"<li>or “{esc(v)}” ({esc(seen)})</li>" for v, seen in others.items())
    return (
        f'<p class="evidence" dir="auto"><strong>Guessed</strong> from {esc(evidence)}</p>'
        f"{f'<ul class=evidence>{also}</ul>' if also else ''}"
    )
