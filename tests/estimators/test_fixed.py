import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from threshold_estimators import (
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    drift_report,
    tune_thresholds,
)

CUTS = [0.1, 0.3, 0.5, np.inf]
NAMES = list("abcd")


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        RandomForestClassifier(n_estimators=5, random_state=0),
        MultiOutputClassifier(LogisticRegression()),
        RidgeClassifier(),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_decides_by_the_given_thresholds(estimator, multilabel):
    X, y = multilabel
    model = FixedThresholdsClassifier(estimator, CUTS).fit(X, y)
    np.testing.assert_array_equal(model.thresholds_, CUTS)
    scores = (
        model.predict_proba(X) if hasattr(model, "predict_proba") else model.decision_function(X)
    )
    np.testing.assert_array_equal(model.predict(X), scores >= CUTS)
    tuned = MultiLabelThresholdClassifier(estimator).fit(X, y)
    method = "predict_proba" if hasattr(model, "predict_proba") else "decision_function"
    np.testing.assert_allclose(scores, getattr(tuned, method)(X))
    assert not hasattr(estimator, "classes_")


@pytest.mark.parametrize(
    "form", [tuple, np.array, lambda cuts: dict(zip(reversed(NAMES), cuts[::-1], strict=True))]
)
def test_forms_of_thresholds(form, multilabel):
    X, y = multilabel
    y = pd.DataFrame(y, columns=NAMES)
    model = FixedThresholdsClassifier(LogisticRegression(), form(CUTS)).fit(X, y)
    np.testing.assert_array_equal(model.thresholds_, CUTS)
    assert list(model.label_names_in_) == NAMES
    for one in (0.3, np.float32(0.3), 1, -np.inf):
        fitted = FixedThresholdsClassifier(LogisticRegression(), one).fit(X, sparse.csr_matrix(y))
        np.testing.assert_array_equal(fitted.thresholds_, np.full(4, float(one)))


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        ([0.1, 0.2], r"'thresholds' must have shape \(4,\), one for each label\. Got \(2,\)"),
        ([[0.1, 0.2, 0.3, 0.4]], r"must have shape \(4,\)"),
        (np.nan, "must not be NaN. Got one for label 'a'"),
        ([0.1, 0.2, np.nan, 0.4], "must not be NaN. Got one for label 'c'"),
        (
            {"a": 0.1, "e": 0.2},
            r"one for each label\. Got none for \['b', 'c', 'd'\], and \['e'\] are no labels",
        ),
        (None, "'thresholds' parameter"),
    ],
)
def test_thresholds_that_do_not_fit(thresholds, message, multilabel):
    X, y = multilabel
    with pytest.raises(ValueError, match=message):
        FixedThresholdsClassifier(LogisticRegression(), thresholds).fit(
            X, pd.DataFrame(y, columns=NAMES)
        )


def test_threshold_of_one_column_goes_by_the_name_of_the_larger_class(multilabel):
    X, y = multilabel
    y = np.array(["cancer", "healthy"])[y[:, 0]]
    model = FixedThresholdsClassifier(LogisticRegression(), {"healthy": 0.9}).fit(X, y)
    np.testing.assert_array_equal(
        model.predict(X) == "healthy", model.predict_proba(X)[:, 1] >= 0.9
    )
    with pytest.raises(
        ValueError, match=r"Got none for \['healthy'\], and \['cancer'\] are no labels"
    ):
        FixedThresholdsClassifier(LogisticRegression(), {"cancer": 0.1}).fit(X, y)


def test_names_need_names(multilabel):
    with pytest.raises(ValueError, match="by name only where the labels have names"):
        FixedThresholdsClassifier(LogisticRegression(), {0: 0.1}).fit(*multilabel)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("response_method", ["predict_proba", "decision_function", "auto"])
def test_one_label_is_decided_as_by_scikit_learn(threshold, response_method, multilabel):
    X, y = multilabel
    for column in (y[:, 0], y[:, 0] + 1, np.array(["no", "yes"])[y[:, 0]]):
        pos_label = np.unique(column)[1]
        theirs = FixedThresholdClassifier(
            LogisticRegression(),
            threshold=threshold,
            response_method=response_method,
            pos_label=pos_label,
        )
        ours = FixedThresholdsClassifier(
            LogisticRegression(), threshold, response_method=response_method
        )
        np.testing.assert_array_equal(
            ours.fit(X, column).predict(X), theirs.fit(X, column).predict(X)
        )
        np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X))


