"""Redactions: words that an export must not show, and the mark that stands in their place.

Words are found as a reader would find them: whatever their case, however they are spaced or
composed, and whatever stands in them that no screen shows. What says the same in other words is
not found: whoever exports reads the result.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.records import Records
from corpus.errors import ExportError, RecordMissing
from ui.phrases import clean

# Ids and hashes, as the program makes them; a short word may stand in one by chance.
_MADE = re.compile(r"(?=\d*[a-f])(?:[0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{64})")
# Parts of a record whose keys are words too: the ids of sources and passages.
_NAMED = ("sources", "passages")
# Parts of a record that Attaché made of the question.
_FROM_QUESTION = ("standalone", "names", "numbers", "parts", "uncovered", "silence")


class Redaction(BaseModel):
    """What one line of the list says: exact words, why, and where (else: everywhere).

    `record` is an entry's id or its beginning. Its words may come back in what follows in its
    conversation, so the redaction holds there too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    text: str
    reason: str
    record: str = ""
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A redaction that knows where it holds: in a conversation ("": all) from an entry on.

    `number` counts from 1; `folded` is what to look for.
    """

    number: int
    folded: str
    reason: str
    conversation: str = ""
    since: int = 0

    def holds(self, conversation: str, seq: int) -> bool:
        return not self.conversation or (self.conversation == conversation and seq >= self.since)


Found = Callable[[Rule], None]


def read_redactions(path: Path) -> tuple[Redaction, ...]:
    """The redactions in a file of JSON Lines, one an object; empty lines are passed over.

    Raises:
        ExportError: the file cannot be read, or a line is no redaction; names the line.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(
            f"The list of redactions {path} cannot be read: {error}.", "Give a file in UTF-8."
        ) from error
    return tuple(
        _redaction(line, f"{path}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    )


def _redaction(line: str, place: str) -> Redaction:
    try:
        return Redaction.model_validate(json.loads(line))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the line"
        what = f"{key}: {first['msg']}"
    except ValueError as error:
        what = f"no JSON: {error}"
    raise ExportError(
        f"{place} is no redaction ({what}).",
        'Write one object a line, such as {"text": "Jane Roe", "reason": "private person"}.',
    )


def make_rules(redactions: Sequence[Redaction], records: Records) -> tuple[Rule, ...]:
    """The redactions, each bound to where it holds.

    Raises:
        ExportError: words or reason are empty, a mark would show what is to be left out, or the
            record or conversation is not there.
    """
    rules = [_rule(number, r, records) for number, r in enumerate(redactions, 1)]
    for rule in rules:
        for other in rules:
            if rule.folded in fold(mark([other])):
                raise ExportError(
                    f"The words of redaction {rule.number} stand in the mark of redaction "
                    f"{other.number} ({mark([other])}).",
                    "Word the reason otherwise, or give more of the words.",
                )
    return tuple(rules)


def _rule(number: int, redaction: Redaction, records: Records) -> Rule:
    folded, reason = fold(redaction.text).strip(), clean(redaction.reason).strip()
    conversation, since = redaction.conversation, 0
    if not folded or not reason:
        raise ExportError(f"Redaction {number} has no words or no reason.", "Give both.")
    try:
        if redaction.record:
            entry = records.get(redaction.record)
            if conversation not in ("", entry.conversation):
                raise RecordMissing(f"{entry.id} is of another conversation.", "Leave one out.")
            conversation, since = entry.conversation, entry.seq
        elif conversation and not records.count(conversation=conversation):
            raise RecordMissing(f"There is no conversation {conversation}.", "See the list.")
    except RecordMissing as problem:
        raise ExportError(f"Redaction {number}: {problem.message}", problem.remedy) from problem
    return Rule(number, folded, reason, conversation, since)


def mark(rules: Sequence[Rule]) -> str:
    """What stands in the place of words that these rules leave out."""
    return f"[redacted: {'; '.join(dict.fromkeys(rule.reason for rule in rules))}]"


def redact(text: str, rules: Sequence[Rule], found: Found = lambda _: None) -> str:
    """The text with every occurrence replaced; `found` hears of each."""
    if not rules:
        return text
    folded = fold(text)
    wanted = [rule for rule in rules if rule.folded in folded]
    if not wanted:
        return text
    places = _places(text)
    spans = []
    for rule in wanted:
        for start in _occurrences(rule.folded, folded):
            found(rule)
            spans.append((places[start], places[start + len(rule.folded) - 1] + 1, rule))
    parts, done = [], 0
    for start, end, meeting in _merged(spans):
        parts += [text[done:start], mark(meeting)]
        done = end
    return "".join(parts) + text[done:]


def redact_title(title: str, rules: Sequence[Rule], found: Found = lambda _: None) -> str:
    """A title redacted; of words that a shortened one ends in, the beginning is left out too."""
    kept = title.split()
    for rule in rules if title.endswith("…") else ():
        body, wanted = fold(title[:-1]).strip(), rule.folded.split(" ")
        begun = (n for n in range(len(wanted), 0, -1) if f" {body}".endswith(_begun(wanted, n)))
        count = len(kept) if rule.folded.startswith(body) else next(begun, 0)
        if count:
            found(rule)
            kept = [*kept[:-count], mark([rule])]
    return redact(" ".join(kept) if kept != title.split() else title, rules, found)


def _begun(words: Sequence[str], count: int) -> str:
    return f" {' '.join(words[:count])}"


@dataclass(frozen=True, slots=True)
class Cover:
    """What must not be shown of one entry.

    `asking` are those of the rules whose words were asked, now or before in the conversation.
    What Attaché made of such a question may say the same otherwise and is left out as a whole,
    unless it is one of the texts that were `asked`.
    """

    rules: tuple[Rule, ...] = ()
    asking: tuple[Rule, ...] = ()
    asked: frozenset[str] = frozenset()

    @staticmethod
    def over(content: dict[str, Any] | None, rules: Sequence[Rule]) -> Cover:
        """The cover of an entry of that content."""
        ask = (content or {}).get("ask")
        if not rules or not ask:
            return Cover(tuple(rules))
        asked = [ask["text"], *(turn["question"] for turn in ask["history"])]
        told = [fold(text) for text in asked]
        asking = tuple(rule for rule in rules if any(rule.folded in text for text in told))
        return Cover(tuple(rules), asking, frozenset(asked))

    def words(self, text: str, found: Found = lambda _: None) -> str:
        """The text without what must not be shown."""
        return redact(text, self.rules, found)

    def made(self, text: str, found: Found = lambda _: None) -> str:
        """A text that Attaché made of the question, or all that may be shown of it."""
        if not self.asking or text in self.asked or not text:
            return self.words(text, found)
        for rule in self.asking:
            found(rule)
        return mark(self.asking)

    def values(self, value: Any, found: Found = lambda _: None, made: bool = False) -> Any:
        """JSON values with every string covered; ids and hashes that the program made stay."""
        if not self.rules:
            return value
        if isinstance(value, str):
            named = any(rule.folded == value for rule in self.rules)
            if _MADE.fullmatch(value) and not (made or named):
                return value
            return self.made(value, found) if made else self.words(value, found)
        if isinstance(value, list):
            return [self.values(item, found, made) for item in value]
        if isinstance(value, dict):
            return {
                key: self._renamed(item, found) if key in _NAMED and isinstance(item, dict)
                else self.values(item, found, made or _from_question(key, item))
                for key, item in value.items()
            }  # fmt: skip
        return value

    def _renamed(self, table: dict[str, Any], found: Found) -> dict[str, Any]:
        return {self.values(key, found): self.values(item, found) for key, item in table.items()}


def _from_question(key: str, item: Any) -> bool:
    return key in _FROM_QUESTION or (key == "question" and isinstance(item, str))


def fold(text: str) -> str:
    """The text as words are compared: one case, one composition, single spaces, nothing unseen."""
    return re.sub(" +", " ", text.translate(_FOLDING))


class _Folding(dict[int, str]):
    """What each character is compared as, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if not clean(character) or unicodedata.category(character) == "Cf":
            folded = ""
        elif character.isspace():
            folded = " "
        else:
            # Upper case first: it makes one letter of some that casefold keeps apart.
            cased = unicodedata.normalize("NFKD", character).upper().casefold()
            folded = unicodedata.normalize("NFKD", cased)
        self[code] = folded
        return folded


_FOLDING = _Folding()


def _places(text: str) -> list[int]:
    """For every character of the folded text, the place in the text that it comes from."""
    places: list[int] = []
    last = ""
    for place, character in enumerate(text):
        for folded in _FOLDING[ord(character)]:
            if folded == " " == last:
                continue
            places.append(place)
            last = folded
    return places


def _occurrences(words: str, text: str) -> Iterator[int]:
    start = text.find(words)
    while start >= 0:
        yield start
        start = text.find(words, start + 1)


def _merged(spans: list[tuple[int, int, Rule]]) -> list[tuple[int, int, list[Rule]]]:
    """Spans in order, those that overlap as one."""
    merged: list[tuple[int, int, list[Rule]]] = []
    for start, end, rule in sorted(spans, key=lambda span: (span[0], -span[1], span[2].number)):
        if merged and start < merged[-1][1]:
            first, last, rules = merged[-1]
            merged[-1] = (first, max(last, end), [*rules, rule])
        else:
            merged.append((start, end, [rule]))
    return merged
