import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests import naive
from tests.strategies import examples, problems
from threshold_estimators import (
    Constrained,
    Cost,
    FBeta,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    SubsetAccuracy,
    threshold_report,
    tune_thresholds,
)
from threshold_estimators.core._decisions import Limits, decide_within
from threshold_estimators.objectives._from_scorer import HammingLoss
from threshold_estimators.solvers._label_sweep import sweep_label
from threshold_estimators.tuning._limits import LimitedProblem, _best_count

STRATEGIES = ["pooled", "per_label", "global"]
OBJECTIVES = [
    FBeta(),
    FBeta(average="micro"),
    FBeta(average="samples"),
    SubsetAccuracy(),
    HammingLoss(),
    Cost(fn=3),
]
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


@st.composite
def limits(draw, n_labels):
    least = draw(st.integers(0, n_labels))
    return Limits(least, draw(st.integers(max(least, 1), n_labels)))


@given(problems(weighted=False), st.data())
def test_decisions_are_those_of_the_margins(problem, data):
    n_labels = problem.y_score.shape[1]
    levels = st.sampled_from([-np.inf, np.inf, -1.5, 0.0, 0.25, 0.4, 1.0])
    thresholds = np.array(
        data.draw(st.lists(levels, min_size=n_labels, max_size=n_labels)), problem.y_score.dtype
    )
    bounds = data.draw(limits(n_labels))
    y_pred = decide_within(problem.y_score, thresholds, bounds)
    np.testing.assert_array_equal(
        y_pred, naive.limited_decisions(problem.y_score, thresholds, *bounds)
    )
    unlimited = problem.y_score >= thresholds
    counts = y_pred.sum(axis=1)
    assert counts.min() >= bounds.min_labels
    assert counts.max() <= bounds.max_labels
    kept = (unlimited.sum(axis=1) >= bounds.min_labels) & (
        unlimited.sum(axis=1) <= bounds.max_labels
    )
    np.testing.assert_array_equal(y_pred[kept], unlimited[kept])
    assert np.all((y_pred <= unlimited).all(axis=1) | (y_pred >= unlimited).all(axis=1))


def test_labels_that_are_always_or_never_predicted():
    y_score = np.array([[0.1, 0.9, 0.5, 0.4]])
    always = np.full(4, -np.inf)
    assert decide_within(y_score, always, Limits(0, 2)).tolist() == [[False, True, True, False]]
    assert decide_within(y_score, -always, Limits(1, 4)).tolist() == [[False, True, False, False]]
    one_never = np.array([0.9, np.inf, np.inf, 0.9])
    assert decide_within(y_score, one_never, Limits(3, 4)).tolist() == [[True, True, False, True]]


def test_equal_margins_go_by_the_order_of_labels():
    y_score = np.array([[0.5, 0.75, 0.5]])
    assert decide_within(y_score, np.array([0.25, 0.5, 0.25]), Limits(0, 2)).tolist() == [
        [True, True, False]
    ]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
@every_strategy
@examples(25)
@given(problem=problems(max_samples=6, max_labels=3), data=st.data())
def test_never_worse_than_limits_after_tuning(objective, strategy, problem, data):
    y_true, y_score, sample_weight = problem
    bounds = data.draw(limits(y_true.shape[1]))
    known = {"scoring": objective, "strategy": strategy, "sample_weight": sample_weight}
    tuned = tune_thresholds(y_true, y_score, **known, **bounds._asdict())
    y_pred = naive.limited_decisions(y_score, tuned.thresholds, *bounds)
    np.testing.assert_array_equal(tuned.predict(y_score), y_pred)
    assert tuned.score == pytest.approx(
        objective.evaluate(y_true, y_pred, sample_weight=sample_weight)
    )
    later = tune_thresholds(y_true, y_score, **known).thresholds
    y_later = naive.limited_decisions(y_score, later, *bounds)
    assert tuned.score >= objective.evaluate(y_true, y_later, sample_weight=sample_weight) - 1e-9