def test_frozen_estimator_is_used_as_it_is(multilabel):
    X, y = multilabel
    base = RandomForestClassifier(n_estimators=5, random_state=0).fit(X[:100], y[:100])
    model = FixedThresholdsClassifier(FrozenEstimator(base), CUTS).fit(X[100:], y[100:])
    assert model.estimator_.estimator is base
    y_proba = np.column_stack([proba[:, 1] for proba in base.predict_proba(X)])
    np.testing.assert_array_equal(model.predict(X), y_proba >= CUTS)


def test_in_pipeline_search_and_pickle(multilabel):
    X, y = multilabel
    model = make_pipeline(StandardScaler(), FixedThresholdsClassifier(LogisticRegression()))
    grid = {"fixedthresholdsclassifier__thresholds": [[0.01] * 4, [0.4] * 4, [0.4, 0.4, 0.4, 0.1]]}
    search = GridSearchCV(model, grid, scoring="f1_macro", error_score="raise").fit(X, y)
    assert search.best_params_["fixedthresholdsclassifier__thresholds"] == [0.4, 0.4, 0.4, 0.1]
    loaded = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(loaded.predict(X), search.predict(X))
    copy = clone(search.best_estimator_[-1])
    assert copy.thresholds == [0.4, 0.4, 0.4, 0.1]
    with pytest.raises(NotFittedError):
        copy.predict(X)


def test_parameters_of_fit(multilabel):
    X, y = multilabel
    weight = np.random.default_rng(0).uniform(0.1, 3, 200)
    expected = np.column_stack(
        [
            LogisticRegression().fit(X, column, sample_weight=weight).predict_proba(X)[:, 1]
            for column in y.T
        ]
    )
    model = FixedThresholdsClassifier(LogisticRegression()).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(model.predict_proba(X), expected)
    with config_context(enable_metadata_routing=True):
        base = OneVsRestClassifier(LogisticRegression().set_fit_request(sample_weight=True))
        routed = FixedThresholdsClassifier(base).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(routed.predict_proba(X), expected)
    with pytest.raises(
        TypeError, match="'fit' of KNeighborsClassifier does not take 'sample_weight'"
    ):
        FixedThresholdsClassifier(KNeighborsClassifier()).fit(X, y, sample_weight=weight)


def test_method_that_the_estimator_lacks(multilabel):
    with pytest.raises(AttributeError, match="has no predict_proba"):
        FixedThresholdsClassifier(RidgeClassifier(), response_method="predict_proba").fit(
            *multilabel
        )


def test_label_that_never_occurs(multilabel):
    X, y = multilabel
    y = np.column_stack([y, np.zeros(200, int)])
    model = FixedThresholdsClassifier(MultiOutputClassifier(LogisticRegression()), 0.0).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X)[:, 4], 0)


class Answers(ClassifierMixin, BaseEstimator):
    """Its features are the scores; its tags are always the same object."""

    def fit(self, X, y):
        self.tags_ = super().__sklearn_tags__()
        self.tags_.target_tags.multi_output = True
        return self

    def predict_proba(self, X):
        return X

    def __sklearn_tags__(self):
        return self.tags_


def answering(n_labels, thresholds=0.5):
    y = np.eye(n_labels, dtype=int)
    return FixedThresholdsClassifier(FrozenEstimator(Answers().fit(y, y)), thresholds).fit(y, y)


def test_bad_scores_of_new_samples():
    model = answering(3)
    with pytest.raises(
        ValueError, match=r"'y_score' must not be NaN .* Got nan in row 1 of label 2 instead"
    ):
        model.predict(np.array([[0.1, 0.2, 0.3], [0.4, 0.5, np.nan]]))
    with pytest.raises(
        ValueError, match=r"must have shape \(n_samples, 3\).* Got \(4, 2\) instead"
    ):
        model.predict(np.full((4, 2), 0.5))


@pytest.mark.parametrize(
    "layout", [np.asarray, np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2]]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_decisions_are_integers_in_any_layout(layout, dtype):
    y_score = np.random.default_rng(0).random((40, 3)).astype(dtype)
    y_pred = answering(3, [0.2, 0.5, -np.inf]).predict(layout(y_score))
    assert y_pred.dtype == np.int64
    np.testing.assert_array_equal(y_pred, y_score >= np.array([0.2, 0.5, -np.inf]))


