"""A label whose scores say nothing is not predicted everywhere, however few labels there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tests.strategies import examples
from threshold_estimators import BalancedAccuracy, FBeta, GMean, Jaccard, Recall, tune_thresholds
from threshold_estimators.pooling._bagging import NO_LIMIT, last_cuts, limited
from threshold_estimators.pooling._lift import _areas, _shrunk, shows_lift


def draw_labels(seed, n_samples, base_rates, signals):
    """Scores of labels with these base rates and signals, 0 for none."""
    rng = np.random.default_rng(seed)
    base_rates, signals = np.array(base_rates), np.array(signals)
    y_true = rng.random((n_samples, len(base_rates))) < base_rates
    return y_true, rng.normal(size=y_true.shape) + signals * y_true + np.log(base_rates)


def fraction_predicted(y_true, y_score, **options):
    return np.mean(y_score >= tune_thresholds(y_true, y_score, **options).thresholds, axis=0)


@pytest.mark.parametrize("n_others", [0, 1, 2, 4, 7, 29])
@pytest.mark.parametrize("base_rate", [0.01, 0.05, 0.1])
def test_label_without_signal_is_not_predicted_everywhere(n_others, base_rate):
    fractions = []
    for seed in range(10):
        base_rates, signals = [base_rate, *n_others * [0.05]], [0, *n_others * [1.5]]
        y_true, y_score = draw_labels(seed, 600, base_rates, signals)
        fractions.append(fraction_predicted(y_true, y_score)[0])
    assert np.median(fractions) <= 3.5 * base_rate
    assert np.sum(np.array(fractions) > 0.5) <= 1  # one in 44 looks as if it had a signal


@pytest.mark.parametrize("scoring", ["f1_macro", "f1_micro", "jaccard_macro", FBeta(average=None)])
@pytest.mark.parametrize("n_labels", [1, 2, 5])
def test_labels_without_any_signal_are_not_predicted_everywhere(scoring, n_labels):
    predicted = []
    for seed in range(10):
        problem = draw_labels(seed, 600, n_labels * [0.1], n_labels * [0])
        predicted.extend(fraction_predicted(*problem, scoring=scoring))
    assert np.median(predicted) < 0.35


@pytest.mark.parametrize("scoring", ["f1_macro", "f1_micro"])
def test_label_that_a_third_of_the_samples_have_is_predicted_without_signal(scoring):
    for seed in range(5):
        y_true, y_score = draw_labels(seed, 1000, [0.4], [0])
        assert fraction_predicted(y_true, y_score, scoring=scoring) > 0.95


@pytest.mark.parametrize("n_others", [0, 1, 7])
def test_weak_signal_is_predicted_and_worth_it(n_others):
    f1 = []
    for seed in range(10):
        base_rates, signals = [0.05, *n_others * [0.05]], [0.5, *n_others * [1.5]]
        y_true, y_score = draw_labels(seed, 6000, base_rates, signals)
        tuned = tune_thresholds(y_true[:1000], y_score[:1000])
        y_pred = tuned.predict(y_score[1000:])
        f1.append(FBeta(average=None).evaluate(y_true[1000:], y_pred)[0])
    # Predicting it everywhere has an F1 of 0.095, the best threshold one of about 0.15.
    assert np.mean(f1) > 0.11


def test_scores_without_information_are_never_predicted_for_a_rare_label():
    y_true = np.arange(200)[:, np.newaxis] < 10
    assert fraction_predicted(y_true, np.full((200, 1), 0.3)) == 0
    assert fraction_predicted(~y_true, np.full((200, 1), 0.3)) == 1


@examples(60)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_areas_are_those_under_the_roc_curve(seed, n_bins):
    rng = np.random.default_rng(seed)
    pos, neg = rng.integers(0, 5, (2, 3, n_bins)).astype(float)
    pos[:, 0] += 1
    neg[:, -1] += 1
    area, variance = _areas(pos, neg)
    score = -np.arange(n_bins)
    for label in range(3):
        y_true = np.repeat([True, False], [int(pos[label].sum()), int(neg[label].sum())])
        y_score = np.repeat(np.tile(score, 2), np.append(pos[label], neg[label]).astype(int))
        if np.ptp(y_score):
            assert area[label] == pytest.approx(roc_auc_score(y_true, y_score))
            drawn = [roc_auc_score(rng.permutation(y_true), y_score) for _ in range(200)]
            assert np.var(drawn) == pytest.approx(variance[label], rel=0.6, abs=1e-12)


def test_labels_of_one_class_show_no_lift():
    pos, neg = (
        np.array([[3.0, 1], [0, 0], [2, 1], [0, 0]]),
        np.array([[0.0, 9], [4, 1], [0, 0], [0, 0]]),
    )
    np.testing.assert_array_equal(shows_lift(pos, neg)[1:], False)


def test_areas_are_shrunk_towards_those_of_other_labels():
    area, variance = np.array([0.8, 0.85, 0.82, 0.6]), np.array([1e-4, 1e-4, 1e-4, 0.04])
    mean, left = _shrunk(area, variance)
    assert 0.75 < mean[3] < 0.85
    np.testing.assert_allclose(mean[:3], area[:3], atol=0.01)
    assert np.all(left < variance)
    alone = _shrunk(area[3:], variance[3:])
    np.testing.assert_array_equal(alone, [area[3:], variance[3:]])


@examples(30)
@given(st.integers(0, 10_000))
def test_last_cut_could_reach_half_of_the_perfect_value(seed):
    rng = np.random.default_rng(seed)
    tp, fp = rng.integers(0, 4, (2, 4, 9)).cumsum(axis=-1).astype(float)
    tp[:, 0] = fp[:, 0] = 0
    counts = tp, fp, tp[:, -1:] - tp, fp[:, -1:] - fp
    has_lift = np.array([True, False, False, False])
    for objective, factor in ((FBeta(), 3), (FBeta(beta=2), 6), (Jaccard(), 2)):
        last = last_cuts(objective, counts, has_lift)
        assert last[0] == NO_LIMIT
        for label in range(1, 4):
            allowed = [k for k in range(9) if tp[label, k] + fp[label, k] <= factor * tp[label, -1]]
            assert last[label] == (allowed[-1] if len(allowed) < 9 else NO_LIMIT)
    for objective in (BalancedAccuracy(), GMean(), Recall()):
        np.testing.assert_array_equal(last_cuts(objective, counts, has_lift), NO_LIMIT)


def test_values_behind_the_last_cut_are_never_the_best():
    values = limited(np.arange(24.0).reshape(2, 3, 4), np.array([NO_LIMIT, 1, 0]))
    np.testing.assert_array_equal(values.argmax(axis=-1), [[3, 1, 0], [3, 1, 0]])
