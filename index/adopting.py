"""Taking over what another library holds, as the next generation of this one.

Its rows are added and the present ones removed under the next number, just as by a build whose
every file changed. Readers, those in the middle of a search included, stay on the generation
that they hold, and take the new one up when it is published. Writing the other file over this
one would not give them that: row numbers of the two may name different passages.
"""

from __future__ import annotations

from pathlib import Path

from corpus.errors import IndexMissing
from index import generations
from index.building import Progress, make_generation
from index.database import atomic
from index.library import VISIBLE, Generation, Library

_SOURCE = "id, version, root, relative, digest, metadata, blocks"
_PASSAGE = 'id, start, "end", title, heading, page, text, sentences'
_STATEMENTS = (
    "UPDATE sources SET removed = :number WHERE removed IS NULL",
    "UPDATE passages SET removed = :number WHERE removed IS NULL",
    "INSERT OR IGNORE INTO texts SELECT source_id, version, text, seen FROM other.texts",
    "INSERT OR IGNORE INTO vectors (key, passage, sentences) "
    "SELECT key, passage, sentences FROM other.vectors",
    f"INSERT INTO sources (row, {_SOURCE}, added) "
    f"SELECT row + :offset, {_SOURCE}, :number FROM other.sources WHERE {VISIBLE}",
    # Neighbours in a source are told by the order of rows.
    f"INSERT INTO passages (source, vector, {_PASSAGE}, added) "
    "SELECT source + :offset, (SELECT ours.number FROM other.vectors AS theirs "
    "JOIN main.vectors AS ours ON ours.key = theirs.key WHERE theirs.number = vector), "
    f"{_PASSAGE}, :number FROM other.passages WHERE {VISIBLE} ORDER BY row",
    "DELETE FROM refused",
    "INSERT INTO refused SELECT * FROM other.refused",
)


def adopt(
    home: Path, library: Library, other: Library, progress: Progress, store: str
) -> Generation:
    """The current generation of `other` as the next one here, ready to be published.

    Nothing is embedded. Texts of old versions come along, those that are here stay. Only for the
    holder of `generations.building`, after `generations.discard_unfinished`.

    Raises:
        IndexMissing: the other library never finished a generation.
        IndexBusy, IndexUnusable: as by a build.
    """
    theirs = other.current()
    if theirs is None:
        raise IndexMissing(f"The library {other.path} holds no index.", "Take another one.")
    number = library.pointer() + 1
    progress("write", 0, 1)
    _write_rows(library, other.path, theirs.number, number)
    progress("write", 1, 1)
    with generations.writing(home):
        return make_generation(
            home, library, number, theirs.fingerprints, theirs.dimension, None, progress, store
        )


def _write_rows(library: Library, other: Path, theirs: int, number: int) -> None:
    with library.database.connection() as connection:
        connection.execute("ATTACH DATABASE ? AS other", (str(other),))
        with atomic(connection):
            last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'sources'")
            values = {"g": theirs, "number": number, "offset": (last.fetchone() or (0,))[0]}
            for statement in _STATEMENTS:
                connection.execute(statement, values)
        connection.execute("DETACH DATABASE other")
