import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import naive
from tests.strategies import problems
from threshold_estimators import Accuracy, FBeta, Jaccard, Precision, Recall
from threshold_estimators.solvers import _samples
from threshold_estimators.tuning import Problem, Samples, tune


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


def mean_over_rows(formula, y_true, y_pred, sample_weight):
    tp, fp = (y_true & y_pred).sum(axis=1), (~y_true & y_pred).sum(axis=1)
    fn, tn = (y_true & ~y_pred).sum(axis=1), (~y_true & ~y_pred).sum(axis=1)
    return np.average(
        formula(*(count.astype(float) for count in (tp, fp, fn, tn))), weights=sample_weight
    )


def scorer(formula, sample_weight):
    return lambda y_true, y_pred: mean_over_rows(formula, y_true, y_pred, sample_weight)


def best_of_one_label(y_true, y_score, thresholds, value):
    """Largest value after one label's cut moves anywhere and the others stay."""
    best = -np.inf
    for label, column in enumerate(y_score.T):
        for cut in naive.candidate_thresholds(column):
            moved = np.where(np.arange(len(thresholds)) == label, cut, thresholds)
            best = max(best, value(y_true, naive.decisions(y_score, moved)))
    return best


@pytest.fixture(params=["all values beforehand", "each value when asked for"])
def any_number_of_states(request, monkeypatch):
    if request.param == "each value when asked for":
        monkeypatch.setattr(_samples, "STATES", 0)


@pytest.mark.usefixtures("any_number_of_states")
@pytest.mark.parametrize("effort", [0, _samples.EFFORT])
@formulas
@settings(max_examples=25)
@given(problem=problems(), seed=st.integers(0, 99))
def test_better_than_any_start_and_than_any_move_of_one_label(formula, effort, problem, seed):
    y_true, y_score, weight = problem
    starts = list(np.random.default_rng(seed).choice(y_score.ravel(), (2, y_true.shape[1])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_samples, "EFFORT", effort)
        found = _samples.row_by_row(
            y_true, y_score, weight, formula, formula is not erratic, starts
        )
    assert found.dtype == y_score.dtype
    value = scorer(formula, weight)
    achieved = value(y_true, y_score >= found)
    assert achieved >= max(value(y_true, y_score >= start) for start in starts) - 1e-15
    assert achieved >= best_of_one_label(y_true, y_score, found, value) - 1e-10


@pytest.mark.usefixtures("any_number_of_states")
@pytest.mark.parametrize("bins", [1, 3, _samples.BINS])
@formulas
@settings(max_examples=25)
@given(problem=problems())
def test_no_common_cut_does_better(formula, bins, problem):
    y_true, y_score, weight = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_samples, "BINS", bins)
        found = _samples.one_cut_by_row(y_true, y_score, weight, formula)
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
def test_reaches_the_best_of_all_cuts(formula, tied):
    missed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y_true = rng.random((8, 3)) < 0.4
        y_score = 0.7 * rng.random((8, 3)) + 0.3 * y_true * rng.random((8, 3))
        y_score = np.round(y_score * 6) / 6 if tied else y_score
        weight = rng.uniform(0.5, 2, 8) if seed % 2 else None
        starts = [
            tune(
                Problem(Samples(y_true, y_score, weight), FBeta(average=average), "per_label"), ()
            ).thresholds
            for average in AVERAGES
        ]
        starts.append(_samples.one_cut_by_row(y_true, y_score, weight, formula))
        found = _samples.row_by_row(y_true, y_score, weight, formula, True, starts)
        value = scorer(formula, weight)
        missed += (
            value(y_true, y_score >= found) < naive.best_per_label(y_true, y_score, value) - 1e-10
        )
    assert missed <= 1


