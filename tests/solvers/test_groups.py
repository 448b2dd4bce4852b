"""Thresholds from groups of scores: equal to those of the samples that the groups hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry import OBJECTIVES
from tests.strategies import problems
from threshold_estimators import FBeta, LinearRatio
from threshold_estimators.core import class_weights, confusion_counts
from threshold_estimators.solvers import label_by_label, one_threshold, summed_counts
from threshold_estimators.solvers._groups import (
    ScoreGroups,
    labels_of_groups,
    one_threshold_of_groups,
    summed_counts_of_groups,
)


def groups_of(y_true, y_score, sample_weight, labels):
    """Groups of equal scores of some labels, made one by one."""
    weight = np.ones(len(y_true)) if sample_weight is None else sample_weight
    groups = []
    for index, label in enumerate(labels):
        score = y_score[:, label]
        for value in np.unique(score[weight > 0])[::-1]:
            chosen = score == value
            pos = weight[chosen & y_true[:, label]].sum()
            neg = weight[chosen & ~y_true[:, label]].sum()
            groups.append((index, pos, neg, value, value))
    label, pos, neg, low, high = np.array(groups).T
    n_pos, n_neg = class_weights(y_true[:, labels], sample_weight)
    low, high = low.astype(y_score.dtype), high.astype(y_score.dtype)
    return ScoreGroups(label.astype(int), pos, neg, low, high, n_pos, n_neg, True)


def blocks_of(problem, size):
    n_labels = problem.y_true.shape[1]
    for first in range(0, n_labels, size):
        labels = np.arange(first, min(first + size, n_labels))
        yield groups_of(problem.y_true, problem.y_score, problem.sample_weight, labels)


def samples_with_weight(problem):
    """(y_true, y_score, sample_weight) without samples of weight zero."""
    if problem.sample_weight is None:
        return problem
    kept = problem.sample_weight > 0
    return problem.y_true[kept], problem.y_score[kept], problem.sample_weight[kept]


def value_at(objective, problem, thresholds, average):
    y_pred = problem.y_score >= thresholds
    return objective._averaged(average, problem.y_true, y_pred, problem.sample_weight)


def checked_value(objective, problem, solved, average):
    """Value at the thresholds, after a check that their counts are those of the samples."""
    y_pred = problem.y_score >= solved.thresholds
    expected = confusion_counts(problem.y_true, y_pred, problem.sample_weight)
    np.testing.assert_allclose(solved.counts, expected, atol=1e-12)
    return value_at(objective, problem, solved.thresholds, average)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
@given(problem=problems(), size=st.integers(1, 3))
def test_labels_of_groups_equal_those_of_samples(objective, problem, size):
    expected = label_by_label(objective, *samples_with_weight(problem))
    found = labels_of_groups(objective, blocks_of(problem, size))
    assert found.thresholds.dtype == problem.y_score.dtype
    if problem.sample_weight is None:
        np.testing.assert_array_equal(found.thresholds, expected)
    np.testing.assert_allclose(
        checked_value(objective, problem, found, None),
        value_at(objective, problem, expected, None),
        atol=1e-12,
    )


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
@given(problem=problems(), size=st.integers(1, 3))
def test_summed_counts_of_groups_equal_those_of_samples(objective, problem, size):
    expected = summed_counts(objective, *samples_with_weight(problem))
    found = summed_counts_of_groups(objective, list(blocks_of(problem, size)))
    value = checked_value(objective, problem, found, "micro")
    # Rounding of weights decides which of several vertices on a line there are. That matters only
    # to formulas that are no ratios, of which the best vertex is not claimed to be the optimum.
    is_exact = isinstance(objective, LinearRatio) and objective._is_monotone
    if is_exact or problem.sample_weight is None:
        best = value_at(objective, problem, expected, "micro")
        np.testing.assert_allclose(value, best, atol=1e-12)


@pytest.mark.parametrize("is_micro", [True, False])
@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
@given(problem=problems(), size=st.integers(1, 3))
def test_one_threshold_of_groups_equals_that_of_samples(objective, is_micro, problem, size):
    average = "micro" if is_micro else "macro"
    label_weight = None if is_micro else np.ones(problem.y_true.shape[1])
    expected = one_threshold(objective, *samples_with_weight(problem), label_weight)
    found = one_threshold_of_groups(objective, blocks_of(problem, size), label_weight)
    np.testing.assert_allclose(
        checked_value(objective, problem, found, average),
        value_at(objective, problem, expected, average),
        atol=1e-9,
    )


def test_samples_without_a_score_are_never_predicted():
    # Two labels: all scored samples of the first are positive, the second has none.
    groups = ScoreGroups(
        label=np.array([0, 0]),
        pos=np.array([1.0, 2.0]),
        neg=np.array([0.0, 0.0]),
        low=np.array([0.7, 0.2]),
        high=np.array([0.7, 0.3]),
        n_pos=np.array([3.0, 1.0]),
        n_neg=np.array([5.0, 7.0]),
        is_complete=False,
    )
    for solve in (labels_of_groups, summed_counts_of_groups):
        np.testing.assert_array_equal(solve(FBeta(), [groups]).thresholds, [0.2, np.inf])
    one = one_threshold_of_groups(FBeta(), [groups], np.ones(2))
    np.testing.assert_array_equal(one.thresholds, [0.2, 0.2])
    np.testing.assert_array_equal(one.counts, [[3, 0], [0, 0], [0, 1], [5, 7]])


def test_no_threshold_divides_a_group_of_any_label():
    # The group of the second label overlaps both groups of the first.
    groups = ScoreGroups(
        label=np.array([0, 0, 1]),
        pos=np.array([5.0, 0.0, 1.0]),
        neg=np.array([0.0, 5.0, 0.0]),
        low=np.array([0.6, 0.3, 0.35]),
        high=np.array([0.6, 0.4, 0.65]),
        n_pos=np.array([5.0, 1.0]),
        n_neg=np.array([5.0, 9.0]),
        is_complete=True,
    )
    solved = one_threshold_of_groups(FBeta(), [groups], np.ones(2))
    np.testing.assert_array_equal(solved.thresholds, [-np.inf, -np.inf])


def many_groups(n_groups):
    """Groups of two labels, one of them small."""
    rng = np.random.default_rng(0)
    scores = [np.sort(rng.random(n))[::-1] for n in (n_groups, 3)]
    score = np.concatenate(scores)
    pos, neg = rng.integers(0, 3, (2, len(score))).astype(float)
    label = np.repeat([0, 1], [n_groups, 3])
    totals = np.bincount(label, pos), np.bincount(label, neg)
    return ScoreGroups(label, pos, neg, score, score, *totals, is_complete=True)


@pytest.mark.parametrize("n_groups", [5, 10, 11, 1000])
def test_coarser_groups_hold_the_same_samples(n_groups):
    groups = many_groups(n_groups)
    coarser = groups.coarser(10)
    assert np.bincount(coarser.label).max() <= 10
    np.testing.assert_array_equal(coarser.low[:5], groups.low[:5])
    for name in ("pos", "neg"):
        of_labels = [np.bincount(g.label, getattr(g, name)) for g in (groups, coarser)]
        np.testing.assert_array_equal(*of_labels)
    # Every coarse group is a run of fine ones.
    assert np.all(coarser.low <= coarser.high)
    is_next = coarser.label[1:] == coarser.label[:-1]
    assert np.all(coarser.high[1:][is_next] < coarser.low[:-1][is_next])


def test_groups_of_some_labels():
    groups = many_groups(4)
    second = groups.of_labels(np.array([1]))
    assert second.label.tolist() == [0, 0, 0]
    np.testing.assert_array_equal(second.low, groups.low[4:])
    assert second.n_pos == groups.n_pos[1]
