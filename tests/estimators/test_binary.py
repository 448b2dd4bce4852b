"""A column of two classes: what scikit-learn's TunedThresholdClassifierCV is given."""

import pickle
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from sklearn import metrics
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, KFold, TunedThresholdClassifierCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests import naive
from tests.strategies import examples, problems
from threshold_estimators import (
    BestThresholdsScorer,
    FBeta,
    GMean,
    MultiLabelThresholdClassifier,
    threshold_report,
    tune_thresholds,
)
from threshold_estimators.objectives._from_scorer import (
    OfSmallerClass,
    ScorerObjective,
    check_objective,
)

X, CODES = make_classification(n_samples=300, weights=[0.7], flip_y=0.1, random_state=0)
NAMES = np.array(["cancer", "healthy"])
Y = NAMES[CODES]
exact = partial(
    MultiLabelThresholdClassifier, strategy="per_label", cv=KFold(3), store_cv_results=True
)

OF_CANCER = [
    make_scorer(metrics.f1_score, pos_label="cancer"),
    make_scorer(metrics.fbeta_score, beta=2, pos_label="cancer"),
    make_scorer(metrics.jaccard_score, pos_label="cancer"),
    make_scorer(metrics.precision_score, pos_label="cancer"),
]
CLASSES = [["cancer", "healthy"], [0, 1], [-1, 1], [1, 2], [False, True], [0.0, 2.0]]


def best_of_all_cuts(y, y_score, metric):
    """Largest metric of the classes over every cut of the score of the larger one."""
    classes = np.unique(y)
    return max(
        metric(y, classes[(y_score >= cut).astype(int)])
        for cut in naive.candidate_thresholds(y_score)
    )


@pytest.mark.parametrize("scoring", OF_CANCER, ids=repr)
def test_metric_of_the_smaller_class_is_solved_exactly(scoring):
    objective = check_objective(scoring, 300, 1, NAMES)
    assert isinstance(objective, OfSmallerClass)
    assert "OfSmallerClass" in repr(pickle.loads(pickle.dumps(clone(objective))))
    model = exact(LogisticRegression(), scoring=scoring).fit(X, Y)
    y_score = model.cv_results_["y_score"][:, 0]
    metric = partial(scoring._score_func, **scoring._kwargs, zero_division=0)
    assert model.best_score_ == pytest.approx(
        metric(Y, NAMES[(y_score >= model.thresholds_[0]).astype(int)])
    )
    assert model.best_score_ == pytest.approx(best_of_all_cuts(Y, y_score, metric))


@pytest.mark.parametrize("scoring", OF_CANCER, ids=repr)
def test_metric_of_the_smaller_class_is_pooled_too(scoring):
    best = exact(LogisticRegression(), scoring=scoring).fit(X, Y)
    pooled = exact(LogisticRegression(), scoring=scoring, strategy="pooled").fit(X, Y)
    assert best.best_score_ - 0.1 < pooled.best_score_ <= best.best_score_
    proportion = exact(LogisticRegression(), scoring=scoring, strategy="proportion").fit(X, Y)
    assert np.sum(proportion.cv_results_["y_score"] >= proportion.thresholds_) == np.sum(CODES)


@pytest.mark.parametrize(
    "metric", [metrics.f1_score, metrics.precision_score, metrics.jaccard_score]
)
@examples(60)
@given(problem=problems(max_labels=1))
def test_no_cut_does_better_for_the_smaller_class(metric, problem):
    y_true, y_score, weight = problem
    scoring = make_scorer(metric, pos_label=0, zero_division=1)
    tuned = tune_thresholds(
        y_true, y_score, scoring=scoring, strategy="per_label", sample_weight=weight
    )
    value = partial(metric, pos_label=0, zero_division=1, sample_weight=weight)
    assert tuned.score == pytest.approx(value(y_true[:, 0], tuned.predict(y_score)[:, 0]))
    best = naive.best_per_label(
        y_true, y_score, lambda t, p: value(t[:, 0].astype(int), p[:, 0].astype(int))
    )
    assert tuned.score >= best - 1e-12