@formulas
@settings(max_examples=50)
@given(problem=problems(weighted=False), seed=st.integers(0, 99))
def test_invariances(formula, problem, seed):
    y_true, y_score, _ = problem
    rng = np.random.default_rng(seed)
    rows, times = rng.permutation(len(y_true)), rng.integers(1, 4, len(y_true))

    def solve(y_true, y_score, weight=None):
        found = _samples.row_by_row(
            y_true, y_score, weight, formula, formula is not erratic, [y_score.max(axis=0)]
        )
        return found, _samples.one_cut_by_row(y_true, y_score, weight, formula)

    found = solve(y_true, y_score)
    np.testing.assert_array_equal(solve(y_true[rows], y_score[rows]), found)
    # a weight of 2 is the row repeated
    value = scorer(formula, times)
    weighted = solve(y_true, y_score, times.astype(float))
    repeated = solve(np.repeat(y_true, times, axis=0), np.repeat(y_score, times, axis=0))
    for one, other in zip(weighted, repeated, strict=True):
        assert value(y_true, y_score >= one) == pytest.approx(
            value(y_true, y_score >= other), abs=1e-10
        )
    # a monotone transform of the scores leaves the predictions
    ranks = np.unique(y_score, return_inverse=True)[1].reshape(y_score.shape) * 3.0
    for one, other in zip(solve(y_true, ranks), found, strict=True):
        np.testing.assert_array_equal(ranks >= one, y_score >= other)


@pytest.mark.parametrize("effort", [0, _samples.EFFORT])
def test_recovers_hidden_cuts(effort, monkeypatch):
    monkeypatch.setattr(_samples, "EFFORT", effort)
    rng = np.random.default_rng(0)
    hidden, y_score = rng.uniform(0.5, 0.95, 6), rng.random((5_000, 6))
    found = _samples.row_by_row(y_score >= hidden, y_score, None, subset_accuracy, True, [])
    np.testing.assert_allclose(found, hidden, atol=5e-3)


def test_two_labels_move_where_neither_alone_would():
    y_true = np.array([[0, 0], [0, 0], [1, 1], [1, 1], [1, 1]], bool)
    y_score = np.array([[0.2, 0.2], [0.1, 0.3], [0.6, 0.7], [0.7, 0.6], [0.8, 0.9]])
    found = _samples.row_by_row(y_true, y_score, None, subset_accuracy, monotone=False, starts=[])
    np.testing.assert_allclose(found, [0.4, 0.45])


@pytest.mark.parametrize("formula", [FBeta().formula, subset_accuracy])
def test_what_never_occurs_is_never_predicted(formula):
    y_true, y_score = np.zeros((3, 2), bool), np.array([[0.9, 0.8], [0.1, 0.2], [0.5, 0.7]])
    found = _samples.row_by_row(y_true, y_score, None, formula, True, [np.full(2, 0.5)])
    np.testing.assert_array_equal(found, [np.inf, np.inf])
    np.testing.assert_array_equal(
        _samples.one_cut_by_row(y_true, y_score, None, formula), [np.inf, np.inf]
    )


def test_constant_scores_are_one_cut():
    y_true, y_score = np.array([[1], [0], [1]], bool), np.full((3, 1), 0.2)
    found = _samples.row_by_row(y_true, y_score, None, FBeta().formula, True, [])
    np.testing.assert_array_equal(found, [-np.inf])
    np.testing.assert_array_equal(
        _samples.one_cut_by_row(y_true, y_score, None, FBeta().formula), [-np.inf]
    )


def test_common_cut_of_many_rows_in_chunks_and_bins(monkeypatch):
    rng = np.random.default_rng(0)
    y_true, weight = rng.random((300, 4)) < 0.3, rng.random(300)
    y_score = rng.random((300, 4)) + 0.5 * y_true
    expected = naive.best_global(y_true, y_score, scorer(FBeta().formula, weight))
    for chunk, bins in [(7, 20), (1000, 5000)]:
        monkeypatch.setattr(_samples, "CHUNK", chunk)
        monkeypatch.setattr(_samples, "BINS", bins)
        found = _samples.one_cut_by_row(y_true, y_score, weight, FBeta().formula)
        assert mean_over_rows(FBeta().formula, y_true, y_score >= found, weight) == pytest.approx(
            expected, abs=1e-12
        )
