from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import naive
from tests.registry import LINEAR_RATIOS, OBJECTIVES
from tests.solvers.sizes import SMALL
from tests.strategies import problems
from threshold_estimators import FBeta, Precision, tune_thresholds
from threshold_estimators.objectives import LinearRatio
from threshold_estimators.solvers import _micro
from threshold_estimators.solvers._cuts import SIZES, cuts_at_all_scores, in_gaps
from threshold_estimators.solvers._micro import (
    Hulls,
    SummedFormula,
    best_vertex,
    hull_of_weighted,
    hulls_within,
    summed_counts,
)

all_sizes = pytest.mark.parametrize(
    "sizes", [SIZES, *SMALL.values()], ids=["default sizes", *SMALL]
)
linear_ratios = pytest.mark.parametrize(
    "objective", LINEAR_RATIOS.values(), ids=list(LINEAR_RATIOS)
)


class CheapFalsePositives(LinearRatio):
    """At the price of its best value many samples are predicted for a positive one."""

    def _coefficients(self, n_pos, n_neg):
        return (1, 0, 0, 0), (1, 0.15, 1, 0)


def by_all_hulls(objective, y_true, y_score, sample_weight=None):
    return summed_counts(objective, y_true, y_score, sample_weight)


def by_price(objective, y_true, y_score, sizes=SIZES):
    return summed_counts(objective, y_true, y_score, None, objective._price, sizes)


def summed_at(y_true, y_score, thresholds, sample_weight=None):
    """(tp, fp) summed over labels."""
    counts = [
        naive.counts_at(positive, score, threshold, sample_weight)
        for positive, score, threshold in zip(y_true.T, y_score.T, thresholds, strict=True)
    ]
    return tuple(np.sum(counts, axis=0))


def summed_formula(objective, y_true, sample_weight=None):
    weight = np.ones(len(y_true)) if sample_weight is None else sample_weight
    n_pos = float((weight @ y_true).sum())
    return SummedFormula(objective, n_pos, float(weight.sum()) * y_true.shape[1] - n_pos, None)


def without_collinear(hulls):
    """The vertices where a hull turns. Rounding decides whether those on an edge are there too."""
    kept = []
    for label in np.unique(hulls.label):
        (of_label,) = np.nonzero(hulls.label == label)
        steps = np.diff(hulls.tps[of_label]), np.diff(hulls.fps[of_label])
        slope = steps[0] / (steps[0] + steps[1])
        kept.extend(of_label[np.append(True, np.diff(slope, append=-1) < -1e-9)])
    return hulls.take(np.array(kept))


@given(problem=problems(max_samples=20, max_labels=4, weighted=False))
def test_hulls_of_a_block_are_those_of_its_labels(problem):
    positive, score = problem.y_true.T, problem.y_score.T
    low = np.full(len(positive), -np.inf)
    found = without_collinear(hulls_within(positive, score, low, -low))
    expected = without_collinear(
        Hulls.concatenate(
            [hull_of_weighted(positive[i], score[i], None) for i in range(len(score))]
        )
    )
    for name in ("label", "tps", "fps", "above"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    y_score = problem.y_score[:, found.label]
    np.testing.assert_array_equal(
        in_gaps(y_score, found.below, found.above), in_gaps(y_score, expected.below, expected.above)
    )


@given(problem=problems(max_samples=12, max_labels=4, weighted=False), data=st.data())
def test_hulls_of_labels_are_replaced(problem, data):
    positive, score = problem.y_true.T, problem.y_score.T
    labels = np.array(sorted(data.draw(st.sets(st.integers(0, len(score) - 1), min_size=1))))
    low = np.full(len(score), -np.inf)
    everywhere = hulls_within(positive, score, low, -low)
    flipped = hulls_within(~positive, score, low, -low)
    some_flipped = hulls_within(~positive[labels], score[labels], low[labels], -low[labels])
    found = everywhere.replace_labels(labels, some_flipped)
    for label in range(len(score)):
        source = flipped if label in labels else everywhere
        own, expected = found.label == label, source.label == label
        np.testing.assert_array_equal(found.tps[own], source.tps[expected])
        np.testing.assert_array_equal(found.fps[own], source.fps[expected])
        np.testing.assert_array_equal(found.above[own], source.above[expected])
    assert np.all(np.diff(found.label) >= 0)


@given(
    problem=problems(max_samples=6, max_labels=3, weighted=False),
    seed=st.none() | st.integers(0, 99),
)
@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=list(OBJECTIVES))
def test_best_vertex_is_the_best_of_the_sum(objective, problem, seed):
    """With whole weights counts are exact, so that equal slopes are equal."""
    y_true, y_score, _ = problem
    rng = np.random.default_rng(seed)
    weight = None if seed is None else rng.integers(1, 4, len(y_true)).astype(float)
    value = summed_formula(objective, y_true, weight).value
    hulls = Hulls.concatenate(
        [hull_of_weighted(y_true[:, i], y_score[:, i], weight) for i in range(y_true.shape[1])]
    )
    vertex = best_vertex(hulls, value)
    expected = naive.best_vertex(y_true, y_score, value, weight)
    np.testing.assert_array_equal(vertex.label, np.arange(y_true.shape[1]))
    assert (vertex.tps.sum(), vertex.fps.sum()) == expected
    thresholds = in_gaps(y_score, vertex.below, vertex.above)
    assert summed_at(y_true, y_score, thresholds, weight) == expected
    found = summed_counts(objective, y_true, y_score, weight)
    np.testing.assert_array_equal(found, thresholds)


