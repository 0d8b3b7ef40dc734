"""The measures beside people's judgement, over made-up data in the published formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_labelled import (
    GOOD,
    POOR,
    REFERENCE,
    a_claim,
    a_conversation_file,
    a_pair,
    a_room,
    write_json,
)

from corpus.errors import CorpusError
from evals.agreeing import Comparison, Line, Meta
from evals.meta import meta
from evals.suites.faithfulness import read_rated

MTRAG = "reference_subset_with_human_evaluations.json"
HALF = f"The bridge was opened in 1979. {POOR}"


def write_data(folder: Path) -> Path:
    """People prefer the fuller answer, and find those faithful that stand in the passage."""
    answers = [(POOR, GOOD, 2, 2), (GOOD, POOR, -2, -1), (POOR, HALF, 1, 1), (GOOD, GOOD, 0, 0)]
    pairs = [row for n, pair in enumerate(answers) for row in a_pair(n, *pair)]
    write_json(folder / "ragchecker" / "human_labels.json", pairs)
    talks = a_conversation_file(
        ("one", REFERENCE, (4, 4)), ("one", POOR, (1, 2)), ("two", HALF, (3, 2)),
        ("two", GOOD, (4, 4)),
    )  # fmt: skip
    write_json(folder / "mtrag" / MTRAG, talks)
    claims = [a_claim(f"{n}", REFERENCE if n % 2 else POOR, bool(n % 2)) for n in range(6)]
    write_json(folder / "attribution-bench" / "dev.jsonl", claims)
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Meta:
    data = write_data(tmp_path_factory.mktemp("data"))
    return meta(data, a_room(data).settings)


def line(comparison: Comparison, measure: str) -> Line:
    (found,) = [line for line in comparison.lines if line.measure == measure]
    return found


def test_every_judgement_of_people_has_our_measures_and_others_beside_them(found: Meta) -> None:
    correctness, _, overall, faithful, attributed = found.comparisons
    assert overall.data == "ragchecker, 8 labels of 4 pairs"
    assert line(overall, "word_f1").figures["spearman"].scored == 8
    assert (line(overall, "word_f1").figures["spearman"].value or 0.0) > 0.9
    assert {shown.origin for shown in correctness.lines} == {
        "ours", "beside", "people", "published",
    }  # fmt: skip
    assert faithful.data == "mtrag, 4 answers in 2 conversations"
    assert (line(faithful, "words_found").figures["spearman"].value or 0.0) > 0.8
    assert line(faithful, "Length (in the file)").origin == "beside"
    assert line(attributed, "verifier").figures["macro_f1"].value == 1.0
    assert found.as_text().count("| measure |") == 5


def test_two_people_are_compared_with_each_other(found: Meta) -> None:
    *_, overall, _, _ = found.comparisons
    people = next(shown for shown in overall.lines if shown.origin == "people")
    # (2, 2), (-2, -1), (1, 1), (0, 0): one order.
    assert people.figures["spearman"].value == pytest.approx(1.0)
    assert people.figures["spearman"].scored == 4


def test_each_person_is_set_beside_the_mean_of_the_others(tmp_path: Path) -> None:
    write_json(tmp_path / MTRAG, a_conversation_file(("one", GOOD, (4, 2, 3))))
    (rated,) = read_rated(tmp_path)
    assert (rated.conversation, rated.contexts) == ("one", (REFERENCE,))
    assert [(s.value, s.truth, s.turn) for s in rated.each_other("people")] == [
        (4.0, 2.5, 0), (2.0, 3.5, 1), (3.0, 3.0, 2),
    ]  # fmt: skip
    (score,) = rated.scores({"m": 0.5})
    assert (score.value, score.truth) == (0.5, 3.0)


def test_one_person_alone_is_set_beside_nobody(tmp_path: Path) -> None:
    write_json(tmp_path / MTRAG, a_conversation_file(("one", GOOD, (4,))))
    (rated,) = read_rated(tmp_path)
    assert rated.each_other("people") == []


def test_an_answer_that_nobody_rated_is_left_out(tmp_path: Path) -> None:
    write_json(tmp_path / MTRAG, a_conversation_file(("one", GOOD, (4,)), ("two", POOR, ())))
    assert [rated.conversation for rated in read_rated(tmp_path)] == ["one"]


def test_what_says_nothing_is_counted_as_unscored(tmp_path: Path) -> None:
    """A pair that one person labelled says not how people agree, an empty answer has no support."""
    data = write_data(tmp_path)
    write_json(data / "ragchecker" / "human_labels.json", a_pair(1, POOR, GOOD, 1))
    talks = a_conversation_file(("one", "", (1, 1)), ("one", GOOD, (4, 4)))
    write_json(data / "mtrag" / MTRAG, talks)
    *_, overall, faithful, _ = meta(data, a_room(data).settings).comparisons
    people = next(shown for shown in overall.lines if shown.origin == "people")
    assert (people.figures["spearman"].value, people.figures["spearman"].unscored) == (None, 1)
    support = line(faithful, "support").figures["spearman"]
    assert (support.scored, support.unscored) == (1, 1)


@pytest.mark.parametrize("spoil", ["documents", "tasks"])
def test_an_answer_whose_passages_are_not_in_the_file_is_refused(
    spoil: str, tmp_path: Path
) -> None:
    content: dict[str, Any] = a_conversation_file(("one", GOOD, (4,)))
    write_json(tmp_path / MTRAG, content | {spoil: []})
    with pytest.raises(CorpusError, match="lacks the task or a passage"):
        read_rated(tmp_path)


@pytest.mark.parametrize(
    "file", [f"mtrag/{MTRAG}", "ragchecker/human_labels.json", "attribution-bench/dev.jsonl"]
)
def test_a_missing_file_is_named(file: str, tmp_path: Path) -> None:
    data = write_data(tmp_path)
    (data / file).unlink()
    with pytest.raises(CorpusError, match=file):
        meta(data, a_room(data).settings)
