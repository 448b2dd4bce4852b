import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import naive
from tests.strategies import examples, problems
from threshold_estimators import Accuracy, FBeta, Jaccard, Precision, Recall
from threshold_estimators.solvers._samples import (
    EFFORT,
    N_BINS,
    TABLE_SIZE,
    one_threshold_for_samples,
    thresholds_for_samples,
)
from threshold_estimators.tuning import Problem, Samples


def subset_accuracy(tp, fp, fn, tn):
    return (fp + fn == 0).astype(float)


def erratic(tp, fp, fn, tn):
    """No order in it: false positives may pay."""
    return np.sin(3 * tp + 5 * fp) + np.cos(7 * fn)


FORMULAS = {
    "F1": FBeta().formula,
    "F2": FBeta(2, zero_division=1).formula,
    "Jaccard": Jaccard().formula,
    "Jaccard1": Jaccard(zero_division=1).formula,
    "precision": Precision(zero_division=1).formula,
    "recall": Recall().formula,
    "accuracy": Accuracy().formula,
    "subset": subset_accuracy,
    "erratic": erratic,
}
AVERAGES = ["macro", "micro"]
formulas = pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
with_or_without_table = pytest.mark.parametrize("table", [TABLE_SIZE, 0], ids=["table", "no table"])


def mean_over_samples(formula, y_true, y_pred, sample_weight):
    tp, fp = (y_true & y_pred).sum(axis=1), (~y_true & y_pred).sum(axis=1)
    fn, tn = (y_true & ~y_pred).sum(axis=1), (~y_true & ~y_pred).sum(axis=1)
    return np.average(
        formula(*(count.astype(float) for count in (tp, fp, fn, tn))), weights=sample_weight
    )


def scorer(formula, sample_weight):
    return lambda y_true, y_pred: mean_over_samples(formula, y_true, y_pred, sample_weight)


def best_of_one_label(y_true, y_score, thresholds, value):
    """Largest value after the threshold of one label moves and the others stay."""
    best = -np.inf
    for label, column in enumerate(y_score.T):
        for threshold in naive.candidate_thresholds(column):
            moved = np.where(np.arange(len(thresholds)) == label, threshold, thresholds)
            best = max(best, value(y_true, naive.decisions(y_score, moved)))
    return best


@with_or_without_table
@pytest.mark.parametrize("effort", [0, EFFORT])
@formulas
@examples(25)
@given(problem=problems(), seed=st.integers(0, 99))
def test_better_than_any_start_and_any_move_of_one_label(formula, effort, table, problem, seed):
    y_true, y_score, weight = problem
    starts = list(np.random.default_rng(seed).choice(y_score.ravel(), (2, y_true.shape[1])))
    is_monotone = formula is not erratic
    found = thresholds_for_samples(
        y_true, y_score, weight, formula, is_monotone, starts, effort=effort, table=table
    )
    assert found.dtype == y_score.dtype
    value = scorer(formula, weight)
    achieved = value(y_true, y_score >= found)
    assert achieved >= max(value(y_true, y_score >= start) for start in starts) - 1e-15
    assert achieved >= best_of_one_label(y_true, y_score, found, value) - 1e-10


@with_or_without_table
@pytest.mark.parametrize("n_bins", [1, 3, N_BINS])
@formulas
@examples(25)
@given(problem=problems())
def test_no_common_threshold_does_better(formula, n_bins, table, problem):
    y_true, y_score, weight = problem
    found = one_threshold_for_samples(y_true, y_score, weight, formula, n_bins=n_bins, table=table)
    assert found.dtype == y_score.dtype
    assert len(np.unique(found)) == 1
    value = scorer(formula, weight)
    assert value(y_true, y_score >= found) == pytest.approx(
        naive.best_global(y_true, y_score, value), abs=1e-10
    )


@pytest.mark.parametrize(
    "formula", [FBeta().formula, Jaccard(zero_division=1).formula, subset_accuracy]
)
@pytest.mark.parametrize("tied", [False, True])
def test_reaches_the_best_of_all_thresholds(formula, tied):
    missed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y_true = rng.random((8, 3)) < 0.4
        y_score = 0.7 * rng.random((8, 3)) + 0.3 * y_true * rng.random((8, 3))
        y_score = np.round(y_score * 6) / 6 if tied else y_score
        weight = rng.uniform(0.5, 2, 8) if seed % 2 else None
        starts = [
            Problem(
                Samples(y_true, y_score, weight), FBeta(average=average), "per_label"
            ).best_thresholds()
            for average in AVERAGES
        ]
        starts.append(one_threshold_for_samples(y_true, y_score, weight, formula))
        found = thresholds_for_samples(y_true, y_score, weight, formula, True, starts)
        value = scorer(formula, weight)
        missed += (
            value(y_true, y_score >= found) < naive.best_per_label(y_true, y_score, value) - 1e-10
        )
    assert missed <= 1


