"""Weights of cells: each label counts its samples as if they were repeated, or left out."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import f1_score

from tests.registry import OBJECTIVES
from tests.strategies import examples
from threshold_estimators import (
    Accuracy,
    BalancedAccuracy,
    Cost,
    FBeta,
    GMean,
    Jaccard,
    MatthewsCorrelation,
    SubsetAccuracy,
    threshold_report,
    tune_thresholds,
)

# Objectives with a trivial maximiser are told of, but solved like all others.
pytestmark = pytest.mark.filterwarnings("ignore:.* is won by predicting")

WHOLE = st.sampled_from([0.0, 1.0, 2.0, 3.0])
FRACTIONS = st.sampled_from([0.0, 0.1, 0.25, 1.0, 3.7])


@st.composite
def problems(draw, weights=WHOLE, max_samples=7, max_labels=3):
    shape = draw(st.integers(1, max_samples)), draw(st.integers(1, max_labels))
    y_true = draw(hnp.arrays(bool, shape))
    y_score = draw(hnp.arrays(float, shape, elements=st.sampled_from([0.1, 0.3, 0.5, 0.9])))
    weight = draw(hnp.arrays(float, shape, elements=weights).filter(np.any))
    return y_true, y_score, weight


@st.composite
def problems_with_missing_labels(draw):
    """Weights that are those of the samples, or 0."""
    y_true, y_score, weight = draw(problems())
    of_samples = draw(hnp.arrays(float, len(weight), elements=st.sampled_from([0.5, 1.0, 2.0])))
    return y_true, y_score, (weight > 0) * of_samples[:, np.newaxis]


def repeated(y_true, y_score, weight, label):
    samples = np.repeat(np.arange(len(weight)), weight[:, label].astype(int))
    return y_true[samples][:, [label]], y_score[samples][:, [label]]


@pytest.mark.parametrize("strategy", ["per_label", "proportion"])
@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
@given(problem=problems())
def test_whole_weights_repeat_the_samples_of_a_label(objective, strategy, problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(
        y_true, y_score, scoring=objective, strategy=strategy, sample_weight=weight
    )
    for label in np.flatnonzero(weight.any(axis=0)):
        alone = tune_thresholds(*repeated(*problem, label), scoring=objective, strategy=strategy)
        assert tuned.thresholds[label] == alone.thresholds[0]
    value = objective.evaluate(y_true, y_score >= tuned.thresholds, sample_weight=weight)
    assert tuned.score == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
@given(problem=problems())
def test_values_of_labels_are_those_of_repeated_samples(objective, problem):
    y_true, y_score, weight = problem
    of_labels = objective.set_params(average=None).evaluate(
        y_true, y_score >= 0.5, sample_weight=weight
    )
    objective.set_params(average="macro")
    for label in np.flatnonzero(weight.any(axis=0)):
        positive, score = repeated(*problem, label)
        assert of_labels[label] == pytest.approx(objective.evaluate(positive, score >= 0.5))


@pytest.mark.parametrize("scoring", [FBeta, Jaccard, Accuracy, BalancedAccuracy])
@examples(60)
@given(problem=problems(FRACTIONS, max_samples=5))
def test_micro_average_is_exact(scoring, problem):
    y_true, y_score, weight = problem
    objective = scoring(average="micro")
    tuned = tune_thresholds(
        y_true, y_score, scoring=objective, strategy="per_label", sample_weight=weight
    )
    candidates = product(*[[*np.unique(scores), np.inf] for scores in y_score.T])
    best = max(
        objective.evaluate(y_true, y_score >= thresholds, sample_weight=weight)
        for thresholds in candidates
    )
    assert tuned.score == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize(
    "objective",
    [
        FBeta(),
        FBeta(average="weighted"),
        FBeta(average="micro"),
        GMean(),
        MatthewsCorrelation(average="micro"),
        Cost(fn=2),
    ],
)
@examples(100)
@given(problem=problems(FRACTIONS))
def test_one_threshold_is_exact(objective, problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(
        y_true, y_score, scoring=objective, strategy="global", sample_weight=weight
    )
    best = max(
        objective.evaluate(y_true, y_score >= threshold, sample_weight=weight)
        for threshold in [*np.unique(y_score), np.inf]
    )
    assert tuned.score == pytest.approx(best, abs=1e-9)


@given(problem=problems_with_missing_labels())
def test_samples_average_leaves_missing_labels_out(problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.5
    values = [
        f1_score(true[known], pred[known], zero_division=0) if known.any() else 0
        for true, pred, known in zip(y_true, y_pred, weight > 0, strict=True)
    ]
    expected = np.average(values, weights=weight.max(axis=1))
    found = FBeta(average="samples").evaluate(y_true, y_pred, sample_weight=weight)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("objective", [FBeta(average="samples"), SubsetAccuracy()])
@examples(60)
@given(problem=problems_with_missing_labels())
def test_one_threshold_of_a_samples_average_is_exact(objective, problem):
    y_true, y_score, weight = problem
    tuned, searched = (
        tune_thresholds(y_true, y_score, scoring=objective, strategy=strategy, sample_weight=weight)
        for strategy in ("global", "per_label")
    )
    best = max(
        objective.evaluate(y_true, y_score >= threshold, sample_weight=weight)
        for threshold in [*np.unique(y_score), np.inf]
    )
    assert tuned.score == pytest.approx(best, abs=1e-9)
    assert searched.score >= tuned.score - 1e-9


@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global"])
@pytest.mark.parametrize(
    "objective", [FBeta(), FBeta(average="micro"), FBeta(average="samples"), Cost(fn=2)]
)
@examples(20)
@given(problem=problems_with_missing_labels())
def test_limits_with_missing_labels(objective, strategy, problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(
        y_true, y_score, scoring=objective, strategy=strategy, sample_weight=weight, max_labels=1
    )
    y_pred = tuned.predict(y_score)
    assert y_pred.sum(axis=1).max() <= 1
    value = objective.evaluate(y_true, y_pred, sample_weight=weight)
    assert tuned.score == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global", "proportion"])
@given(problem=problems(), other=st.sampled_from([-7.0, 0.2, 99.0]))
def test_cells_without_weight_have_no_influence(strategy, problem, other):
    y_true, y_score, weight = problem
    without = weight == 0
    expected = tune_thresholds(y_true, y_score, strategy=strategy, sample_weight=weight)
    found = tune_thresholds(
        y_true ^ without, np.where(without, other, y_score), strategy=strategy, sample_weight=weight
    )
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert found.score == expected.score
    np.testing.assert_array_equal(found.low_support, expected.low_support)


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1e153, 1e308])
@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global"])
@pytest.mark.parametrize("is_of_cells", [True, False])
def test_the_scale_of_weights_is_free(strategy, scale, is_of_cells):
    rng = np.random.default_rng(0)
    y_true = rng.random((60, 3)) < 0.3
    y_score = rng.beta(1 + 2 * y_true, 4)
    weight = rng.random((60, 3) if is_of_cells else 60)
    expected, found = (
        tune_thresholds(y_true, y_score, strategy=strategy, sample_weight=weight * factor)
        for factor in (1, scale)
    )
    np.testing.assert_allclose(found.thresholds, expected.thresholds)
    assert found.score == pytest.approx(expected.score)


def test_a_root_near_zero_does_not_hide_the_optimum():
    y_true = [[0, 1], [0, 1], [1, 0]]
    y_score = [[0, 0.2], [0.1, 0.2], [0.4, 0.2]]
    tuned = tune_thresholds(
        y_true, y_score, scoring=GMean(), strategy="global", sample_weight=[0.2, 0.1, 0.2]
    )
    assert tuned.score == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones((3, 3)), r"'sample_weight' must have shape \(4,\).* or \(4, 2\).*Got \(3, 3\)"),
        ([[1, 1], [1, -1], [1, 1], [1, 1]], "Got -1.0 in row 1 of label 1"),
        ([[1, 1], [1, 1], [np.nan, 1], [1, 1]], "Got nan in row 2 of label 0"),
        (np.zeros((4, 2)), "must have a positive weight"),
    ],
)
def test_invalid_weights_of_cells(weight, message):
    y_true, y_score = np.eye(4, 2), np.ones((4, 2))
    with pytest.raises(ValueError, match=message):
        tune_thresholds(y_true, y_score, sample_weight=weight)


def test_metrics_of_samples_need_equal_weights():
    y_true, y_score = np.eye(4, 2), np.ones((4, 2))
    weight = np.ones((4, 2))
    weight[2, 1] = 2
    with pytest.raises(ValueError, match="labels of one sample with different weights"):
        tune_thresholds(y_true, y_score, scoring=FBeta(average="samples"), sample_weight=weight)


def test_the_report_counts_weighed_cells_only():
    rng = np.random.default_rng(0)
    y_true = rng.random((200, 3)) < 0.3
    y_score = rng.beta(1 + 2 * y_true, 4)
    weight = (rng.random((200, 3)) < 0.7).astype(float)
    tuned = tune_thresholds(y_true, y_score, sample_weight=weight, cv=3, store_cv_results=True)
    report = threshold_report(tuned).to_dict()
    known = [report[str(label)]["positives"] for label in range(3)]
    np.testing.assert_array_equal(known, (y_true * weight).sum(axis=0))
