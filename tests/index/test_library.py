"""The library: round trips, what each generation sees, and what its errors say."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import IndexBusy, IndexUnusable
from corpus.types import Block, Document, Kind, Passage, Source, Span, TextKind
from index.database import SCHEMA
from index.embedders import PassageVectors
from index.library import Addition, File, Fingerprints, Generation, Library
from index.types import Query

PRINTS = Fingerprints("embedder", "splitting")


def addition(name: str, text: str = "Some words here.", **fields: object) -> Addition:
    version = hashlib.sha256(text.encode()).hexdigest()
    source = Source(
        id=name, version=version, title=f"On {name}", publisher="Press", cite_as="Press",
        kind=Kind.NEWS, text_kind=TextKind.FULL, path=f"{name}.md", **fields,
    )  # fmt: skip
    span = Span(0, len(text))
    passage = Passage(f"{name}-0", name, version, text, *span, "", None, (span,))
    document = Document(source, text, (Block(span, ""),))
    key = hashlib.sha256(text.encode()).digest()
    return Addition(File("/sources", f"{name}.md", version), document, (passage,), (key,))


def keep_vectors(library: Library, additions: list[Addition], dimension: int = 4) -> None:
    vector = np.eye(1, dimension, dtype=np.float32)
    one = PassageVectors(vector[0], vector)
    library.store_vectors({key: one for a in additions for key in a.keys})


def publish(library: Library, number: int) -> None:
    library.publish(Generation(number, PRINTS, 4, "seal"))


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path, patience=0.2).created() as library:
        yield library


@settings(max_examples=30)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    published=st.none() | st.sampled_from(["2023", "2023-06", "2023-06-07"]),
    places=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3),
    kind=st.sampled_from(Kind),
)
def test_a_document_comes_back_as_it_was(tmp_path_factory, text, published, places, kind):
    given_ = addition("name", text, published=published, jurisdictions=tuple(places))
    with Library(tmp_path_factory.mktemp("home")).created() as library:
        keep_vectors(library, [given_])
        library.apply(1, [given_], [])
        publish(library, 1)
        (indexed,) = library.indexed(1)
        assert library.document(indexed.row) == given_.document
        assert indexed.file == given_.file
        assert library.text("name", given_.document.source.version) == text
    assert kind in Kind


@settings(max_examples=30)
@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=16),
    st.integers(0, 4),
)
def test_vectors_come_back_bit_for_bit(tmp_path_factory, values, sentences):
    one = addition("name")
    vector = np.array(values, np.float32)
    with Library(tmp_path_factory.mktemp("home")).created() as library:
        library.store_vectors(
            {one.keys[0]: PassageVectors(vector, np.tile(vector, (sentences, 1)))}
        )
        library.apply(1, [one], [])
        rows = library.rows(1)
        back = library.passage_vectors(rows * 2, len(vector))
        assert back.dtype == np.float32
        assert (back == np.stack([vector, vector])).all()


def test_each_generation_sees_its_own_rows_only(library):
    first, second, third = (addition(name, f"Words of {name}.") for name in ("a", "b", "c"))
    keep_vectors(library, [first, second, third])
    library.apply(1, [first, second], [])
    publish(library, 1)
    gone = [i.row for i in library.indexed(1) if i.id == "a"]
    library.apply(2, [third], gone)
    assert library.pointer() == 1
    assert [i.id for i in library.indexed(1)] == ["a", "b"]
    publish(library, 2)
    assert [i.id for i in library.indexed(2)] == ["b", "c"]
    assert [i.id for i in library.indexed(1)] == ["a", "b"]
    assert len(library.rows(2)) == 2
    library.clear(2)
    assert [i.id for i in library.indexed(1)] == ["b"]
    assert library.text("a", first.document.source.version) == "Words of a."


def test_unfinished_rows_are_taken_back_and_their_vectors_kept(library):
    first, second = addition("a", "One."), addition("b", "Two.")
    keep_vectors(library, [first, second])
    library.apply(1, [first], [])
    publish(library, 1)
    library.apply(2, [second], [i.row for i in library.indexed(1)])
    library.discard_unfinished()
    assert [i.id for i in library.indexed(2)] == ["a"]
    assert library.known([*second.keys, b"other"]) == set(second.keys)
    library.clear_vectors()
    assert library.known([*first.keys, *second.keys]) == set(first.keys)


def test_the_numbers_of_rows_are_never_used_twice(library):
    one = addition("a")
    keep_vectors(library, [one])
    library.apply(1, [one], [])
    before = library.rows(1)
    library.discard_unfinished()
    library.apply(1, [one], [])
    assert library.rows(1) > before


def test_a_transaction_that_fails_leaves_nothing(library):
    one, two = addition("a", "One."), addition("b", "Two, without a vector.")
    keep_vectors(library, [one])
    with pytest.raises(sqlite3.IntegrityError):
        library.apply(1, [one, two], [])
    assert library.rows(1) == []
    assert library.indexed(1) == ()


def test_a_newer_schema_is_named(collection):
    collection.fill(1)
    collection.build()
    with sqlite3.connect(collection.home / "library.sqlite3") as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    connection.close()
    for action in (collection.build, collection.retriever, collection.state):
        with pytest.raises(IndexUnusable, match="newer version"):
            action()


@pytest.mark.parametrize("harm", ["not a database", "cut", "overwritten"])
def test_a_damaged_library_is_named_with_what_to_do(collection, harm):
    collection.fill(30)
    collection.build()
    path = collection.home / "library.sqlite3"
    size = path.stat().st_size
    if harm == "not a database":
        path.write_text("these are just words, and many of them " * 100)
    elif harm == "cut":
        os.truncate(path, size // 3)
    else:
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096))
    for action in (collection.build, collection.retriever):
        with pytest.raises(IndexUnusable, match=r"damaged|not a database") as caught:
            action()
        assert "attache index" in caught.value.remedy


def test_a_database_of_something_else_is_left_alone(collection):
    collection.fill(1)
    collection.home.mkdir()
    with sqlite3.connect(collection.home / "library.sqlite3") as connection:
        connection.execute("CREATE TABLE precious (value)")
    connection.close()
    with pytest.raises(IndexUnusable, match="not a library of"):
        collection.build()


def test_a_locked_library_is_busy_for_builders_and_open_to_readers(collection, monkeypatch):
    monkeypatch.setattr("index.library.Library.__init__.__defaults__", (0.2,))
    collection.fill(3)
    collection.build()
    collection.write("new", "The zeppelin landed.", published="1930")
    retriever = collection.retriever()
    holder = sqlite3.connect(collection.home / "library.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(IndexBusy, match="locked by another process"):
        collection.build()
    assert retriever.search(Query("bridge")).passages == 3
    holder.close()
    assert collection.build().passages == 4
    assert retriever.search(Query("bridge")).passages == 4
    retriever.close()


def test_the_page_limit_is_a_full_disk_and_loses_nothing(library):
    first = addition("a")
    keep_vectors(library, [first])
    library.apply(1, [first], [])
    publish(library, 1)
    with library.database.connection() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    big = [addition(f"b{i}", f"Text {i}. " + "word " * 2000) for i in range(50)]
    with pytest.raises(IndexUnusable, match="disk is full") as caught:
        keep_vectors(library, big, dimension=4000)
    assert "Make room" in caught.value.remedy
    library.database.close()
    again = Library(library.path.parent)
    assert [i.id for i in again.indexed(1)] == ["a"]
    assert len(again.rows(1)) == 1
    again.database.close()


@pytest.fixture
def small_disk(tmp_path, require):
    """A file system of 2 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        reason = done.stderr.strip()
    except FileNotFoundError as error:
        done, reason = None, str(error)
    require(
        "tmpfs", done is not None and done.returncode == 0, f"no tmpfs can be mounted: {reason}"
    )
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_named_and_what_was_indexed_still_answers(collection, small_disk):
    collection.home = small_disk / "home"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 2**19)
    collection.fill(5)
    collection.build()
    for i in range(400):
        collection.write(f"big{i}", f"The zeppelin {i} landed. " + f"w{i} " * 100, published="1930")
    with pytest.raises(IndexUnusable) as caught:
        collection.build()
    assert "room" in caught.value.remedy
    retriever = collection.retriever()
    found = retriever.search(Query("bridge of town3"))
    assert (found.generation, found.passages) == (1, 5)
    assert found.hits[0].source.id == "s3"
    retriever.close()
    for path in collection.root.glob("big*"):
        path.unlink()
    ballast.unlink()
    collection.write("s1", "The tunnel opened.", published="1999")
    assert (collection.build().sources, collection.graphs) == (5, ["gen-2"])


def test_the_very_first_build_on_a_full_disk_is_named(collection, small_disk):
    collection.home = small_disk / "home"
    (small_disk / "ballast").write_bytes(b"x" * (2 * 1024 * 1024 - 8192))
    collection.fill(5)
    with pytest.raises(IndexUnusable) as caught:
        collection.build()
    assert "room" in caught.value.remedy
    Path(small_disk / "ballast").unlink()
    assert collection.build().sources == 5
