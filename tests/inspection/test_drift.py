"""Do thresholds still hold: `drift_report` and `estimate_frequencies`."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests import naive
from threshold_estimators import (
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    TunedThresholds,
    drift_report,
    estimate_frequencies,
    tune_thresholds,
)
from threshold_estimators.inspection._drift_table import Decided, holm, p_values, tolerated

NAMES = ["cat", "dog", "fox"]
BEFORE, AFTER = (0.3, 0.2, 0.1), (0.3, 0.2, 0.25)


def draw(n_samples, frequencies, seed=0):
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, 3)) < frequencies
    return y_true.astype(int), rng.normal(size=y_true.shape) + 3 * y_true


@pytest.fixture(scope="module")
def tuned():
    y_true, y_score = draw(1000, BEFORE)
    table = pd.DataFrame(y_true, columns=NAMES)
    return tune_thresholds(table, y_score, store_cv_results=True)


@st.composite
def counts(draw):
    n_before, n_after = draw(st.integers(0, 12)), draw(st.integers(1, 12))
    return n_before, draw(st.integers(0, n_before)), n_after, draw(st.integers(0, n_after))


@given(counts())
def test_p_values_are_those_of_fisher(counts):
    n_before, before, n_after, after = (np.array([count]) for count in counts)
    found = p_values(Decided(before, n_before), Decided(after, n_after))
    assert found[0] == pytest.approx(float(naive.fisher(*counts)), abs=1e-12)


@given(counts(), st.sampled_from([0.3, 0.05, 0.001]))
def test_tolerated_counts_are_those_that_are_not_rejected(counts, level):
    n_before, before, n_after, _ = counts
    low, high = tolerated(Decided(np.array([before]), np.array([n_before])), n_after, level)
    inside = [k for k in range(n_after + 1) if naive.fisher(n_before, before, n_after, k) > level]
    assert (low[0], high[0]) == (inside[0], inside[-1])


@given(st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.0125, 0.02, 0.05, 0.5, 1.0]), min_size=1))
def test_holm(p):
    adjusted, level = holm(np.array(p), 0.05)
    rejected = naive.rejected_by_holm(p, 0.05)
    assert set(np.flatnonzero(adjusted <= 0.05)) == rejected
    assert {i for i, value in enumerate(p) if value <= level} == rejected


def test_labels_that_moved_are_named(tuned):
    _, y_score = draw(2000, AFTER, seed=1)
    report = drift_report(tuned, y_score)
    assert report.moved.tolist() == ["fox"]
    assert report.has_moved
    table = report.to_frame()
    assert table.index.tolist() == [*NAMES, "labels per sample"]
    observed = (y_score >= tuned.thresholds).mean(axis=0)
    np.testing.assert_allclose(table["observed"], [*observed, observed.sum()])
    np.testing.assert_allclose(table["expected"][:3], tuned.predicted_share)
    outside = (table["observed"] < table["lowest"]) | (table["observed"] > table["highest"])
    assert (outside == table["moved"]).all()
    assert "fox" in str(report)
    assert "1 of 3 labels moved." in repr(report)


@pytest.mark.parametrize("n_new", [50, 400, 3000])
def test_false_alarms_are_as_rare_as_promised(n_new):
    n_alarms = 0
    for seed in range(120):
        tuned = tune_thresholds(*draw(400, (0.3, 0.1, 0.03), seed=2 * seed))
        _, y_score = draw(n_new, (0.3, 0.1, 0.03), seed=2 * seed + 1)
        n_alarms += drift_report(tuned, y_score).has_moved
    assert n_alarms <= 12  # 6 are expected, 12 are exceeded once in a hundred cases


def test_the_mean_number_of_labels_is_tested_too():
    rng = np.random.default_rng(0)
    frequencies = np.full(60, 0.05)
    y_true = rng.random((1000, 60)) < frequencies
    tuned = tune_thresholds(y_true, 4 * y_true + rng.normal(size=y_true.shape))
    y_new = rng.random((1000, 60)) < 1.15 * frequencies
    report = drift_report(tuned, 4 * y_new + rng.normal(size=y_new.shape))
    assert report.columns["moved"][-1]
    assert report.columns["moved"][:-1].sum() <= 2


def test_limits_are_kept():
    y_true, y_score = draw(500, BEFORE)
    tuned = tune_thresholds(y_true, y_score, min_labels=1, max_labels=1)
    report = drift_report(tuned, y_score)
    assert report.columns["observed"][-1] == report.columns["expected"][-1] == 1
    assert not report.has_moved
    assert np.all(report.columns["p_value"] == 1)


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    y = (rng.random((600, 3)) < BEFORE).astype(int)
    X = 3 * y + rng.normal(size=y.shape)
    return MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(X, y), X, y


def test_classifiers_pipelines_and_files(fitted, tmp_path):
    model, X, y = fitted
    X_new = X[:300] + np.array([0, 0, 2])
    expected = drift_report(model, X_new)
    assert expected.moved.tolist() == [2]
    assert expected.n_samples == 300
    pipeline = make_pipeline(StandardScaler(), MultiLabelThresholdClassifier(LogisticRegression()))
    assert drift_report(pipeline.fit(X, y), X_new).moved.tolist() == [2]
    model.tuned_.to_json(tmp_path / "thresholds.json")
    read = TunedThresholds.from_json(tmp_path / "thresholds.json")
    for other in (read, pickle.loads(pickle.dumps(model)).tuned_):
        found = drift_report(other, model.predict_proba(X_new))
        for name, column in expected.columns.items():
            np.testing.assert_array_equal(found.columns[name], column)


def test_a_column_of_two_classes():
    y_true, y_score = draw(500, BEFORE)
    column = np.array(["no", "yes"])[y_true[:, 2]]
    tuned = tune_thresholds(column, y_score[:, [2]], scoring="accuracy", store_cv_results=True)
    _, new_score = draw(500, (0, 0, 0.4), seed=1)
    assert drift_report(tuned, new_score[:, [2]]).moved.tolist() == ["yes"]
    assert estimate_frequencies(tuned, new_score[:, [2]]) == pytest.approx(0.4, abs=0.06)


def test_given_thresholds_need_a_reference(fitted):
    _, X, y = fitted
    fixed = FixedThresholdsClassifier(LogisticRegression(), 0.4).fit(X, y)
    with pytest.raises(ValueError, match="as 'X_reference'"):
        drift_report(fixed, X)
    report = drift_report(fixed, X[:300] + np.array([0, 2, 0]), X[300:])
    assert report.moved.tolist() == [1]
    np.testing.assert_allclose(report.columns["expected"][:3], fixed.predict(X[300:]).mean(axis=0))


def test_wrong_arguments(fitted, tuned):
    model, X, y = fitted
    for confidence in (0, 1, 1.5, "high", True):
        with pytest.raises(ValueError, match="'confidence' must be a number between 0 and 1"):
            drift_report(model, X, confidence=confidence)
    rejecting = MultiLabelRejectClassifier(model, abstention_cost=0.2).fit(X, y)
    for function in (drift_report, estimate_frequencies):
        with pytest.raises(TypeError, match="MultiLabelRejectClassifier abstains"):
            function(rejecting, X)
        with pytest.raises(TypeError, match="'model' must be a fitted"):
            function(LogisticRegression(), X)
        with pytest.raises(ValueError, match="must have shape"):
            function(tuned, X[:, :2])
    with pytest.raises(ValueError, match="Tune with 'store_cv_results=True'"):
        estimate_frequencies(pickle.loads(pickle.dumps(model)), X)


def test_estimated_frequencies_and_their_warning(tuned):
    y_new, new_score = draw(3000, AFTER, seed=1)
    found = estimate_frequencies(tuned, pd.DataFrame(new_score[:, ::-1], columns=NAMES[::-1]))
    np.testing.assert_allclose(found, y_new.mean(axis=0), atol=0.03)
    with pytest.warns(UserWarning, match="No frequency explains the new scores of label 'fox'"):
        found = estimate_frequencies(tuned, new_score + np.array([0, 0, 2]))
    assert found[2] == tuned.cv_results["y_true"][:, 2].mean()
