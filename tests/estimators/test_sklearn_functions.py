"""Every function of scikit-learn that takes a classifier and a y of several labels.

What scikit-learn cannot do for any such estimator is listed in LIMITS with the reason, and checked
to fail for scikit-learn's own estimator too.
"""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import (
    BaggingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFE, RFECV, SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import DetCurveDisplay
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from threshold_estimators import (
    CoverageScorer,
    DecidedScorer,
    FBeta,
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
)

X, Y = make_multilabel_classification(150, n_features=6, n_classes=3, random_state=0)
# scikit-learn takes two labels for two classes in some places, and one label for a column.
TARGETS = {"two labels": Y[:, :2], "one label": Y[:, :1], "a column": Y[:, 0]}
SCORERS = ["f1_macro", "f1_micro", "accuracy", "roc_auc", "average_precision"]


def tuned(estimator=None):
    estimator = LogisticRegression() if estimator is None else estimator
    return MultiLabelThresholdClassifier(estimator, cv=2, random_state=0)


def fixed():
    return FixedThresholdsClassifier(LogisticRegression(), 0.4)


def rejecting():
    return MultiLabelRejectClassifier(tuned(), abstention_cost=0.3)


MODELS = {"tuned": tuned, "fixed": fixed}
parametrize_models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
parametrize_targets = pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
GRID = {"estimator__C": [0.1, 1.0]}


@parametrize_targets
@parametrize_models
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_cross_val_predict(method, model, y):
    answer = cross_val_predict(model(), X, y, method=method, cv=3)
    expected = (len(X), 2) if y.ndim == 1 and method != "predict" else y.shape
    assert answer.shape == expected


@parametrize_targets
def test_cross_val_predict_of_decisions(y):
    answer = cross_val_predict(tuned(LinearSVC()), X, y, method="decision_function", cv=3)
    assert answer.shape == y.shape
    fold = np.arange(len(X)) >= len(X) / 2
    model = tuned(LinearSVC()).fit(X[fold], y[fold])
    halves = [np.flatnonzero(fold), np.flatnonzero(~fold)]
    half = cross_val_predict(
        tuned(LinearSVC()), X, y, method="decision_function", cv=[halves, halves[::-1]]
    )
    np.testing.assert_allclose(half[~fold], model.decision_function(X[~fold]))


@parametrize_targets
@parametrize_models
@pytest.mark.parametrize("scoring", SCORERS)
def test_scorers(scoring, model, y):
    scores = cross_val_score(model(), X, y, scoring=scoring, cv=3, error_score="raise")
    assert np.all(np.isfinite(scores))


@parametrize_targets
@parametrize_models
def test_validation(model, y):
    checks = {"cv": 3, "error_score": "raise"}
    assert cross_validate(model(), X, y, **checks)["test_score"].shape == (3,)
    _, _, test = learning_curve(model(), X, y, train_sizes=[0.5, 1.0], **checks)
    assert np.all(np.isfinite(test))
    _, test = validation_curve(
        model(), X, y, param_name="estimator__C", param_range=[0.1, 1.0], **checks
    )
    assert np.all(np.isfinite(test))
    score, permuted, _ = permutation_test_score(model(), X, y, cv=3, n_permutations=3)
    assert score > permuted.max()


@parametrize_targets
@parametrize_models
@pytest.mark.parametrize(
    "search", [GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV]
)
def test_searches(search, model, y):
    params = {"cv": 3, "error_score": "raise"}
    if search in (RandomizedSearchCV, HalvingRandomSearchCV):
        params |= {"random_state": 0}
    if search is RandomizedSearchCV:
        params |= {"n_iter": 2}
    if search in (HalvingGridSearchCV, HalvingRandomSearchCV):
        params |= {"min_resources": 100}
    found = search(model(), GRID, **params).fit(X, y)
    assert np.isfinite(found.best_score_)
    assert found.predict(X).shape == y.shape


@parametrize_targets
@parametrize_models
def test_stacking(model, y):
    stacked = StackingClassifier(
        [("a", model()), ("b", tuned(RandomForestClassifier(5, random_state=0)))],
        final_estimator=model(),
        cv=3,
    )
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]  # StackingClassifier takes a column as one label
    assert stacked.fit(X, y).predict(X).shape == y.shape


