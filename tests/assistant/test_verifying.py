"""The chain: whatever is changed, taken out, put in or moved is found."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.archive import Archive
from assistant.chain import GENESIS, digest_of, link_of
from assistant.corrections import Corrections
from assistant.records import Entry, EntryKind, Head, Records
from assistant.retention import Retention, Schedule
from assistant.verifying import Verification, verify
from corpus.errors import RecordsUnusable

ENTRIES = 9
COLUMNS = ("id", "kind", "created", "conversation", "content", "salt", "digest", "link")


@pytest.fixture
def chain(records: Records, keep: Callable[..., Entry], clock) -> Path:
    """Nine entries of several kinds, the first two disposed of; the file, closed."""
    first = keep("Who opened the bridge?", conversation="a" * 24)
    keep("When?", conversation="a" * 24)
    clock.pass_days(40)
    third = keep("Where is the bridge?", conversation="b" * 24)
    corrections = Corrections(records)
    corrections.feedback(third.id, False, "too long")
    report = corrections.report(third.id, 0, "it was closed")
    corrections.decide(report.id, "nothing-wrong")
    Retention(records).hold("a case", "the clerk", conversation="b" * 24)
    disposed = Retention(records).dispose(Schedule(answers=30), "the clerk")
    keep("And the other one?", conversation="b" * 24)
    assert disposed.counts == {"answer": 2}
    assert records.get(first.id).content is None
    assert records.head().seq == ENTRIES
    records.archive.close()
    return records.archive.path


@pytest.fixture
def tampered(chain: Path, tmp_path: Path) -> Callable[[str, tuple[object, ...]], Verification]:
    """`tampered(sql, values)` verifies a copy of the chain on which somebody ran that."""
    tries = iter(range(1_000_000))

    def run(sql: str, values: tuple[object, ...] = ()) -> Verification:
        copy = tmp_path / f"copy-{next(tries)}.sqlite3"
        shutil.copy(chain, copy)
        with closing(sqlite3.connect(copy)) as connection:
            for trigger in ("records_change_only_by_erasing", "records_stay"):
                connection.execute(f"DROP TRIGGER {trigger}")
            connection.execute("PRAGMA foreign_keys = OFF")
            for statement in filter(str.strip, sql.split(";")):
                count = statement.count("?")
                connection.execute(statement, values[:count])
                values = values[count:]
            connection.commit()
        archive = Archive(copy)
        try:
            return verify(archive)
        finally:
            archive.close()
            copy.unlink()

    return run


def test_a_chain_that_nobody_touched_is_whole(chain: Path) -> None:
    archive = Archive(chain)
    seen: list[tuple[str, int, int]] = []
    found = verify(archive, lambda *at: seen.append(at))
    archive.close()
    assert (found.entries, found.disposed, found.flaws) == (ENTRIES, 2, ())
    assert seen[-1] == ("verify", ENTRIES, ENTRIES)


def test_an_empty_chain_is_whole_and_ends_at_nothing(records: Records) -> None:
    found = verify(records.archive)
    assert (found.entries, found.head, found.flaws) == (0, Head(0, GENESIS), ())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_finds_any_byte_that_was_changed(chain: Path, tampered, data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, ENTRIES))
    column = data.draw(st.sampled_from(COLUMNS))
    with closing(sqlite3.connect(chain)) as connection:
        (value,) = connection.execute(
            f"SELECT {column} FROM records WHERE seq = ?", (seq,)
        ).fetchone()
    if not value:
        changed = data.draw(st.text(min_size=value is not None, max_size=5)).encode()
    else:
        at = data.draw(st.integers(0, len(value.encode()) - 1))
        raw = bytearray(value.encode())
        raw[at] ^= 1 << data.draw(st.integers(0, 7))
        changed = bytes(raw)
    update = f"UPDATE records SET {column} = CAST(? AS TEXT) WHERE seq = ?"
    assert tampered(update, (changed, seq)).flaws


@pytest.mark.parametrize("seq", range(1, ENTRIES + 1))
def test_finds_any_row_that_was_removed(tampered, seq: int) -> None:
    assert tampered("DELETE FROM records WHERE seq = ?", (seq,)).flaws


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    pair=st.tuples(st.integers(1, ENTRIES), st.integers(1, ENTRIES)).filter(lambda p: p[0] != p[1])
)
def test_finds_any_two_rows_that_changed_places(tampered, pair: tuple[int, int]) -> None:
    one, other = pair
    swap = "UPDATE records SET seq = ? WHERE seq = ?;" * 3
    assert tampered(swap, (-1, one, one, other, other, -1)).flaws


@pytest.mark.parametrize("seq", range(3, ENTRIES + 1))
def test_finds_content_that_was_erased_without_a_tombstone(tampered, seq: int) -> None:
    erased = "UPDATE records SET content = NULL, salt = NULL WHERE seq = ?"
    assert tampered(erased, (seq,)).flaws


def test_finds_a_content_and_digest_that_were_changed_together(tampered) -> None:
    forged = digest_of("00", "{}")
    sql = "UPDATE records SET content = '{}', salt = '00', digest = ? WHERE seq = 3"
    assert tampered(sql, (forged,)).flaws


def test_finds_an_entry_that_was_put_in(tampered) -> None:
    digest = digest_of("00", "{}")
    link = link_of("0" * 64, ENTRIES + 1, "f" * 16, "answer", "2026-01-01", "", digest)
    sql = "INSERT INTO records VALUES (?, ?, 'answer', '2026-01-01', '', '{}', '00', ?, ?)"
    assert tampered(sql, (ENTRIES + 1, "f" * 16, digest, link)).flaws


def test_finds_a_note_of_the_end_that_was_changed_or_taken_out(tampered) -> None:
    assert tampered("UPDATE chain_head SET seq = 3").flaws
    assert tampered("DELETE FROM chain_head").flaws


def test_finds_a_cited_text_that_was_changed_or_taken_out(tampered) -> None:
    assert tampered("UPDATE texts SET text = text || ' not'").flaws
    assert tampered("DELETE FROM texts").flaws
    assert tampered("DELETE FROM cited WHERE seq = 3").flaws


def test_a_text_of_bytes_that_are_none_is_found(tampered) -> None:
    assert tampered("UPDATE texts SET text = CAST(x'ff' || text AS TEXT)").flaws


@pytest.mark.parametrize(
    "change", ["content = 'no JSON'", "content = '[]'", "kind = 'other'", "created = 'then'"]
)
def test_an_entry_that_is_none_any_more_is_named_when_it_is_read(chain: Path, change: str) -> None:
    with closing(sqlite3.connect(chain)) as connection:
        connection.execute("DROP TRIGGER records_change_only_by_erasing")
        connection.execute(f"UPDATE records SET {change} WHERE seq = 3")
        connection.commit()
    archive = Archive(chain)
    with pytest.raises(RecordsUnusable, match="Entry 3 of the records"):
        list(Records(archive).entries())
    archive.close()


def test_nothing_is_written_behind_a_chain_whose_end_was_taken_out_nor_told_of_it(
    chain: Path,
) -> None:
    with closing(sqlite3.connect(chain)) as connection:
        connection.execute("DELETE FROM chain_head")
        connection.commit()
    archive = Archive(chain)
    with pytest.raises(RecordsUnusable, match="takes no further entry") as problem:
        Records(archive).append(EntryKind.HOLD, {"reason": "a secret"})
    assert "a secret" not in f"{problem.value} {problem.value.__cause__}"
    archive.close()


def test_a_head_noted_before_finds_a_chain_that_was_cut_off_with_its_end(chain: Path) -> None:
    archive = Archive(chain)
    noted = verify(archive).head
    assert verify(archive, against=noted).flaws == ()
    *_, kept, _ = Records(archive).entries()
    archive.close()
    with closing(sqlite3.connect(chain)) as connection:
        connection.execute("DROP TRIGGER records_stay")
        connection.execute("DELETE FROM said WHERE seq = ?", (ENTRIES,))
        connection.execute("DELETE FROM cited WHERE seq = ?", (ENTRIES,))
        connection.execute("DELETE FROM records WHERE seq = ?", (ENTRIES,))
        connection.execute("UPDATE chain_head SET seq = ?, link = ?", (kept.seq, kept.link))
        connection.commit()
    archive = Archive(chain)
    assert verify(archive).flaws == ()
    assert verify(archive, against=noted).flaws
    archive.close()


def test_the_file_itself_refuses_to_change_or_remove_an_entry(chain: Path) -> None:
    with closing(sqlite3.connect(chain)) as connection:
        for sql in (
            "UPDATE records SET content = '{}' WHERE seq = 3",
            "UPDATE records SET content = NULL, salt = NULL, digest = '' WHERE seq = 3",
            "DELETE FROM records WHERE seq = 3",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(sql)


def test_a_disposal_that_names_what_was_not_erased_is_found(
    records: Records, keep: Callable[..., Entry]
) -> None:
    entry = keep()
    named = {"seq": entry.seq, "id": entry.id, "digest": entry.digest}
    content = {"rule": "answer after 1 days", "authorised_by": "x", "entries": [named]}
    records.append(EntryKind.DISPOSAL, content)
    assert [flaw.seq for flaw in verify(records.archive).flaws] == [entry.seq]
