import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp

from tests import naive
from tests.solvers.sizes import SMALL
from tests.strategies import problems
from threshold_estimators.solvers._cuts import (
    SIZES,
    LabelCuts,
    between,
    cuts_at_all_scores,
    encode,
    in_gaps,
)

finite = st.floats(allow_nan=False, allow_infinity=False)


def descending(scores):
    return np.append(np.inf, np.unique(scores)[::-1])


@given(problems(max_samples=12, max_labels=1))
def test_counts_at_all_scores_are_those_of_counting_samples(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    weight = None if problem.sample_weight is None else problem.sample_weight + 0.5
    cuts = cuts_at_all_scores(y_true, y_score, weight)
    np.testing.assert_array_equal(cuts.scores, descending(y_score))
    np.testing.assert_array_equal(cuts.distinct, cuts.scores[1:])
    for cut, tp, fp in zip(cuts.scores, cuts.tps, cuts.fps, strict=True):
        assert (tp, fp) == pytest.approx(naive.counts_at(y_true, y_score, cut, weight))
    assert (cuts.n_pos, cuts.n_neg) == pytest.approx(
        naive.counts_at(y_true, y_score, -np.inf, weight)
    )


@given(problems(max_samples=12, max_labels=1, weighted=False))
def test_counts_at_positives_are_those_of_counting_samples(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    cuts = cuts_at_all_scores(y_true, y_score).of_positives()
    np.testing.assert_array_equal(cuts.scores, descending(y_score[y_true]))
    for cut, tp, fp in zip(cuts.scores, cuts.tps, cuts.fps, strict=True):
        assert (tp, fp) == naive.counts_at(y_true, y_score, cut)
    assert (cuts.n_pos, cuts.n_neg) == naive.counts_at(y_true, y_score, -np.inf)


@given(problems(max_samples=12, max_labels=1))
def test_counts_of_the_four_outcomes_add_up_to_the_classes(problem):
    weight = None if problem.sample_weight is None else problem.sample_weight + 0.5
    cuts = cuts_at_all_scores(problem.y_true[:, 0], problem.y_score[:, 0], weight)
    tp, fp, fn, tn = cuts.counts()
    np.testing.assert_allclose(tp + fn, cuts.n_pos)
    np.testing.assert_allclose(fp + tn, cuts.n_neg)


@given(problems(max_samples=12, max_labels=1, weighted=False))
def test_every_threshold_realises_the_counts_of_its_cut(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    everywhere = cuts_at_all_scores(y_true, y_score)
    for cuts in (everywhere, everywhere.of_positives()):
        thresholds = cuts.thresholds(np.arange(len(cuts.scores)))
        assert thresholds.dtype == y_score.dtype
        assert thresholds[0] == np.inf
        for threshold, tp, fp in zip(thresholds, cuts.tps, cuts.fps, strict=True):
            assert (tp, fp) == naive.counts_at(y_true, y_score, threshold)


def test_threshold_lies_in_the_middle_of_the_gap():
    cuts = cuts_at_all_scores(
        np.array([True, False, True]), np.array([0.9, 0.5, 0.1])
    ).of_positives()
    np.testing.assert_array_equal(cuts.thresholds(np.array([0, 1, 2])), [np.inf, 0.7, -np.inf])


@given(finite, finite)
def test_between_stays_in_the_gap(first, second):
    below, above = sorted([first, second])
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


@pytest.mark.parametrize("sizes", [SIZES, *SMALL.values()], ids=["default", *SMALL])
@given(problem=problems(max_samples=12, weighted=False), data=st.data())
def test_cuts_of_labels_within_a_range_are_those_of_each_label(sizes, problem, data):
    positive, score = problem.y_true.T, problem.y_score.T
    ends = st.sampled_from([-np.inf, -1.5, 0.1, 0.25, 0.5, 0.7, np.inf])
    n_labels = len(score)
    low, high = np.sort(
        data.draw(st.lists(st.tuples(ends, ends), min_size=n_labels, max_size=n_labels)), axis=1
    ).T
    found = LabelCuts.within(positive, score, low, high, sizes)
    for label in range(n_labels):
        everything = cuts_at_all_scores(positive[label], score[label]).of_positives()
        is_within = (everything.scores >= low[label]) & (everything.scores < high[label])
        own = np.flatnonzero(found.label == label)
        np.testing.assert_array_equal(found.tps[own], everything.tps[is_within])
        np.testing.assert_array_equal(found.fps[own], everything.fps[is_within])

        below, above = found.neighbours(own)
        expected_below, expected_above = everything.neighbours(np.flatnonzero(is_within))
        np.testing.assert_array_equal(above, expected_above)
        is_known = ~np.isnan(below)
        np.testing.assert_array_equal(below[is_known], expected_below[is_known])
        unknown = expected_below[~is_known]
        assert np.all((unknown < low[label]) | np.isneginf(unknown))

        own_scores = score[label]
        is_above = own_scores >= high[label]
        assert found.tp_above[label] == np.sum(positive[label] & is_above)
        is_negative_within = ~positive[label] & (own_scores >= low[label]) & ~is_above
        assert found.n_neg_within[label] == np.sum(is_negative_within)


@given(problem=problems(max_samples=12, weighted=False), seed=st.integers(0, 99))
def test_best_cut_of_a_label_is_the_highest_among_equals(problem, seed):
    low = np.full(problem.y_score.shape[1], -np.inf)
    cuts = LabelCuts.within(problem.y_true.T, problem.y_score.T, low, -low)
    values = np.random.default_rng(seed).integers(0, 3, len(cuts.label))
    expected = []
    for label in np.unique(cuts.label):
        own = np.flatnonzero(cuts.label == label)
        expected.append(own[np.argmax(values[own])])
    np.testing.assert_array_equal(cuts.best(values), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(st.data())
def test_sort_keys_are_in_the_order_of_cuts(dtype, data):
    """Scores descend, and among equal scores positives come last."""
    floats = stnp.from_dtype(np.dtype(dtype), allow_nan=False, allow_infinity=False)
    elements = floats | st.sampled_from([0.0, -0.0, 1.0, -1.0])
    scores = np.array(data.draw(st.lists(elements, max_size=20)), dtype)
    positive = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))), bool
    )
    keys, decode = encode(scores, positive)
    np.testing.assert_array_equal(decode(keys), scores)
    order = np.argsort(keys, kind="stable")
    expected = np.lexsort((positive, -scores))
    np.testing.assert_array_equal(scores[order], scores[expected])
    np.testing.assert_array_equal(positive[order], positive[expected])
    np.testing.assert_array_equal(keys & 1, positive)
    assert decode(keys).dtype == dtype
