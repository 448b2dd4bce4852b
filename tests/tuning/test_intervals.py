import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GroupKFold, KFold, RepeatedKFold

from threshold_estimators import (
    Accuracy,
    BalancedAccuracy,
    Constrained,
    Cost,
    FBeta,
    Jaccard,
    MatthewsCorrelation,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    SubsetAccuracy,
    TunedThresholds,
    tune_thresholds,
)
from threshold_estimators.objectives import HammingLoss, check_objective
from threshold_estimators.tuning._intervals import (
    N_LEFT_OUT,
    Redraw,
    interval_of_draws,
    score_interval,
)
from threshold_estimators.tuning._problem import Samples

OBJECTIVES = [
    FBeta(),
    FBeta(average="micro"),
    FBeta(2, average="weighted"),
    FBeta(average=None),
    FBeta(zero_division=np.nan),
    Jaccard(),
    Accuracy(),
    BalancedAccuracy(),
    MatthewsCorrelation(),
    HammingLoss(),
    Cost(fn=5),
    Cost(fn=[1, 2, 3]),
    Constrained(Recall(), Precision(), 0.5, confidence=None),
    FBeta(average="samples"),
    SubsetAccuracy(),
]


def problem(n_samples=200, seed=0, frequency=(0.4, 0.1, 0.03), shift=1.5):
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, len(frequency))) < frequency
    return y_true, rng.normal(size=y_true.shape) + shift * y_true


def drawn_rows(redraw, draw):
    """Positions of the tests of a draw, each as often as its block was drawn."""
    block = redraw.indicator.tocsc().indices
    return np.repeat(np.arange(len(block)), redraw.n_drawn[draw, block].astype(int))


@given(st.data())
def test_draws_are_values_of_rows_drawn_with_replacement(data):
    seed = data.draw(st.integers(0, 1000))
    rng = np.random.default_rng(seed)
    n_tests = data.draw(st.integers(2, 40))
    y_true, y_pred = rng.random((2, n_tests, 3)) < rng.random(3)
    weight = {
        "none": None,
        "samples": rng.integers(1, 4, n_tests).astype(float),
        "cells": rng.integers(0, 3, (n_tests, 3)).astype(float),
    }[data.draw(st.sampled_from(["none", "samples", "cells"]))]
    units = rng.integers(0, data.draw(st.sampled_from([5, 1000])), n_tests)
    redraw = Redraw.of(units)
    counts = redraw.counts(y_true, y_pred, weight)
    sizes = redraw.sample_sizes(y_true, weight)
    for objective in OBJECTIVES[:13]:
        average = "macro" if isinstance(objective, Cost) else objective.average
        with np.errstate(all="ignore"):
            (draws,) = redraw.draws_of_counts(counts, sizes, [(objective, average)])
            for draw in range(3):
                rows = drawn_rows(redraw, draw)
                drawn_weight = None if weight is None else weight[rows]
                if drawn_weight is not None and not drawn_weight.any():
                    continue
                expected = objective._value(y_true[rows], y_pred[rows], drawn_weight)
                np.testing.assert_allclose(draws[0, draw], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "objective", [FBeta(average="samples"), SubsetAccuracy(), Cost(fn=np.arange(60).reshape(20, 3))]
)
def test_draws_of_means_are_values_of_rows_drawn_with_replacement(objective, weighted):
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.random((2, 20, 3)) < 0.5
    weight = rng.uniform(0.5, 2, 20) if weighted else None
    redraw = Redraw.of(np.arange(20))
    values, weights = objective._values_of_samples(y_true, y_pred, weight)
    draws = redraw.draws_of_means(values, weights, (0, 1))
    for draw in range(20):
        rows = drawn_rows(redraw, draw)
        drawn_weight = None if weight is None else weight[rows]
        drawn = objective._take_samples(rows)
        expected = drawn._value(y_true[rows], y_pred[rows], drawn_weight)
        assert draws[0, draw] == pytest.approx(expected, rel=1e-5)