def best_of_all(y_true, y_score, bounds, objective):
    """Largest value over thresholds at scores of any label, between them, and beyond."""
    scores = np.unique(y_score)
    candidates = [-np.inf, *scores, *(scores[1:] + scores[:-1]) / 2, np.inf]
    vectors = itertools.product(candidates, repeat=y_true.shape[1])
    return max(
        objective.evaluate(y_true, naive.limited_decisions(y_score, vector, *bounds))
        for vector in vectors
    )


@pytest.mark.parametrize("objective", [FBeta(), FBeta(average="micro"), SubsetAccuracy()], ids=repr)
def test_search_comes_near_the_best_of_all_thresholds(objective):
    rng = np.random.default_rng(0)
    fractions = []
    for bounds in [Limits(1, 1), Limits(1, 2), Limits(0, 1)] * 3:
        y_true = rng.random((5, 2)) < 0.5
        y_score = (y_true + rng.normal(size=(5, 2))).round(1)
        found = tune_thresholds(
            y_true, y_score, scoring=objective, strategy="per_label", **bounds._asdict()
        ).score
        best = best_of_all(y_true, y_score, bounds, objective)
        assert found <= best + 1e-9
        fractions.append(1 if best == 0 else found / best)
    assert np.mean(fractions) > 0.95


@pytest.mark.parametrize(
    "objective", [*OBJECTIVES, FBeta(average="weighted"), Cost(fn=[1, 2, 4])], ids=repr
)
@examples(40)
@given(problem=problems(max_samples=7, min_labels=3, max_labels=3), data=st.data())
def test_values_along_the_thresholds_of_a_label(objective, problem, data):
    """The best number of samples of a sweep has the best value of all thresholds."""
    y_true, y_score, sample_weight = problem
    # Equal margins are left out, as they go by the order of labels.
    y_score = y_score.round(6) + np.arange(3) / 64
    levels = st.sampled_from([-1.5, 0.0, 0.25, 0.375, 1.0])
    thresholds = np.array([data.draw(levels) for _ in range(3)], y_score.dtype) + np.arange(3) / 256
    bounds, label = data.draw(limits(3)), data.draw(st.integers(0, 2))
    sweep = sweep_label(label, y_score, thresholds, bounds)
    values = []
    for n_samples in np.flatnonzero(sweep.is_candidate()):
        thresholds[label] = sweep.threshold(n_samples)
        y_pred = naive.limited_decisions(y_score, thresholds, *bounds)
        np.testing.assert_array_equal(sweep.decisions(n_samples), y_pred)
        values.append(objective.evaluate(y_true, y_pred, sample_weight=sample_weight))
    limited = LimitedProblem(bounds, objective, y_true, y_score, sample_weight)
    best = _best_count(limited, sweep)
    found = objective.evaluate(y_true, sweep.decisions(best), sample_weight=sample_weight)
    assert found == pytest.approx(max(values), abs=1e-9)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
def test_search_over_all_thresholds_beats_that_over_a_few(objective):
    gains = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        y_true = rng.random((150, 6)) < [0.5, 0.4, 0.3, 0.3, 0.2, 0.1]
        y_score = y_true * 0.3 + rng.random((150, 6)) / 2
        bounds = Limits(1, 2)

        def value(thresholds, y_true=y_true, y_score=y_score, bounds=bounds):
            return objective.evaluate(y_true, decide_within(y_score, thresholds, bounds))

        start = tune_thresholds(y_true, y_score, scoring=objective, strategy="per_label").thresholds
        few = [np.quantile(column, np.linspace(0, 1, 12)) for column in y_score.T]
        slow = value(naive.limited_search(start, few, value))
        found = tune_thresholds(
            y_true, y_score, scoring=objective, strategy="per_label", **bounds._asdict()
        )
        assert found.score >= slow - 0.01
        gains.append(found.score - slow)
    assert np.mean(gains) >= 0


