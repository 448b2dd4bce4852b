import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import naive
from tests.strategies import problems
from threshold_estimators.solvers._cuts import between, cuts_at_all_scores, in_gaps


@given(problems(max_samples=12, max_labels=1))
def test_counts_at_all_scores_are_those_of_counting_rows(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    weight = None if problem.sample_weight is None else problem.sample_weight + 0.5
    cuts = cuts_at_all_scores(y_true, y_score, weight)
    np.testing.assert_array_equal(cuts.scores, np.append(np.unique(y_score), np.inf))
    for cut, tp, fp in zip(cuts.scores, cuts.tps, cuts.fps, strict=True):
        assert (tp, fp) == pytest.approx(naive.counts_at(y_true, y_score, cut, weight))
    assert (cuts.n_pos, cuts.n_neg) == pytest.approx(
        naive.counts_at(y_true, y_score, -np.inf, weight)
    )


@given(problems(max_samples=12, max_labels=1, weighted=False))
def test_counts_at_positives_are_those_of_counting_rows(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    cuts = cuts_at_all_scores(y_true, y_score).of_positives()
    np.testing.assert_array_equal(cuts.scores, np.append(np.unique(y_score[y_true]), np.inf))
    for cut, tp, fp in zip(cuts.scores, cuts.tps, cuts.fps, strict=True):
        assert (tp, fp) == naive.counts_at(y_true, y_score, cut)
    assert (cuts.n_pos, cuts.n_neg) == naive.counts_at(y_true, y_score, -np.inf)


@given(problems(max_samples=12, max_labels=1, weighted=False))
def test_every_threshold_realises_the_counts_of_its_cut(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    everywhere = cuts_at_all_scores(y_true, y_score)
    for cuts in (everywhere, everywhere.of_positives()):
        thresholds = cuts.thresholds(np.arange(len(cuts.scores)))
        assert thresholds.dtype == y_score.dtype
        assert thresholds[-1] == np.inf
        for threshold, tp, fp in zip(thresholds, cuts.tps, cuts.fps, strict=True):
            assert (tp, fp) == naive.counts_at(y_true, y_score, threshold)


def test_threshold_lies_in_the_middle_of_the_gap():
    cuts = cuts_at_all_scores(
        np.array([True, False, True]), np.array([0.9, 0.5, 0.1])
    ).of_positives()
    np.testing.assert_array_equal(cuts.thresholds(np.array([0, 1, 2])), [-np.inf, 0.7, np.inf])


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_between_stays_in_the_gap(one, other):
    below, above = sorted([one, other])
    if below < above:
        assert below < between(np.array([below]), np.array([above]))[0] <= above


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_between_neighbouring_floats_is_the_upper_one(dtype):
    below = np.array([0.3], dtype)
    above = np.nextafter(below, dtype(1))
    assert between(below, above) == above


def test_between_handles_the_widest_gap():
    largest = np.array([np.finfo(float).max])
    assert between(-largest, largest) == 0


def test_scores_below_gaps_are_looked_up_where_they_are_not_known():
    y_score = np.array([[0.125, 0.5, 0.25], [0.25, 0.5, 0.75], [0.75, 0.625, 1]], np.float32)
    below, above = np.array([np.nan, np.nan, 0.25]), np.array([0.75, 0.5, 0.75])
    thresholds = in_gaps(y_score, below, above)
    np.testing.assert_array_equal(thresholds, [0.5, -np.inf, 0.5])
    assert thresholds.dtype == np.float32
