"""Suites without documents: attribution-bench, summedits and ragchecker in small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_labelled import GOOD, POOR, REFERENCE, a_claim, a_pair, a_room, write_json

from corpus.errors import CorpusError, SettingsError
from evals.running import run_suite
from evals.scoring import score_run
from evals.suites.attribution import attribution, read_claims
from evals.suites.choosing import choose
from evals.suites.ragchecker import Pair, ours, plain, ragchecker, read_pairs, told
from evals.suites.suite import Suite
from evals.suites.summedits import read_pairs as read_edits
from evals.suites.summedits import summedits

CLAIMS = [a_claim(f"{n}", REFERENCE if n % 2 else POOR, bool(n % 2)) for n in range(8)]


def an_edit(id: str, summary: str, label: int, doc: str = REFERENCE) -> Any:
    return {"id": id, "doc": doc, "summary": summary, "label": label, "edit_types": []}


def test_claims_of_one_question_are_a_group(tmp_path: Path) -> None:
    write_json(
        tmp_path / "dev.jsonl", [a_claim("1", GOOD, True, "q"), a_claim("2", POOR, False, "q")]
    )
    one, two = read_claims(tmp_path)
    assert (one.group, two.group, one.borne, two.borne) == ("q", "q", True, False)
    assert (one.type, one.texts) == ("A", (REFERENCE,))


def test_summaries_of_one_document_are_a_group_and_the_domain_is_the_type(tmp_path: Path) -> None:
    write_json(tmp_path / "news.json", [an_edit("1", GOOD, 1), an_edit("2", POOR, 0)])
    write_json(tmp_path / "talk.json", [an_edit("1", GOOD, 1, "Another.")])
    items = read_edits(tmp_path)
    assert [item.id for item in items] == ["news/1", "news/2", "talk/1"]
    assert [item.type for item in items] == ["news", "news", "talk"]
    assert items[0].group == items[1].group != items[2].group


def test_the_labels_of_a_pair_come_together_though_each_has_a_row(tmp_path: Path) -> None:
    write_json(
        tmp_path / "human_labels.json", [*a_pair(1, POOR, GOOD, 2, 1), *a_pair(2, GOOD, POOR, -1)]
    )
    one, two = read_pairs(tmp_path)
    assert [preference["overall"] for preference in one.preferences] == [2.0, 1.0]
    assert (one.first, one.second, one.reference, one.dataset) == (POOR, GOOD, REFERENCE, "kiwi")
    assert len(two.preferences) == 1


def test_a_pair_is_scored_for_each_aspect_and_person() -> None:
    pair = Pair(
        "p", "d", REFERENCE, POOR, GOOD, ({"correctness": 1, "completeness": 2, "overall": 0},)
    )
    assert [(s.measure, s.turn, s.value, s.truth) for s in pair.scores("m", 0.5)] == [
        ("correctness_by_m", 0, 0.5, 1),
        ("completeness_by_m", 0, 0.5, 2),
        ("overall_by_m", 0, 0.5, 0),
    ]


def test_a_measure_of_a_pair_is_the_second_less_the_first(tmp_path: Path) -> None:
    pairs = (
        Pair("p", "d", REFERENCE, POOR, REFERENCE, ()),
        Pair("q", "d", REFERENCE, REFERENCE, POOR, ()),
        Pair("r", "d", REFERENCE, GOOD, GOOD, ()),
    )
    found = ours(pairs, a_room(tmp_path, verifier="lexical").settings) | plain(pairs)
    for name in ("word_f1", "word_recall", "fact_recall", "support", "rouge_l", "tfidf"):
        assert found[name] == pytest.approx([1.0, -1.0, 0.0], abs=0.15), name
    # Two words against eleven.
    assert list(found["length"]) == [9.0, -9.0, 0.0]
    assert found["similarity"][0] > 0.5
    assert [score.case for score in told(pairs, found)] == []


@pytest.mark.parametrize(
    ("name", "write", "measure", "baseline"),
    [
        ("attribution-bench", lambda folder: write_json(folder / "dev.jsonl", CLAIMS),
         "macro_f1", "nine features, learned"),
        ("ragchecker", lambda folder: write_json(
            folder / "human_labels.json",
            [row for n in range(4) for row in a_pair(n, [POOR, GOOD][n % 2], [GOOD, POOR][n % 2],
                                                     2 - 4 * (n % 2), 1 - 2 * (n % 2))]),
         "overall_by_word_f1", "ROUGE-L"),
    ],
)  # fmt: skip
def test_a_suite_of_labelled_texts_runs_without_documents(
    tmp_path: Path, name: str, write: Callable[[Path], Path], measure: str, baseline: str
) -> None:
    write(tmp_path / "data" / name)
    room = a_room(tmp_path)
    suite = choose(name, tmp_path / "data", None)
    run = run_suite(suite, room.settings, tmp_path / "run", room.plan)
    summary = score_run(run)
    assert summary.turns == 8
    assert (summary.measures[measure].value or 0.0) > 0.8
    assert any("rouge" in n or n == measure for n in summary.baseline[baseline])


def test_summaries_are_learned_from_other_domains_only(tmp_path: Path) -> None:
    rows = [an_edit(str(n), REFERENCE if n % 2 else POOR, n % 2) for n in range(4)]
    write_json(tmp_path / "data" / "news.json", rows)
    room = a_room(tmp_path)
    alone = summedits(tmp_path / "data")
    summary = score_run(run_suite(alone, room.settings, tmp_path / "one", room.plan))
    learned = summary.baseline["seven features, learned"]["consistency_auroc"]
    assert (learned.value, learned.unscored) == (None, 4)
    assert summary.measures["consistency_balanced_accuracy"].value == 1.0
    write_json(tmp_path / "data" / "talk.json", rows)
    both = summedits(tmp_path / "data")
    summary = score_run(run_suite(both, room.settings, tmp_path / "two", room.plan))
    assert summary.baseline["seven features, learned"]["consistency_auroc"].value == 1.0


@pytest.mark.parametrize(
    ("suite", "file"),
    [(attribution, "dev.jsonl"), (ragchecker, "human_labels.json"), (summedits, "DOMAIN.json")],
)
def test_missing_data_is_named(suite: Callable[[Path], Suite], file: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=file):
        suite(tmp_path)


@pytest.mark.parametrize(
    "content", ["{", '{"id": "1"}', '{"id": "1", "attribution_label": "perhaps"}', "\udcff"]
)
def test_data_that_is_not_as_published_is_named_in_one_line(content: str, tmp_path: Path) -> None:
    (tmp_path / "dev.jsonl").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(CorpusError, match=r"dev\.jsonl") as refused:
        attribution(tmp_path)
    assert "\n" not in str(refused.value)


def test_a_suite_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"starter, .*ragchecker"):
        choose("ragcheker", tmp_path, None)
