"""Records -> a set of files for a public-records request, with what must be left out left out.

`index.html` leads to a page and a JSON file for each conversation; `manifest.json` has the digest
of every entry and the SHA-256 of every file. A recipient recomputes the digest of an entry in
which nothing was redacted as SHA-256 of its `salt`, a line feed, and its `content_text`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assistant.assembly import KeptFiles
from assistant.records import Entry, EntryKind, Head
from assistant.verifying import verify
from corpus.errors import RecordMissing
from ui.export_files import ListFile, TextFile, new_folder
from ui.export_index import Asked, Disposal, Listing, Omission, index_html
from ui.record_pages import END, Say, beginning, entry_html
from ui.redacting import Cover, Redaction, Rule, make_rules, redact_title
from ui.rendering import esc

FORMAT = "attache-records 1"
HOW = (
    "digest = SHA-256 over salt, a line feed (U+000A) and content_text, all in UTF-8, in hex. "
    "Where something was redacted, salt and content_text are left out."
)
_TOLD = (EntryKind.ANSWER, EntryKind.FEEDBACK, EntryKind.CORRECTION, EntryKind.DECISION)
# The keeper's own, which belong to no conversation: in the manifest, without their words.
_LISTED = (EntryKind.HOLD, EntryKind.RELEASE, EntryKind.DISPOSAL)
# What is said of an entry without content that no disposal tells of.
_UNTOLD = {"rule": "Disposed of", "authorised_by": ""}


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written: counts, the SHA-256 of the manifest, and what an operator must know."""

    folder: Path
    conversations: int
    entries: int
    disposed: int
    redactions: int
    files: int
    manifest: str
    head: Head
    warnings: tuple[str, ...]


