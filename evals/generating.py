"""Proposed cases, from the collection or from what readers complained of, for a person to accept.

What is proposed is never counted: a rule can find a sentence that says something checkable, but
not whether anyone would ask so, nor whether another source says otherwise.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.evidence import ASIDE
from assistant.places import NATION_OF, PLACES, places_in
from assistant.records import EntryKind, Records, unpacked
from assistant.types import Record
from assistant.wording import figures
from corpus.errors import CorpusError, RecordMissing
from corpus.types import Passage, Source
from evals.reading import split_of
from evals.types import Case, Expected, Fact

Passages = Mapping[str, Sequence[tuple[Passage, Source]]]

# One proposal in so many asks for what the collection does not hold.
_MISS_EVERY = 4
_SHORTEST, _LONGEST = 40, 400
# "What do the sources say about how it ended in Vietnam?" asks for nothing that anyone would.
_CLAUSE = re.compile(r"(?:what|how|why|when|where|who|whether|which)\b", re.IGNORECASE)


def from_sources(
    sources: Sequence[Source], passages: Passages, count: int, seed: int
) -> list[Case]:
    """At most `count` proposals, spread over sources, kinds and jurisdictions by the seed.

    A question asks what a source says under one of its headings; its fact is a sentence there
    that gives a figure or a date. Every fourth asks the same of a place that no source names.
    """
    chance = random.Random(seed)
    order = sorted(sources, key=lambda source: source.id)
    chance.shuffle(order)
    order = _in_turn(order)
    absent = _absent(passages)
    cases: list[Case] = []
    for source in order:
        if len(cases) >= count:
            break
        asked = _asked_of([p for p, _ in passages.get(source.id, ())], chance)
        if asked is None:
            continue
        passage, words = asked
        due = len(cases) % _MISS_EVERY == _MISS_EVERY - 1
        if due and absent and not _CLAUSE.match(_topic(passage)):
            cases.append(_miss(source, passage, chance.choice(absent)))
        else:
            cases.append(_question(source, passage, words))
    return cases


def from_feedback(records: Records, chosen: Collection[str] = ()) -> list[Case]:
    """A proposal for each answer that a reader found bad or reported a sentence of; of those
    `chosen` by their ids, where there are some, whatever readers said.

    What was right is for a person to say: nothing is expected of the answer yet.

    Raises:
        RecordMissing: there is no answer of a chosen id.
    """
    said = complaints(records)
    ids = [records.get(id_).id for id_ in chosen] if chosen else list(said)
    cases = []
    for id_ in ids:
        entry = records.get(id_)
        if entry.kind != EntryKind.ANSWER:
            raise RecordMissing(f"Record {id_} is no answer.", "Name the record of an answer.")
        if entry.content is None:
            if chosen:
                raise RecordMissing(f"Record {id_} was disposed of.", "Name another record.")
            continue
        cases.append(_from_record(id_, unpacked(entry), said.get(id_, ())))
    return cases


def complaints(records: Records) -> dict[str, tuple[str, ...]]:
    """What readers held against answers, by the id of the record; a later thumbs up takes back a
    thumbs down.
    """
    opinions: dict[str, tuple[bool, str]] = {}
    reports: dict[str, list[str]] = {}
    for entry in records.entries(kinds=(EntryKind.FEEDBACK, EntryKind.CORRECTION)):
        if entry.content is None:
            continue
        record = entry.content["record"]
        if entry.kind == EntryKind.FEEDBACK:
            opinions[record] = (entry.content["good"], entry.content["reason"])
        else:
            note = entry.content["note"] or "no reason given"
            reports.setdefault(record, []).append(f"“{entry.content['text']}”: {note}")
    bad = {record: reason for record, (good, reason) in opinions.items() if not good}
    return {
        record: tuple(filter(None, [bad.get(record, ""), *reports.get(record, ())]))
        for record in dict.fromkeys([*bad, *reports])
    }


def write_proposals(cases: Iterable[Case], out: Path) -> None:
    """Writes proposals into a new file, one a line.

    Raises:
        CorpusError: the file is there already or cannot be written.
    """
    from evals.reading import case_line

    try:
        with out.open("x", encoding="utf-8") as file:
            for case in cases:
                file.write(json.dumps(case_line(case), ensure_ascii=False) + "\n")
    except FileExistsError as error:
        raise CorpusError(f"{out} is there already.", "Name a new file with --out.") from error
    except OSError as error:
        raise CorpusError(
            f"{out} cannot be written: {error.strerror}.", "Name another file with --out."
        ) from error


def _in_turn(sources: Sequence[Source]) -> list[Source]:
    """One of each kind and first jurisdiction in turn, so that no group fills the proposals."""
    groups: dict[tuple[str, str], list[Source]] = {}
    for source in sources:
        place = source.jurisdictions[0] if source.jurisdictions else ""
        groups.setdefault((source.kind.value, place), []).append(source)
    rounds = max(map(len, groups.values()), default=0)
    return [group[i] for i in range(rounds) for group in groups.values() if i < len(group)]


def _asked_of(passages: Sequence[Passage], chance: random.Random) -> tuple[Passage, str] | None:
    """A sentence of a source that states something checkable under a heading that says what."""
    found = [
        (passage, sentence)
        for passage in passages
        if (topic := _topic(passage)) and not ASIDE.search(topic)
        for i in range(len(passage.sentences))
        if _SHORTEST <= len(sentence := passage.sentence(i)) <= _LONGEST and figures(sentence)
    ]
    return chance.choice(found) if found else None


def _topic(passage: Passage) -> str:
    return passage.heading.rpartition(" › ")[2]


def _question(source: Source, passage: Passage, words: str) -> Case:
    said = f"What does {_named(source)} say about {_asked_about(passage)}?"
    fact = Fact(fact=words, source=source.id, words=words)
    turn = Expected(question=said, sources=(source.id,), facts=(fact,), expected=words)
    return _proposed("SF", turn, source.id, "from a sentence of the source")


def _miss(source: Source, passage: Passage, place: str) -> Case:
    said = f"What do the sources say about {_asked_about(passage)} in {place}?"
    turn = Expected(question=said, nearest=(source.id,), answerable=False)
    return _proposed("NA", turn, source.id, f"no source names {place}")


def _from_record(id_: str, record: Record, said: Sequence[str]) -> Case:
    turn = Expected(
        question=record.ask.text,
        answerable=None,
        nearest=tuple(dict.fromkeys(c.source_id for c in record.citations)),
        history=tuple(turn.question for turn in record.ask.history),
    )
    told = f"{record.outcome}: {' / '.join(said)}" if said else record.outcome
    return _proposed("SF", turn, id_, f"from record {id_}; {told}")


def _proposed(type_: str, turn: Expected, group: str, notes: str) -> Case:
    digest = hashlib.sha256(json.dumps([turn.question, *turn.history]).encode()).hexdigest()[:10]
    id_ = f"p-{digest}"
    return Case(id_, type_, (turn,), group, split_of(id_), notes=notes, proposed=True)


def _named(source: Source) -> str:
    day = f", {source.published[:4]}" if source.published else ""
    return f"“{source.title}” ({source.publisher}{day})"


def _asked_about(passage: Passage) -> str:
    """Its heading within a sentence: the first letter is small, unless it begins a name, as where
    the passage writes it so after another word.
    """
    topic = _topic(passage)
    first, _, rest = topic.partition(" ")
    within = re.search(rf"[a-z,;] {re.escape(first)}\b", passage.text)
    if within or first.isupper() or rest[:1].isupper() or first.lower() in PLACES:
        return topic
    return topic[:1].lower() + topic[1:]


def _absent(passages: Passages) -> list[str]:
    """Nations and US states that no passage names, in alphabetical order."""
    text = " ".join(p.text + " " + p.heading for rows in passages.values() for p, _ in rows)
    named = {place.lower() for place in places_in(text)}
    named |= {NATION_OF[name] for name in named if name in NATION_OF}
    return [place.title() for place in sorted(PLACES - named)]


def as_rows(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Proposals for a listing."""
    return [{"id": c.id, "type": c.type, "question": c.turns[0].question} for c in cases]
