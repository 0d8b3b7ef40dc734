"""Taking over another library: the same answers, nothing embedded, and no reader disturbed."""

from __future__ import annotations

import threading
from contextlib import closing

import numpy as np
import pytest

from corpus.errors import IndexMissing
from index import copying, generations
from index.adopting import adopt
from index.library import FILE, Library
from index.types import Query

STORE = "chroma:"


def quiet(*_: object) -> None:
    """Progress that nobody watches."""


def take(collection, folder, publish: bool = True):
    """Adopts the library in `folder`, as a restore does."""
    home, other = collection.home, Library(folder)
    with (
        generations.building(home),
        Library(home).created() as library,
        closing(other.database),
    ):
        generations.discard_unfinished(home, library)
        generation = adopt(home, library, other, quiet, STORE)
        if publish:
            library.publish(generation)
        return generation


@pytest.fixture
def kept(collection, tmp_path):
    """A folder with a copy of the library of twenty bridges, which became tunnels since."""
    collection.fill(20, "bridge")
    collection.build()
    folder = tmp_path / "kept"
    folder.mkdir()
    copying.copy(collection.home / FILE, folder / FILE)
    collection.fill(20, "tunnel")
    collection.write("later", "The zeppelin landed.", published="1930")
    collection.build()
    return folder


def answers(retriever) -> list[tuple]:
    hits = retriever.search(Query("What did the bridge of town7 cost?", limit=20)).hits
    return [(hit.passage, hit.source, hit.dense, hit.sentences) for hit in hits]


def test_an_adopted_library_answers_as_it_did_before(collection, kept, tmp_path):
    fresh = type(collection)(collection.root, tmp_path / "fresh", collection.embedder)
    take(fresh, kept)
    take(collection, kept)
    first, second = fresh.retriever(), collection.retriever()
    assert answers(first) == answers(second)
    assert len(answers(first)) == 20
    assert all("bridge" in passage.text for passage, *_ in answers(first))
    found = first.search(Query("bridge")), second.search(Query("bridge"))
    assert found[0].collection == found[1].collection
    assert [f.generation for f in found] == [1, 3]
    first.close()
    second.close()
    assert collection.graphs == ["gen-3"]


def test_a_build_goes_on_from_an_adopted_library_without_embedding_what_it_holds(collection, kept):
    take(collection, kept)
    assert collection.state() == "stale"
    collection.fill(20, "bridge")
    (collection.root / "later.md").unlink()
    assert collection.state() == "current"
    collection.write("new", "The airport closed.", published="2000")
    report = collection.build()
    assert (report.generation, report.embedded, report.unchanged) == (4, 1, 20)


def test_texts_that_were_here_stay_and_those_of_the_other_come(collection, kept):
    retriever = collection.retriever()
    later = [(s.id, s.version) for s in retriever.sources() if s.id == "later"]
    retriever.close()
    take(collection, kept)
    retriever = collection.retriever()
    assert retriever.source_text(*later[0]) == "The zeppelin landed.\n"
    first = {(s.id, s.version): retriever.source_text(s.id, s.version) for s in retriever.sources()}
    assert None not in retriever.seen(list(first)).values()
    retriever.close()


def test_a_search_under_way_finishes_on_the_library_it_began_with(collection, kept):
    retriever = collection.retriever()
    with retriever._reading() as held:
        take(collection, kept)
        assert retriever.search(Query("bridge")).generation == 3
        told = held.passages(np.arange(len(held)))
        assert sorted(source.id for _, source, _ in told) == sorted(
            [*(f"s{i}" for i in range(20)), "later"]
        )
        assert not any("bridge" in passage.text for passage, _, _ in told)
    retriever.close()


def test_readers_that_go_on_searching_never_see_a_mixture(collection, kept):
    retriever = collection.retriever()
    done = threading.Event()
    problems: list[object] = []
    reached: set[int] = set()

    def ask() -> None:
        while not done.is_set() and not problems:
            try:
                found = retriever.search(Query("bridge tunnel town3", limit=20))
            except Exception as error:
                problems.append(error)
                return
            reached.add(found.generation)
            word = {2: "tunnel", 3: "bridge"}[found.generation]
            problems.extend(
                hit
                for hit in found.hits
                if hit.source.id != "later" and word not in hit.passage.text
            )

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        take(collection, kept)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert problems == []
    assert 2 in reached
    assert retriever.search(Query("bridge")).generation == 3
    retriever.close()


def test_what_was_adopted_but_never_published_is_seen_by_nobody_and_taken_back(collection, kept):
    take(collection, kept, publish=False)
    retriever = collection.retriever()
    assert "tunnel" in retriever.search(Query("bridge tunnel of town3")).hits[0].passage.text
    retriever.close()
    assert collection.build().generation == 2
    assert collection.graphs == ["gen-2"]
    assert take(collection, kept).number == 3


def test_a_library_without_a_finished_generation_is_refused(collection, tmp_path):
    collection.fill(3)
    collection.build()
    (tmp_path / "empty").mkdir()
    with Library(tmp_path / "empty").created():
        pass
    with pytest.raises(IndexMissing, match="holds no index"):
        take(collection, tmp_path / "empty")
    assert collection.state() == "current"
