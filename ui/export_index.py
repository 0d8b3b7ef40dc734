"""The first page of an export: what was asked for, what is there, and what is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assistant.records import Entry, Head
from ui import phrases
from ui.record_pages import END, beginning, table
from ui.rendering import esc


@dataclass(frozen=True, slots=True)
class Asked:
    """What an export was asked for, when, and of which version of the program.

    `conversation` is its id as it may be shown; empty for all.
    """

    since: date | None
    until: date | None
    conversation: str
    made: datetime
    program: str

    def as_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "program": f"attache {self.program}",
            "made": self.made.isoformat(timespec="seconds"),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "conversation": self.conversation or None,
        }


@dataclass(frozen=True, slots=True)
class Listing:
    """A conversation in the list: its files' name, its title, how many entries it has here."""

    name: str
    title: str
    entries: int


@dataclass(frozen=True, slots=True)
class Omission:
    """How many words or phrases were left out of an entry for a reason."""

    entry: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Disposal:
    """An entry whose content was disposed of before the export."""

    entry: Entry
    rule: str
    authorised_by: str


def index_html(
    asked: Asked,
    entries: int,
    head: Head,
    listings: Sequence[Listing],
    omissions: Sequence[Omission],
    disposals: Sequence[Disposal],
) -> Iterator[str]:
    """The page, part by part."""
    since = phrases.day(asked.since.isoformat()) if asked.since else "the beginning"
    until = phrases.day(asked.until.isoformat()) if asked.until else "the end"
    what = f"The conversation {esc(asked.conversation)}," if asked.conversation else "Everything"
    words = sum(omission.count for omission in omissions)
    yield beginning("Records of questions and answers")
    yield (
        f"<p>{what} as recorded from {since} to {until} (days of UTC, both included). What "
        "was added to it on other days, such as later feedback, is not part of it; conversations "
        "that a reader hid are.</p>\n"
        f"<p>Made {phrases.moment(asked.made)} by Attaché {esc(asked.program)}: "
        f"{phrases.count(len(listings), 'conversation')}, "
        f"{f'{entries:,} entries' if entries != 1 else '1 entry'}, "
        f"{phrases.count(words, 'passage')} redacted, {len(disposals):,} disposed of. "
        f"The chain of records ended at entry {head.seq} with the link "
        f"<code>{head.link}</code>.</p>\n"
    )
    yield "<h2>Conversations</h2>\n"
    yield table(
        ("Conversation", "Entries", "For programs"),
        (
            (
                f'<a href="conversations/{esc(one.name)}.html">{esc(one.title)}</a>',
                f"{one.entries:,}",
                f'<a href="conversations/{esc(one.name)}.json">JSON</a>',
            )
            for one in listings
        ),
    )
    yield "<h2>What was redacted</h2>\n"
    yield table(
        ("Entry", "Reason", "How many"),
        ((f"<code>{o.entry}</code>", esc(o.reason), f"{o.count:,}") for o in omissions),
    )
    yield "<h2>What was disposed of before</h2>\n"
    yield table(
        ("Entry", "Recorded", "Rule", "Authorised by", "Digest"),
        (
            (
                f"{d.entry.seq} <code>{d.entry.id}</code>",
                phrases.moment(d.entry.created),
                esc(d.rule),
                esc(d.authorised_by),
                f"<code>{d.entry.digest}</code>",
            )
            for d in disposals
        ),
    )
    yield _CHECKING + END


_CHECKING = """<h2>How to check</h2>
<ol>
<li>Every file but the manifest is named in <code>manifest.json</code> with its SHA-256:
<code>sha256sum conversations/*</code> shows the same.</li>
<li>Every entry in a JSON file in which nothing was redacted has a <code>salt</code> and a
<code>content_text</code>. SHA-256 over the salt, a line feed and that text, in UTF-8, is the
entry's <code>digest</code>.</li>
<li>Whoever keeps the records can show that none was changed or taken out since:
<code>attache record verify --against SEQ:LINK</code> with the entry and the link above.</li>
</ol>
<p>Holds and disposals themselves belong to no conversation: the manifest lists them with their
digests, without a file.</p>
"""