@parametrize_targets
@parametrize_models
def test_wrappers(model, y):
    if y.ndim == 2:
        assert MultiOutputClassifier(model()).fit(X, y).predict(X).shape == y.shape
        assert ClassifierChain(model()).fit(X, y).predict(X).shape == y.shape
    if y.shape != (len(X), 1):  # which OneVsRestClassifier flattens
        assert OneVsRestClassifier(model()).fit(X, y).predict(X).shape == y.shape
    fitted = model().fit(X, y)
    np.testing.assert_array_equal(FrozenEstimator(fitted).predict(X), fitted.predict(X))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(X), fitted.predict(X))
    np.testing.assert_array_equal(clone(fitted).fit(X, y).predict(X), fitted.predict(X))
    importance = permutation_importance(fitted, X, y, n_repeats=1, random_state=0)
    assert importance.importances_mean.shape == (X.shape[1],)


@parametrize_targets
@parametrize_models
def test_feature_selection(model, y):
    def importance(fitted):
        estimators = getattr(fitted.estimator_, "estimators_", [fitted.estimator_])
        return np.mean([np.abs(estimator.coef_[0]) for estimator in estimators], axis=0)

    def selectors():
        yield RFE(model(), n_features_to_select=4, importance_getter=importance)
        yield RFECV(model(), cv=2, step=2, importance_getter=importance)
        yield SelectFromModel(model(), importance_getter=importance, threshold="median")

    for selector in selectors():
        assert 0 < selector.fit(X, y).transform(X).shape[1] <= X.shape[1]
    forest = SelectFromModel(RandomForestClassifier(5, random_state=0))
    if y.shape != (len(X), 1):  # of which RandomForestClassifier warns
        assert make_pipeline(forest, model()).fit(X, y).predict(X).shape == y.shape


def test_one_column_goes_wherever_a_binary_classifier_goes():
    y = Y[:, 0]
    for model in (tuned(), fixed()):
        assert set(VotingClassifier([("a", model)]).fit(X, y).predict(X)) <= {0, 1}
        assert BaggingClassifier(model, n_estimators=2).fit(X, y).predict(X).shape == y.shape
        assert CalibratedClassifierCV(model, cv=2).fit(X, y).predict_proba(X).shape == (150, 2)
        assert FixedThresholdClassifier(model, threshold=0.3).fit(X, y).predict(X).shape == y.shape
        assert TunedThresholdClassifierCV(model, cv=2).fit(X, y).predict(X).shape == y.shape
        assert partial_dependence(model.fit(X, y), X, [0])["average"].shape[0] == 1


LIMITS = {
    "VotingClassifier refuses labels": lambda model: VotingClassifier([("a", model)]).fit(X, Y),
    "BaggingClassifier takes a column": lambda model: BaggingClassifier(model).fit(X, Y),
    "CalibratedClassifierCV takes a column": lambda model: CalibratedClassifierCV(model).fit(X, Y),
    "FixedThresholdClassifier is binary": lambda model: FixedThresholdClassifier(model).fit(X, Y),
    "TunedThresholdClassifierCV is binary": lambda model: TunedThresholdClassifierCV(model).fit(
        X, Y
    ),
    "partial_dependence takes one output": lambda model: partial_dependence(
        model.fit(X, Y), X, [0]
    ),
    "curves are of two classes": lambda model: DetCurveDisplay.from_estimator(
        model.fit(X, Y), X, Y
    ),
}


@pytest.mark.parametrize("call", LIMITS.values(), ids=LIMITS)
def test_what_scikit_learn_refuses_for_all_estimators_of_several_labels(call):
    for model in (KNeighborsClassifier(), tuned(), fixed()):
        with pytest.raises((ValueError, NotImplementedError, TypeError)):
            call(model)


@parametrize_targets
def test_a_rejecting_classifier_needs_scorers_that_know_undecided_cells(y):
    for scoring in (CoverageScorer(), DecidedScorer(FBeta()), None):
        scores = cross_val_score(rejecting(), X, y, scoring=scoring, cv=3, error_score="raise")
        assert np.all(np.isfinite(scores))
    search = GridSearchCV(rejecting(), {"abstention_cost": [0.1, 0.4]}, cv=3, error_score="raise")
    assert search.fit(X, y).predict(X).shape == y.shape
    assert cross_val_predict(rejecting(), X, y, cv=3).shape == y.shape
