import warnings

import numpy as np
import pytest
from hypothesis import given

from tests import naive
from tests.strategies import problems
from threshold_estimators import (
    Constrained,
    Cost,
    FBeta,
    Jaccard,
    NegativePredictiveValue,
    Precision,
    Recall,
    Specificity,
    YoudenJ,
    tune_thresholds,
)
from threshold_estimators.core import class_weights, confusion_counts
from threshold_estimators.solvers import _global
from threshold_estimators.solvers._global import one_threshold

OBJECTIVES = [
    FBeta(),
    FBeta(average="weighted"),
    YoudenJ(),
    Jaccard(average="micro"),
    Constrained(Recall(average="micro"), Precision(average="micro"), 0.6, confidence=None),
    Cost(fp=2, fn=3),
    Cost(fp=-1, fn=1),
]
NARROWED = {"n_edges": 3, "n_sampled": 8, "n_left": 0}  # as if there were many cells


class NotKnownToBeMonotone(FBeta):
    """Its cells are all sorted."""

    _is_monotone = False


def value_of(objective, weight):
    """Value of decisions, 0 where the constraint does not hold."""

    def value(y_true, y_pred):
        if len(objective._violated(y_true, y_pred, weight)):
            return 0.0
        return objective._value(y_true, y_pred, weight)

    return value


@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
@given(problem=problems(max_samples=7, max_labels=3))
def test_no_common_threshold_does_better(objective, problem):
    y_true, y_score, weight = problem
    if weight is not None:
        y_true, y_score, weight = y_true[weight > 0], y_score[weight > 0], weight[weight > 0]
    label_weight = None
    if objective._form != "micro":
        label_weight = objective._label_weight(class_weights(y_true, weight)[0])
    threshold = one_threshold(objective, y_true, y_score, weight, label_weight, **NARROWED)
    assert threshold.dtype == y_score.dtype
    value = value_of(objective, weight)
    reached = value(y_true, y_score >= threshold)
    assert reached == pytest.approx(naive.best_global(y_true, y_score, value))


@pytest.mark.filterwarnings("ignore:.*constraint")
@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
@given(problem=problems(max_samples=7, max_labels=3))
def test_strategy_global_has_one_threshold(objective, problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(
        y_true, y_score, scoring=objective, strategy="global", sample_weight=weight
    )
    assert len(np.unique(tuned.thresholds)) == 1
    assert tuned.thresholds.dtype == y_score.dtype
    value = value_of(objective, weight)
    reached = value(y_true, tuned.predict(y_score) == 1)
    assert reached == pytest.approx(naive.best_global(y_true, y_score, value))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("is_micro", [False, True])
def test_few_cells_of_many_are_sorted(is_micro, dtype, weighted, monkeypatch):
    rng = np.random.default_rng(0)
    y_true = rng.random((20_000, 6)) < [0.01, 0.1, 0.2, 0.5, 0.0, 1.0]
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true).astype(dtype)
    weight = rng.choice([0.5, 1.0, 3.0], len(y_true)) if weighted else None
    label_weight = None if is_micro else np.ones(6)
    n_sorted = []

    def counted(positive, *args):
        n_sorted.append(len(positive))
        return cuts_at_all_scores(positive, *args)

    cuts_at_all_scores = _global.cuts_at_all_scores
    monkeypatch.setattr(_global, "cuts_at_all_scores", counted)
    found = one_threshold(FBeta(), y_true, y_score, weight, label_weight)
    assert sum(n_sorted) <= 20_000
    n_sorted.clear()
    everywhere = one_threshold(NotKnownToBeMonotone(), y_true, y_score, weight, label_weight)
    assert sum(n_sorted) == y_score.size
    assert found == everywhere


def test_weights_of_many_magnitudes_do_not_hide_a_better_threshold():
    """Values near 0, where rounding errors are as large as differences."""
    y_true = np.array([[0, 1], [0, 1], [1, 1]], bool)
    y_score = np.tile([-0.3, 0.2], (3, 1))
    weight = np.array([0.00011796733307181961, 0.0036926339922554773, 299108.5779284533])
    tuned = tune_thresholds(
        y_true, y_score, scoring=YoudenJ(), strategy="global", sample_weight=weight
    )
    assert tuned.score == pytest.approx(0)


def test_rounding_of_weights_does_not_meet_a_floor():
    """With all cells predicted nothing is left for the negative predictive value."""
    rng = np.random.default_rng(0)
    scoring = Constrained(
        Specificity(average="micro"), NegativePredictiveValue(average="micro"), 0.7, None
    )
    for _ in range(200):
        y_true, y_score = rng.random((5, 3)) < 0.6, rng.integers(0, 3, (5, 3)) / 3
        weight = rng.choice([0.1, 0.2, 1.0], (5, 3))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tuned = tune_thresholds(
                y_true, y_score, scoring=scoring, strategy="global", sample_weight=weight
            )
        candidates = [np.inf, *np.unique(y_score)]
        best = max(
            scoring.formula(*np.sum(confusion_counts(y_true, y_score >= threshold, weight), axis=1))
            for threshold in candidates
        )
        counts = np.sum(confusion_counts(y_true, y_score >= tuned.thresholds, weight), axis=1)
        assert scoring.formula(*counts) == pytest.approx(best)
