"""What must not change thresholds: orders, units of weights, and how large scores are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.pooling.problems import awkward_problems, draw_set
from tests.strategies import examples
from threshold_estimators import BalancedAccuracy, Cost, FBeta, Jaccard, tune_thresholds
from threshold_estimators.pooling import pooled_thresholds, probability_rule

OBJECTIVES = [FBeta(), FBeta(average="micro"), Jaccard(average="weighted"), BalancedAccuracy()]
WEIGHTS = st.floats(0, 1e6) | st.sampled_from([0.0, 1e-9, 0.1, 1 / 3])


def all_thresholds(objective, *data):
    """Thresholds for an objective, and of a rule for one that does not decompose."""
    return np.array([pooled_thresholds(objective, *data), probability_rule(*data)(-1.0)])


def weights_for(data, shape):
    weight = data.draw(st.none() | hnp.arrays(float, shape, elements=WEIGHTS))
    return weight if weight is not None and weight.any() else None


@examples(150)
@given(awkward_problems(), st.sampled_from(OBJECTIVES), st.data())
def test_order_of_labels_changes_no_bit(problem, objective, data):
    y_true, y_score, _ = problem
    weight = weights_for(data, y_true.shape)
    order = data.draw(st.permutations(range(y_true.shape[1])))
    turned = None if weight is None else weight[:, order]
    np.testing.assert_array_equal(
        all_thresholds(objective, y_true, y_score, weight)[:, order],
        all_thresholds(objective, y_true[:, order], y_score[:, order], turned),
    )


@pytest.mark.parametrize("objective", [*OBJECTIVES, FBeta(average="samples")], ids=repr)
def test_order_of_many_labels_changes_no_bit(objective):
    rng = np.random.default_rng(0)
    y_true, y_score = draw_set(300, rng.uniform(0.01, 0.6, 60))
    order, weight = rng.permutation(60), rng.random(300)
    one = tune_thresholds(y_true, y_score, scoring=objective, sample_weight=weight)
    other = tune_thresholds(
        y_true[:, order], y_score[:, order], scoring=objective, sample_weight=weight
    )
    np.testing.assert_array_equal(one.thresholds[order], other.thresholds)


def test_costs_stay_with_their_labels():
    y_true, y_score = draw_set(400, np.full(12, 0.2))
    order, cost = np.random.default_rng(0).permutation(12), np.linspace(0.2, 9, 12)
    one = pooled_thresholds(Cost(fn=cost), y_true, y_score, None)
    other = pooled_thresholds(Cost(fn=cost[order]), y_true[:, order], y_score[:, order], None)
    np.testing.assert_array_equal(one[order], other)


@examples(100)
@given(awkward_problems(), st.sampled_from(OBJECTIVES), st.data())
def test_order_of_samples_changes_no_bit(problem, objective, data):
    y_true, y_score, _ = problem
    weight = weights_for(data, len(y_true))
    order = data.draw(st.permutations(range(len(y_true))))
    moved = None if weight is None else weight[order]
    np.testing.assert_array_equal(
        all_thresholds(objective, y_true, y_score, weight),
        all_thresholds(objective, y_true[order], y_score[order], moved),
    )


@examples(100)
@given(awkward_problems(), st.sampled_from(OBJECTIVES))
def test_equal_labels_get_equal_thresholds(problem, objective):
    y_true, y_score, weight = problem
    twice = np.tile(y_true, 2), np.tile(y_score, 2)
    first, second = np.split(all_thresholds(objective, *twice, weight), 2, axis=1)
    np.testing.assert_array_equal(first, second)


@examples(100)
@given(awkward_problems(), st.sampled_from(OBJECTIVES), st.data())
def test_unit_of_weights_changes_no_bit(problem, objective, data):
    y_true, y_score, _ = problem
    fractions = st.sampled_from([0.0, 0.25, 0.375, 0.75])
    weight = data.draw(hnp.arrays(float, y_true.shape, elements=fractions).filter(np.any))
    # Whole weights would be numbers of samples, up to the largest that floats can count to.
    other = np.ldexp(weight, data.draw(st.sampled_from([-1050, -500, -1, 100, 1000])))
    np.testing.assert_array_equal(
        all_thresholds(objective, y_true, y_score, weight),
        all_thresholds(objective, y_true, y_score, other),
    )


@pytest.mark.parametrize("unit", [1e-310, 1e-200, 1e153, 1e200, 1e308])
def test_weights_near_the_limits_of_floats_are_weights(unit):
    y_true, y_score = draw_set(500)
    weight = np.random.default_rng(0).uniform(0.1, 1, 500)
    one = pooled_thresholds(FBeta(), y_true, y_score, weight)
    other = pooled_thresholds(FBeta(), y_true, y_score, weight * unit)
    np.testing.assert_allclose(other, one, rtol=1e-4)


EXTREMES = {
    np.float64: [np.finfo(float).min, np.finfo(float).max, 1e308, -1e308, 9e307, 5e-324, -5e-324],
    np.float32: [np.finfo(np.float32).min, np.finfo(np.float32).max, 3e38, -3e38, 1e-45, -1e-45],
}


@st.composite
def extreme_problems(draw):
    """Scores at the limits of floats, beside ordinary ones or alone."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    shape = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    extremes = st.sampled_from([float(dtype(value)) for value in EXTREMES[dtype]])
    values = draw(st.sampled_from([extremes, extremes | st.sampled_from([0.0, 0.25, 0.5, 1.0])]))
    return draw(hnp.arrays(bool, shape)), draw(hnp.arrays(dtype, shape, elements=values))


@examples(300)
@given(extreme_problems(), st.sampled_from(OBJECTIVES))
def test_extreme_scores_get_thresholds_in_order(problem, objective):
    y_true, y_score = problem
    pooled = pooled_thresholds(objective, y_true, y_score, None)
    rule = probability_rule(y_true, y_score, None)
    family = np.array([rule(log_odds) for log_odds in np.linspace(-9, 9, 19)])
    assert pooled.dtype == family.dtype == y_score.dtype
    assert not np.isnan(pooled).any()
    # A higher price is a higher threshold, up to the rounding of a mean.
    decisions = y_score >= family[:, np.newaxis]
    assert np.all(decisions[:-1] >= decisions[1:])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("average", ["macro", "micro", "samples"])
def test_lowest_float_as_a_mask_keeps_the_thresholds_of_the_others(dtype, average):
    y_true, y_score = draw_set(1000, signal=2.5)
    y_score = y_score.astype(dtype)
    # Negative samples far below every threshold: how far does not matter.
    masked = ~y_true & (y_score < np.quantile(y_score, 0.3, axis=0))
    one, other = (
        tune_thresholds(y_true, np.where(masked, dtype(mask), y_score), scoring=f"f1_{average}")
        for mask in (-1, np.finfo(dtype).min)
    )
    np.testing.assert_allclose(other.thresholds, one.thresholds, rtol=1e-6)


@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global"])
@pytest.mark.parametrize("lo", [np.finfo(float).min, -1e308, -9e307])
def test_limits_compare_extreme_scores(strategy, lo):
    y_true, y_score = [[0, 1], [1, 0]], [[1, lo], [0, 1]]
    limits = {"min_labels": 1, "max_labels": 1}
    tuned = tune_thresholds(y_true, y_score, strategy=strategy, **limits)
    assert not np.isnan(tuned.thresholds).any()
    assert np.all(tuned.predict(y_score).sum(axis=1) == 1)
    other = tune_thresholds(y_true, [[1, -1.0], [0, 1]], strategy=strategy, **limits)
    assert tuned.score >= other.score
