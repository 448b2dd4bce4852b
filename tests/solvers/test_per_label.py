import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import naive
from tests.registry import OBJECTIVES
from tests.solvers.sizes import SMALL
from tests.strategies import problems
from threshold_estimators import Constrained, Cost, FBeta, Precision, Recall, tune_thresholds
from threshold_estimators.objectives import CountObjective
from threshold_estimators.solvers import _per_label
from threshold_estimators.solvers._cuts import SIZES, cuts_at_all_scores, in_gaps
from threshold_estimators.solvers._per_label import best_gaps, label_by_label, sum_of_gains


class NetGain(CountObjective):
    """A value of any scale, and of any sign."""

    def formula(self, tp, fp, fn, tn):
        return 1e9 * (3 * tp - 2 * fp) - 1e12


MONOTONE = [
    *OBJECTIVES.values(),
    FBeta(3),
    NetGain(),
    Constrained(Recall(), Precision(), 0.6, confidence=None),
]


def best_of_all_cuts(y_true, y_score, formula):
    """(threshold, value) of the highest of the best cuts of a label."""
    cuts = cuts_at_all_scores(y_true, y_score).of_positives()
    values = formula(*cuts.counts())
    return cuts.thresholds(np.array([np.argmax(values)]))[0], values.max()


def assert_best(objective, y_true, y_score, sizes=SIZES):
    """Best thresholds of all labels, found as one block."""
    labels = np.arange(y_true.shape[1])
    found = in_gaps(y_score, *best_gaps(objective, y_true.T, y_score.T, labels, sizes)[0])
    for label, threshold in enumerate(found):
        formula = objective._for_labels(label).formula
        assert threshold == best_of_all_cuts(y_true[:, label], y_score[:, label], formula)[0]
    return found


def value_at(objective, positive, score, threshold):
    tp, fp = naive.counts_at(positive, score, threshold)
    counts = tp, fp, positive.sum() - tp, (~positive).sum() - fp
    return objective.formula(*(np.array([float(count)]) for count in counts))[0]


@pytest.mark.parametrize("sizes", SMALL.values(), ids=SMALL)
@pytest.mark.parametrize("objective", MONOTONE, ids=repr)
@given(problem=problems(max_samples=12, max_labels=3, weighted=False))
def test_best_thresholds_are_the_best_of_all(objective, sizes, problem):
    y_true, y_score = problem.y_true, problem.y_score
    found = assert_best(objective, y_true, y_score, sizes)
    for positive, score, threshold in zip(y_true.T, y_score.T, found, strict=True):
        if np.any(positive):
            candidates = naive.candidate_thresholds(score)
            best = max(value_at(objective, positive, score, cut) for cut in candidates)
            assert value_at(objective, positive, score, threshold) == best


@pytest.mark.parametrize("objective", MONOTONE, ids=repr)
@pytest.mark.parametrize("fraction", [0.001, 0.02, 0.5])
def test_best_threshold_of_many_samples(objective, fraction):
    rng = np.random.default_rng(0)
    y_true = rng.random((50_000, 1)) < fraction
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    for score in (
        y_score,
        y_score.round(2),
        -1 / y_score,
        1.7e308 * (2 * y_score - 1),
        1e300 * y_score,
        1e-300 * y_score,
        1000 + 1e-9 * y_score,
        (1000 + y_score).astype(np.float32),
        y_score.astype(np.float32),
        np.where(y_score > 0.9, 1e300, y_score),
        np.where(y_score > 0.9, y_score, 0),
        np.where(rng.random(y_score.shape) < 0.5, 0.0, -0.0) * y_score,
        y_true * 1.0,
        y_score * 0,
    ):
        assert_best(objective, y_true, score)


DIFFERENT_FORMULAS = [
    Cost(fp=np.linspace(0, 3, 40), fn=2),
    Constrained(Recall(), Precision(), np.linspace(0, 1, 40), confidence=None),
]


@pytest.mark.parametrize("objective", DIFFERENT_FORMULAS, ids=["cost", "constrained"])
def test_labels_differ_in_their_formulas(objective):
    rng = np.random.default_rng(0)
    y_true = rng.random((3_000, 40)) < np.linspace(0, 1, 40)
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    assert_best(objective, y_true, y_score)


