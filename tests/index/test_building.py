"""Building: incremental, idempotent, one at a time, and harmless when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import CorpusError, IndexBusy, IndexStale, IndexUnusable, SettingsError
from corpus.types import Kind
from index import generations
from index.building import build, fingerprints
from index.embedders import make_embedder
from index.library import Library
from index.types import Query


def test_indexes_a_folder_and_says_what_it_did(collection):
    collection.fill(5)
    assert collection.state() == "missing"
    report = collection.build()
    assert (report.generation, report.sources, report.passages) == (1, 5, 5)
    assert (report.added, report.changed, report.removed, report.unchanged) == (5, 0, 0, 0)
    assert (report.embedded, report.problems) == (5, ())
    assert collection.state() == "current"


def test_refuses_an_unknown_store_before_anything_is_embedded(collection):
    collection.fill(2)
    stages = []
    with pytest.raises(SettingsError, match="Valid are: chroma:"):
        build(
            collection.home,
            collection.listing(),
            collection.embedder,
            lambda stage, *_: stages.append(stage),
            store="other:",
        )
    assert stages == []
    assert collection.state() == "missing"


def test_builds_nothing_where_nothing_changed(collection):
    collection.fill(5)
    collection.build()
    stages = []
    report = collection.build(lambda stage, *_: stages.append(stage))
    assert (report.generation, report.unchanged, report.embedded) == (1, 5, 0)
    assert set(stages) == {"read", "embed"}
    assert collection.graphs == ["gen-1"]


def test_replaces_what_changed_and_drops_what_is_gone(collection):
    collection.fill(5)
    collection.build()
    collection.write("s1", "A tunnel was dug below the harbour.", published="2001")
    (collection.root / "s2.md").unlink()
    collection.write("new", "The ferry sails at noon.", published="2002")
    assert collection.state() == "stale"
    report = collection.build()
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 3)
    assert (report.generation, report.sources, report.embedded) == (2, 5, 2)
    retriever = collection.retriever()
    found = {hit.source.id for hit in retriever.search(Query("tunnel ferry bridge town1")).hits}
    assert found == {"s0", "s1", "s3", "s4", "new"}
    assert not any("town2" in h.passage.text for h in retriever.search(Query("town2")).hits)
    retriever.close()


def test_embeds_a_moved_file_not_again(collection):
    collection.fill(3)
    collection.build()
    (collection.root / "s1.md").rename(collection.root / "moved.md")
    report = collection.build()
    assert (report.changed, report.embedded, report.generation) == (1, 0, 2)


def test_embeds_only_the_passages_that_changed(collection):
    parts = [f"The subject number {i} is long. " + f"Word{i} " * 100 for i in range(6)]
    collection.write("long", "\n\n".join(parts), published="2000")
    first = collection.build()
    parts[5] = "The last part is another one now."
    collection.write("long", "\n\n".join(parts), published="2000")
    second = collection.build()
    assert first.embedded >= 6
    assert 1 <= second.embedded <= 2


def test_a_new_title_is_taken_up_without_embedding_its_passages_again(collection):
    collection.write("a", "The ferry sails at noon.", title="Ferries")
    collection.build()
    collection.write("a", "The ferry sails at noon.", title="Boats")
    report = collection.build()
    assert (report.changed, report.embedded) == (1, 0)


def test_indexes_thirty_files_and_names_the_one_bad_one(collection):
    collection.fill(30)
    (collection.root / "bad.md").write_bytes(b"Caf\xe9 is not UTF-8.")
    report = collection.build()
    assert report.sources == 30
    assert [Path(p.path).name for p in report.problems] == ["bad.md"]
    assert collection.state() == "current"
    assert collection.build().generation == 1


@pytest.mark.parametrize("content", [b"Caf\xe9 latin", b"", b"PK\0\0binary"])
def test_a_file_that_went_bad_keeps_its_last_good_version(collection, content):
    collection.fill(3)
    collection.build()
    (collection.root / "s1.md").write_bytes(content)
    report = collection.build()
    assert (report.generation, report.sources, report.removed) == (1, 3, 0)
    assert [Path(p.path).name for p in report.problems] == ["s1.md"]
    assert collection.state() == "current"
    retriever = collection.retriever()
    assert any(h.source.id == "s1" for h in retriever.search(Query("bridge of town1")).hits)
    retriever.close()
    collection.write("s1", "A tunnel was dug.", published="2001")
    assert collection.build().changed == 1


def test_the_second_file_with_an_id_is_a_problem_naming_both(collection):
    collection.write("a", "The ferry sails at noon.", id="same")
    collection.write("b", "The bridge opens at ten.", id="same")
    report = collection.build()
    assert (report.sources, len(report.problems)) == (1, 1)
    assert "a.md" in report.problems[0].message
    assert "b.md" in report.problems[0].message
    assert collection.state() == "current"
    (collection.root / "a.md").unlink()
    assert collection.state() == "stale"
    assert collection.build().problems == ()
    retriever = collection.retriever()
    assert "bridge" in retriever.search(Query("bridge")).hits[0].passage.text
    retriever.close()


def test_an_earlier_file_takes_an_id_over_from_an_indexed_one(collection):
    collection.write("b", "The bridge opens at ten.", id="same")
    collection.build()
    collection.write("a", "The ferry sails at noon.", id="same")
    report = collection.build()
    assert (report.sources, report.changed) == (1, 1)
    assert [Path(p.path).name for p in report.problems] == ["b.md"]
    assert collection.state() == "current"
    assert collection.build().generation == report.generation


def test_a_retired_source_is_not_searched_and_is_no_problem(collection):
    collection.fill(2)
    collection.build()
    collection.write("s1", "The bridge of town1.", status="retired")
    report = collection.build()
    assert (report.sources, report.removed, report.problems) == (1, 1, ())
    assert collection.state() == "current"


def test_nothing_readable_is_an_error_and_leaves_the_index(collection):
    collection.fill(2)
    collection.build()
    for path in collection.root.iterdir():
        path.unlink()
    with pytest.raises(CorpusError, match="nothing to index"):
        collection.build()
    (collection.root / "bad.md").write_bytes(b"\xff")
    with pytest.raises(CorpusError, match=r"bad\.md"):
        collection.build()
    retriever = collection.retriever()
    assert len(retriever.search(Query("bridge")).hits) == 2
    retriever.close()


def test_another_embedder_has_everything_embedded_anew_while_readers_carry_on(collection):
    collection.fill(4)
    collection.build()
    old = collection.retriever()
    before = [hit.passage for hit in old.search(Query("bridge of town2")).hits]
    collection.embedder = make_embedder("hashing:128")
    assert collection.state() == "stale"
    with pytest.raises(IndexStale, match="attache index"):
        collection.retriever()
    report = collection.build()
    assert (report.generation, report.embedded, report.sources) == (2, 4, 4)
    after = old.search(Query("bridge of town2"))
    assert (after.generation, [hit.passage for hit in after.hits]) == (1, before)
    new = collection.retriever()
    assert new.search(Query("bridge of town2")).generation == 2
    new.close()
    old.close()
    assert collection.graphs == ["gen-2"]


def test_another_splitting_is_stale(collection, monkeypatch):
    collection.fill(2)
    collection.build()
    monkeypatch.setattr("index.building.SPLITTING", "another")
    assert collection.state() == "stale"
    with pytest.raises(IndexStale, match="splitting"):
        collection.retriever()
    report = collection.build()
    assert (report.generation, report.embedded) == (2, 0)
    assert fingerprints(collection.embedder).splitting == "another"


def test_rebuilding_afresh_reads_unchanged_files_from_the_library(collection):
    collection.fill(3)
    collection.build()
    (collection.root / "s1.md").write_bytes(b"\xff gone bad")
    collection.embedder = make_embedder("hashing:64")
    report = collection.build()
    assert (report.sources, report.embedded, len(report.problems)) == (3, 3, 1)


def test_a_second_builder_is_told_that_one_is_at_work(collection):
    collection.fill(2)
    with (
        generations.building(collection.home),
        pytest.raises(IndexBusy, match="Another process is building"),
    ):
        collection.build()
    assert collection.build().sources == 2


@pytest.mark.parametrize("stage", ["embed", "graph", "publish"])
def test_interrupting_at_any_stage_harms_nothing(collection, stage):
    collection.fill(3)
    collection.build()
    collection.write("new", "The zeppelin landed on the roof.", published="1930")

    def interrupt(at: str, *_: int) -> None:
        if at == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collection.build(interrupt)
    reader = collection.retriever()
    found = reader.search(Query("zeppelin bridge"))
    assert (found.generation, found.passages, dict(found.frequency)["zeppelin"]) == (1, 3, 0)
    report = collection.build()
    assert (report.generation, report.passages) == (2, 4)
    assert reader.search(Query("zeppelin")).hits[0].source.id == "new"
    reader.close()
    assert collection.graphs == ["gen-2"]


def test_an_interrupted_build_carries_on_without_embedding_again(collection):
    collection.fill(300)

    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "embed" and done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collection.build(interrupt)
    assert 0 < collection.build().embedded <= 150


def test_old_generations_are_cleared_when_nobody_reads_them(collection):
    collection.fill(2)
    collection.build()
    reader = collection.retriever()
    for i in range(3):
        collection.write("s0", f"Version {i} of the text.", published="2000")
        collection.build()
    assert collection.graphs == ["gen-1", "gen-4"]
    reader.close()
    assert collection.graphs == ["gen-4"]
    with Library(collection.home).database.connection() as connection:
        rows = connection.execute("SELECT count(*) FROM passages").fetchone()
        stored = connection.execute("SELECT count(*) FROM keywords").fetchone()
    assert rows == stored == (2,)


@pytest.mark.parametrize("harm", ["missing", "cut", "flipped", "sqlite"])
def test_a_damaged_search_graph_is_named_and_made_anew_without_embedding(collection, harm):
    collection.fill(20)
    collection.build()
    graph = collection.home / "chroma" / "gen-1"
    vectors = next(graph.rglob("data_level0.bin"))
    if harm == "missing":
        graph.rename(collection.home / "elsewhere")
    elif harm == "cut":
        os.truncate(vectors, vectors.stat().st_size // 2)
    elif harm == "flipped":
        content = bytearray(vectors.read_bytes())
        content[len(content) // 2] ^= 0xFF
        vectors.write_bytes(content)
    else:
        (graph / "chroma.sqlite3").write_bytes(b"not a database at all" * 100)
    with pytest.raises(IndexUnusable, match="attache index"):
        collection.retriever()
    report = collection.build()
    assert (report.generation, report.embedded, report.unchanged) == (2, 0, 20)
    retriever = collection.retriever()
    assert retriever.search(Query("bridge of town7")).hits[0].source.id == "s7"
    retriever.close()


def test_reindexing_an_unchanged_collection_imports_no_model(collection):
    collection.fill(3)
    collection.build()
    collection.write("new", "The ferry sails at noon.", published="2000")
    code = """