def export_records(
    kept: KeptFiles,
    out: Path,
    *,
    since: date | None,
    until: date | None,
    conversation: str = "",
    redactions: Sequence[Redaction] = (),
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> ExportReport:
    """Writes what was recorded on those days (UTC, both included) into a new folder.

    The folder is there once all of it is written, readable by its owner only. Hidden
    conversations are part of it. The whole chain is verified first, and its flaws are among the
    warnings. `progress` gets "verify" and "export", entries done, and how many there are.

    Raises:
        ExportError: the folder is there and not empty or cannot be written, or a redaction is
            not possible.
        RecordMissing: there is no such conversation.
        RecordsBusy, RecordsUnusable: the records cannot be read.
    """
    if conversation and not kept.records.count(conversation=conversation):
        raise RecordMissing(
            f"There is no conversation {conversation!r}.", "See `attache record list`."
        )
    rules = make_rules(redactions, kept.records)
    with new_folder(out) as making:
        of_it = [rule for rule in rules if rule.conversation in ("", conversation)]
        shown = Cover(tuple(of_it)).values(conversation)
        asked = Asked(since, until, shown, datetime.now(UTC), version("attache"))
        return _Export(kept, out, making, asked, conversation, rules, progress).run()


@dataclass(slots=True)
class _Export:
    """One export under way; of what was written only a line for each conversation is kept."""

    kept: KeptFiles
    out: Path
    making: Path
    asked: Asked
    conversation: str
    rules: tuple[Rule, ...]
    progress: Callable[[str, int, int], None]
    files: list[dict[str, Any]] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)
    disposals: list[Disposal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    used: Counter[Rule] = field(default_factory=Counter)
    entries: int = 0

    def run(self) -> ExportReport:
        records, asked = self.kept.records, self.asked
        checked = verify(self.kept.archive, self.progress)
        self.warnings += [
            f"The chain is not whole at entry {flaw.seq}: {flaw.text}; run `attache record verify`."
            for flaw in checked.flaws
        ]
        head = checked.head
        total = records.count(
            since=asked.since, until=asked.until, conversation=self.conversation or None
        )
        disposed_by = self._disposed_by()
        days = {"since": asked.since, "until": asked.until}
        if self.conversation:
            chosen: tuple[str, ...] = (self.conversation,)
        else:
            chosen = records.conversations(**days, kinds=_TOLD)
        first = {"format": FORMAT, **asked.as_json(), "head": asdict(head), "check": HOW}
        first |= {"flaws": [asdict(flaw) for flaw in checked.flaws]}
        with ListFile(self.making / "manifest.json", first) as manifest:
            self.progress("export", 0, total)
            for conversation in chosen:
                entries = records.entries(**days, conversation=conversation, kinds=_TOLD)
                told = (entry for entry in entries if entry.seq <= head.seq)
                self._conversation(conversation, told, disposed_by, manifest, total)
            one = self.conversation or None
            for entry in records.entries(**days, conversation=one, kinds=_LISTED):
                if entry.seq <= head.seq:
                    manifest.add(_line(entry))
                    self._done(total)
            self._index(head)
            manifest.finish(files=self.files)
        self.warnings += [
            f"Redaction {rule.number} ({rule.reason}) matched nothing."
            for rule in self.rules
            if not self.used[rule]
        ]
        return ExportReport(
            self.out, len(self.listings), self.entries, len(self.disposals),
            sum(o.count for o in self.omissions), len(self.files) + 1, manifest.sha256, head,
            tuple(self.warnings),
        )  # fmt: skip

    def _disposed_by(self) -> dict[int, dict[str, str]]:
        """By which rule entries were disposed of, and who answers for it."""
        return {
            one["seq"]: {name: content[name] for name in ("rule", "authorised_by")}
            for entry in self.kept.records.entries(kinds=(EntryKind.DISPOSAL,))
            if (content := entry.content)
            for one in content["entries"]
        }

    def _conversation(
        self,
        id_: str,
        entries: Iterator[Entry],
        disposed_by: dict[int, dict[str, str]],
        manifest: ListFile,
        total: int,
    ) -> None:
        """The page and the JSON file of one conversation, and its lines in the manifest."""
        rules = [rule for rule in self.rules if rule.conversation in ("", id_)]
        name, shown, title = self._names(id_, rules)
        page_path = self.making / "conversations" / f"{name}.html"
        data_path = page_path.with_suffix(".json")
        first = {"format": FORMAT, "check": HOW, "conversation": shown, "title": title}
        before = self.entries
        with TextFile(page_path) as page, ListFile(data_path, first) as data:
            page.write(beginning(esc(title)))
            for entry in entries:
                holding = [r for r in rules if r.holds(id_, entry.seq)]
                cover = Cover.over(entry.content, holding)
                found = self._entry(entry, cover, data)
                rule = {"rule": "", "authorised_by": ""}
                if entry.content is None:
                    rule, hidden = self._covered(cover, disposed_by.get(entry.seq, _UNTOLD))
                    found += hidden
                page.write(entry_html(entry, Say(cover), rule["rule"]))
                line = _line(entry) | {
                    "conversation": shown,
                    "file": f"conversations/{data_path.name}",
                    "redactions": _as_json(found),
                }
                if entry.content is None:
                    line["disposed"] = rule
                    self.disposals.append(Disposal(entry, rule["rule"], rule["authorised_by"]))
                self.omissions += [Omission(entry.id, reason, n) for reason, n in found.items()]
                manifest.add(line)
                self._done(total)
            page.write(END)
            data.finish()
        self.files += [page.as_json(self.making), data.as_json(self.making)]
        self.listings.append(Listing(name, title, self.entries - before))

    def _entry(self, entry: Entry, cover: Cover, data: ListFile) -> Counter[str]:
        """One entry in the JSON file; returns how many words were left out for which reason."""
        content, found = self._covered(cover, entry.content)
        told = _line(entry) | {"content": content, "redactions": _as_json(found)}
        if entry.content is not None and not found:
            told |= {"salt": entry.salt, "content_text": json.dumps(entry.content)}
        data.add(told)
        return found

    def _covered(self, cover: Cover, value: Any) -> tuple[Any, Counter[str]]:
        """The value as it may be shown, and how many words were left out for which reason."""
        hits: list[Rule] = []
        shown = cover.values(value, hits.append)
        self.used.update(hits)
        return shown, Counter(rule.reason for rule in hits)

    def _names(self, id_: str, rules: Sequence[Rule]) -> tuple[str, str, str]:
        """A conversation's file name, its id, and its title, as they may be shown."""
        try:
            title = self.kept.conversations.get(id_).title
        except RecordMissing:
            title = "Disposed of"
        hits: list[Rule] = []
        title = redact_title(title, rules, hits.append)
        shown = Cover(tuple(rules)).values(id_, hits.append)
        self.used.update(hits)
        safe = re.fullmatch(r"[0-9A-Za-z_-]{1,64}", id_) and shown == id_
        return id_ if safe else f"conversation-{len(self.listings) + 1}", shown, title

    def _index(self, head: Head) -> None:
        with TextFile(self.making / "index.html") as page:
            for part in index_html(
                self.asked, self.entries, head, self.listings, self.omissions, self.disposals
            ):
                page.write(part)
        self.files.append(page.as_json(self.making))

    def _done(self, total: int) -> None:
        self.entries += 1
        self.progress("export", self.entries, total)


def _line(entry: Entry) -> dict[str, Any]:
    """What always stays of an entry."""
    return {
        "seq": entry.seq,
        "id": entry.id,
        "kind": str(entry.kind),
        "created": entry.created.isoformat(timespec="microseconds"),
        "digest": entry.digest,
        "link": entry.link,
    }


def _as_json(found: Counter[str]) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": count} for reason, count in found.items()]