@pytest.mark.parametrize("objective", DIFFERENT_FORMULAS, ids=["cost", "constrained"])
@pytest.mark.parametrize("sizes", [SIZES, *SMALL.values()], ids=["default", *SMALL])
def test_a_block_of_labels_has_its_own_formulas(objective, sizes):
    rng = np.random.default_rng(0)
    positive = rng.random((40, 60)) < np.linspace(0, 1, 40)[:, np.newaxis]
    score = rng.beta(1 + 2 * positive, 4 - 2 * positive)
    label = np.arange(40)
    together, _ = best_gaps(objective, positive, score, label, sizes)
    blocks = [
        best_gaps(objective, positive[block], score[block], label[block], sizes)[0]
        for block in (slice(0, 1), slice(1, 17), slice(17, 40))
    ]
    apart = np.hstack(blocks)
    thresholds = in_gaps(score.T, *together)
    np.testing.assert_array_equal(in_gaps(score.T, *apart), thresholds)


def test_blocks_of_labels_are_put_together():
    rng = np.random.default_rng(0)
    y_true = rng.random((200_000, 12)) < np.linspace(0, 0.1, 12)
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    found = label_by_label(FBeta(), y_true, y_score, None)
    alone = [
        label_by_label(FBeta(), y_true[:, [label]], y_score[:, [label]], None)
        for label in range(12)
    ]
    np.testing.assert_array_equal(found, np.concatenate(alone))


@pytest.mark.parametrize("highest", [1, -1])
def test_a_sample_that_misleads_is_detected(highest):
    # The sampled scores are the highest, so that few seem to be high; or they are the lowest.
    y_true = np.tile(np.arange(50) < 1, 400)[:, np.newaxis]
    y_score = np.where(y_true, 1.0, np.linspace(0, 1, len(y_true))[:, np.newaxis] ** 4)
    y_score[:: int(np.sqrt(len(y_true)) / SIZES.sampling)] += 2 * highest
    found = tune_thresholds(y_true, y_score, scoring="f1_macro", strategy="per_label")
    expected = best_of_all_cuts(y_true[:, 0], y_score[:, 0], FBeta().formula)
    assert (found.thresholds[0], found.score) == expected


@given(problem=problems(max_samples=7, weighted=False), seed=st.integers(0, 99))
def test_gains_of_the_predicted_samples_are_the_largest(problem, seed):
    y_true, y_score = problem.y_true, problem.y_score
    gains = np.random.default_rng(seed).integers(-3, 4, y_score.shape[::-1]).astype(float)
    functions = [lambda positive, gain=gain: np.where(positive, gain, -1.0) for gain in gains]
    thresholds = sum_of_gains(y_true, y_score, functions)
    assert thresholds.dtype == y_score.dtype
    for label, threshold in enumerate(thresholds):
        gain = np.where(y_true[:, label], gains[label], -1.0)
        score = y_score[:, label]
        best = max(gain[score >= cut].sum() for cut in naive.candidate_thresholds(score))
        assert gain[score >= threshold].sum() == best


@pytest.mark.parametrize("separation", [0.5, 3])
def test_highest_scores_of_few_labels_show_whether_they_are_enough(separation, monkeypatch):
    rng = np.random.default_rng(0)
    y_true = rng.random((3_000, 64)) < 0.02
    y_score = rng.normal(size=y_true.shape) + separation * y_true
    tried = []

    def try_highest(positive, *args):
        tried.append(len(positive))
        return best_of_highest(positive, *args)

    best_of_highest = _per_label._best_of_highest
    monkeypatch.setattr(_per_label, "_best_of_highest", try_highest)
    found = label_by_label(FBeta(), y_true, y_score, None)
    assert sum(tried) == (4 if separation < 1 else 64)
    for label, threshold in enumerate(found):
        problem = y_true[:, label], y_score[:, label]
        assert threshold == best_of_all_cuts(*problem, FBeta().formula)[0]
