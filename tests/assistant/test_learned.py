"""Nothing is judged by a model that learned from it, and weights say the same once kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from assistant.learned import Fold, Learned, Logistic, Model, Trees, group_keys

ALL, ONE, OTHER = (Logistic(bias, (1.0, -1.0)) for bias in (0.0, 1.0, 2.0))
LEARNED = Learned(
    ("a", "b"), ALL, (Fold(group_keys(["q1", "q2"]), ONE), Fold(group_keys(["q3"]), OTHER))
)
STUMP = ((0, 0.5, 1, 2, 0.0), (0, 0.0, 1, 1, -3.0), (0, 0.0, 2, 2, 3.0))


@pytest.mark.parametrize(
    ("group", "model"), [("q1", ONE), ("q2", ONE), ("q3", OTHER), ("another", ALL)]
)
def test_a_group_that_was_learned_from_is_judged_by_the_model_that_did_not(
    group: str, model: Model
) -> None:
    assert LEARNED.for_group(group) is model


def test_the_groups_themselves_do_not_stand_in_the_file() -> None:
    assert "q1" not in json.dumps(LEARNED.as_json())


@pytest.mark.parametrize("model", [ALL, Trees(0.25, (STUMP, STUMP))])
def test_what_was_written_says_the_same_when_it_is_read(model: Model) -> None:
    kept = Learned(("a", "b"), model, (Fold(group_keys(["q"]), model),))
    written = json.dumps({"made_by": "a test"} | kept.as_json())
    assert Learned.from_json(json.loads(written)) == kept


def test_a_tree_goes_left_up_to_its_threshold() -> None:
    model = Trees(0.0, (STUMP,))
    said = model(np.asarray([[0.0, 9.0], [0.5, 9.0], [0.6, 9.0]]))
    assert said == pytest.approx(1 / (1 + np.exp([3.0, 3.0, -3.0])))


def test_no_rows_give_no_probabilities() -> None:
    for model in (ALL, Trees(0.0, (STUMP,)), Trees(0.0, ())):
        assert model(np.zeros((0, 2))).shape == (0,)


def test_trees_say_what_the_library_that_fitted_them_says() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = x[:, 0] * x[:, 1] > 0
    fitted = GradientBoostingClassifier(n_estimators=20, max_depth=3, random_state=0).fit(x, y)
    own = []
    for (regressor,) in fitted.estimators_:
        nodes = regressor.tree_
        own.append(
            tuple(
                (at, 0.0, i, i, 0.1 * float(nodes.value[i, 0, 0]))
                if left < 0
                else (int(nodes.feature[i]), float(nodes.threshold[i]), int(left), int(right), 0.0)
                for i, (left, right) in enumerate(
                    zip(nodes.children_left, nodes.children_right, strict=True)
                )
                for at in (0,)
            )
        )
    bias = float(np.log(y.mean() / (1 - y.mean())))
    assert Trees(bias, tuple(own))(x) == pytest.approx(fitted.predict_proba(x)[:, 1], abs=1e-6)
