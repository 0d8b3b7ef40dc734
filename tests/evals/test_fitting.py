"""Fitting on labelled questions: out of fold, re-runnable, and what is committed comes from it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from made import DAY
from numpy.typing import NDArray

from assistant.evidence import ANSWER_FEATURES, SENTENCE_FEATURES
from assistant.learned import Logistic
from assistant.questions import understand
from assistant.ranking import RANK_FEATURES
from assistant.types import Ask
from assistant.weights import weights
from corpus.errors import CorpusError
from evals.fitting import _auroc, _folds, _learn, _logistic, fit
from evals.labelled import HELD_OUT, Asked, _part
from evals.ranking import Lists, listwise
from evals.reading import matches, read_case, read_cases
from evals.statistics import Floats
from index.types import Found


def test_the_committed_weights_name_every_feature_in_order_and_say_where_they_come_from() -> None:
    raw = json.loads(files("assistant").joinpath("fitted.json").read_text("utf-8"))
    told = weights()
    assert told.ranking.features == RANK_FEATURES
    assert told.sentence.features == SENTENCE_FEATURES
    assert told.answer.features == ANSWER_FEATURES
    assert raw["made_by"] == "attache eval fit"
    assert {s["suite"] for s in raw["out_of_fold"]["suites"]} >= {"clapnq", "starter"}
    assert 0 < told.floor < 1


def test_a_question_that_was_learned_from_is_judged_by_other_models_than_a_new_one() -> None:
    told = weights()
    learned, new = told.without("clapnq/Cold feet"), told.without("clapnq/Nobody asked this")
    assert (new.ranking, new.sentence, new.answer) == (
        told.fitted.ranking, told.fitted.sentence, told.fitted.answer,
    )  # fmt: skip
    assert learned.ranking != new.ranking
    assert learned.answer != new.answer


def test_weights_on_raw_features_give_back_what_separates_them() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)) * [1.0, 100.0, 0.01] + [0.0, 50.0, 1.0]
    y = x[:, 1] > 50
    model = _logistic(x, y)
    assert _auroc(y, model(x)) > 0.99
    assert ((model(x) > 0.5) == y).mean() > 0.95


def test_out_of_fold_scores_do_not_learn_a_group_by_heart() -> None:
    rng = np.random.default_rng(0)
    groups = [str(g) for g in range(100) for _ in range(4)]
    x = np.repeat(rng.normal(size=(100, 90)), 4, axis=0)
    y = np.repeat(rng.random(100) > 0.5, 4)
    assert _auroc(y, _logistic(x, y)(x)) > 0.8
    _, scores = _learn(("a",) * 90, x, y, groups, _tenths(groups), np.ones(400))
    assert _auroc(y, scores) < 0.65


def test_nothing_is_learned_from_what_has_no_weight() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 1))
    learned = np.arange(400) < 300
    groups = [str(i) for i in range(400)]
    y = np.where(learned, x[:, 0] > 0, x[:, 0] <= 0)
    kept, scores = _learn(("a",), x, y, groups, _tenths(groups), learned.astype(float))
    assert ((scores > 0.5) == (x[:, 0] > 0)).mean() > 0.95
    assert ((kept.model(x) > 0.5) == (x[:, 0] > 0)).mean() > 0.95


def _tenths(groups: list[str]) -> list[list[str]]:
    names = list(dict.fromkeys(groups))
    return [names[i::10] for i in range(10)]


def test_the_largest_groups_are_never_in_one_fold() -> None:
    sizes = {f"document {i}": 40 + i for i in range(5)} | {f"page {i}": 1 for i in range(100)}
    asked = [_asked(group) for group, size in sizes.items() for _ in range(size)]
    folds = _folds(asked)
    assert sorted(group for fold in folds for group in fold) == sorted(sizes)
    assert all(sum(group.startswith("document") for group in fold) <= 1 for fold in folds)


def _asked(group: str) -> Asked:
    return Asked("suite", group, understand(Ask("Why?", DAY)), Found((), 0, 0, 0, ()), True, ())


def test_a_fitted_order_puts_first_what_bears_the_answer_whatever_the_questions_level() -> None:
    rng = np.random.default_rng(0)
    number = np.repeat(np.arange(60), 8)
    features = rng.normal(size=(480, 3)) * [1.0, 50.0, 0.1]
    features[:, 0] += 3 * rng.normal(size=60)[number]
    bears = np.zeros(480, bool)
    for i in range(60):
        here = np.flatnonzero(number == i)
        bears[here[np.argmax(features[here, 0] + features[here, 1] / 100)]] = True
    model = listwise(Lists(features, bears, number, np.ones(480)))
    assert _first_bears(model, features, bears, number) > 0.9


def _first_bears(
    model: Logistic, features: Floats, bears: NDArray[np.bool_], number: NDArray[np.intp]
) -> float:
    scores = features @ np.asarray(model.weights)
    firsts = [bears[here[np.argmax(scores[here])]] for here in
              (np.flatnonzero(number == i) for i in np.unique(number))]  # fmt: skip
    return float(np.mean(firsts))


def test_an_id_stands_for_its_parts() -> None:
    assert matches("a-law--part", ("a-law",))
    assert matches("a-law", ("a-law",))
    assert not matches("a-law", ("a-law--part",))


def test_absent_data_and_a_bad_case_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"answerable\.jsonl"):
        fit(tmp_path)
    bad = tmp_path / "cases.jsonl"
    bad.write_text('{"id": "a", "type": "SF", "question": "x"}\n{"id": 3}\n')
    with pytest.raises(CorpusError, match="line 2"):
        list(read_cases(bad))


def test_a_place_that_cannot_be_written_is_named_before_the_work_begins(tmp_path: Path) -> None:
    for out in (tmp_path / "absent" / "fitted.json", tmp_path):
        with pytest.raises(CorpusError, match="cannot be written"):
            fit(tmp_path, out=out)


def test_what_is_held_back_worded_anew_or_put_to_mislead_is_not_learned_from() -> None:
    line = {"id": "a", "type": "SF", "question": "Why?", "split": "tune"}
    assert _part(read_case(line)) not in HELD_OUT
    for change in ({"split": "test"}, {"wording_of": "b"}, {"type": "AT"}):
        assert _part(read_case(line | change)) in HELD_OUT
