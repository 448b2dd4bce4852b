from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import naive
from tests.solvers.sizes import SMALL
from tests.strategies import problems
from threshold_estimators import FBeta
from threshold_estimators.solvers._cuts import LabelCuts, cuts_at_all_scores, in_gaps
from threshold_estimators.solvers._histogram import Histogram
from threshold_estimators.solvers._micro import hulls_within

sizes_are_small = pytest.mark.parametrize("sizes", SMALL.values(), ids=SMALL)
PRICES = st.lists(
    st.sampled_from([0.01, 0.2, 0.5, 0.7, 0.99]), min_size=2, max_size=2, unique=True
).map(sorted)


def gain_at_price(price, tps, fps):
    return tps * (1 - price) - fps * price


@pytest.mark.parametrize("fraction", [0.02, 0.5])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_few_samples_are_in_the_range_of_the_best_threshold(fraction, scale):
    rng = np.random.default_rng(0)
    positive = rng.random((1, 100_000)) < fraction
    score = scale * rng.beta(1 + 2 * positive, 4 - 2 * positive)
    histogram = Histogram.of(positive, score)

    def f1(tps, fps):
        return 2 * tps / (tps + fps + histogram.tps[:, :1])

    (low,), (high,) = histogram.range_of_best([f1])
    cuts = cuts_at_all_scores(positive[0], score[0]).of_positives()
    best = np.argmax(FBeta().formula(*cuts.counts()))
    assert low <= cuts.thresholds(np.array([best]))[0] < high
    assert np.mean((score >= low) & (score < high)) < 0.06


@sizes_are_small
@given(problem=problems(max_samples=20, max_labels=3, weighted=False))
def test_counts_of_bins_are_those_at_candidate_thresholds(sizes, problem):
    positive, score = problem.y_true.T, problem.y_score.T
    histogram = Histogram.of(positive, score, sizes)
    for label in range(len(score)):
        counts_of_bins = zip(histogram.tps[label], histogram.fps[label], strict=True)
        found = {(int(tp), int(fp)) for tp, fp in counts_of_bins}
        candidates = [-np.inf, *score[label], np.inf]
        assert found <= {
            tuple(map(int, naive.counts_at(positive[label], score[label], cut)))
            for cut in candidates
        }
        assert (positive[label].sum(), (~positive[label]).sum()) in found


@sizes_are_small
@given(problem=problems(max_samples=20, max_labels=3, weighted=False))
def test_thresholds_in_a_bin_predict_at_least_its_fewest_negatives(sizes, problem):
    positive, score = problem.y_true.T, problem.y_score.T
    histogram = Histogram.of(positive, score, sizes)
    for label in range(len(score)):
        for cut in naive.candidate_thresholds(score[label])[1:]:
            tp, fp = naive.counts_at(positive[label], score[label], cut)
            # Some bin has at least these positives at its lower end, and at most these negatives.
            is_bin = (histogram.tps[label] >= tp) & (histogram.least_fps()[label] <= fp)
            assert np.any(is_bin & (histogram.fps[label] >= fp))


@sizes_are_small
@given(problem=problems(max_samples=12, max_labels=3, weighted=False), prices=PRICES)
def test_range_of_two_prices_has_the_best_thresholds_of_all_between(sizes, problem, prices):
    positive, score = problem.y_true.T, problem.y_score.T
    gains = [partial(gain_at_price, price) for price in prices]
    low, high = Histogram.of(positive, score, sizes).range_of_best(gains)
    cuts = LabelCuts.within(positive, score, low, high, sizes)
    hulls = hulls_within(positive, score, low, high, sizes)
    for label in range(len(score)):
        everything = cuts_at_all_scores(positive[label], score[label]).of_positives()
        own = cuts.label == label
        below, above = cuts.neighbours(np.flatnonzero(own))
        kept = 1 + np.flatnonzero(np.isin(everything.scores[1:], above))
        np.testing.assert_array_equal(cuts.tps[own], everything.tps[kept])
        np.testing.assert_array_equal(cuts.fps[own], everything.fps[kept])
        thresholds = in_gaps(np.tile(score[label][:, np.newaxis], len(kept)), below, above)
        np.testing.assert_array_equal(thresholds, everything.thresholds(kept))
        is_vertex = hulls.label == label
        for price in np.linspace(*prices, 5):
            best = gain_at_price(price, everything.tps, everything.fps).max()
            found = gain_at_price(price, hulls.tps[is_vertex], hulls.fps[is_vertex])
            assert found.max() == best