@formulas
@examples(50)
@given(problem=problems(weighted=False), seed=st.integers(0, 99))
def test_invariances(formula, problem, seed):
    y_true, y_score, _ = problem
    rng = np.random.default_rng(seed)
    samples, times = rng.permutation(len(y_true)), rng.integers(1, 4, len(y_true))

    def solve(y_true, y_score, weight=None):
        found = thresholds_for_samples(
            y_true, y_score, weight, formula, formula is not erratic, [y_score.max(axis=0)]
        )
        return found, one_threshold_for_samples(y_true, y_score, weight, formula)

    found = solve(y_true, y_score)
    np.testing.assert_array_equal(solve(y_true[samples], y_score[samples]), found)
    # a weight of 2 is the sample repeated
    value = scorer(formula, times)
    weighted = solve(y_true, y_score, times.astype(float))
    repeated = solve(np.repeat(y_true, times, axis=0), np.repeat(y_score, times, axis=0))
    for first, second in zip(weighted, repeated, strict=True):
        assert value(y_true, y_score >= first) == pytest.approx(
            value(y_true, y_score >= second), abs=1e-10
        )
    # a monotone transform of the scores leaves the predictions
    ranks = np.unique(y_score, return_inverse=True)[1].reshape(y_score.shape) * 3.0
    for of_ranks, of_scores in zip(solve(y_true, ranks), found, strict=True):
        np.testing.assert_array_equal(ranks >= of_ranks, y_score >= of_scores)


@pytest.mark.parametrize("effort", [0, EFFORT])
def test_recovers_hidden_thresholds(effort):
    rng = np.random.default_rng(0)
    hidden, y_score = rng.uniform(0.5, 0.95, 6), rng.random((5_000, 6))
    found = thresholds_for_samples(
        y_score >= hidden, y_score, None, subset_accuracy, True, [], effort=effort
    )
    np.testing.assert_allclose(found, hidden, atol=5e-3)


def test_two_labels_move_where_neither_alone_would():
    y_true = np.array([[0, 0], [0, 0], [1, 1], [1, 1], [1, 1]], bool)
    y_score = np.array([[0.2, 0.2], [0.1, 0.3], [0.6, 0.7], [0.7, 0.6], [0.8, 0.9]])
    found = thresholds_for_samples(
        y_true, y_score, None, subset_accuracy, is_monotone=False, starts=[]
    )
    np.testing.assert_allclose(found, [0.4, 0.45])


@pytest.mark.parametrize("formula", [FBeta().formula, subset_accuracy])
def test_what_never_occurs_is_never_predicted(formula):
    y_true, y_score = np.zeros((3, 2), bool), np.array([[0.9, 0.8], [0.1, 0.2], [0.5, 0.7]])
    found = thresholds_for_samples(y_true, y_score, None, formula, True, [np.full(2, 0.5)])
    np.testing.assert_array_equal(found, [np.inf, np.inf])
    np.testing.assert_array_equal(
        one_threshold_for_samples(y_true, y_score, None, formula), [np.inf, np.inf]
    )


def test_constant_scores_have_one_threshold():
    y_true, y_score = np.array([[1], [0], [1]], bool), np.full((3, 1), 0.2)
    found = thresholds_for_samples(y_true, y_score, None, FBeta().formula, True, [])
    np.testing.assert_array_equal(found, [-np.inf])
    np.testing.assert_array_equal(
        one_threshold_for_samples(y_true, y_score, None, FBeta().formula), [-np.inf]
    )


@pytest.mark.parametrize(("chunk", "n_bins"), [(7, 20), (1000, 5000)])
def test_common_threshold_of_many_samples_in_chunks_and_bins(chunk, n_bins):
    rng = np.random.default_rng(0)
    y_true, weight = rng.random((300, 4)) < 0.3, rng.random(300)
    y_score = rng.random((300, 4)) + 0.5 * y_true
    expected = naive.best_global(y_true, y_score, scorer(FBeta().formula, weight))
    formula = FBeta().formula
    found = one_threshold_for_samples(y_true, y_score, weight, formula, chunk=chunk, n_bins=n_bins)
    value = mean_over_samples(formula, y_true, y_score >= found, weight)
    assert value == pytest.approx(expected, abs=1e-12)


def test_memory_of_a_common_threshold_is_that_of_few_arrays_of_scores():
    rng = np.random.default_rng(0)
    y_score = rng.random((100, 20_000))
    y_true = rng.random(y_score.shape) < 0.001
    tracemalloc.start()
    one_threshold_for_samples(y_true, y_score, None, FBeta().formula)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * y_score.nbytes
