import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import naive
from tests.strategies import problems
from threshold_estimators import Accuracy, FBeta, Jaccard, Precision, Recall, _cuts
from threshold_estimators._cuts import between, cuts_at_all_scores, cuts_at_positives, cuts_that_may_be_best


@given(problems(max_samples=12, max_labels=1))
def test_counts_at_all_scores_are_those_of_counting_rows(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    weight = None if problem.sample_weight is None else problem.sample_weight + 0.5
    cuts = cuts_at_all_scores(y_true, y_score, weight)
    np.testing.assert_array_equal(cuts.scores, np.append(np.unique(y_score), np.inf))
    for cut, tp, fp in zip(cuts.scores, cuts.tps, cuts.fps, strict=True):
        assert (tp, fp) == pytest.approx(naive.counts_at(y_true, y_score, cut, weight))
    assert (cuts.n_pos, cuts.n_neg) == pytest.approx(naive.counts_at(y_true, y_score, -np.inf, weight))


@given(problems(max_samples=12, max_labels=1, weighted=False))
def test_counts_at_positives_are_those_of_counting_rows(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    cuts = cuts_at_positives(y_true, y_score)
    np.testing.assert_array_equal(cuts.scores, np.append(np.unique(y_score[y_true]), np.inf))
    for cut, tp, fp in zip(cuts.scores, cuts.tps, cuts.fps, strict=True):
        assert (tp, fp) == naive.counts_at(y_true, y_score, cut)
    assert (cuts.n_pos, cuts.n_neg) == naive.counts_at(y_true, y_score, -np.inf)


@given(problems(max_samples=12, max_labels=1, weighted=False))
def test_every_threshold_realises_the_counts_of_its_cut(problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    for cuts in (cuts_at_all_scores(y_true, y_score), cuts_at_positives(y_true, y_score)):
        thresholds = cuts.thresholds(np.arange(len(cuts.scores)))
        assert thresholds.dtype == y_score.dtype
        assert thresholds[-1] == np.inf
        for threshold, tp, fp in zip(thresholds, cuts.tps, cuts.fps, strict=True):
            assert (tp, fp) == naive.counts_at(y_true, y_score, threshold)


MONOTONE = [FBeta(), FBeta(3), Jaccard(), Accuracy(), Precision(), Recall()]


@pytest.fixture
def always_in_buckets(monkeypatch):
    monkeypatch.setattr(_cuts, "FEWEST_ROWS_FOR_BUCKETS", 0)
    monkeypatch.setattr(_cuts, "N_BUCKETS", 5)


@pytest.mark.usefixtures("always_in_buckets")
@pytest.mark.parametrize("objective", MONOTONE, ids=repr)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems(max_samples=12, max_labels=1, weighted=False))
def test_best_cut_is_never_left_out(objective, problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    all_cuts, some = cuts_at_positives(y_true, y_score), cuts_that_may_be_best(y_true, y_score, objective.formula)
    values, kept = objective.formula(*all_cuts.counts()), objective.formula(*some.counts())
    best, found = np.flatnonzero(values == values.max())[-1:], np.flatnonzero(kept == kept.max())[-1:]
    assert kept.max() == values.max()
    assert some.thresholds(found) == all_cuts.thresholds(best)
    assert some.thresholds(found).dtype == y_score.dtype
    for cut, tp, fp in zip(some.scores, some.tps, some.fps, strict=True):
        assert (tp, fp) == naive.counts_at(y_true, y_score, cut)


@pytest.mark.parametrize("share", [0.02, 0.5])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_few_scores_are_left_of_many(share, scale):
    rng = np.random.default_rng(0)
    y_true = rng.random(30_000) < share
    y_score = scale * rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    all_cuts, some = cuts_at_positives(y_true, y_score), cuts_that_may_be_best(y_true, y_score, FBeta().formula)
    best, found = (np.argmax(FBeta().formula(*cuts.counts()), keepdims=True) for cuts in (all_cuts, some))
    assert len(some.scores) < len(all_cuts.scores) / 4
    assert some.thresholds(found) == all_cuts.thresholds(best)


def test_threshold_lies_in_the_middle_of_the_gap():
    cuts = cuts_at_positives(np.array([True, False, True]), np.array([0.9, 0.5, 0.1]))
    np.testing.assert_array_equal(cuts.thresholds(np.array([0, 1, 2])), [-np.inf, 0.7, np.inf])


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
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
