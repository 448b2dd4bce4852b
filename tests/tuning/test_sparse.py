"""Sparse scores: equal to dense ones whose missing entries lie below all others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from tests.strategies import examples
from threshold_estimators import (
    BalancedAccuracy,
    Constrained,
    Cost,
    FBeta,
    MatthewsCorrelation,
    Precision,
    Recall,
    threshold_report,
    tune_thresholds,
)
from threshold_estimators.tuning import _groups

SCORINGS = [
    FBeta(),
    FBeta(average="micro"),
    FBeta(average="weighted"),
    BalancedAccuracy(),
    MatthewsCorrelation(average="micro"),
    Cost(fn=2),
    Constrained(Recall(), Precision(), 0.5, confidence=None),
]
FORMATS = [
    sparse.csr_array,
    sparse.csc_array,
    sparse.coo_array,
    sparse.csr_matrix,
    sparse.csc_matrix,
    sparse.coo_matrix,
]


def data(seed, n_samples=40, n_labels=4, dtype=np.float64):
    """(y_true, sparse scores, the scores with -inf in the place of entries that are not stored)."""
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, n_labels)) < [0.5, 0.2, 0.1, 0][:n_labels]
    score = rng.normal(size=y_true.shape).round(1).astype(dtype) + y_true
    is_stored = rng.random(y_true.shape) < 0.4
    index = np.nonzero(is_stored)
    stored = sparse.coo_array((score[index], index), shape=score.shape)
    return y_true, stored, np.where(is_stored, score, -np.inf).astype(dtype)


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("scoring", SCORINGS[:5])
@examples(40)
@given(seed=st.integers(0, 2**32 - 1), dtype=st.sampled_from([np.float32, np.float64]))
def test_one_threshold_is_the_best_of_all_stored_scores(scoring, is_weighted, seed, dtype):
    y_true, stored, dense = data(seed, 12, 3, dtype)
    weight = np.random.default_rng(seed).integers(0, 3, 12) + (np.arange(12) == 0)
    weight = weight if is_weighted else None
    tuned = tune_thresholds(
        y_true, stored, scoring=scoring, strategy="global", sample_weight=weight
    )
    values = [
        scoring.evaluate(y_true, dense >= threshold, sample_weight=weight)
        for threshold in [*dense[np.isfinite(dense)], np.inf]
    ]
    assert tuned.score == pytest.approx(max(values), abs=1e-9)


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("scoring", [FBeta(average=None), MatthewsCorrelation(average=None)])
@examples(40)
@given(seed=st.integers(0, 2**32 - 1), dtype=st.sampled_from([np.float32, np.float64]))
def test_each_label_has_the_best_of_its_stored_scores(scoring, is_weighted, seed, dtype):
    y_true, stored, dense = data(seed, 12, 3, dtype)
    weight = np.random.default_rng(seed).integers(0, 3, 12) + (np.arange(12) == 0)
    weight = weight if is_weighted else None
    macro = type(scoring)()
    tuned = tune_thresholds(
        y_true, stored, scoring=macro, strategy="per_label", sample_weight=weight
    )
    assert tuned.thresholds.dtype == dtype
    found = scoring.evaluate(y_true, dense >= tuned.thresholds, sample_weight=weight)
    for label in range(3):
        candidates = [*dense[np.isfinite(dense[:, label]), label], np.inf]
        values = [
            macro.evaluate(y_true[:, [label]], dense[:, [label]] >= threshold, sample_weight=weight)
            for threshold in candidates
        ]
        assert found[label] == pytest.approx(max(values), abs=1e-12)


@pytest.mark.filterwarnings("ignore:No threshold meets the constraint")
@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global", "proportion"])
@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_score_is_that_of_the_decisions(scoring, strategy):
    y_true, stored, dense = data(0, 300)
    if isinstance(scoring, Constrained) and strategy in ("global", "proportion"):
        with pytest.raises(ValueError, match="constraint"):
            tune_thresholds(y_true, stored, scoring=scoring, strategy=strategy)
        return
    tuned = tune_thresholds(y_true, stored, scoring=scoring, strategy=strategy)
    assert not np.isneginf(tuned.thresholds).any()
    expected = scoring.evaluate(y_true, dense >= tuned.thresholds)
    assert tuned.score == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_of_labels_and_scores(format):
    y_true, stored, dense = data(0)
    expected = tune_thresholds(y_true, stored, strategy="per_label")
    found = tune_thresholds(format(y_true.astype(int)), format(stored), strategy="per_label")
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    y_pred = found.predict(format(stored))
    assert sparse.issparse(y_pred)
    assert y_pred.format == "csr"
    np.testing.assert_array_equal(y_pred.toarray(), dense >= found.thresholds)


def test_an_entry_is_stored_once():
    twice = sparse.coo_array(([0.5, 0.25], ([0, 0], [0, 0])), shape=(2, 1))
    tuned = tune_thresholds([[1], [0]], twice, strategy="per_label")
    np.testing.assert_array_equal(tuned.thresholds, [0.75])


def test_a_stored_zero_is_a_score():
    stored = sparse.csr_array(([0.0, -1.0], ([0, 1], [0, 0])), shape=(3, 1))
    tuned = tune_thresholds([[1], [0], [1]], stored, strategy="per_label")
    np.testing.assert_array_equal(tuned.thresholds, [-0.5])
    np.testing.assert_array_equal(tuned.predict(stored).toarray(), [[1], [0], [0]])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"scoring": FBeta(average="samples")}, "single samples are not kept"),
        ({"max_labels": 2}, r"'max_labels' .* sparse"),
        ({"cv": 3}, r"'cv' .* sparse"),
        ({"store_cv_results": True}, r"'store_cv_results' .* sparse"),
        ({"sample_weight": np.ones((40, 4))}, "'sample_weight'"),
    ],
)
def test_what_needs_dense_scores_says_so(params, message):
    y_true, stored, _ = data(0)
    with pytest.raises(ValueError, match=message):
        tune_thresholds(y_true, stored, **params)


def test_invalid_scores_and_labels_are_named():
    y_true, stored, _ = data(0)
    stored = stored.tocsc()
    stored.data[-1] = np.nan
    row, label = stored.indices[-1], np.flatnonzero(np.diff(stored.indptr))[-1]
    with pytest.raises(ValueError, match=f"Got nan in row {row} of label {label}"):
        tune_thresholds(y_true, stored)
    _, stored, _ = data(0)
    with pytest.raises(ValueError, match="'y_true' must hold only 0 and 1"):
        tune_thresholds(sparse.csr_array(y_true * 2), stored)
    with pytest.raises(ValueError, match="must have the same shape"):
        tune_thresholds(y_true[:-1], stored)


@pytest.mark.parametrize("strategy", ["per_label", "global"])
@examples(40)
@given(seed=st.integers(0, 2**32 - 1), scoring=st.sampled_from(SCORINGS[:4]))
def test_equal_to_dense_scores_whose_missing_entries_lie_below_all_others(seed, scoring, strategy):
    y_true, stored, dense = data(seed, 30)
    # A sample without scores and labels, so heavy that predicting always is never better.
    y_true = np.vstack([y_true, np.zeros((1, 4), bool)])
    dense = np.where(np.isfinite(dense), dense, -9)
    dense = np.vstack([dense, np.full((1, 4), -9.0)])
    stored = sparse.vstack([stored, sparse.coo_array((1, 4))])
    how = {"scoring": scoring, "strategy": strategy, "sample_weight": np.append(np.ones(30), 2**30)}
    found = tune_thresholds(y_true, stored, **how)
    expected = tune_thresholds(y_true, dense, **how)
    assert found.score == pytest.approx(expected.score, abs=1e-6)


def test_pools_of_labels_share_the_price_of_a_micro_average(monkeypatch):
    """What is best for a label depends on all labels, also if few are pooled at a time."""
    rng = np.random.default_rng(0)
    frequency, separation = np.geomspace(0.3, 0.002, 400), rng.uniform(1, 3, 400)

    def draw(n_samples):
        y_true = rng.random((n_samples, 400)) < frequency
        score = rng.normal(size=y_true.shape) + separation * y_true + np.log(frequency) / 2
        return y_true, np.where(score > np.quantile(score, 0.6), score, -np.inf)

    (y_true, score), (y_new, new_score) = draw(1000), draw(10_000)
    index = np.nonzero(np.isfinite(score))
    stored = sparse.csr_array((score[index], index), shape=score.shape)

    def value():
        thresholds = tune_thresholds(y_true, stored, scoring="f1_micro").thresholds
        return FBeta(average="micro").evaluate(y_new, new_score >= thresholds)

    together = value()
    monkeypatch.setattr(_groups, "CELLS_OF_POOL", 2**12)
    assert value() == pytest.approx(together, abs=0.002)
    nothing = tune_thresholds(y_true & False, stored, scoring="f1_micro")
    assert np.all(nothing.thresholds == np.inf)


def test_names_of_labels_come_from_a_frame():
    y_true, stored, _ = data(0)
    tuned = tune_thresholds(pd.DataFrame(y_true, columns=list("abcd")), stored)
    assert tuned.label_names.tolist() == list("abcd")


@pytest.mark.parametrize("change", ["limits", "always", "a column", "the number of labels"])
def test_thresholds_that_predict_what_is_not_stored_are_refused(change):
    y_true, stored, dense = data(0)
    dense = np.where(np.isfinite(dense), dense, -9)
    message = "'y_score' must be dense"
    if change == "limits":
        tuned = tune_thresholds(y_true, dense, min_labels=1)
    elif change == "always":
        tuned = tune_thresholds(y_true | (np.arange(4) == 1), dense)
    elif change == "a column":
        tuned, stored = tune_thresholds(y_true[:, 0], dense[:, [0]]), stored.tocsc()[:, [0]]
    else:
        tuned, message = tune_thresholds(y_true[:, :2], dense[:, :2]), "must have shape"
    with pytest.raises(ValueError, match=message):
        tuned.predict(stored)


def test_missing_labels_need_dense_scores():
    y_true, stored, _ = data(0)
    missing = np.where(np.arange(4) == 1, np.nan, y_true)
    with pytest.raises(ValueError, match="must have no missing labels where 'y_score' is sparse"):
        tune_thresholds(missing, stored)


def test_a_label_without_stored_scores_is_never_predicted():
    stored = sparse.csc_array(([0.5], ([0], [0])), shape=(3, 2))
    tuned = tune_thresholds([[1, 1], [0, 0], [0, 1]], stored, strategy="per_label")
    np.testing.assert_array_equal(tuned.thresholds, [0.5, np.inf])
    assert tuned.score == 0.5


def test_what_is_given_stays_as_it_is():
    stored = sparse.csc_array(([0.5, 0.25, 0.1], [1, 0, 0], [0, 3]), shape=(2, 1))
    before = stored.data.copy(), stored.indices.copy()
    tune_thresholds(sparse.csc_array([[1], [0]]), stored)
    np.testing.assert_array_equal(stored.data, before[0])
    np.testing.assert_array_equal(stored.indices, before[1])


def test_nothing_is_made_dense():
    # As booleans, the indicator would take 10 GB.
    n = 100_000
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, n, (2, 50_000))
    stored = sparse.csr_array((rng.random(50_000).astype(np.float32), (rows, columns)), (n, n))
    y_true = sparse.csr_array((np.ones(20_000, np.int8), (rows[:20_000], columns[:20_000])), (n, n))
    y_true.data[:] = 1
    tuned = tune_thresholds(y_true, stored, strategy="per_label")
    y_pred = tuned.predict(stored)
    true_positives = y_pred.multiply(y_true).sum()
    assert 0 < true_positives <= y_true.nnz


def test_pooled_thresholds_are_near_the_best_ones():
    y_true, stored, _ = data(3, 3000)
    best = tune_thresholds(y_true, stored, strategy="per_label")
    assert best.score - 0.02 < tune_thresholds(y_true, stored).score <= best.score


def test_the_report_judges_what_is_not_stored_as_not_predicted():
    y_true, stored, _ = data(0, 200)
    tuned = tune_thresholds(y_true, stored, strategy="per_label")
    report = threshold_report(tuned, stored, y_true)
    assert report.to_dict()["macro avg"]["tuned"] == pytest.approx(tuned.score)