def test_predictions_take_the_memory_of_one_matrix():
    model, y_score = answering(20), np.random.default_rng(0).random((20_000, 20))
    tracemalloc.start()
    model.predict(y_score)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.05 * y_score.nbytes


def test_tags_are_not_those_of_the_estimator_itself():
    y = np.eye(3, dtype=int)
    model = FixedThresholdsClassifier(Answers().fit(y, y))
    get_tags(model).input_tags.sparse = "changed"
    assert get_tags(model).input_tags.sparse != "changed"


def thresholds_file(tmp_path, y, max_labels=None):
    rng = np.random.default_rng(0)
    tuned = tune_thresholds(y, rng.random((len(y), np.size(y) // len(y))), max_labels=max_labels)
    path = tmp_path / "thresholds.json"
    tuned.to_json(path)
    return path, tuned


@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_thresholds_of_a_file_are_matched_by_name(multilabel, tmp_path, as_path):
    X, y = multilabel
    y = pd.DataFrame(y, columns=NAMES)
    path, tuned = thresholds_file(tmp_path, y)
    model = FixedThresholdsClassifier(LogisticRegression(), as_path(path))
    fitted = clone(model).fit(X, y[NAMES[::-1]])
    np.testing.assert_array_equal(fitted.thresholds_, tuned.thresholds[::-1])
    np.testing.assert_array_equal(clone(model).fit(X, y.to_numpy()).thresholds_, tuned.thresholds)
    with pytest.raises(ValueError, match="Got none for"):
        model.fit(X, y.rename(columns={"a": "z"}))


def test_limits_of_a_file_hold(multilabel, tmp_path):
    X, y = multilabel
    path, tuned = thresholds_file(tmp_path, y, max_labels=1)
    model = FixedThresholdsClassifier(LogisticRegression(), path).fit(X, y)
    assert model.tuned_.limits == tuned.limits
    assert model.tuned_.of_probabilities is tuned.of_probabilities is True
    assert model.predict(X).sum(axis=1).max() == 1
    np.testing.assert_array_equal(model.predict(X), tuned.predict(model.predict_proba(X)))
    with pytest.raises(ValueError, match="must have shape"):
        model.fit(X, y[:, :2])


def test_the_expected_shares_of_a_file_are_those_of_its_labels(multilabel, tmp_path):
    X, y = multilabel
    path, tuned = thresholds_file(tmp_path, pd.DataFrame(y, columns=NAMES))
    turned = pd.DataFrame(y[:, ::-1], columns=NAMES[::-1])
    model = FixedThresholdsClassifier(LogisticRegression(), path).fit(X, turned)
    np.testing.assert_array_equal(model.tuned_.predicted_share, tuned.predicted_share[::-1])
    np.testing.assert_array_equal(model.tuned_.n_samples, tuned.n_samples[::-1])
    assert drift_report(model, X).columns["expected"][0] == tuned.predicted_share[3]


def test_a_file_for_a_column_needs_its_classes(multilabel, tmp_path):
    X, y = multilabel
    column = np.where(y[:, 0], "yes", "no")
    path, _ = thresholds_file(tmp_path, column)
    model = FixedThresholdsClassifier(LogisticRegression(), path)
    assert set(model.fit(X, column).predict(X)) <= {"yes", "no"}
    for other, found in ((y, "an indicator of labels"), (y[:, 0], "the classes")):
        with pytest.raises(ValueError, match=f"'y' has {found}"):
            model.fit(X, other)


def test_a_file_that_is_missing(multilabel, tmp_path):
    with pytest.raises(FileNotFoundError, match="'thresholds' must be numbers or the path of a"):
        FixedThresholdsClassifier(LogisticRegression(), tmp_path / "none").fit(*multilabel)


def test_a_loaded_model_of_another_version_warns_once(multilabel, monkeypatch):
    for model in (
        FixedThresholdsClassifier(LogisticRegression()),
        MultiLabelThresholdClassifier(LogisticRegression()),
        MultiLabelRejectClassifier(LogisticRegression()),
    ):
        saved = pickle.dumps(model.fit(*multilabel))
        with monkeypatch.context() as patch:
            patch.setattr("threshold_estimators.core._version.__version__", "9.9")
            with pytest.warns(UserWarning, match="loaded by version 9.9") as caught:
                pickle.loads(saved)
        assert len(caught) == 1
