"""Thresholds for other frequencies of the labels than those of the samples."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.registry import OBJECTIVES
from threshold_estimators import FBeta, SubsetAccuracy, tune_thresholds
from threshold_estimators.tuning import Samples

pytestmark = pytest.mark.filterwarnings("ignore:.* is won by predicting")
NUMBERS = st.sampled_from([0.0, 0.5, 1.0, 3.0])


def draw(n_samples=300, frequencies=(0.4, 0.2, 0.1), seed=0):
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, len(frequencies))) < frequencies
    return y_true, rng.normal(size=y_true.shape) + 2 * y_true


@given(
    y_true=hnp.arrays(bool, (6, 3)),
    weight=st.none()
    | hnp.arrays(float, 6, elements=NUMBERS)
    | hnp.arrays(float, (6, 3), elements=NUMBERS),
    frequencies=hnp.arrays(float, 3, elements=st.sampled_from([0.0, 0.1, 0.5, 1.0])),
)
def test_weights_give_each_label_its_frequency(y_true, weight, frequencies):
    before = Samples(y_true, np.zeros(y_true.shape), weight)
    after = before.at_frequencies(frequencies).sample_weight
    old = np.ones((6, 3)) if weight is None else np.broadcast_to(weight.reshape(6, -1), (6, 3))
    for label in range(3):
        positive, of_old, of_new = y_true[:, label], old[:, label], after[:, label]
        if not (of_old[positive].sum() and of_old[~positive].sum()):
            np.testing.assert_array_equal(of_new, of_old)
            continue
        assert of_new.sum() == pytest.approx(of_old.sum())
        assert of_new[positive].sum() / of_new.sum() == pytest.approx(frequencies[label])
        for cells in (positive, ~positive):  # the same factor for all of a class
            np.testing.assert_allclose(
                of_new[cells] * of_old[cells].sum(), of_old[cells] * of_new[cells].sum()
            )


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
def test_frequencies_are_repeated_samples(objective):
    y_true, y_score = draw()
    n_pos = y_true.sum(axis=0)
    frequencies = 3 * n_pos / (3 * n_pos + 300 - n_pos)
    tuned = tune_thresholds(
        y_true, y_score, scoring=objective, strategy="per_label", frequencies=frequencies
    )
    for label in range(3):
        rows = np.repeat(np.arange(300), np.where(y_true[:, label], 3, 1))
        alone = tune_thresholds(
            y_true[rows][:, [label]],
            y_score[rows][:, [label]],
            scoring=objective,
            strategy="per_label",
        )
        value = {
            name: objective.set_params(average=None).evaluate(
                y_true[rows][:, [label]], y_score[rows][:, [label]] >= threshold
            )
            for name, threshold in (("found", tuned.thresholds[label]), ("best", alone.thresholds))
        }
        objective.set_params(average="macro")
        assert value["found"] == pytest.approx(value["best"])


@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global", "proportion"])
def test_own_frequencies_change_nothing(strategy):
    y_true, y_score = draw()
    plain = tune_thresholds(y_true, y_score, strategy=strategy, cv=3)
    same = tune_thresholds(
        y_true, y_score, strategy=strategy, cv=3, frequencies=y_true.mean(axis=0)
    )
    np.testing.assert_allclose(same.thresholds, plain.thresholds, rtol=1e-6)
    assert same.score == pytest.approx(plain.score)
    assert same.cv_score == pytest.approx(plain.cv_score)


def test_thresholds_suit_new_samples_with_these_frequencies():
    y_true, y_score = draw(5000)
    y_new, new_score = draw(5000, [0.1, 0.05, 0.02], seed=1)
    tuned = tune_thresholds(y_true, y_score, frequencies=[0.1, 0.05, 0.02], cv=5)
    moved, unmoved, best = (
        FBeta().evaluate(y_new, new_score >= thresholds)
        for thresholds in (
            tuned.thresholds,
            tune_thresholds(y_true, y_score).thresholds,
            tune_thresholds(y_new, new_score).thresholds,
        )
    )
    assert unmoved + 0.03 < moved < best + 0.01
    assert tuned.cv_score == pytest.approx(moved, abs=0.05)
    np.testing.assert_allclose(
        tuned.predicted_share, (new_score >= tuned.thresholds).mean(axis=0), atol=0.015
    )


def test_frequencies_by_name():
    y_true, y_score = draw()
    names = ["a", "b", "c"]
    table = pd.DataFrame(y_true.astype(int), columns=names)
    by_name = pd.Series([0.1, 0.3, 0.2], index=["c", "a", "b"])
    expected = tune_thresholds(y_true, y_score, frequencies=[0.3, 0.2, 0.1]).thresholds
    for frequencies in (by_name, by_name.to_dict()):
        found = tune_thresholds(table, y_score, frequencies=frequencies).thresholds
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("frequencies", "message"),
    [
        ([0.1, 0.2], r"'frequencies' must have shape \(3,\).*Got \(2,\)"),
        (0.1, r"'frequencies' must have shape \(3,\).*Got \(\)"),
        ([0.1, 0.2, 1.5], r"'frequencies' must be shares.*Got 1.5 for label 2"),
        ([0.1, np.nan, 0.5], r"'frequencies' must not be NaN.*label 1"),
        (["a", "b", "c"], "'frequencies' must be numbers"),
        ({"a": 0.1}, "'frequencies' can be given by name only where"),
    ],
)
def test_wrong_frequencies(frequencies, message):
    with pytest.raises(ValueError, match=message):
        tune_thresholds(*draw(), frequencies=frequencies)


@pytest.mark.parametrize("scoring", ["f1_samples", SubsetAccuracy()])
def test_metrics_of_samples_have_no_frequencies(scoring):
    with pytest.raises(ValueError, match="'frequencies' need an objective of confusion counts"):
        tune_thresholds(*draw(), scoring=scoring, frequencies=[0.1, 0.1, 0.1])


def test_expected_shares_are_those_of_the_decisions():
    y_true, y_score = draw()
    weight = np.random.default_rng(0).integers(0, 3, len(y_true))
    for params in ({}, {"max_labels": 1}, {"sample_weight": weight}):
        tuned = tune_thresholds(y_true, y_score, **params)
        share = np.average(tuned.predict(y_score), axis=0, weights=params.get("sample_weight"))
        np.testing.assert_allclose(tuned.predicted_share, share)
    np.testing.assert_allclose(tuned.n_samples, weight.sum() ** 2 / (weight**2).sum())


def test_missing_labels_do_not_count_as_samples():
    y_true, y_score = draw()
    y_true = np.where(np.arange(300)[:, np.newaxis] < [300, 200, 100], y_true, np.nan)
    tuned = tune_thresholds(y_true, y_score)
    assert tuned.n_samples.tolist() == [300, 200, 100]
    share = (y_score[:100, 2] >= tuned.thresholds[2]).mean()
    assert tuned.predicted_share[2] == pytest.approx(share)
