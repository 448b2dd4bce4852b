import numpy as np
import pytest
from hypothesis import given

from tests import naive
from tests.pooling.problems import awkward_problems
from tests.strategies import examples
from threshold_estimators.core import as_numbers_of_rows
from threshold_estimators.pooling._bins import summarise


@examples(100)
@given(awkward_problems())
def test_bins_hold_all_samples(problem):
    y_true, y_score, weight = problem
    if weight is not None:
        kept = np.flatnonzero(weight)
        y_true, y_score, weight = y_true[kept], y_score[kept], as_numbers_of_rows(weight[kept])
    bins = summarise(y_true, y_score, weight)
    for label in range(y_true.shape[1]):
        tps, fps = bins.pos[label].cumsum(), bins.neg[label].cumsum()
        for low, tp, fp in zip(bins.low[label], tps, fps, strict=True):
            expected = naive.counts_at(y_true[:, label], y_score[:, label], low, weight)
            assert (tp, fp) == pytest.approx(expected)
        assert bins.low[label, -1] == y_score[:, label].min()


@examples(100)
@given(awkward_problems())
def test_below_is_the_next_score(problem):
    y_true, y_score, _ = problem
    bins = summarise(y_true, y_score)
    for label in range(y_true.shape[1]):
        for low, below in zip(bins.low[label], bins.below[label], strict=True):
            lower = y_score[y_score[:, label] < low, label]
            assert below == lower.max(initial=-np.inf) if len(lower) else below == low


@examples(100)
@given(awkward_problems())
def test_unit_weights_change_nothing(problem):
    y_true, y_score, _ = problem
    bins = summarise(y_true, y_score)
    weighted = summarise(y_true, y_score, np.ones(len(y_true)))
    for name in bins._fields:
        np.testing.assert_array_equal(getattr(bins, name), getattr(weighted, name))


def test_bins_are_fine_among_the_lowest_scores_where_negatives_are_scarce():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((1000, 2)) < [0.1, 0.9], rng.random((1000, 2))
    one_end = summarise(y_true[:, [0, 0]], y_score)
    both_ends = summarise(y_true, y_score)
    middle = np.median(y_score[:, 0])
    n_low = np.sum(one_end.low[0] < middle)
    n_low_of_both = np.sum(both_ends.low[0] < middle)
    assert n_low < n_low_of_both
    assert n_low_of_both == pytest.approx(np.sum(both_ends.low[0] > middle), abs=2)
