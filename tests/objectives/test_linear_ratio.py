"""What follows from the coefficients of a ratio, against brute force on its formula."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import naive
from tests.registry import LINEAR_RATIOS
from tests.strategies import examples
from threshold_estimators import FBeta, Precision, Recall, Specificity
from threshold_estimators.objectives import HammingLoss, LinearRatio


class CriticalSuccess(LinearRatio):
    """The Jaccard index in the words of weather forecasts, as a user writes it."""

    def _coefficients(self, n_pos, n_neg):
        return (1, 0, 0, 0), (1, 1, 1, 0)


class Sensible(LinearRatio):
    """All coefficients differ."""

    def _coefficients(self, n_pos, n_neg):
        return (5, -2, -1, 0.5), (1, 2, 3, 0.25)


class TruePositivesPerError(LinearRatio):
    """No bound from above: the odds of the Jaccard index."""

    def _coefficients(self, n_pos, n_neg):
        return (1, 0, 0, 0), (0, 1, 1, 0)


class ErrorsPerTruePositive(LinearRatio):
    """Minus its reciprocal, without a bound from below."""

    def _coefficients(self, n_pos, n_neg):
        return (0, -1, -1, 0), (1, 0, 0, 0)


class FalsePositivesAreWelcome(LinearRatio):
    """Falls with a corrected false positive."""

    def _coefficients(self, n_pos, n_neg):
        return (1, 1, 0, 0), (1, 1, 1, 1)


class PrecisionOfTheOthers(LinearRatio):
    """Not known to rise with tp: negative predictive value falls with nothing else."""

    def _coefficients(self, n_pos, n_neg):
        return (0, 0, 0, 1), (0, 0, 1, 1)


class WithoutErrors(LinearRatio):
    """More true positives make it smaller."""

    def _coefficients(self, n_pos, n_neg):
        return (0, 0, 0, 1), (1, 0, 0, 1)


RATIOS = {
    **LINEAR_RATIOS,
    "f0": FBeta(0),
    "f9": FBeta(9),
    "hamming": HammingLoss(),
    **{
        cls.__name__: cls()
        for cls in (
            CriticalSuccess,
            Sensible,
            TruePositivesPerError,
            ErrorsPerTruePositive,
            FalsePositivesAreWelcome,
            PrecisionOfTheOthers,
            WithoutErrors,
        )
    },
}
MONOTONE = {name: objective for name, objective in RATIOS.items() if objective._is_monotone}
PRICED = {name: objective for name, objective in MONOTONE.items() if not objective._degenerate}
ratios = pytest.mark.parametrize("objective", RATIOS.values(), ids=list(RATIOS))
COUNTS = st.lists(st.integers(0, 9) | st.floats(1e-3, 1e6), min_size=4, max_size=4).filter(any)
# Counts without 0/0, for which a value is a convention.
TOTALS = [(1, 1), (2, 3), (4, 2), (5, 5)]


def grid_of_counts(n_pos, n_neg):
    """(tp, fp, fn, tn), each of shape (n_pos + 1, n_neg + 1)."""
    tp, fp = np.meshgrid(np.arange(n_pos + 1.0), np.arange(n_neg + 1.0), indexing="ij")
    return tp, fp, n_pos - tp, n_neg - fp


def values_on_grids(objective):
    """Values (n_pos + 1, n_neg + 1) for some totals, NaN where they are undefined."""
    for n_pos, n_neg in TOTALS:
        counts = grid_of_counts(n_pos, n_neg)
        coefficients = objective._coefficients(np.array(float(n_pos)), np.array(float(n_neg)))[1]
        denominator = sum(c * count for c, count in zip(coefficients, counts, strict=True))
        yield np.where(denominator > 1e-12, objective.formula(*counts), np.nan)


def test_the_registry_has_ratios_and_balanced_accuracy_is_one():
    assert {"f1", "jaccard", "balanced accuracy", "youden"} <= set(LINEAR_RATIOS)
    assert not {"g-mean", "matthews", "kappa", "corner"} & set(LINEAR_RATIOS)


@ratios
@examples(300)
@given(counts=st.lists(COUNTS, min_size=1, max_size=3))
def test_formula_is_the_ratio_that_the_coefficients_say(objective, counts):
    tp, fp, fn, tn = np.array(counts, float).T
    numerator, denominator = objective._coefficients(tp + fn, fp + tn)
    top = sum(c * count for c, count in zip(numerator, (tp, fp, fn, tn), strict=True))
    bottom = sum(c * count for c, count in zip(denominator, (tp, fp, fn, tn), strict=True))
    assume(np.all((bottom == 0) | (bottom > 1e-9)))
    expected = [
        above / below if below else objective._value_if_undefined
        for above, below in zip(top, bottom, strict=True)
    ]
    np.testing.assert_allclose(objective.formula(tp, fp, fn, tn), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("objective", MONOTONE.values(), ids=list(MONOTONE))
@examples(300)
@given(counts=st.tuples(*[st.floats(1, 50)] * 4))
def test_price_is_that_of_finite_differences(objective, counts):
    tp, fp, fn, tn = np.array(counts)[:, np.newaxis]
    value = objective.formula(tp, fp, fn, tn)[0]
    found = objective._price(value, (tp + fn)[0], (fp + tn)[0])
    expected = naive.price_by_differences(objective.formula, tp, fp, fn, tn)[0]
    assert found == pytest.approx(expected, abs=1e-6)
    assert 0 < found < 1


@pytest.mark.parametrize(("objective", "price"), [(Recall(), 1e-9), (Specificity(), 1 - 1e-9)])
def test_a_price_is_never_zero_nor_one(objective, price):
    assert objective._price(0.5, 10.0, 10.0) == price


@pytest.mark.parametrize("objective", PRICED.values(), ids=list(PRICED))
@examples(150)
@given(counts=st.tuples(*[st.floats(1, 50)] * 4), step=st.floats(0.01, 0.5))
def test_a_step_along_the_price_keeps_the_value(objective, counts, step):
    """A predicted sample that brings `price` true positives leaves the ratio where it is."""
    tp, fp, fn, tn = np.array(counts)[:, np.newaxis]
    value = objective.formula(tp, fp, fn, tn)
    price = objective._price(value[0], (tp + fn)[0], (fp + tn)[0])
    d_tp, d_fp = step * price, step * (1 - price)
    found = objective.formula(tp + d_tp, fp + d_fp, fn - d_tp, tn - d_fp)
    np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-9)


@ratios
def test_monotone_is_what_brute_force_finds(objective):
    falls = False
    for values in values_on_grids(objective):
        rises_with_tp = np.diff(values, axis=0)
        rises_with_fp = np.diff(values, axis=1)
        falls |= np.any(rises_with_tp < -1e-12) or np.any(rises_with_fp > 1e-12)
    assert objective._is_monotone == (not falls)


@ratios
def test_degenerate_is_what_brute_force_finds(objective):
    """One kind of error costs nothing if no value depends on it."""
    all_values = list(values_on_grids(objective))
    depends_on_tp = any(np.any(np.abs(np.diff(v, axis=0)) > 1e-12) for v in all_values)
    depends_on_fp = any(np.any(np.abs(np.diff(v, axis=1)) > 1e-12) for v in all_values)
    expected = None if depends_on_tp else "nothing"
    if not depends_on_fp:
        expected = "everything down to the last positive"
    assert objective._degenerate == expected


@ratios
def test_ignores_tn_is_what_brute_force_finds(objective):
    counts = itertools.product([1.0, 2.0, 5.0], repeat=3)
    ignores = all(
        objective.formula(*np.array([[tp], [fp], [fn], [tn]]))
        == objective.formula(*np.array([[tp], [fp], [fn], [2 * tn + 1]]))
        for tp, fp, fn in counts
        for tn in (1.0, 4.0)
    )
    assert objective._ignores_tn == ignores


def test_a_measure_of_a_user_needs_its_coefficients_only():
    y_true, y_pred = [[1, 0], [1, 1]], [[1, 1], [1, 0]]
    assert CriticalSuccess(average="micro").evaluate(y_true, y_pred) == 0.5
    with pytest.raises(TypeError, match="abstract"):
        LinearRatio()


@pytest.mark.parametrize("zero_division", [0, 1])
def test_value_of_nothing_over_nothing_is_zero_division(zero_division):
    zero = np.zeros(1)
    assert Precision(zero_division=zero_division).formula(zero, zero, zero + 1, zero + 1) == [
        zero_division
    ]
