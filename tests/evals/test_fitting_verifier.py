"""The verifier's weights: out of fold, re-runnable, and what is committed comes from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from assistant.bearing import FEATURES, PLAIN
from assistant.learned import Learned
from assistant.verifiers import WEIGHTS
from corpus.errors import CorpusError
from evals.fitting_verifier import FOLDS, Rows, fit_folds, fit_trees, fit_verifier, trees_of


def rows(count: int, turned: bool = False) -> Rows:
    """Rows in groups of four, of which the first feature alone tells yes from no."""
    x = np.random.default_rng(0).normal(size=(count, len(FEATURES)))
    groups = tuple(str(at // 4) for at in range(count))
    return Rows(x, (x[:, 0] > 0) != turned, groups, ("a",) * count, np.ones(count))


def test_the_committed_weights_name_every_feature_and_say_what_they_reached() -> None:
    raw = json.loads(WEIGHTS.read_text("utf-8"))
    for name, features in (("claims", FEATURES), ("sentences", PLAIN)):
        learned = Learned.from_json(raw[name])
        assert learned.features == features
        assert len(learned.folds) == FOLDS
    assert raw["made_by"] == "attache eval fit-verifier"
    assert {"macro_f1", "auroc"} <= raw["out_of_fold"]["figures"][0]["values"].keys()
    assert 0.5 < raw["floor"] < 1


def test_trees_written_down_say_what_the_library_says() -> None:
    x, y = (made := rows(400)).x, made.y
    fitted = HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(x, y)
    assert trees_of(fitted)(x) == pytest.approx(fitted.predict_proba(x)[:, 1], abs=1e-3)


def test_trees_learn_what_tells_yes_from_no_and_never_against_what_a_feature_means() -> None:
    made = rows(400)
    assert ((fit_trees(made)(made.x) > 0.5) == made.y).mean() > 0.95
    # More words found never speaks against a claim, whatever the data says.
    turned = fit_trees(rows(400, turned=True))
    low, high = made.x.copy(), made.x.copy()
    low[:, 0], high[:, 0] = -2.0, 2.0
    assert (turned(high) >= turned(low) - 1e-9).all()


def test_each_group_is_judged_by_a_model_that_did_not_learn_from_it() -> None:
    made = rows(200).plain()
    learned, likely = fit_folds(made, PLAIN)
    for at in (0, 50, 199):
        model = learned.for_group(made.groups[at])
        assert model(made.x[at : at + 1]) == pytest.approx(likely[at : at + 1])
        assert model is not learned.model
    assert learned.for_group("another") is learned.model


def test_absent_data_and_a_place_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"dev\.jsonl"):
        fit_verifier(tmp_path)
    for out in (tmp_path / "absent" / "verifier.json", tmp_path):
        with pytest.raises(CorpusError, match="cannot be written"):
            fit_verifier(tmp_path, out)