import sys
from pathlib import Path
from corpus.catalogue import list_files
from index.building import build
from index.embedders import make_embedder
report = build(Path(sys.argv[2]), list_files([Path(sys.argv[1])]), make_embedder("hashing:384"))
print(report.embedded, "torch" in sys.modules, "sentence_transformers" in sys.modules)
"""
    places = [str(collection.root), str(collection.home)]
    for embedded in ("1", "0"):
        done = subprocess.run(
            [sys.executable, "-c", code, *places], capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == [embedded, "False", "False"]


def test_keeps_every_field_of_a_source(collection):
    collection.write(
        "law", "The act takes effect in 2025.", kind="legislation", jurisdictions=["Texas"],
        authors=["A. Clerk"], published="2025-06-20", supersedes=["older"], url="https://a.example/",
    )  # fmt: skip
    collection.build()
    retriever = collection.retriever()
    (source,) = retriever.sources()
    retriever.close()
    assert (source.kind, source.jurisdictions, source.year) == (Kind.LEGISLATION, ("Texas",), 2025)
    assert (source.authors, source.supersedes) == (("A. Clerk",), ("older",))


def test_reading_never_changes_a_search_graph(collection):
    for count in (1, 2, 30):
        collection.fill(count)
        collection.build()
        for _ in range(2):
            retriever = collection.retriever()
            assert len(retriever.search(Query("bridge")).hits) == min(count, 12)
            retriever.close()


def test_a_home_that_cannot_be_made_is_named(collection, tmp_path):
    collection.fill(1)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexUnusable, match="cannot be written"):
        build(tmp_path / "file", collection.listing(), collection.embedder)
