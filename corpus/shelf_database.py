"""The shelf's file: its tables, and what its errors mean."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import ShelfBusy, ShelfUnusable
from corpus.shelf_tables import SCHEMA, metadata
from corpus.sqlite_files import PATIENCE, VersionedFile, meanings

_KNOWN = meanings(
    ShelfBusy,
    ShelfUnusable,
    "what was filed before is kept",
    ("is damaged or is not the history of a shelf", "Keep the file, and bring back a backup."),
)


class ShelfDatabase(VersionedFile):
    """Connections to the history of a shelf, for any thread.

    Raises:
        ShelfUnusable: the file cannot be opened, is damaged, or a newer version made it.
        ShelfBusy: another process holds it locked.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        super().__init__(path, metadata, SCHEMA, _KNOWN, patience)