@pytest.mark.parametrize("classes", CLASSES, ids=str)
@pytest.mark.parametrize("which", [0, 1])
def test_every_name_of_a_class_can_be_the_positive_one(classes, which):
    y = np.array(classes)[CODES]
    model = exact(
        LogisticRegression(), scoring=make_scorer(metrics.f1_score, pos_label=classes[which])
    ).fit(X, y)
    reference = exact(
        LogisticRegression(), scoring=make_scorer(metrics.f1_score, pos_label=which)
    ).fit(X, CODES)
    np.testing.assert_array_equal(model.thresholds_, reference.thresholds_)
    np.testing.assert_array_equal(model.predict(X), np.array(classes)[reference.predict(X)])
    np.testing.assert_array_equal(model.classes_, classes)


def test_class_called_1_is_the_positive_one_of_a_scorer_that_names_none():
    """As for the metrics themselves."""
    y = np.array([1, 2])[CODES]
    named = exact(LogisticRegression(), scoring=make_scorer(metrics.f1_score, pos_label=1)).fit(
        X, y
    )
    assert exact(LogisticRegression(), scoring="f1").fit(X, y).thresholds_ == named.thresholds_
    larger = exact(LogisticRegression(), scoring=FBeta()).fit(X, y)
    assert (
        larger.thresholds_
        == exact(LogisticRegression(), scoring="f1").fit(X, CODES).thresholds_
        != named.thresholds_
    )


@pytest.mark.parametrize("pos_label", ["sick", 1, 2])
def test_class_that_does_not_exist(pos_label):
    scoring = make_scorer(metrics.f1_score, pos_label=pos_label)
    with pytest.raises(
        ValueError, match=r"must be one of the classes \['cancer', 'healthy'\]\. Got"
    ):
        exact(LogisticRegression(), scoring=scoring).fit(X, Y)


def test_recall_of_the_smaller_class_alone_is_warned_of():
    scoring = make_scorer(metrics.recall_score, pos_label="cancer")
    with pytest.warns(UserWarning, match="is won by predicting nothing of the larger class"):
        exact(LogisticRegression(), scoring=scoring).fit(X, Y)


def missed_cancer(y_true, y_pred):
    return np.mean((y_true == "cancer") & (y_pred == "healthy"))


def test_unknown_metric_is_given_the_classes():
    scoring = make_scorer(
        lambda y_true, y_pred: metrics.f1_score(y_true, y_pred, pos_label="cancer")
    )
    assert isinstance(check_objective(scoring, 300, 1, NAMES), ScorerObjective)
    searched, best = (
        exact(LogisticRegression(), scoring=s).fit(X, Y).best_score_
        for s in (scoring, OF_CANCER[0])
    )
    assert best - 0.01 <= searched <= best
    never_missed = exact(
        LogisticRegression(), scoring=make_scorer(missed_cancer, greater_is_better=False)
    ).fit(X, Y)
    assert never_missed.best_score_ == 0


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(class_weight={"cancer": 1, "healthy": 5}),
        RandomForestClassifier(
            n_estimators=10, class_weight={"cancer": 1, "healthy": 5}, random_state=0
        ),
        RidgeClassifier(class_weight={"cancer": 1, "healthy": 5}),
        make_pipeline(
            StandardScaler(), LogisticRegression(class_weight={"cancer": 1, "healthy": 5})
        ),
        GridSearchCV(
            LogisticRegression(),
            {"class_weight": [{"cancer": 1, "healthy": 5}]},
            scoring=OF_CANCER[0],
        ),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("form", [np.asarray, list, pd.Series, partial(np.asarray, dtype=object)])
def test_estimator_is_fitted_to_the_classes(estimator, form):
    model = exact(estimator).fit(X, form(Y))
    alone = clone(estimator).fit(X, Y)
    np.testing.assert_array_equal(model.estimator_.classes_, NAMES)
    np.testing.assert_array_equal(model.estimator_.predict(X), alone.predict(X))
    coded = exact(
        RandomForestClassifier(n_estimators=10, class_weight={0: 1, 1: 5}, random_state=0)
    ).fit(X, CODES)
    if isinstance(estimator, RandomForestClassifier):
        np.testing.assert_array_equal(model.thresholds_, coded.thresholds_)


def test_estimator_of_several_labels_is_fitted_to_one():
    model = exact(MultiOutputClassifier(LogisticRegression())).fit(X, Y)
    assert model.thresholds_ == exact(LogisticRegression()).fit(X, Y).thresholds_
    assert set(model.predict(X)) == set(NAMES)


@pytest.mark.filterwarnings("ignore:Some labels are all 0 or all 1")
@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), RandomForestClassifier(n_estimators=5)]
)
def test_training_rows_of_one_class(estimator):
    healthy = np.flatnonzero(CODES)
    split = (healthy[:20], np.arange(100, 300))
    model = exact(estimator, cv=[split], refit=False).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), np.tile([0, 1], (300, 1)))
    np.testing.assert_array_equal(model.predict(X), "healthy")