def test_blocks_draw_groups_as_a_whole():
    groups = np.array(["a", "b", "a", "c", "b", "a"])
    block = Redraw.of(groups).indicator.tocsc().indices
    assert len(set(block)) == 3
    assert all(len(set(block[groups == name])) == 1 for name in "abc")


@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
def test_the_interval_holds_the_score(objective):
    y_true, y_score = problem()
    tuned = tune_thresholds(y_true, y_score, scoring=objective, cv=5)
    lower, upper = tuned.cv_score_interval
    assert np.all(lower <= tuned.cv_score)
    assert np.all(tuned.cv_score <= upper)
    assert np.all(lower < upper)
    assert tuned.cv_score_interval.shape == (2, *np.shape(tuned.cv_score))


@pytest.mark.parametrize("limits", [{}, {"max_labels": 2}])
@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global", "proportion"])
def test_equal_calls_give_equal_intervals(strategy, limits):
    y_true, y_score = problem()
    found = [
        tune_thresholds(y_true, y_score, strategy=strategy, cv=3, n_jobs=n_jobs, **limits)
        for n_jobs in (None, 2)
    ]
    np.testing.assert_array_equal(found[0].cv_score_interval, found[1].cv_score_interval)
    assert np.ptp(found[0].cv_score_interval) > 0


def test_no_splits_no_interval():
    y_true, y_score = problem()
    assert np.isnan(tune_thresholds(y_true, y_score).cv_score_interval).tolist() == [True, True]
    unusable = tune_thresholds(
        y_true,
        y_score,
        sample_weight=np.arange(200) < 100,
        cv=[(np.arange(100, 200), np.arange(100)), (np.arange(100), np.arange(100, 200))],
    )
    assert np.isnan(unusable.cv_score_interval).all()


def test_a_single_sample_to_evaluate_says_little():
    y_true, y_score = problem()
    tuned = tune_thresholds(y_true, y_score, cv=[(np.arange(199), [199])])
    assert np.ptp(tuned.cv_score_interval) > 0.5


def test_samples_without_weight_are_not_drawn():
    y_true, y_score = problem()
    weight = np.random.default_rng(1).integers(0, 2, 200).astype(float)
    kept = np.flatnonzero(weight)
    fold = np.arange(200) % 4
    found = tune_thresholds(y_true, y_score, sample_weight=weight, cv=fold)
    expected = tune_thresholds(y_true[kept], y_score[kept], cv=fold[kept])
    np.testing.assert_allclose(found.cv_score_interval, expected.cv_score_interval, atol=2e-3)


def test_the_unit_of_weights_does_not_matter():
    y_true, y_score = problem()
    weight = np.random.default_rng(1).uniform(0.5, 2, 200)
    intervals = [
        tune_thresholds(y_true, y_score, sample_weight=w, cv=4, strategy="per_label")
        for w in (weight, 8 * weight, np.tile(weight[:, np.newaxis], 3))
    ]
    for tuned in intervals[1:]:
        np.testing.assert_allclose(
            tuned.cv_score_interval, intervals[0].cv_score_interval, atol=1e-5
        )


def test_a_weight_is_a_group_of_equal_samples():
    y_true, y_score = problem()
    weight = np.random.default_rng(1).integers(1, 4, 200)
    repeated = np.repeat(np.arange(200), weight)
    fold = np.arange(200) % 4
    splits = [
        [(np.flatnonzero(of != k), np.flatnonzero(of == k)) for k in range(4)]
        for of in (fold, fold[repeated])
    ]
    found = tune_thresholds(
        y_true, y_score, sample_weight=weight, cv=splits[0], strategy="per_label"
    )
    expected = tune_thresholds(
        y_true[repeated], y_score[repeated], groups=repeated, cv=splits[1], strategy="per_label"
    )
    np.testing.assert_allclose(found.cv_score_interval, expected.cv_score_interval, atol=1e-5)


