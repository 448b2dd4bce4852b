"""XGBoost, LightGBM, CatBoost, and scikit-learn's own boosting."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from threshold_estimators import MultiLabelThresholdClassifier


def tuned(estimator, **params):
    return MultiLabelThresholdClassifier(estimator, cv=3, random_state=0, **params)


def test_xgboost_fits_all_labels_in_one_model(check):
    xgboost = pytest.importorskip("xgboost")
    model = check(tuned(xgboost.XGBClassifier(n_estimators=20, max_depth=3, n_jobs=1)))
    assert type(model.estimator_) is xgboost.XGBClassifier


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
def test_xgboost_with_trees_for_one_and_for_all_labels(check, strategy):
    xgboost = pytest.importorskip("xgboost")
    params = {"n_estimators": 20, "max_depth": 3, "tree_method": "hist", "n_jobs": 1}
    check(tuned(xgboost.XGBClassifier(multi_strategy=strategy, **params)))


def test_xgboost_stops_early_on_samples_given_to_fit(problem):
    xgboost = pytest.importorskip("xgboost")
    X, y = problem
    X_train, X_stop, y_train, y_stop = train_test_split(X, y, random_state=0)
    booster = xgboost.XGBClassifier(n_estimators=300, early_stopping_rounds=3, n_jobs=1)
    model = tuned(booster).fit(X_train, y_train, eval_set=[(X_stop, y_stop)], verbose=False)
    assert model.estimator_.best_iteration < 299
    assert np.isfinite(model.thresholds_).all()


def test_xgboost_in_a_pipeline_is_not_copied(check):
    xgboost = pytest.importorskip("xgboost")
    pipeline = make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=20, n_jobs=1))
    model = check(tuned(pipeline))
    assert type(model.estimator_[-1]) is xgboost.XGBClassifier


def test_lightgbm_is_fitted_for_each_label(check):
    lightgbm = pytest.importorskip("lightgbm")
    booster = lightgbm.LGBMClassifier(n_estimators=20, num_leaves=7, verbose=-1, n_jobs=1)
    model = check(tuned(booster))
    assert isinstance(model.estimator_, OneVsRestClassifier)


class StopsEarly(ClassifierMixin, BaseEstimator):
    """A booster that holds out its own samples to stop early, as docs/libraries.md shows it."""

    def __init__(self, booster):
        self.booster = booster

    def fit(self, X, y):
        lightgbm = pytest.importorskip("lightgbm")
        split = train_test_split(X, y, stratify=y, test_size=0.2, random_state=0)
        X_train, X_stop, y_train, y_stop = split
        stop = lightgbm.early_stopping(5, verbose=False)
        self.booster_ = clone(self.booster)
        self.booster_.fit(X_train, y_train, eval_X=X_stop, eval_y=y_stop, callbacks=[stop])
        self.classes_ = self.booster_.classes_
        return self

    def predict_proba(self, X):
        return self.booster_.predict_proba(X)


def test_lightgbm_stops_early_for_each_label(check):
    lightgbm = pytest.importorskip("lightgbm")
    booster = lightgbm.LGBMClassifier(n_estimators=300, num_leaves=7, verbose=-1, n_jobs=1)
    model = check(tuned(StopsEarly(booster)))
    stopped = [copy.booster_.best_iteration_ for copy in model.estimator_.estimators_]
    assert max(stopped) < 300


def catboost_model(**params):
    catboost = pytest.importorskip("catboost")
    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
    return catboost.CatBoostClassifier(iterations=30, depth=3, **quiet, **params)


def test_catboost_with_a_loss_for_several_labels(check):
    model = check(tuned(catboost_model(loss_function="MultiLogloss")))
    assert not isinstance(model.estimator_, OneVsRestClassifier)


def test_catboost_with_the_loss_of_a_single_label(check):
    model = check(tuned(catboost_model()))
    assert isinstance(model.estimator_, OneVsRestClassifier)


def test_catboost_stops_early_on_samples_given_to_fit(problem):
    X, y = problem
    booster = catboost_model(loss_function="MultiLogloss", early_stopping_rounds=3)
    model = tuned(booster).fit(X[:160], y[:160], eval_set=(X[160:], y[160:]))
    assert model.estimator_.tree_count_ <= 30


def test_boosting_of_scikit_learn_with_nan_and_categories(problem, check):
    X, _ = problem
    frame = pd.DataFrame(X, columns=[f"x{column}" for column in range(X.shape[1])])
    frame.loc[::7, "x0"] = np.nan
    frame["x1"] = pd.cut(frame["x1"], 3, labels=["low", "middle", "high"])
    booster = HistGradientBoostingClassifier(max_iter=20, categorical_features="from_dtype")
    check(tuned(booster), X=frame)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    encoded = make_column_transformer((encoder, ["x1"]), remainder="passthrough")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(tuned(make_pipeline(encoded, HistGradientBoostingClassifier(max_iter=20))), X=frame)
