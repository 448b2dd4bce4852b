import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry import LINEAR_RATIOS
from tests.strategies import examples
from threshold_estimators import Accuracy, Cost, FBeta, GMean, Precision
from threshold_estimators.pooling._bagging import (
    NO_LIMIT,
    LinearisedObjective,
    _micro_slopes,
    add_micro_share,
    best_price,
    bootstrap_counts,
    linearise,
)
from threshold_estimators.pooling._shrinkage import SoftCounts, all_counts

FREE = np.full(2, NO_LIMIT)


def small_counts(seed):
    """Counts of two labels at seven cuts."""
    rng = np.random.default_rng(seed)
    pos, neg = rng.integers(0, 5, (2, 6)).astype(float), rng.integers(0, 5, (2, 6)).astype(float)
    return all_counts(
        *SoftCounts(np.zeros((2, 6)), np.ones((2, 1)), np.ones((2, 1))).at_cuts(pos, neg)
    )


def label_values(counts, cuts):
    """F1 of each label at its cut."""
    return FBeta().formula(*[count[[0, 1], cuts] for count in counts])


def micro_value(counts, cuts):
    """F1 of the summed counts at the cuts of both labels."""
    return FBeta().formula(*[count[[0, 1], cuts].sum(keepdims=True) for count in counts])[0]


@pytest.mark.parametrize("size", [0.3, 1.0, 4.0, 100.0])
def test_bootstrap_samples_have_the_spread_of_poisson_counts(size):
    pos, neg = np.full((2, 2000, 1), size)
    soft = SoftCounts(np.zeros((2000, 1)), np.ones((2000, 1)), np.ones((2000, 1)))
    tp, fp = bootstrap_counts(soft, pos, neg, np.arange(2000, dtype=np.uint64))
    for drawn in (tp[:, :, 1], fp[:, :, 1]):
        sample, twin = np.split(drawn, 2)
        np.testing.assert_allclose((sample + twin) / 2, size + min(size, 1) / 4)
        assert drawn.min() >= 0
        assert drawn.std() == pytest.approx(min(size, size**0.5), rel=0.02)
    assert abs(np.corrcoef(tp[0, :, 1], fp[0, :, 1])[0, 1]) < 0.1


@examples(60)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.3]))
def test_mean_with_a_share_of_the_micro_average_is_near_its_best(seed, share):
    counts = small_counts(seed)
    weight = np.array([[0.5], [0.5]])
    linearised = LinearisedObjective(FBeta(), np.arange(2), FREE, weight, 0.0, 0.0)
    cuts = add_micro_share(linearised, counts, share)[1]

    def total(cuts):
        mean = sum(weight[:, 0] * label_values(counts, cuts))
        return mean + share * micro_value(counts, cuts)

    best = max(total(np.array(cuts)) for cuts in itertools.product(range(7), repeat=2))
    assert total(cuts) >= best - 0.02 * (share > 0) - 1e-12


@examples(60)
@given(st.integers(0, 10_000))
def test_prices_reach_the_best_summed_counts(seed):
    counts = small_counts(seed)
    price = best_price(FBeta(), FREE, counts)
    cuts = (counts[0] - price * (counts[0] + counts[1])).argmax(axis=1)
    pairs = itertools.product(range(7), repeat=2)
    best = max(micro_value(counts, np.array(pair)) for pair in pairs)
    assert micro_value(counts, cuts) == pytest.approx(best, abs=1e-3)


@pytest.mark.parametrize("objective", LINEAR_RATIOS.values(), ids=list(LINEAR_RATIOS))
def test_slopes_of_the_micro_average_are_its_derivatives(objective):
    counts, h = np.array([30.0, 20.0, 10.0, 140.0]), 1e-4
    tp_for_fn, fp_for_tn = h * np.array([1, 0, -1, 0]), h * np.array([0, 1, 0, -1])

    def derivative(step):
        values = objective.formula(*np.transpose([counts + step, counts - step]))
        return (values[0] - values[1]) / (2 * h)

    gain, loss = _micro_slopes(objective, *counts)
    assert (gain, -loss) == pytest.approx((derivative(tp_for_fn), derivative(fp_for_tn)), abs=1e-9)


def test_an_undefined_ratio_has_no_slopes():
    assert _micro_slopes(Precision(), 0.0, 0.0, 5.0, 5.0) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("objective", "has_share"),
    [
        (FBeta(), True),
        (FBeta(average="weighted"), True),
        (FBeta(average=None), False),
        (Accuracy(), False),
        (GMean(), False),
        (Cost(), False),
    ],
    ids=repr,
)
def test_micro_share_is_for_averaged_ratios_that_ignore_true_negatives(objective, has_share):
    linearised, _ = linearise(objective, np.arange(2), FREE, small_counts(0))
    assert (linearised.gain > 0) == has_share


def test_costs_of_labels_are_their_own():
    counts = small_counts(0)
    costs = [1.0, 9.0]
    linearised, cuts = linearise(Cost(fn=costs), np.arange(2), FREE, counts)
    for label, cost in enumerate(costs):
        own = [count[label : label + 1] for count in counts]
        expected = Cost(fn=cost).formula(*own)
        labels = slice(label, label + 1)
        np.testing.assert_allclose(linearised.values(labels, own), expected / 2)
        assert cuts[label] == expected.argmax()