def test_copies_of_samples_add_nothing_if_they_are_groups():
    y_true, y_score = problem()
    once = tune_thresholds(y_true, y_score, cv=KFold(4), strategy="per_label")
    y_true, y_score, groups = (np.repeat(a, 6, axis=0) for a in (y_true, y_score, np.arange(200)))
    grouped = tune_thresholds(y_true, y_score, groups=groups, cv=GroupKFold(4))
    alone = tune_thresholds(y_true, y_score, cv=KFold(4))
    assert np.ptp(grouped.cv_score_interval) > 0.7 * np.ptp(once.cv_score_interval)
    assert np.ptp(alone.cv_score_interval) < 0.6 * np.ptp(once.cv_score_interval)


def test_repeated_splits_do_not_narrow_the_interval_as_new_samples_would():
    y_true, y_score = problem()
    once = tune_thresholds(y_true, y_score, cv=KFold(4, shuffle=True, random_state=0))
    splits = list(RepeatedKFold(n_splits=4, n_repeats=8, random_state=0).split(y_true))
    often = tune_thresholds(y_true, y_score, cv=splits)
    assert np.ptp(often.cv_score_interval) > 0.7 * np.ptp(once.cv_score_interval)


def test_halves_of_soft_labels_are_drawn_together():
    y_true, y_score = problem()
    hard = tune_thresholds(y_true, y_score, cv=4)
    soft = tune_thresholds(y_true.astype(float), y_score, soft_labels=True, cv=4)
    np.testing.assert_allclose(soft.cv_score_interval, hard.cv_score_interval, atol=0.05)


def test_missing_labels_widen_the_interval():
    y_true, y_score = problem(400)
    known = np.random.default_rng(1).random(y_true.shape) < 0.3
    full = tune_thresholds(y_true, y_score, cv=4, scoring=Accuracy())
    partial = tune_thresholds(np.where(known, y_true, np.nan), y_score, cv=4, scoring=Accuracy())
    assert np.ptp(partial.cv_score_interval) > 1.3 * np.ptp(full.cv_score_interval)


def test_a_metric_that_is_a_black_box_is_called_a_few_times():
    calls = []

    def counted(y_true, y_pred):
        calls.append(1)
        return f1_score(y_true, y_pred, average="macro", zero_division=0)

    y_true, y_score = problem(300)
    scoring = make_scorer(counted)
    tune_thresholds(y_true, y_score, scoring=scoring, strategy="proportion")
    before = len(calls)
    unknown = tune_thresholds(y_true, y_score, scoring=scoring, strategy="proportion", cv=5)
    n_calls = len(calls) - 2 * before
    assert n_calls == 1 + 5 + N_LEFT_OUT + 2
    known = tune_thresholds(y_true, y_score, strategy="proportion", cv=5)
    assert unknown.cv_score == pytest.approx(known.cv_score)
    assert np.ptp(unknown.cv_score_interval) == pytest.approx(
        np.ptp(known.cv_score_interval), rel=0.4
    )


def test_the_interval_of_a_black_box_stays_among_possible_values():
    y_true = np.eye(4, dtype=bool)[np.arange(80) % 4]

    def metric(y_true, y_pred):
        return f1_score(y_true, y_pred, average="micro")

    scoring = make_scorer(metric)
    y_score = y_true + 0.1 * np.random.default_rng(0).random(y_true.shape)
    y_score[0] = 0
    tuned = tune_thresholds(y_true, y_score, scoring=scoring, cv=4)
    assert 0 <= tuned.cv_score_interval[0] < tuned.cv_score < 1 == tuned.cv_score_interval[1]


def test_metrics_of_some_labels():
    y_true, y_score = problem()
    some = make_scorer(f1_score, average="macro", labels=[0, 2], zero_division=0)
    y_pred = y_score >= 1
    units, value = np.arange(200), 0.5
    samples = Samples(y_true, y_score)
    found = score_interval(check_objective(some, 200, 3), samples, y_pred, value, units, 0)
    two = Samples(y_true[:, [0, 2]], y_score[:, [0, 2]])
    expected = score_interval(FBeta(), two, y_pred[:, [0, 2]], value, units, 0)
    np.testing.assert_array_equal(found, expected)


