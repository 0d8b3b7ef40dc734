"""What every VectorStore must do; a new one is added to STORES and passes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.errors import IndexUnusable, SettingsError
from index.stores import STORES, check, copy, intact, make_store, seal

DIMENSION = 32


def unit(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(params=sorted(STORES))
def setting(request):
    return f"{request.param}:"


@pytest.fixture
def filled(setting, tmp_path):
    """A closed graph of 300 vectors with the rows 1000..1299."""
    folder = tmp_path / "graph"
    store = make_store(setting)(folder)
    store.add(range(1000, 1300), unit(300))
    store.close()
    return folder


def test_gives_rows_and_cosines_nearest_first(setting, filled):
    store = make_store(setting)(filled)
    query = unit(1, seed=1)[0]
    rows, cosines = store.nearest(query, 20)
    store.close()
    exact = unit(300) @ query
    assert rows.tolist() == (1000 + np.argsort(-exact)[:20]).tolist()
    assert cosines == pytest.approx(np.sort(exact)[::-1][:20], abs=1e-5)


def test_gives_all_where_fewer_are_there_than_wanted(setting, filled):
    store = make_store(setting)(filled)
    rows, _ = store.nearest(unit(1)[0], 1000)
    assert sorted(rows.tolist()) == list(range(1000, 1300))
    assert store.count() == 300
    store.close()


def test_forgets_what_is_deleted_and_bears_what_is_not_there(setting, filled):
    store = make_store(setting)(filled)
    store.delete([1000, 5])
    store.delete([])
    rows, _ = store.nearest(unit(300)[0], 300)
    store.close()
    assert 1000 not in rows
    assert len(rows) == 299


def test_takes_more_than_one_batch_at_once(setting, tmp_path):
    store = make_store(setting)(tmp_path / "large")
    store.add(range(6000), unit(6000))
    assert store.count() == 6000
    assert store.nearest(unit(6000)[5999], 1)[0].tolist() == [5999]
    store.close()


def test_a_changed_copy_leaves_the_open_original_as_it_was(setting, filled, tmp_path):
    original = make_store(setting)(filled)
    before = original.nearest(unit(300)[7], 5)[0].tolist()
    copy(filled, tmp_path / "copy")
    changed = make_store(setting)(tmp_path / "copy")
    changed.delete([before[0]])
    changed.add([2000], unit(300)[7:8])
    assert changed.nearest(unit(300)[7], 1)[0].tolist() == [2000]
    changed.close()
    assert original.nearest(unit(300)[7], 5)[0].tolist() == before
    original.close()


@pytest.mark.parametrize("count", [1, 2, 150])
def test_reading_leaves_the_seal(setting, tmp_path, count):
    folder = tmp_path / "graph"
    store = make_store(setting)(folder)
    store.add(range(count), unit(count))
    store.close()
    sealed = seal(folder)
    for _ in range(2):
        store = make_store(setting)(folder)
        assert len(store.nearest(unit(1)[0], count)[0]) == count
        store.close()
        assert intact(folder, sealed)


def test_a_changed_or_missing_graph_is_not_intact(filled, tmp_path):
    sealed = seal(filled)
    assert intact(filled, sealed)
    assert not intact(tmp_path / "nowhere", sealed)
    largest = max((p for p in filled.glob("*/*")), key=lambda p: p.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    assert not intact(filled, sealed)


def test_the_check_passes_a_good_graph_and_names_what_is_wrong(setting, filled):
    held, foreign = unit(300)[:4], unit(3, seed=9)
    check(setting, filled, 300, held)
    with pytest.raises(IndexUnusable, match="holds 300 vectors, not 301"):
        check(setting, filled, 301, held)
    with pytest.raises(IndexUnusable, match="finds 0 of 3 vectors"):
        check(setting, filled, 300, foreign)


def test_the_check_forgives_a_miss_because_the_search_is_approximate(setting, filled):
    held, foreign = unit(300)[:4], unit(3, seed=9)
    check(setting, filled, 300, np.concatenate([held[:3], foreign]))
    with pytest.raises(IndexUnusable, match="finds 2 of 5 vectors"):
        check(setting, filled, 300, np.concatenate([held[:2], foreign]))


def test_the_check_survives_a_graph_that_breaks_its_reader(setting, filled):
    for path in filled.rglob("*"):
        if path.is_file():
            path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(IndexUnusable, match="fails its check"):
        check(setting, filled, 300, unit(300)[:4])


def test_a_folder_that_cannot_be_used_is_named(setting, tmp_path):
    Path(tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexUnusable, match="cannot be used"):
        make_store(setting)(tmp_path / "file")


def test_an_unknown_store_is_refused_with_the_valid_ones():
    with pytest.raises(SettingsError, match="chroma:"):
        make_store("faiss:")
    with pytest.raises(SettingsError):
        make_store("chroma:http://127.0.0.1")