@all_sizes
@linear_ratios
@given(problem=problems(max_samples=6, max_labels=3, weighted=False))
def test_vertex_found_by_the_price_is_the_best_of_the_sum(objective, sizes, problem):
    y_true, y_score, _ = problem
    thresholds = by_price(objective, y_true, y_score, sizes)
    assert thresholds.dtype == y_score.dtype
    value = summed_formula(objective, y_true).value
    expected = naive.best_vertex(y_true, y_score, value)
    assert summed_at(y_true, y_score, thresholds) == expected


@all_sizes
@linear_ratios
@given(problem=problems(max_samples=4, max_labels=3, weighted=False))
def test_no_other_thresholds_have_a_larger_ratio(objective, sizes, problem):
    y_true, y_score, _ = problem
    micro = type(objective)(**{**objective.get_params(), "average": "micro"})

    def value(y_true, y_pred):
        return micro._value(y_true, y_pred, None)

    found = value(y_true, y_score >= by_price(objective, y_true, y_score, sizes))
    assert found == pytest.approx(naive.best_per_label(y_true, y_score, value), abs=1e-12)


@given(problem=problems(max_samples=8, max_labels=4, weighted=False), seed=st.integers(0, 99))
@linear_ratios
def test_order_of_labels_does_not_change_the_vertex(objective, problem, seed):
    y_true, y_score, _ = problem
    labels = np.random.default_rng(seed).permutation(y_true.shape[1])
    thresholds = by_price(objective, y_true, y_score)
    shuffled = by_price(objective, y_true[:, labels], y_score[:, labels])
    np.testing.assert_array_equal(shuffled, thresholds[labels])


@linear_ratios
@pytest.mark.parametrize(
    ("n_samples", "fraction"), [(300, 0.1), (3_000, 0.02), (3_000, 0.5), (12_000, 0.01)]
)
@pytest.mark.parametrize("decimals", [2, 12])
def test_vertices_near_a_price_equal_the_best_of_all(objective, n_samples, fraction, decimals):
    rng = np.random.default_rng(0)
    y_true = rng.random((n_samples, 12)) < fraction * np.linspace(0, 2, 12)
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true).round(decimals)
    found = by_price(objective, y_true, y_score)
    np.testing.assert_array_equal(found, by_all_hulls(objective, y_true, y_score))


def test_a_price_is_found_where_nearly_all_samples_are_predicted(monkeypatch):
    # No count can be larger there.
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((20_000, 3)) < 0.3, rng.random((20_000, 3))
    expected = by_all_hulls(FBeta(), y_true, y_score)
    monkeypatch.setattr(_micro, "_all_hulls", Mock(side_effect=AssertionError))
    np.testing.assert_array_equal(by_price(FBeta(), y_true, y_score), expected)


@pytest.mark.parametrize("n_without_signal", [0, 2, 40])
def test_labels_whose_highest_scores_do_not_suffice_use_all(n_without_signal, monkeypatch):
    rng = np.random.default_rng(0)
    y_true = rng.random((2_000, 40)) < 0.02
    y_score = rng.beta(1 + 6 * y_true, 6)
    # The positive samples of these labels have the lowest scores.
    y_score[:, :n_without_signal] = np.where(y_true, -1, y_score)[:, :n_without_signal]
    by_histogram = Mock(wraps=_micro._best_near_the_price)
    monkeypatch.setattr(_micro, "_best_near_the_price", by_histogram)
    objective = CheapFalsePositives(average="micro")
    found = by_price(objective, y_true, y_score)
    np.testing.assert_array_equal(found, by_all_hulls(objective, y_true, y_score))
    assert by_histogram.called == (n_without_signal == 40)


class FalsePositivesAreWelcome(LinearRatio):
    """A ratio that is not monotone: its optimum may be no vertex of the upper hull."""

    def _coefficients(self, n_pos, n_neg):
        return (1, 1, 0, 0), (1, 1, 1, 1)


@given(problem=problems(max_samples=8, max_labels=3))
def test_a_ratio_that_is_not_monotone_is_compared_with_one_threshold(problem):
    y_true, y_score, weight = problem
    objective = FalsePositivesAreWelcome(average="micro")
    tuned = tune_thresholds(
        y_true, y_score, scoring=objective, strategy="per_label", sample_weight=weight
    )
    assert tuned.score == 1


@pytest.mark.parametrize("highest", [1, -1])
def test_a_sample_that_misleads_is_detected(highest):
    # The sampled scores are the highest, so that few seem to be high; or they are the lowest.
    y_true = np.tile(np.arange(50) < 1, 400)[:, np.newaxis]
    y_score = np.where(y_true, 1.0, np.linspace(0, 1, len(y_true))[:, np.newaxis] ** 4)
    y_score[:: int(np.sqrt(len(y_true)) / SIZES.sampling)] += 2 * highest
    found = tune_thresholds(y_true, y_score, scoring="f1_micro", strategy="per_label")
    cuts = cuts_at_all_scores(y_true[:, 0], y_score[:, 0]).of_positives()
    values = FBeta().formula(*cuts.counts())
    assert found.thresholds[0] == cuts.thresholds(np.array([np.argmax(values)]))[0]
    assert found.score == values.max()


@pytest.mark.parametrize(("zero_division", "predicts_nothing"), [(0, False), (1, True)])
def test_predicting_nothing_may_be_best_and_has_no_price(zero_division, predicts_nothing):
    y_true = np.array([[True, False, True, True, False] * 20]).T
    y_score = np.linspace(1, 0, 100).reshape(-1, 1)
    y_true[0] = False
    threshold = by_price(Precision(zero_division=zero_division), y_true, y_score)[0]
    assert threshold == np.inf if predicts_nothing else threshold < 1
