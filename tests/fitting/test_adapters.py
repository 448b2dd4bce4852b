import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from threshold_estimators.fitting._adapters import (
    VaryingLabelsClassifier,
    fit_labels,
    seeded,
    takes_fit_param,
)


def test_seeds_are_set_only_where_there_are_none():
    estimator = make_pipeline(MLPClassifier(), RandomForestClassifier(random_state=3))
    one, other = (seeded(estimator, np.random.RandomState(seed)) for seed in (0, 0))
    assert (
        one.get_params()["mlpclassifier__random_state"]
        == other.get_params()["mlpclassifier__random_state"]
        > 0
    )
    assert one.get_params()["randomforestclassifier__random_state"] == 3
    assert estimator.get_params()["mlpclassifier__random_state"] is None
    assert seeded(estimator, None).get_params()["mlpclassifier__random_state"] is None


@pytest.mark.parametrize(
    ("estimator", "takes"),
    [
        (LogisticRegression(), True),
        (OneVsRestClassifier(LogisticRegression()), True),
        (MultiOutputClassifier(LogisticRegression()), True),
        (OneVsRestClassifier(make_pipeline(StandardScaler(), LogisticRegression())), False),
        (OneVsRestClassifier(CalibratedClassifierCV(LogisticRegression())), False),
        (KNeighborsClassifier(), False),
        (make_pipeline(LogisticRegression()), False),
    ],
)
def test_who_takes_a_sample_weight(estimator, takes):
    assert takes_fit_param(estimator, "sample_weight") == takes


X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.column_stack([X[:, 0] > 0, np.zeros(60), X[:, 1] > 0.5, np.ones(60)]).astype(int)


def test_constant_labels_are_set_aside_where_an_estimator_needs_both_classes():
    fitted = fit_labels(clone(MultiOutputClassifier(LogisticRegression())), X, Y, {})
    assert isinstance(fitted, VaryingLabelsClassifier)
    proba = fitted.predict_proba(X)
    np.testing.assert_array_equal(proba[:, 1], 0)
    np.testing.assert_array_equal(proba[:, 3], 1)
    alone = LogisticRegression().fit(X, Y[:, 2]).predict_proba(X)[:, 1]
    np.testing.assert_allclose(proba[:, 2], alone)
    assert fitted.n_features_in_ == 3
    assert not hasattr(fitted, "decision_function")


def test_constant_labels_in_decision_scores():
    fitted = VaryingLabelsClassifier(ClassifierChain(LogisticRegression())).fit(X, Y)
    scores = fitted.decision_function(X)
    np.testing.assert_array_equal(scores[:, [1, 3]], np.tile([-1, 1], (60, 1)))
    assert len(np.unique(scores[:, 0])) == 60


def test_nothing_varies():
    fitted = fit_labels(MultiOutputClassifier(LogisticRegression()), X, Y[:, [1, 3]], {})
    np.testing.assert_array_equal(fitted.predict_proba(X), np.tile([0, 1], (60, 1)))


def test_a_real_error_is_not_hidden():
    class Fails(BaseEstimator):
        def fit(self, X, y):
            raise RuntimeError("out of order")

    for y in (Y, Y[:, [0, 2]]):
        with pytest.raises(RuntimeError, match="out of order"):
            fit_labels(Fails(), X, y, {})


def test_weights_reach_the_copies_of_one_vs_rest():
    weight = np.where(X[:, 2] > 0, 5.0, 0.1)
    fitted = fit_labels(
        OneVsRestClassifier(LogisticRegression()), X, Y[:, [0, 2]], {"sample_weight": weight}
    )
    expected = LogisticRegression().fit(X, Y[:, 2], sample_weight=weight)
    np.testing.assert_allclose(fitted.estimators_[1].coef_, expected.coef_)
