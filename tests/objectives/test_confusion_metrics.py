import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from tests.registry import OBJECTIVES, OF_ONE_LABEL
from tests.strategies import examples, problems
from threshold_estimators import FBeta, Jaccard, Precision, Recall, SubsetAccuracy

SKLEARN_METRICS = [
    (FBeta, metrics.f1_score),
    (Jaccard, metrics.jaccard_score),
    (Precision, metrics.precision_score),
    (Recall, metrics.recall_score),
]


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", "samples"])
@pytest.mark.parametrize("zero_division", [0, 1])
@pytest.mark.parametrize(("objective", "metric"), SKLEARN_METRICS)
@examples(50)
@given(problem=problems(min_labels=2))
def test_value_is_that_of_the_scikit_learn_metric(
    objective, metric, zero_division, average, problem
):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    expected = metric(
        y_true, y_pred, average=average, zero_division=zero_division, sample_weight=weight
    )
    objective = objective(average=average, zero_division=zero_division)
    assert objective.evaluate(y_true, y_pred, sample_weight=weight) == pytest.approx(expected)


@pytest.mark.parametrize(("cls", "params", "metric"), OF_ONE_LABEL.values(), ids=OF_ONE_LABEL)
@examples(80)
@given(problem=problems())
def test_value_of_each_label_and_its_averages(cls, params, metric, problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    weight_or_ones = np.ones(len(y_true)) if weight is None else weight
    labels = list(zip(y_true.T.astype(int), y_pred.T.astype(int), strict=True))
    values = [metric(true, pred, weight_or_ones) for true, pred in labels]
    n_pos = weight_or_ones @ y_true

    def actual(average):
        return cls(average=average, **params).evaluate(y_true, y_pred, sample_weight=weight)

    np.testing.assert_allclose(actual(None), values, atol=1e-7)
    assert actual("macro") == pytest.approx(np.mean(values), abs=1e-7)
    assert actual("weighted") == pytest.approx(
        np.average(values, weights=n_pos if n_pos.any() else None), abs=1e-7
    )
    cell_weight = np.repeat(weight_or_ones, y_true.shape[1])
    cells = y_true.ravel().astype(int), y_pred.ravel().astype(int), cell_weight
    assert actual("micro") == pytest.approx(metric(*cells), abs=1e-7)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=list(OBJECTIVES))
@examples(300)
@given(counts=st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any))
def test_monotone_is_true_where_it_is_claimed(objective, counts):
    tp, fp, fn, tn = np.array(counts, float)[:, np.newaxis]
    formula = objective.formula
    assert objective._is_monotone
    value = formula(tp, fp, fn, tn)
    if fn > 0:
        assert formula(tp + 1, fp, fn - 1, tn) >= value - 1e-12
    if fp > 0:
        assert formula(tp, fp - 1, fn, tn + 1) >= value - 1e-12


@given(problem=problems(min_labels=2))
def test_subset_accuracy_is_the_accuracy_of_scikit_learn(problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    expected = metrics.accuracy_score(y_true, y_pred, sample_weight=weight)
    assert SubsetAccuracy().evaluate(y_true, y_pred, sample_weight=weight) == pytest.approx(
        expected
    )
