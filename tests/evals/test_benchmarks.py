"""The speed benchmark's reckoning, and the whole of it on a small collection."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import CorpusError
from evals.benchmarks import coverage, speed, within
from evals.tutorial import CHUNKS, Stretch, Tutorial

stretches = st.builds(
    lambda document, start, length: Stretch(document, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 60),
    st.integers(1, 40),
)


def town(number: int) -> str:
    return (
        f"The town of Wick{number} built its harbour in {1700 + number}. "
        f"Its council has {number + 3} members, who meet in the hall by the old mill. "
        f"Trade in wool made Wick{number} rich, and a fire in {1800 + number} made it poor."
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the shape of the chunking evaluation: one document, three questions."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "corpora").mkdir()
    text = "\n\n".join(town(number) for number in range(60))
    (folder / "corpora" / "towns.md").write_text(text, encoding="utf-8")
    rows = []
    for number in (5, 20, 41):
        start = text.index(f"The town of Wick{number} ")
        end = text.index(".", start) + 1
        part = {"content": text[start:end], "start_index": start, "end_index": end}
        question = f"When did Wick{number} build its harbour?"
        rows.append({"question": question, "document": "towns", "references": [part]})
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "questions.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_coverage_counts_characters_once_and_by_document() -> None:
    wanted = [Stretch("a", 0, 10), Stretch("a", 20, 30)]
    assert coverage(wanted, [Stretch("a", 5, 12), Stretch("a", 8, 25)]) == 0.5
    assert coverage(wanted, [Stretch("b", 0, 30)]) == 0
    assert coverage(wanted, []) == 0


@given(wanted=st.lists(stretches, min_size=1), returned=st.lists(stretches))
def test_coverage_lies_between_none_and_all_and_never_falls_with_more(
    wanted: list[Stretch], returned: list[Stretch]
) -> None:
    assert 0 <= coverage(wanted, returned[1:]) <= coverage(wanted, returned) <= 1
    assert coverage(wanted, returned + wanted) == 1


@given(hits=st.lists(stretches), budget=st.integers(0, 200))
def test_a_budget_keeps_the_first_hits_and_is_never_exceeded(
    hits: list[Stretch], budget: int
) -> None:
    kept = within(hits, budget)
    length = sum(hit.end - hit.start for hit in kept)
    assert kept == hits[: len(kept)]
    assert length <= budget
    if len(kept) < len(hits):
        following = hits[len(kept)]
        assert length + following.end - following.start > budget


def test_the_tutorial_returns_stretches_of_the_text_it_was_given(tmp_path: Path) -> None:
    texts = {"a.md": " ".join(town(n) for n in range(30)), "b.md": "Otters eat fish. " * 90}
    index = Tutorial().index(texts, tmp_path)
    found = index.search("What do otters eat?")
    assert len(found) == CHUNKS
    assert found[0].document == "b.md"
    assert all(0 <= s.start < s.end <= len(texts[s.document]) for s in found)
    assert all(s.end - s.start <= 1000 for s in found)


def test_a_folder_without_corpora_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="--data"):
        speed(tmp_path)


@pytest.mark.slow
def test_measures_both_pipelines_and_the_program_as_it_is_started(data: Path) -> None:
    told: list[str] = []
    report = speed(data, passages=60, progress=told.append)
    found = report.as_json()
    assert json.loads(json.dumps(found)) == found
    assert found["passages"] >= 60
    assert found["recall_questions"] == 3
    assert 0 <= found["recall_tutorial"] <= 1
    assert found["recall_ours"] == 1
    assert found["returned_chars"]["ours"] <= found["returned_chars"]["tutorial"]
    assert 0 < found["answer_ms"]["p50"] <= found["answer_ms"]["p95"]
    assert found["answer_questions"] >= 20
    assert found["stage_ms"].keys() == found["stage_share"].keys() >= {"embed", "dense", "keyword"}
    assert sum(found["stage_share"].values()) == pytest.approx(1, abs=0.02)
    assert 0.95 <= found["neighbour_recall"] <= 1
    assert found["index_ratio"] > 0
    assert found["ready_s"] > 0
    assert found["cold_ask_s"] > 0
    assert told


@pytest.mark.slow
def test_the_plain_pipeline_can_be_left_out(data: Path) -> None:
    found = speed(data, passages=60, comparing=False).as_json()
    assert "index_ratio" not in found
    assert found["answer_ms"]["p50"] > 0
