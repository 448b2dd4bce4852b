"""Tables: pandas with nullable types, polars, pyarrow."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from threshold_estimators import MultiLabelThresholdClassifier, threshold_report, tune_thresholds

NAMES = ["one", "two", "three"]


def tuned(estimator):
    return MultiLabelThresholdClassifier(estimator, cv=3, random_state=0)


def polars_table(values, names):
    return pytest.importorskip("polars").DataFrame(np.asarray(values), schema=list(names))


def pyarrow_table(values, names):
    arrays = [np.ascontiguousarray(column) for column in np.asarray(values).T]
    return pytest.importorskip("pyarrow").table(arrays, names=list(names))


def nullable_table(values, names):
    return pd.DataFrame(values, columns=names).convert_dtypes()


TABLES = [polars_table, pyarrow_table, nullable_table]


@pytest.mark.parametrize("table", TABLES)
def test_scores_and_labels_in_tables_are_matched_by_name(problem, table):
    X, y = problem
    y_score = StandardScaler().fit_transform(X.astype(float))[:, :3]
    expected = tune_thresholds(y, y_score)
    found = tune_thresholds(table(y, NAMES), table(y_score[:, ::-1], NAMES[::-1]))
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    y_pred = found.predict(table(y_score[:, ::-1], NAMES[::-1]))
    np.testing.assert_array_equal(np.asarray(y_pred), expected.predict(y_score))


@pytest.mark.parametrize("table", [polars_table, nullable_table])
def test_features_and_labels_in_tables(problem, table):
    X, y = problem
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    expected = tuned(pipeline).fit(X.astype(float), y)
    X_table = table(X.astype(float), [f"x{column}" for column in range(X.shape[1])])
    model = tuned(pipeline).fit(X_table, table(y, NAMES))
    assert list(model.label_names_in_) == NAMES
    np.testing.assert_allclose(model.thresholds_, expected.thresholds_)
    np.testing.assert_array_equal(model.predict(X_table), expected.predict(X.astype(float)))
    assert "three" in str(threshold_report(model))


def test_nullable_numbers_with_missing_features_and_labels(problem):
    X, y = problem
    features = pd.DataFrame(X).convert_dtypes()
    features.iloc[::9, 0] = pd.NA
    labels = nullable_table(y, NAMES)
    labels.iloc[::8, 1] = pd.NA
    model = tuned(HistGradientBoostingClassifier(max_iter=10)).fit(features, labels)
    assert np.isfinite(model.thresholds_).all()
    assert model.predict(features).shape == y.shape