@pytest.mark.parametrize(
    ("scoring", "judged"), [("balanced_accuracy", 1), ("accuracy", 1), (OF_CANCER[0], 0)]
)
def test_takes_the_place_of_the_tuned_classifier_of_scikit_learn(scoring, judged):
    theirs = TunedThresholdClassifierCV(LogisticRegression(), scoring=scoring, cv=KFold(3)).fit(
        X, Y
    )
    ours = exact(LogisticRegression(), scoring=scoring).fit(X, Y)
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    for method in ("predict_proba", "predict_log_proba", "decision_function"):
        np.testing.assert_allclose(getattr(ours, method)(X), getattr(theirs, method)(X))
    assert ours.predict(X).dtype == theirs.predict(X).dtype
    assert ours.best_threshold_ == ours.thresholds_[0]
    # its cut is one on the score of the judged class, ours on that of the larger one
    larger = ours.cv_results_["y_score"]
    at_theirs = larger >= theirs.best_threshold_ if judged else 1 - larger < theirs.best_threshold_
    value = check_objective(scoring, 300, 1, NAMES)._value
    assert value(Y[:, np.newaxis] == "healthy", at_theirs, None) <= ours.best_score_
    assert np.mean(ours.predict(X) == theirs.predict(X)) > 0.9


def test_no_one_threshold_of_several_labels(multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression())
    assert not hasattr(model, "best_threshold_")
    model.fit(*multilabel)
    with pytest.raises(AttributeError, match="'thresholds_'"):
        model.best_threshold_  # noqa: B018


def test_frozen_estimator_stands_where_prefit_does():
    base = LogisticRegression().fit(X[:150], Y[:150])
    theirs = TunedThresholdClassifierCV(base, cv="prefit", refit=False, scoring=OF_CANCER[0]).fit(
        X[150:], Y[150:]
    )
    ours = MultiLabelThresholdClassifier(
        FrozenEstimator(base), strategy="per_label", scoring=OF_CANCER[0]
    )
    ours.fit(X[150:], Y[150:])
    judge = OF_CANCER[0]
    assert judge(ours, X[150:], Y[150:]) >= judge(theirs, X[150:], Y[150:])
    assert ours.estimator_.estimator is base


def test_objectives_judge_named_classes():
    model = exact(LogisticRegression(), scoring=GMean()).fit(X, Y)
    recall = [metrics.recall_score(Y, model.predict(X), pos_label=name) for name in NAMES]
    assert GMean()(model, X, Y) == pytest.approx(np.sqrt(np.prod(recall)))
    search = GridSearchCV(
        exact(LogisticRegression()), {"scoring": [GMean(), FBeta()]}, scoring=GMean(), cv=2
    )
    assert search.fit(X, Y).best_score_ > 0.5
    assert search.best_params_["scoring"].get_params() == GMean().get_params()
    with pytest.raises(ValueError, match=r"must hold the classes \['cancer', 'healthy'\] only"):
        GMean()(model, X, np.where(Y == "cancer", "sick", Y))


def test_reports_scorers_and_retuning_know_the_classes(tmp_path):
    model = exact(LogisticRegression(), scoring=OF_CANCER[0]).fit(X, Y)
    assert "healthy" in str(threshold_report(model))
    expected = exact(LogisticRegression(), scoring=OF_CANCER[1]).fit(X, Y)
    again = pickle.loads(pickle.dumps(model)).retune(scoring=OF_CANCER[1])
    np.testing.assert_array_equal(again.thresholds_, expected.thresholds_)
    base = LogisticRegression().fit(X, Y)
    best = BestThresholdsScorer(OF_CANCER[0])(base, X, Y)
    metric = partial(metrics.f1_score, pos_label="cancer")
    assert best == pytest.approx(best_of_all_cuts(Y, base.predict_proba(X)[:, 1], metric))


def test_curve_of_a_metric_of_the_smaller_class():
    pytest.importorskip("matplotlib").use("agg")
    from threshold_estimators import ThresholdCurveDisplay

    model = exact(LogisticRegression(), scoring=OF_CANCER[0]).fit(X, Y)
    assert (
        "F1 of the smaller class" in ThresholdCurveDisplay.from_estimator(model, X, Y).metric_names
    )
