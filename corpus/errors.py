"""Every error that Attaché raises on purpose.

AttacheError
├── CorpusError        a source cannot be read or its head is wrong
├── FetchError         a publication cannot, or must not, be fetched from the web
├── ShelfProblem       the shelf of filed sources is busy, unusable, or refuses a change
│   ├── SourceMissing  there is no source of that id
│   ├── ShelfBusy      another process holds the lock
│   └── ShelfUnusable  the shelf cannot be written or read (disk full, damaged, too new)
├── SettingsError      a setting is unknown, malformed or impossible
├── IndexProblem       the index is missing, stale, busy or unusable
│   ├── IndexMissing   there is no finished index yet
│   ├── IndexStale     the index was shaped by other settings than today's
│   ├── IndexBusy      another process holds the lock
│   └── IndexUnusable  the index cannot be written or read (disk full, damaged, too new)
├── RecordProblem      the records are busy, unusable, or hold no such record
│   ├── RecordMissing  there is no record, conversation or correction of that name
│   ├── RecordsBusy    another process holds the lock
│   └── RecordsUnusable the records cannot be written or read (disk full, damaged, too new)
├── BackupError        a backup cannot be written, or is damaged or too new to restore
├── ExportError        an export cannot be written, or its redactions cannot be read
├── ModelError         an embedding or language model is missing or not what it should be
├── QuestionError      what was asked cannot be a question (empty, too long)
└── ServingError       the page cannot be served (port in use, address not allowed)
"""

from __future__ import annotations


class AttacheError(Exception):
    """Root of all errors: one line on what happened and one on what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


class CorpusError(AttacheError):
    """A source cannot be read, or its head is wrong."""


class FetchError(AttacheError):
    """A publication cannot, or must not, be fetched from the web."""


class ShelfProblem(AttacheError):
    """The shelf of filed sources is busy, unusable, or refuses a change."""


class SourceMissing(ShelfProblem):
    """There is no source of that id."""


class ShelfBusy(ShelfProblem):
    """Another process is holding the shelf."""


class ShelfUnusable(ShelfProblem):
    """The shelf cannot be written or read: disk full, damaged, or made by a newer version."""


class SettingsError(AttacheError):
    """A setting is unknown, malformed or impossible."""


class IndexProblem(AttacheError):
    """The index is missing, stale, busy or unusable."""


class IndexMissing(IndexProblem):
    """There is no finished index yet."""


class IndexStale(IndexProblem):
    """The index was shaped by other settings than today's."""


class IndexBusy(IndexProblem):
    """Another process is holding the index."""


class IndexUnusable(IndexProblem):
    """The index cannot be written or read: disk full, damaged, or made by a newer version."""


class RecordProblem(AttacheError):
    """The records are busy, unusable, or hold no such record."""


class RecordMissing(RecordProblem):
    """There is no record, conversation, hold or correction of that name."""


class RecordsBusy(RecordProblem):
    """Another process is holding the records."""


class RecordsUnusable(RecordProblem):
    """The records cannot be written or read: disk full, damaged, or made by a newer version."""


class BackupError(AttacheError):
    """A backup cannot be written, or is damaged, or too new to be restored."""


class ExportError(AttacheError):
    """An export cannot be written, or its list of redactions cannot be read."""


class ModelError(AttacheError):
    """A model is missing or not what it should be."""


class QuestionError(AttacheError):
    """What was asked cannot be a question: empty or too long."""


class ServingError(AttacheError):
    """The page cannot be served: port in use, or an address that is not allowed."""
