"""What a build has to do: compare a listing of files with what the library holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from corpus.catalogue import FileEntry, Listing, Problem, read_document
from corpus.errors import CorpusError
from corpus.types import Document
from index.library import Addition, File, Indexed, Library

Prepare = Callable[[File, Document], Addition]
Seen = Callable[[int, int], None]


@dataclass(slots=True)
class Plan:
    """The difference between listing and library. Counts are of sources, by their ids."""

    held: dict[str, Indexed]
    additions: list[Addition] = field(default_factory=list)
    kept: list[Indexed] = field(default_factory=list)
    refused: list[File] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    claimed: dict[str, str] = field(default_factory=dict)

    @property
    def removed(self) -> list[int]:
        """Rows of sources that go, be it for good or because a new row replaces them."""
        kept = {indexed.row for indexed in self.kept}
        return [i.row for i in self.held.values() if i.row not in kept]

    @property
    def idle(self) -> bool:
        return not self.additions and len(self.kept) == len(self.held)

    @property
    def changed(self) -> int:
        return sum(a.document.source.id in self.held for a in self.additions)

    @property
    def gone(self) -> int:
        return len(self.held.keys() - self.claimed.keys())

    def claim(self, source_id: str, path: str) -> None:
        """Take an id for a file.

        Raises:
            CorpusError: an earlier file of this listing has it.
        """
        if source_id in self.claimed:
            raise CorpusError(
                f"{path} and {self.claimed[source_id]} have the same id {source_id!r}; "
                "the second of them is left out.",
                "Give one of them another id.",
            )
        self.claimed[source_id] = path


def make_plan(
    library: Library,
    indexed: tuple[Indexed, ...],
    listing: Listing,
    prepare: Prepare,
    seen: Seen,
    *,
    afresh: bool,
) -> Plan:
    """Compare, reading only files whose digest is not in the library.

    A source that is not current is left out without being a problem; its old text stays for old
    citations.
    With `afresh` every document is prepared again, unchanged ones from the library's own copy.

    Raises:
        CorpusError: nothing at all would be in the index.
    """
    plan = Plan({i.id: i for i in indexed}, problems=list(listing.problems))
    held = {i.file.place: i for i in indexed}

    def keep(known: Indexed, path: str) -> None:
        plan.claim(known.id, path)
        if afresh:
            plan.additions.append(prepare(known.file, library.document(known.row)))
        else:
            plan.kept.append(known)

    for done, entry in enumerate(listing.entries):
        seen(done, len(listing.entries))
        file, path = file_of(entry), str(entry.root / entry.relative)
        known = held.pop(file.place, None)
        try:
            if known and known.file.digest == file.digest:
                keep(known, path)
            else:
                document = read_document(entry)
                if document.source.status != "current":
                    plan.refused.append(file)
                    continue
                addition = prepare(file, document)
                plan.claim(document.source.id, path)
                plan.additions.append(addition)
        except CorpusError as error:
            plan.problems.append(Problem(path, error.message, error.remedy))
            plan.refused.append(file)
            if known and known.id not in plan.claimed:
                keep(known, path)
    for known in held.values():
        missing = Path(known.file.root) / known.file.relative
        if excused(missing, listing) and known.id not in plan.claimed:
            keep(known, str(missing))
    if not plan.claimed:
        raise _nothing(plan)
    seen(len(listing.entries), len(listing.entries))
    return plan


def settled(library: Library, indexed: tuple[Indexed, ...], listing: Listing) -> bool:
    """Whether a build would find nothing to do, going by places and digests alone."""
    files = {file_of(entry) for entry in listing.entries}
    if not files <= {i.file for i in indexed} | library.refused():
        return False
    places = {file.place for file in files}
    return all(
        i.file.place in places or excused(Path(i.file.root) / i.file.relative, listing)
        for i in indexed
    )


def file_of(entry: FileEntry) -> File:
    """The file of an entry, as the library keeps it."""
    return File(str(entry.root), entry.relative, entry.digest)


def excused(path: Path, listing: Listing) -> bool:
    """Whether a file is missing from the listing only because it, or its folder, had a problem."""
    return any(path.is_relative_to(problem.path) for problem in listing.problems)


def _nothing(plan: Plan) -> CorpusError:
    if not plan.problems:
        return CorpusError(
            "There is nothing to index: no source file was found.",
            "Name a folder that holds Markdown or plain text files.",
        )
    first = plan.problems[0]
    return CorpusError(
        f"There is nothing to index: none of {len(plan.problems)} files can be used "
        f"(first {first.path}: {first.message})",
        first.remedy,
    )
