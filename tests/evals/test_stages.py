"""The stopwatch of the stages, and the neighbours that a search graph finds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from assistant.assembly import Bench, build_index, embedder_of, open_bench
from assistant.settings import Settings, load_settings
from evals.neighbours import neighbour_recall
from evals.stages import Stopwatch, stage_times
from index.snapshots import Snapshot

QUESTIONS = [f"When did the bridge of Wick{n} open?" for n in range(12)]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a small index that compares words."""
    folder = tmp_path_factory.mktemp("stages")
    (folder / "files").mkdir()
    for n in range(12):
        text = f"The bridge of Wick{n} opened in {1800 + n}. It carried a railway and a road."
        (folder / "files" / f"{n}.md").write_text(f"# Wick{n}\n\n{text}\n", "utf-8")
    made = load_settings(
        home=folder / "home", starter=False, sources=(folder / "files",), embedder="hashing:384"
    )
    build_index(made)
    return made


@pytest.fixture
def bench(settings: Settings) -> Iterator[Bench]:
    opened = open_bench(settings)
    yield opened
    opened.close()


class Ticking:
    """A clock that goes one second further each time it is read."""

    def __init__(self) -> None:
        self._ticks = count()

    def __call__(self) -> float:
        return float(next(self._ticks))


def test_time_in_an_inner_stage_is_not_its_outer_ones() -> None:
    watch = Stopwatch(Ticking())  # read at 0
    with watch.stage("outer"):  # 1
        with watch.stage("inner"):  # 2
            pass  # 3
        watch.turn("after")  # 4
    assert watch.seconds == {"outer": 2, "inner": 1, "after": 1}


def test_a_method_is_watched_only_within_the_block() -> None:
    class Worker:
        def work(self) -> str:
            return "done"

    watch = Stopwatch(Ticking())
    with watch.watching(Worker, "work", "working"):
        assert Worker().work() == "done"
    assert watch.seconds == {"working": 1}
    Worker().work()
    assert watch.seconds == {"working": 1}


def test_every_stage_of_an_answer_takes_some_time(bench: Bench) -> None:
    times = stage_times(bench, QUESTIONS)
    assert {"understand", "embed", "dense", "keyword", "read", "rank", "judge"} <= times.keys()
    assert {"compose", "ground", "caveat"} <= times.keys()
    assert all(ms > 0 for ms in times.values())


def test_nothing_stays_watched(bench: Bench) -> None:
    before = Snapshot.nearest
    stage_times(bench, QUESTIONS[:1])
    assert Snapshot.nearest is before


def test_a_small_graph_finds_all_neighbours(settings: Settings) -> None:
    embedder = embedder_of(settings)
    assert neighbour_recall(settings.home, settings.store, embedder, QUESTIONS) == 1


def test_neighbours_that_are_not_found_are_counted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest = Snapshot.nearest

    def poor(self: Snapshot, *given: object) -> object:
        found = nearest(self, *given)  # type: ignore[arg-type]
        # Two of the ten are exchanged for the two that are furthest away.
        far = nearest(self, given[0], None, len(self))[-2:]  # type: ignore[arg-type]
        found[-2:] = far
        return found

    monkeypatch.setattr(Snapshot, "nearest", poor)
    recall = neighbour_recall(settings.home, settings.store, embedder_of(settings), QUESTIONS)
    assert recall == pytest.approx(0.8, abs=0.05)