def test_limits_that_limit_nothing_change_nothing(multilabel):
    X, y = multilabel
    plain = tune_thresholds(y, X[:, :4])
    loose = tune_thresholds(y, X[:, :4], min_labels=0, max_labels=9)
    np.testing.assert_array_equal(plain.thresholds, loose.thresholds)
    assert loose.limits is None


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"min_labels": 5}, "must not exceed the number of labels, 4. Got 5"),
        ({"min_labels": 3, "max_labels": 2}, "'min_labels' must not exceed 'max_labels', 2. Got 3"),
        ({"max_labels": 0}, "'max_labels' must be"),
        ({"min_labels": 0.5}, "'min_labels' must be"),
        ({"min_labels": -1}, "'min_labels' must be"),
    ],
)
def test_bad_limits(params, message, multilabel):
    X, y = multilabel
    with pytest.raises(ValueError, match=message):
        tune_thresholds(y, X[:, :4], **params)
    with pytest.raises(ValueError, match=r"min_labels|max_labels"):
        MultiLabelThresholdClassifier(LogisticRegression(), **params).fit(X, y)


@every_strategy
@pytest.mark.parametrize("estimator", [LogisticRegression(), RidgeClassifier()])
def test_estimator_keeps_to_limits(estimator, strategy, multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(
        estimator,
        strategy=strategy,
        min_labels=1,
        max_labels=2,
        cv=3,
        random_state=0,
        store_cv_results=True,
    )
    model = pickle.loads(pickle.dumps(make_pipeline(StandardScaler(), model).fit(X, y)))
    y_pred = model.predict(X)
    assert y_pred.dtype == np.int64
    assert set(y_pred.sum(axis=1)) <= {1, 2}
    inner = model[-1]
    results = inner.cv_results_
    limited = naive.limited_decisions(results["y_score"], inner.thresholds_, 1, 2)
    assert inner.best_score_ == pytest.approx(FBeta().evaluate(results["y_true"], limited))
    tests = [test for _, test in results["splits"]]
    y_pred = np.concatenate(
        [
            naive.limited_decisions(results["y_score"][test], thresholds, 1, 2)
            for test, thresholds in zip(tests, inner.cv_thresholds_, strict=True)
        ]
    )
    y_true = results["y_true"][np.concatenate(tests)]
    assert inner.cv_score_ == pytest.approx(FBeta().evaluate(y_true, y_pred))
    report = threshold_report(inner).to_dict()
    assert report["macro avg"]["tuned"] == pytest.approx(inner.best_score_)
    assert report["macro avg"]["cross_fitted"] == pytest.approx(inner.cv_score_)


def test_limits_are_those_of_the_last_tuning(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), max_labels=1, random_state=0, store_cv_results=True
    )
    model.fit(X, y).set_params(max_labels=2)
    assert model.predict(X).sum(axis=1).max() == 1
    model.retune()
    expected = clone(model).fit(X, y)
    np.testing.assert_array_equal(model.thresholds_, expected.thresholds_)
    assert model.limits_ == (0, 2)
    assert model.predict(X).sum(axis=1).max() == 2


def test_limits_in_a_search(multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=2, random_state=0)
    search = GridSearchCV(
        model,
        {"min_labels": [None, 1], "max_labels": [None, 2]},
        scoring=FBeta(average="samples"),
        cv=2,
    )
    search.fit(*multilabel)
    assert search.best_params_["min_labels"] == 1


def test_one_label_that_every_sample_must_have(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(LogisticRegression(), min_labels=1, random_state=0).fit(
        X, y[:, 0]
    )
    assert np.all(model.predict(X) == 1)


def test_constraints_that_hold_come_first():
    rng = np.random.default_rng(0)
    y_true = rng.random((200, 3)) < 0.3
    y_score = y_true + rng.normal(size=(200, 3))
    goal = Constrained(Recall(), Precision(), at_least=0.6, confidence=None)
    tuned = tune_thresholds(y_true, y_score, scoring=goal, strategy="per_label", max_labels=1)
    precision = Precision(average=None).evaluate(y_true, tuned.predict(y_score))
    assert precision.min() >= 0.6


@every_strategy
def test_noise_gains_nothing(strategy):
    """The precision of one label for each sample is that of a guess."""
    rng = np.random.default_rng(0)
    y = rng.random((400, 4)) < 0.25
    model = MultiLabelThresholdClassifier(
        LogisticRegression(),
        scoring=Precision(average="micro"),
        strategy=strategy,
        min_labels=1,
        max_labels=1,
        random_state=0,
    )
    assert model.fit(rng.normal(size=(400, 5)), y).cv_score_ == pytest.approx(0.25, abs=0.06)
