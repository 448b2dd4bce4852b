"""Weights of cells: repeated rows of one label, missing labels, labels in different units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.pooling.problems import awkward_problems, draw_set
from tests.strategies import examples
from threshold_estimators import BalancedAccuracy, Cost, FBeta
from threshold_estimators.core import as_numbers_of_rows
from threshold_estimators.pooling import pooled_thresholds, probability_rule

OBJECTIVES = st.sampled_from(
    [FBeta(), FBeta(average="micro"), FBeta(average="weighted"), BalancedAccuracy(), Cost(fn=3)]
)


def all_thresholds(objective, *data):
    """Thresholds for an objective, and of a rule for one that does not decompose."""
    return pooled_thresholds(objective, *data), probability_rule(*data)(-1.0)


def assert_same(one, other):
    for thresholds, others in zip(one, other, strict=True):
        np.testing.assert_array_equal(thresholds, others)


def with_some_weight(counts):
    counts[0, 0] += counts.sum() == 0
    return counts


@examples(100)
@given(awkward_problems(), OBJECTIVES, st.data())
def test_equal_weights_of_all_labels_are_weights_of_samples(problem, objective, data):
    y_true, y_score, _ = problem
    weights = hnp.arrays(float, len(y_true), elements=st.sampled_from([0.5, 1.0, 3.0, 0.7]))
    weight = data.draw(weights)
    cells = np.tile(weight[:, np.newaxis], y_true.shape[1])
    assert_same(
        all_thresholds(objective, y_true, y_score, weight),
        all_thresholds(objective, y_true, y_score, cells),
    )


@examples(150)
@given(awkward_problems(), OBJECTIVES, st.data())
def test_whole_weights_of_cells_repeat_the_rows_of_each_label(problem, objective, data):
    y_true, y_score, _ = problem
    elements = st.integers(0, 3)
    counts = with_some_weight(data.draw(hnp.arrays(int, y_true.shape, elements=elements)))
    # Each label has rows of its own. Rows that only other labels have weigh nothing.
    shape = int(counts.sum(axis=0).max()), y_true.shape[1]
    repeated, score = data.draw(hnp.arrays(bool, shape)), np.zeros(shape, y_score.dtype)
    score[:] = data.draw(st.sampled_from([-1e30, 0.3, 1e30]))
    weight = np.zeros(shape)
    for label, count in enumerate(counts.T):
        rows = np.arange(count.sum())
        repeated[rows, label] = np.repeat(y_true[:, label], count)
        score[rows, label] = np.repeat(y_score[:, label], count)
        weight[rows, label] = 1
    assert_same(
        all_thresholds(objective, y_true, y_score, counts.astype(float)),
        all_thresholds(objective, repeated, score, weight),
    )


@examples(100)
@given(awkward_problems(), OBJECTIVES, st.data())
def test_a_cell_without_weight_has_no_influence(problem, objective, data):
    y_true, y_score, _ = problem
    elements = st.sampled_from([0.0, 0.0, 0.5, 1.0])
    weight = with_some_weight(data.draw(hnp.arrays(float, y_true.shape, elements=elements)))
    scores = hnp.arrays(
        y_score.dtype, y_true.shape, elements=st.floats(-(2.0**99), 2.0**99, width=32)
    )
    is_missing = weight == 0
    other_true = np.where(is_missing, data.draw(hnp.arrays(bool, y_true.shape)), y_true)
    other_score = np.where(is_missing, data.draw(scores), y_score)
    assert_same(
        all_thresholds(objective, y_true, y_score, weight),
        all_thresholds(objective, other_true, other_score, weight),
    )


@examples(50)
@given(awkward_problems(), OBJECTIVES, st.randoms(use_true_random=False))
def test_cells_of_a_label_may_change_their_rows(problem, objective, random):
    y_true, y_score, _ = problem
    weight = np.resize([1.0, 0.0, 2.5, 0.1], y_true.shape)
    order = np.array([random.sample(range(len(y_true)), len(y_true)) for _ in y_true.T]).T
    moved = [np.take_along_axis(array, order, axis=0) for array in (y_true, y_score, weight)]
    assert_same(
        all_thresholds(objective, y_true, y_score, weight), all_thresholds(objective, *moved)
    )


def test_a_label_without_weight_is_never_predicted():
    y_true, y_score = draw_set()
    weight = np.ones(y_true.shape)
    weight[:, 1] = 0
    thresholds = pooled_thresholds(FBeta(), y_true, y_score, weight)
    assert thresholds[1] == np.inf
    assert np.isfinite(np.delete(thresholds, 1)).all()


@pytest.mark.parametrize("objective", [FBeta(average="micro"), Cost(fn=3)], ids=repr)
def test_weights_of_cells_have_one_unit_in_sums_over_labels(objective):
    """A label whose weights are ten times as large counts ten times as much."""
    y_true, y_score = draw_set(3000, (0.3, 0.1), signal=1.0)
    weight = np.random.default_rng(0).uniform(0.5, 1.5, y_true.shape)
    both = pooled_thresholds(objective, y_true, y_score, weight)
    heavy = pooled_thresholds(objective, y_true, y_score, weight * [1, 10])
    # Costs of labels are separate; the labels share the micro average.
    assert np.array_equal(both, heavy) == isinstance(objective, Cost)
    heavier = pooled_thresholds(objective, y_true, y_score, weight * [10, 100])
    np.testing.assert_allclose(heavier, heavy, rtol=0.01)


def test_numbers_of_rows_are_those_of_each_label():
    weight = np.array([[1.0, 0.5, 0.0, 1e155], [3.0, 0.25, 0.0, 1e-310], [0.0, 0.0, 0.0, 1e155]])
    rows = as_numbers_of_rows(weight)
    for label in range(4):
        np.testing.assert_array_equal(rows[:, label], as_numbers_of_rows(weight[:, label]))
    np.testing.assert_array_equal(rows[:, 0], weight[:, 0])
    np.testing.assert_allclose(rows[:, 1], [1.2, 0.6, 0])
    np.testing.assert_array_equal(rows[:, 2], 0)
    np.testing.assert_allclose(rows[:, 3], [1, 0, 1])
