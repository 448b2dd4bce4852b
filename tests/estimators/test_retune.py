"""`retune` on new samples, and for other frequencies of the labels."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.svm import LinearSVC

from threshold_estimators import (
    Cost,
    FBeta,
    MultilabelStratifiedKFold,
    MultiLabelThresholdClassifier,
    estimate_frequencies,
    threshold_report,
    tune_thresholds,
)

NAMES = ["a", "b", "c"]


def draw(n_samples, frequencies=(0.4, 0.2, 0.1), seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random((n_samples, 3)) < frequencies).astype(int)
    return 2 * y + rng.normal(size=y.shape), y


def fitted(**params):
    params = {"estimator": LogisticRegression(), "random_state": 0} | params
    X, y = draw(600)
    return MultiLabelThresholdClassifier(**params).fit(X, pd.DataFrame(y, columns=NAMES))


def state(model):
    return {name: copy.deepcopy(value) for name, value in vars(model).items()}


@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global"])
@pytest.mark.parametrize(
    "params",
    [{}, {"calibrator": "sigmoid"}, {"max_labels": 1}, {"estimator": LinearSVC()}],
    ids=["plain", "calibrated", "limited", "decision_function"],
)
def test_new_samples_are_tuned_as_scores_of_the_fitted_model(params, strategy):
    model = fitted(strategy=strategy, **params)
    X, y = draw(400, (0.2, 0.2, 0.3), seed=1)
    weight = np.random.default_rng(2).random(400)
    method = "predict_proba" if hasattr(model, "predict_proba") else "decision_function"
    y_score = getattr(model, method)(X)
    folds = MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    expected = tune_thresholds(
        y,
        y_score,
        strategy=strategy,
        sample_weight=weight,
        cv=folds,
        max_labels=params.get("max_labels"),
    )
    estimator = model.estimator_
    assert model.retune(X=X, y=y, sample_weight=weight) is model
    np.testing.assert_array_equal(model.thresholds_, expected.thresholds)
    np.testing.assert_array_equal(model.cv_thresholds_, expected.cv_thresholds)
    assert model.cv_score_ == expected.cv_score
    np.testing.assert_array_equal(model.tuned_.predicted_share, expected.predicted_share)
    assert model.estimator_ is estimator
    np.testing.assert_array_equal(model.predict(X), expected.predict(y_score))


def test_it_is_what_a_frozen_estimator_gets():
    model = fitted()
    X, y = draw(400, seed=1)
    frozen = MultiLabelThresholdClassifier(FrozenEstimator(model.estimator_), random_state=0)
    frozen.fit(X, y)
    model.retune(X=X, y=y)
    np.testing.assert_array_equal(model.thresholds_, frozen.thresholds_)
    assert model.cv_score_ == pytest.approx(frozen.cv_score_, abs=0.05)


def test_new_samples_take_the_place_of_the_old_ones():
    model = fitted(cv=4)
    X, y = draw(300, seed=1)
    table = pd.DataFrame(y[:, ::-1], columns=NAMES[::-1])
    model.retune(X=X, y=table)
    np.testing.assert_array_equal(model.cv_results_["y_true"], y)
    np.testing.assert_array_equal(model.cv_results_["row"], np.arange(300))
    assert len(model.cv_results_["splits"]) == len(model.cv_thresholds_) == 4
    thresholds = model.thresholds_
    model.retune(scoring=Cost(fn=5))
    assert len(model.cv_results_["y_true"]) == 300
    assert not np.array_equal(model.thresholds_, thresholds)
    np.testing.assert_array_equal(model.retune().thresholds_, thresholds)
    assert pickle.loads(pickle.dumps(model)).cv_score_ == model.cv_score_
    assert model.score(X, y) == pytest.approx(model.best_score_)


def test_new_samples_need_no_stored_ones():
    model = pickle.loads(pickle.dumps(fitted()))
    assert not hasattr(model, "cv_results_")
    X, y = draw(300, seed=1)
    assert hasattr(model.retune(X=X, y=y), "cv_results_")
    model = fitted(store_cv_results=False)
    assert not hasattr(model.retune(X=X, y=y), "cv_results_")
    model = fitted(store_cv_results=True)
    model.store_cv_results = False
    assert not hasattr(model.retune(X=X, y=y), "cv_results_")
    assert model.tuned_.cv_results is None


def test_a_column_and_missing_labels():
    X, y = draw(400)
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), scoring="accuracy", random_state=0
    ).fit(X, np.array(["no", "yes"])[y[:, 0]])
    X_new, y_new = draw(200, seed=1)
    model.retune(X=X_new, y=np.array(["no", "yes"])[y_new[:, 0]])
    assert set(model.predict(X_new)) == {"no", "yes"}
    missing = np.where(np.random.default_rng(0).random((200, 3)) < 0.5, np.nan, y_new)
    model = fitted().retune(X=X_new, y=missing)
    assert np.all(model.tuned_.n_samples < 150)


def test_costs_of_the_new_samples():
    model = fitted()
    X, y = draw(200, seed=1)
    costs = np.random.default_rng(0).random((200, 3))
    model.retune(X=X, y=y, scoring=Cost(fp=costs, fn=1))
    with pytest.raises(ValueError, match="600"):
        fitted().retune(scoring=Cost(fp=costs, fn=1))


@pytest.mark.parametrize("with_new_samples", [False, True])
def test_frequencies(with_new_samples):
    model = fitted()
    new = dict(zip("Xy", draw(300, seed=1), strict=True)) if with_new_samples else {}
    model.retune(**new)
    results = model.cv_results_
    expected = tune_thresholds(
        results["y_true"], results["y_score"], frequencies=[0.1, 0.1, 0.02], cv=results["splits"]
    )
    model.retune(frequencies={"c": 0.02, "a": 0.1, "b": 0.1})
    np.testing.assert_array_equal(model.thresholds_, expected.thresholds)
    assert model.cv_score_ == expected.cv_score
    # The frequencies last, and are absolute.
    micro = model.retune(scoring="f1_micro").best_score_
    model.retune(frequencies=[0.5, 0.5, 0.5]).retune(frequencies=[0.1, 0.1, 0.02])
    np.testing.assert_allclose(model.thresholds_, expected.thresholds, rtol=1e-6)
    assert model.retune(scoring="f1_micro").best_score_ == pytest.approx(micro)
    back = model.retune(frequencies=results["y_true"].mean(axis=0))
    np.testing.assert_allclose(back.tuned_.n_samples, len(results["y_true"]))


def test_estimated_frequencies_move_thresholds_to_where_labels_would():
    model = fitted(estimator=RidgeClassifier())
    X, y = draw(4000, (0.1, 0.05, 0.3), seed=1)
    unmoved = FBeta().evaluate(y, model.predict(X))
    moved = FBeta().evaluate(y, model.retune(frequencies=estimate_frequencies(model, X)).predict(X))
    labelled = FBeta().evaluate(y, model.retune(X=X, y=y).predict(X))
    assert unmoved < moved <= labelled + 0.005


def test_the_report_compares_old_and_new_thresholds():
    model = fitted()
    old = model.thresholds_
    X, y = draw(1000, (0.1, 0.1, 0.3), seed=1)
    report = threshold_report(model.retune(X=X, y=y), reference=old)
    table = report.to_frame()
    np.testing.assert_array_equal(table["reference"][:3], old)
    np.testing.assert_array_equal(table["threshold"][:3], model.thresholds_)
    before = FBeta(average=None).evaluate(y, model.predict_proba(X) >= old)
    np.testing.assert_allclose(table["untuned"][:3], before)
    assert "at reference" in str(report)
    assert {"reference", "untuned"} <= set(report.to_dict()["a"])
    assert "reference" not in report.to_dict()["macro avg"]
    by_name = threshold_report(model, reference=dict(zip(NAMES, old, strict=True)))
    assert str(by_name) == str(report)
    with pytest.raises(ValueError, match="threshold for each of the 3 labels"):
        threshold_report(model, reference=[0.1, 0.2])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"X": draw(50)[0]}, "'X' and 'y' go together.*estimate_frequencies"),
        ({"y": draw(50)[1]}, "'X' and 'y' go together"),
        ({"sample_weight": np.ones(600)}, "'sample_weight' is for new samples"),
        ({"X": draw(50)[0], "y": draw(40)[1]}, "50.*40|40.*50"),
        ({"X": draw(50)[0], "y": draw(50)[1][:, :2]}, "'y' must have 3 columns"),
        ({"X": draw(3)[0], "y": draw(3)[1]}, "n_splits=5"),
        ({"X": draw(50)[0][:, :2], "y": draw(50)[1]}, "features"),
        ({"X": draw(50)[0], "y": draw(50)[1], "sample_weight": -np.ones(50)}, "sample_weight"),
        ({"frequencies": [0.1, 0.2]}, r"'frequencies' must have shape \(3,\)"),
        ({"frequencies": {"a": 0.1}}, "'frequencies' must have one for each label"),
        ({"frequencies": [0.1] * 3, "scoring": "f1_samples"}, "'frequencies' need an objective"),
        ({"X": draw(50)[0], "y": draw(50)[1], "strategy": "best"}, "'strategy' must be one of"),
    ],
)
def test_a_failure_changes_nothing(params, message):
    model = fitted()
    before = state(model)
    with pytest.raises(ValueError, match=message):
        model.retune(**params)
    after = vars(model)
    assert after.keys() == before.keys()
    np.testing.assert_array_equal(after["thresholds_"], before["thresholds_"])
    for name, value in before["cv_results_"].items():
        if name != "splits":
            np.testing.assert_array_equal(after["cv_results_"][name], value)
    assert after["cv_score_"] == before["cv_score_"]
    assert after["_n_samples"] == 600
