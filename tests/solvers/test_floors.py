import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tests import naive
from tests.strategies import problems
from threshold_estimators import (
    Accuracy,
    Constrained,
    FBeta,
    MatthewsCorrelation,
    NegativePredictiveValue,
    Precision,
    Recall,
    Specificity,
)
from threshold_estimators.solvers._floors import (
    FloorTest,
    binomial_tail,
    cuts_to_test,
    design_effects,
    promised_cuts,
    promised_fraction,
    promised_label_by_label,
)


def floor_test(constraint, at_least):
    return FloorTest.of(Constrained(Recall(), constraint, at_least))


@given(good=st.integers(0, 40), bad=st.integers(0, 40), fraction=st.sampled_from([0.1, 0.5, 0.83]))
def test_binomial_tail(good, bad, fraction):
    expected = binom.sf(good - 1, good + bad, fraction)
    assert binomial_tail(good, bad, fraction) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("constraint", "safe_end", "of_one_class"),
    [
        (Precision(), np.inf, False),
        (Recall(), -np.inf, True),
        (Specificity(), np.inf, True),
        (NegativePredictiveValue(), -np.inf, False),
        (Accuracy(), np.nan, False),
        (FBeta(), np.nan, False),
        (MatthewsCorrelation(), np.nan, False),
    ],
)
def test_where_a_floor_is_safe_and_what_it_counts(constraint, safe_end, of_one_class):
    test = floor_test(constraint, 0.6)
    np.testing.assert_equal(test.safe_end, safe_end)
    assert test.is_of_one_class == of_one_class


@given(
    steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=40),
    error=st.sampled_from([0.05, 0.3]),
)
def test_sequences_of_tests(steps, error):
    tp, fp = np.cumsum([(0, 0), *steps], axis=0).T.astype(float)
    counts = tp, fp, tp[-1] - tp, fp[-1] - fp
    found = promised_cuts(floor_test(Precision(), 0.6), counts, error)
    expected = naive.promised_at_every_cut(Precision(), 0.6, list(zip(*counts, strict=True)), error)
    np.testing.assert_array_equal(found, expected)


@given(
    steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=40),
    error=st.sampled_from([0.05, 0.3]),
)
def test_negative_predictive_value_is_the_precision_of_the_other_class(steps, error):
    tp, fp = np.cumsum([(0, 0), *steps], axis=0).T.astype(float)
    counts = np.array([tp, fp, tp[-1] - tp, fp[-1] - fp])
    found = promised_cuts(floor_test(Precision(), 0.6), counts, error)
    mirrored = promised_cuts(floor_test(NegativePredictiveValue(), 0.6), counts[::-1, ::-1], error)
    np.testing.assert_array_equal(found, mirrored[::-1])


@given(n_pos=st.integers(1, 60), confidence=st.sampled_from([0.8, 0.9, 0.95]))
def test_floor_on_recall_is_a_binomial_tolerance_limit(n_pos, confidence):
    """So many of the lowest positives are missed that more would exceed the error."""
    y_true = np.ones((n_pos, 1), bool)
    y_score = np.random.default_rng(0).permutation(n_pos)[:, np.newaxis].astype(float)
    scoring = Constrained(Precision(), Recall(), 0.8, confidence)
    threshold = promised_label_by_label(scoring, y_true, y_score, None)[0]
    # With positives only, precision is 1 at all thresholds, and the highest promised one wins.
    n_missed = np.arange(n_pos)
    passes = binom.cdf(n_missed, n_pos, 0.2) <= 1 - confidence + 1e-12
    assert np.sum(y_score < threshold) == (n_missed[passes].max() if passes.any() else 0)


@given(problem=problems(max_samples=30))
def test_samples_without_weight_and_weights_of_one_change_nothing(problem):
    y_true, y_score, _ = problem
    scoring = Constrained(Recall(), Precision(), 0.3, 0.7)
    expected = promised_label_by_label(scoring, y_true, y_score, None)
    ones = promised_label_by_label(scoring, y_true, y_score, np.ones(len(y_true)))
    np.testing.assert_array_equal(ones, expected)
    twice = np.tile(y_true, (2, 1)), np.tile(y_score, (2, 1))
    half = np.repeat([1.0, 0.0], len(y_true))
    found = promised_label_by_label(scoring, *twice, half)
    np.testing.assert_array_equal(y_score >= found, y_score >= expected)


@pytest.mark.parametrize("constraint", [FBeta(2), MatthewsCorrelation()], ids=["F2", "Matthews"])
def test_box_of_rates_errs_less_often_than_allowed(constraint):
    rng = np.random.default_rng(0)
    rates = np.array([0.16, 0.05, 0.04, 0.75])
    counts = rng.multinomial(200, rates, size=2000).T.astype(float)
    at_least = constraint.formula(*rates)
    assert np.mean(floor_test(constraint, at_least).passes(counts, 0.2)) < 0.2
    assert np.mean(floor_test(constraint, at_least - 0.35).passes(counts, 0.2)) > 0.8


@given(
    cells=st.lists(
        st.tuples(st.integers(0, 4), st.booleans(), st.sampled_from([0.5, 1.0])),
        min_size=1,
        max_size=20,
    )
)
def test_design_effect_of_clusters(cells):
    cluster, is_right, weight = (np.array(column) for column in zip(*cells, strict=True))
    found = design_effects(weight * is_right, weight * ~is_right, cluster)
    expected = [naive.design_effect(cells[: i + 1]) for i in range(len(cells))]
    np.testing.assert_allclose(found, expected)


@given(
    steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=40),
    error=st.sampled_from([0.05, 0.3]),
)
def test_fraction_of_right_decisions_is_tested_as_precision(steps, error):
    right, wrong = np.cumsum([(0, 0), *steps], axis=0).T.astype(float)
    found = promised_fraction(0.6, right, wrong, np.ones(len(right)), error)
    counts = list(zip(right, wrong, right[-1] - right, wrong[-1] - wrong, strict=True))
    expected = np.array(naive.promised_at_every_cut(Precision(), 0.6, counts, error))
    tested = cuts_to_test(floor_test(Precision(), 0.6), right + wrong)
    assert not np.any(found & ~expected)
    np.testing.assert_array_equal(found[tested], expected[tested])
