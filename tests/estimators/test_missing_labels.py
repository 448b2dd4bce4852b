"""Missing labels take no part: in fitting, calibrating, tuning, evaluating and drawing."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import VarianceThreshold
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from threshold_estimators import (
    BestThresholdsScorer,
    DecidedScorer,
    FBeta,
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultilabelStratifiedKFold,
    MultiLabelThresholdClassifier,
    OperatingPointDisplay,
    threshold_report,
    tune_thresholds,
)

pytestmark = pytest.mark.filterwarnings("ignore:Some labels are all 0 or all 1")


@pytest.fixture
def data(multilabel):
    """(X, y with missing labels, which labels are known)."""
    X, y = multilabel
    known = np.random.default_rng(0).random(y.shape) > 0.3
    return X, np.where(known, y, np.nan), known


def fitted_apart(X, y, known, **params):
    """A logistic regression of each label on the samples where the label is known."""
    return [
        LogisticRegression(**params).fit(X[known[:, label]], y[known[:, label], label])
        for label in range(y.shape[1])
    ]


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        OneVsRestClassifier(LogisticRegression()),
        MultiOutputClassifier(LogisticRegression()),
        make_pipeline(VarianceThreshold(), OneVsRestClassifier(LogisticRegression())),
    ],
    ids=["one label", "one-vs-rest", "multi-output", "pipeline"],
)
def test_each_label_learns_from_the_samples_where_it_is_known(estimator, data):
    X, y, known = data
    model = FixedThresholdsClassifier(estimator).fit(X, y)
    expected = [base.predict_proba(X)[:, 1] for base in fitted_apart(X, y, known)]
    np.testing.assert_allclose(model.predict_proba(X), np.transpose(expected))
    assert model.n_features_in_ == X.shape[1]


def test_parameters_of_fit_go_with_the_known_samples(data):
    X, y, known = data
    weight = np.random.default_rng(1).random(len(X))
    model = FixedThresholdsClassifier(LogisticRegression()).fit(X, y, sample_weight=weight)
    label = known[:, 0]
    base = LogisticRegression().fit(X[label], y[label, 0], sample_weight=weight[label])
    np.testing.assert_allclose(model.predict_proba(X)[:, 0], base.predict_proba(X)[:, 1])


@pytest.mark.parametrize("calibrator", [None, "sigmoid", "isotonic"])
def test_missing_labels_are_not_tuned_on(calibrator, data):
    X, y, known = data
    model = MultiLabelThresholdClassifier(
        LogisticRegression(),
        strategy="per_label",
        calibrator=calibrator,
        store_cv_results=True,
        random_state=0,
    ).fit(X, y)
    np.testing.assert_array_equal(model.cv_results_["sample_weight"], known)
    scores = model.cv_results_["y_score"]
    for label in range(4):
        of_label = known[:, label]
        alone = tune_thresholds(
            y[of_label, label], scores[of_label, label], scoring="f1", strategy="per_label"
        )
        np.testing.assert_array_equal(alone.thresholds, model.thresholds_[[label]])
    # What a missing label hides has no influence.
    again = model.fit(pd.DataFrame(X), pd.DataFrame(y).astype("Int64"))
    np.testing.assert_allclose(again.cv_results_["y_score"], scores)


def test_estimators_of_all_labels_at_once_refuse_missing_labels(data):
    X, y, _ = data
    message = "'y' has missing labels, but RandomForestClassifier .*multiclass.OneVsRestClassifier"
    for estimator in (RandomForestClassifier(2), make_pipeline(RandomForestClassifier(2))):
        with pytest.raises(ValueError, match=message):
            MultiLabelThresholdClassifier(estimator).fit(X, y)
    frozen = FrozenEstimator(RandomForestClassifier(5, random_state=0).fit(X, y == 1))
    assert MultiLabelThresholdClassifier(frozen).fit(X, y).predict(X).shape == y.shape
    assert FixedThresholdsClassifier(frozen).fit(X, y).predict(X).shape == y.shape


def test_a_column_with_missing_labels(data):
    X, y, known = data
    of_label = known[:, 0]
    column = np.where(of_label, np.where(y[:, 0] == 1, "yes", "no").astype(object), None)
    for estimator in (LogisticRegression(), DecisionTreeClassifier(random_state=0)):
        model = FixedThresholdsClassifier(estimator).fit(X, column)
        expected = estimator.fit(X[of_label], column[of_label].astype(str)).predict_proba(X)
        np.testing.assert_allclose(model.predict_proba(X), expected)
    tuned = MultiLabelThresholdClassifier(LogisticRegression(), scoring=FBeta()).fit(X, column)
    assert set(tuned.predict(X)) == {"yes", "no"}


def test_a_label_known_nowhere_is_one_without_positives(data):
    X, y, _ = data
    y = np.column_stack([y[:, 0], np.full(len(y), np.nan)])
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), strategy="per_label", random_state=0
    ).fit(X, y)
    without = model.predict(X)
    assert not without[:, 1].any()
    y[:, 1] = 0
    np.testing.assert_array_equal(model.fit(X, y).predict(X), without)


def test_a_label_known_in_no_training_sample_of_a_fold(data):
    X, y, _ = data
    y = y.copy()
    y[50:, 1] = np.nan
    splits = [(np.arange(50, 100), np.arange(50)), (np.arange(100), np.arange(100, len(y)))]
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=splits).fit(X, y)
    assert not np.isnan(model.thresholds_).any()


def test_values_of_missing_labels_do_not_count(data):
    X, y, known = data
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), store_cv_results=True, random_state=0
    ).fit(X, y)
    y_pred = model.predict(X)
    per_label = [
        FBeta().evaluate(y[known[:, label], label], y_pred[known[:, label], label])
        for label in range(4)
    ]
    assert FBeta()(model, X, y) == pytest.approx(np.mean(per_label))
    assert FBeta().evaluate(y, y_pred) == pytest.approx(np.mean(per_label))
    assert 0 < BestThresholdsScorer()(model, X, y) <= 1
    masked = np.ma.masked_array(np.nan_to_num(y), ~known)
    assert FBeta().evaluate(masked, y_pred) == pytest.approx(np.mean(per_label))
    report = threshold_report(model, X, y)
    np.testing.assert_array_equal(report.columns["positives"][:4], np.nansum(y, axis=0))
    np.testing.assert_allclose(report.columns["tuned"][:4], per_label)
    with pytest.raises(ValueError, match="'y_pred' must be known"):
        FBeta().evaluate(np.nan_to_num(y), y)


def test_undecided_and_missing_labels(data):
    X, y, known = data
    model = MultiLabelRejectClassifier(LogisticRegression(), abstention_cost=0.2).fit(X, y)
    y_pred = model.predict(X)
    cost = np.where(y_pred == -1, 0.2, y_pred != y)
    assert -model.score(X, y) == pytest.approx(cost[known].mean())
    decided = [(y_pred[:, label] != -1) & known[:, label] for label in range(4)]
    values = [
        FBeta().evaluate(y[rows, label], y_pred[rows, label])
        for label, rows in enumerate(decided)
        if rows.any()
    ]
    assert DecidedScorer(FBeta())(model, X, y) == pytest.approx(np.mean(values))


def test_displays_leave_missing_labels_out(data):
    pytest.importorskip("matplotlib")
    X, y, known = data
    model = FixedThresholdsClassifier(LogisticRegression()).fit(X, y)
    display = OperatingPointDisplay.from_estimator(model, X, y, kind="roc")
    of_label = known[:, 2]
    scores = model.predict_proba(X)[of_label, 2]
    alone = OperatingPointDisplay.from_predictions(y[of_label, 2], scores, [0.5], kind="roc")
    np.testing.assert_allclose(display.points[2], alone.points[0])


def test_cross_validation_of_models(data):
    X, y, _ = data
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=3)
    cv = MultilabelStratifiedKFold(3)
    assert np.isfinite(cross_val_score(model, X, y, scoring=FBeta(), cv=cv)).all()
    search = GridSearchCV(model, {"estimator__C": [0.1, 1]}, scoring=FBeta(), cv=cv).fit(X, y)
    assert np.isfinite(search.best_score_)


def test_columns_of_splitters_may_have_missing_values():
    for y in ([0, 1, None] * 6, [0, 1, np.nan] * 6, ["a", "b", None] * 6):
        for _, test in MultilabelStratifiedKFold(2).split(np.zeros((18, 1)), y):
            assert sum(value in (1, "b") for value in np.array(y, object)[test]) == 3


def test_splitters_treat_missing_labels_as_zero(data):
    X, y, _ = data
    splits = zip(
        MultilabelStratifiedKFold(3).split(X, y),
        MultilabelStratifiedKFold(3).split(X, np.nan_to_num(y)),
        strict=True,
    )
    for (_, test), (_, expected) in splits:
        np.testing.assert_array_equal(test, expected)


def test_weights_of_cells_are_refused_in_fit(data):
    X, y, known = data
    with pytest.raises(ValueError, match=r"'sample_weight' of 'fit' must have shape"):
        MultiLabelThresholdClassifier(LogisticRegression()).fit(X, y, sample_weight=known * 1.0)
