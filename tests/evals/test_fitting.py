"""Fitting on labelled questions: out of fold, re-runnable, and what is committed comes from it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from assistant.evidence import ANSWER_FEATURES, SENTENCE_FEATURES, fitted
from corpus.errors import CorpusError
from evals.fitting import _auroc, _logistic, _out_of_fold, fit
from evals.labelled import HELD_OUT, _part
from evals.reading import matches, read_case, read_cases


def test_the_committed_weights_name_every_feature_in_order_and_say_where_they_come_from() -> None:
    raw = json.loads(files("assistant").joinpath("fitted.json").read_text("utf-8"))
    assert tuple(raw["sentence"]["weights"]) == SENTENCE_FEATURES
    assert tuple(raw["answer"]["weights"]) == ANSWER_FEATURES
    assert raw["made_by"] == "attache eval fit"
    assert {s["suite"] for s in raw["out_of_fold"]["suites"]} >= {"clapnq", "starter"}
    assert 0 < fitted().floor < 1


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
    assert _auroc(y, _logistic(x, y)(x)) > 0.9
    assert _auroc(y, _out_of_fold(x, y, groups, np.ones(400, bool))) < 0.65


def test_nothing_is_learned_from_what_is_held_out() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 1))
    learned = np.arange(400) < 300
    groups = [str(i) for i in range(400)]
    y = np.where(learned, x[:, 0] > 0, x[:, 0] <= 0)
    scores = _out_of_fold(x, y, groups, learned)
    assert ((scores > 0.5) == (x[:, 0] > 0)).mean() > 0.95


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
