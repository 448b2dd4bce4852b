"""Floors on new samples: they hold as often as promised, judged by distributions that are known."""

import numpy as np
import pytest
from scipy.stats import norm

from threshold_estimators import (
    Accuracy,
    Constrained,
    FBeta,
    MatthewsCorrelation,
    NegativePredictiveValue,
    Precision,
    Recall,
    Specificity,
    tune_thresholds,
)

pytestmark = pytest.mark.filterwarnings("ignore:No threshold promises")
N_LABELS = 10
SEPARATION = 2.5


def draw(rng, n_samples, prevalence):
    y_true = rng.random((n_samples, N_LABELS)) < prevalence
    return y_true, rng.normal(size=y_true.shape) + SEPARATION * y_true


def rates(thresholds, prevalence):
    """(tp, fp, fn, tn) of new samples, (n_labels,) each."""
    recall, false = norm.sf(thresholds - SEPARATION), norm.sf(thresholds)
    return (
        prevalence * recall,
        (1 - prevalence) * false,
        prevalence * (1 - recall),
        (1 - prevalence) * (1 - false),
    )


@pytest.mark.parametrize("strategy", ["pooled", "per_label"])
@pytest.mark.parametrize(
    ("constraint", "at_least"),
    [
        (Precision(zero_division=1), 0.8),
        (Recall(), 0.85),
        (Specificity(), 0.95),
        (NegativePredictiveValue(zero_division=1), 0.95),
        (Accuracy(), 0.85),
        (FBeta(), 0.55),
    ],
    ids=lambda value: type(value).__name__,
)
def test_floors_hold_for_new_samples_as_often_as_promised(constraint, at_least, strategy):
    rng = np.random.default_rng(0)
    scoring = Constrained(FBeta(), constraint, at_least, confidence=0.8)
    holds, finite = [], []
    for _ in range(20):
        y_true, y_score = draw(rng, 400, 0.2)
        thresholds = tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy).thresholds
        finite.append(np.isfinite(thresholds))
        holds.append(constraint.formula(*rates(thresholds, 0.2)) >= at_least)
    assert np.mean(holds) > 0.8
    assert np.mean(finite) > 0.7


@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global"])
def test_micro_floors_hold_for_new_samples(strategy):
    rng = np.random.default_rng(0)
    constraint = Precision(average="micro", zero_division=1)
    scoring = Constrained(Recall(average="micro"), constraint, 0.8, confidence=0.8)
    values = []
    for _ in range(60):
        y_true, y_score = draw(rng, 200, 0.1)
        thresholds = tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy).thresholds
        summed = np.sum(rates(thresholds, 0.1), axis=1)
        values.append(constraint.formula(*summed[:, np.newaxis])[0])
    assert np.mean(np.array(values) >= 0.8) > 0.75
    assert np.mean(np.array(values) < 1) > 0.5


def test_pooled_leaves_more_recall_than_per_label_where_positives_are_few():
    rng = np.random.default_rng(0)
    y_true, y_score = draw(rng, 300, 0.06)
    scoring = Constrained(Recall(), Precision(), 0.8)
    with pytest.warns(UserWarning, match="No threshold promises"):
        per_label = tune_thresholds(y_true, y_score, scoring=scoring, strategy="per_label")
    pooled = tune_thresholds(y_true, y_score, scoring=scoring)
    assert np.mean(rates(pooled.thresholds, 0.06)[0]) > 2 * np.mean(
        rates(per_label.thresholds, 0.06)[0]
    )


def test_labels_have_their_own_floors_and_bonferroni_asks_for_more():
    y_true, y_score = draw(np.random.default_rng(0), 800, 0.2)
    at_least = np.linspace(0.3, 0.9, N_LABELS)
    for strategy in ("pooled", "per_label"):
        one = Constrained(Recall(), Precision(), at_least)
        all_at_once = Constrained(Recall(), Precision(), at_least, confidence=1 - 0.1 / N_LABELS)
        one = tune_thresholds(y_true, y_score, scoring=one, strategy=strategy).thresholds
        stricter = tune_thresholds(y_true, y_score, scoring=all_at_once, strategy=strategy)
        assert np.all(stricter.thresholds >= one)
        assert one[0] < one[-1]


@pytest.mark.parametrize("strategy", ["pooled", "per_label"])
@pytest.mark.parametrize(
    ("constraint", "decision", "threshold"),
    [(Precision(), "never", np.inf), (Recall(), "always", -np.inf)],
)
def test_warns_of_labels_without_a_promise(constraint, decision, threshold, strategy):
    rng = np.random.default_rng(0)
    y_true = rng.random((100, 3)) < [0.4, 0.4, 0.03]
    y_score = rng.normal(size=(100, 3)) + [6, 6, 0] * y_true
    scoring = Constrained(FBeta(), constraint, 0.95, confidence=0.999)
    with pytest.warns(UserWarning, match=rf"2 \(at least 0.95: .*is {decision} pre") as found:
        tuned = tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy)
    assert tuned.thresholds[2] == threshold
    assert found[0].filename == __file__


def test_estimate_of_the_missing_positives():
    y_true = np.repeat([[True], [False]], [10, 90], axis=0)
    y_score = np.linspace(1, 0, 100)[:, np.newaxis]
    scoring = Constrained(Precision(), Recall(), 0.9)
    # 0.9**22 is the first power below 0.1.
    with pytest.warns(UserWarning, match=r"about 1[2-5] more positive samples"):
        tune_thresholds(y_true, y_score, scoring=scoring, strategy="per_label")


def test_floors_that_nothing_can_promise():
    y_true, y_score = draw(np.random.default_rng(0), 100, 0.2)
    scoring = Constrained(Recall(), Precision(), 0.8)
    with pytest.raises(ValueError, match="Limits on the number of labels"):
        tune_thresholds(y_true, y_score, scoring=scoring, min_labels=1)
    scoring = Constrained(
        Recall(average="micro"), MatthewsCorrelation(average="micro"), at_least=0.5
    )
    with pytest.raises(ValueError, match="A floor of a micro average is promised for"):
        tune_thresholds(y_true, y_score, scoring=scoring)


def test_without_a_confidence_floors_hold_on_the_given_samples():
    y_true, y_score = draw(np.random.default_rng(0), 500, 0.2)
    scoring = Constrained(Recall(), Precision(), 0.8, confidence=None)
    tuned = tune_thresholds(y_true, y_score, scoring=scoring)
    precision = Precision(average=None).evaluate(y_true, tuned.predict(y_score))
    assert np.all(precision >= 0.8)
    assert np.all(precision < 0.84)


@pytest.mark.parametrize("strategy", ["pooled", "per_label"])
def test_weights_are_parts_of_samples(strategy):
    y_true, y_score = draw(np.random.default_rng(0), 400, 0.2)
    known = np.random.default_rng(1).random(y_true.shape) < 0.8
    scoring = Constrained(Recall(), Precision(), 0.8)
    full = tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy).thresholds
    weighted = tune_thresholds(
        y_true, y_score, scoring=scoring, strategy=strategy, sample_weight=np.full(400, 7.0)
    )
    np.testing.assert_allclose(weighted.thresholds, full)
    missing = np.where(known, y_true, np.nan)
    some = tune_thresholds(missing, y_score, scoring=scoring, strategy=strategy).thresholds
    assert np.mean(norm.sf(some - SEPARATION)) < np.mean(norm.sf(full - SEPARATION)) + 0.05
    assert np.mean(np.isfinite(some)) >= 0.8
