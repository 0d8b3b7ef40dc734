"""kill -9 at any moment of a build: readers stay on the last generation, the next build carries on.

The child has imported everything before it says `ready`, so that kills meet the build itself.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from index.types import Query

CHILD = Path(__file__).with_name("killed_child.py")
AIMED = [
    ("read", 5),
    ("embed", 1),
    ("embed", 2),
    ("write", 1),
    ("write", 2),
    ("graph", 1),
    ("graph", 2),
    ("check", 1),
    ("check", 2),
    ("publish", 1),
    ("publish", 2),
]


class Child:
    """A build in another process, ready to begin."""

    def __init__(self, collection, stage: str, count: int) -> None:
        command = [sys.executable, str(CHILD), str(collection.root), str(collection.home)]
        self.process = subprocess.Popen(
            [*command, stage, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def begin(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self) -> int:
        self.process.communicate()
        return self.process.returncode


@pytest.fixture
def town(collection):
    """150 indexed sources, so that a build has several batches."""
    collection.fill(150)
    collection.build()
    return collection


def change(collection, trial: int) -> None:
    """Fresh files enough for two batches, one changed and one removed."""
    for i in range(140):
        collection.write(
            f"new{trial}-{i}", f"The zeppelin{trial} number {i} landed.", published="1930"
        )
    collection.write("s0", f"Version {trial} of the text.", published="1900")
    for old in collection.root.glob(f"new{trial - 1}-*"):
        old.unlink()


def assert_whole(collection, generation: int, trial: int, *, fresh: bool) -> None:
    """Both searches answer from this generation, and know the trial's word only if it is in."""
    retriever = collection.retriever()
    try:
        found = retriever.search(Query(f"zeppelin{trial} bridge", limit=20))
        assert found.generation == generation
        assert (dict(found.frequency)[f"zeppelin{trial}"] > 0) == fresh
        assert any(f"zeppelin{trial}" in hit.passage.text for hit in found.hits) == fresh
        assert len(found.hits) == 20
        with retriever._reading() as snapshot:
            vector = collection.embedder.embed_query("bridge")
            near = snapshot.nearest(vector, None, len(snapshot))
            assert sorted(near.tolist()) == list(range(len(snapshot)))
    finally:
        retriever.close()


def recover(collection, before: int, trial: int) -> int:
    """What must hold after a kill; returns the generation after the next build."""
    retriever = collection.retriever()
    reached = retriever.search(Query("bridge")).generation
    retriever.close()
    assert reached in (before, before + 1)
    assert_whole(collection, reached, trial, fresh=reached > before)
    report = collection.build()
    assert report.generation == before + 1
    assert report.sources == 290
    assert_whole(collection, before + 1, trial, fresh=True)
    assert collection.graphs == [f"gen-{before + 1}"]
    assert collection.build().generation == before + 1
    return report.generation


def kill_at_random(collection, before: int, trial: int, chance: random.Random) -> int:
    """The instant is drawn over the length of a build; a build that ends first counts too."""
    child = Child(collection, "any", 1)
    child.begin()
    try:
        child.process.wait(timeout=chance.uniform(0.0, 2.5))
    except subprocess.TimeoutExpired:
        child.process.send_signal(signal.SIGKILL)
    child.end()
    return recover(collection, before, trial)


def aim(collection, before: int, trial: int, stage: str, count: int) -> int:
    child = Child(collection, stage, count)
    child.begin()
    assert child.end() == -signal.SIGKILL
    return recover(collection, before, trial)


def test_killed_in_each_phase_the_last_generation_answers_and_the_next_build_carries_on(town):
    """Eight kills, one or two in every phase."""
    generation = 1
    moments = [m for m in AIMED if m not in (("embed", 1), ("write", 1), ("graph", 1))]
    for trial, (stage, count) in enumerate(moments):
        change(town, trial)
        generation = aim(town, generation, trial, stage, count)


def test_killed_at_random_instants_the_last_generation_answers(town):
    chance = random.Random(20261123)
    generation = 1
    for trial in range(2):
        change(town, trial)
        generation = kill_at_random(town, generation, trial, chance)


def test_killed_in_the_very_first_build_the_next_one_begins_where_it_stopped(collection):
    collection.fill(150)
    child = Child(collection, "embed", 2)
    child.begin()
    assert child.end() == -signal.SIGKILL
    assert collection.state() == "missing"
    report = collection.build()
    assert (report.generation, report.sources, report.embedded) == (1, 150, 22)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_fifty_kills_in_a_row_lose_nothing(town):
    chance = random.Random(7)
    generation = 1
    for trial in range(50):
        change(town, trial)
        if trial % 2:
            generation = kill_at_random(town, generation, trial, chance)
        else:
            generation = aim(town, generation, trial, *AIMED[trial // 2 % len(AIMED)])