def test_no_positive_decided_right_is_not_certain():
    y_true = np.arange(100)[:, np.newaxis] < 3
    y_pred = np.zeros_like(y_true)
    samples = Samples(y_true, y_true.astype(float))
    lower, upper = score_interval(Recall(), samples, y_pred, 0.0, np.arange(100), 0)
    assert lower == 0
    assert 0.3 < upper < 0.9


def test_variance_of_thresholds_widens_the_interval():
    draws = np.random.default_rng(0).normal(size=(2, 500))
    narrow = interval_of_draws(draws, np.asarray(0.0), 0.0)
    wide = interval_of_draws(draws, np.asarray(0.0), 1.0)
    np.testing.assert_allclose(narrow, [-1.96, 1.96], atol=0.35)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize("objective", [FBeta(), FBeta(average="micro"), Accuracy(), Cost(fn=5)])
def test_coverage(objective):
    y_new, new_score = problem(40_000, seed=10**6)
    is_covered = []
    for seed in range(60):
        tuned = tune_thresholds(*problem(150, seed), scoring=objective, cv=5)
        value = objective.evaluate(y_new, tuned.predict(new_score))
        lower, upper = tuned.cv_score_interval
        is_covered.append(lower <= value <= upper)
    assert np.mean(is_covered) >= 0.88


def test_fitted_classifiers(multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(*multilabel)
    lower, upper = model.cv_score_interval_
    assert lower < model.cv_score_ < upper
    model.retune(scoring="f1_micro")
    assert model.cv_score_interval_[0] not in (lower, upper)
    reject = MultiLabelRejectClassifier(LogisticRegression()).fit(*multilabel)
    lower, upper = reject.cv_score_interval_
    assert lower < reject.cv_score_ < upper


def test_groups_of_fit_are_drawn_as_a_whole(multilabel):
    X, y = (np.repeat(array, 4, axis=0) for array in multilabel)
    groups = np.repeat(np.arange(len(X) // 4), 4)
    with config_context(enable_metadata_routing=True):
        cv = GroupKFold(4).set_split_request(groups=True)
        model = MultiLabelThresholdClassifier(LogisticRegression(), cv=cv)
        model.fit(X, y, groups=groups)
    np.testing.assert_array_equal(model.cv_results_["groups"], groups[model.cv_results_["row"]])
    alone = MultiLabelThresholdClassifier(
        LogisticRegression(), cv=GroupKFold(4).split(X, y, groups)
    )
    alone.fit(X, y)
    assert alone.cv_score_ == model.cv_score_
    assert np.ptp(alone.cv_score_interval_) < 0.8 * np.ptp(model.cv_score_interval_)


def test_the_file_has_the_interval(tmp_path):
    tuned = tune_thresholds(*problem(), cv=4)
    tuned.to_json(tmp_path / "thresholds.json")
    found = TunedThresholds.from_json(tmp_path / "thresholds.json")
    np.testing.assert_array_equal(found.cv_score_interval, tuned.cv_score_interval)
    document = json.loads(tuned.to_json())
    del document["cv_score_interval"]
    (tmp_path / "old.json").write_text(json.dumps(document))
    assert np.isnan(TunedThresholds.from_json(tmp_path / "old.json").cv_score_interval).all()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.5, "'cv_score_interval' must be a list of two numbers, or of null. Got 0.5"),
        ([0.1], "'cv_score_interval' must be a list of two numbers"),
        (["low", 0.1], "'cv_score_interval' must be a finite number"),
        ([0.5, 0.1], "'cv_score_interval' must be a list with the lower end first"),
    ],
)
def test_a_wrong_interval_in_a_file(tmp_path, value, message):
    document = json.loads(tune_thresholds(*problem(), cv=4).to_json())
    document["cv_score_interval"] = value
    (tmp_path / "wrong.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match=message):
        TunedThresholds.from_json(tmp_path / "wrong.json")
