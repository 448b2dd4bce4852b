"""Problems that all tests of other libraries share."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_multilabel_classification

N_TRAIN = 160


def pytest_collection_modifyitems(items):
    """Let the libraries deprecate what they use of each other; other warnings stay errors."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for kind in ("DeprecationWarning", "FutureWarning"):
                item.add_marker(pytest.mark.filterwarnings(f"default::{kind}"))


@pytest.fixture
def problem():
    """Features and labels, float32 and int: (X, y)."""
    X, y = make_multilabel_classification(240, n_features=8, n_classes=3, random_state=0)
    return X.astype(np.float32), y


@pytest.fixture
def check(problem):
    """Fit a classifier, and compare its decisions with those that its estimator's scores give.

    The function returns the fitted classifier. ``scores(estimator_, X)`` are the scores by hand.
    """

    def fit_and_check(model, scores=lambda fitted, X: fitted.predict_proba(X), X=None, y=None):
        X = problem[0] if X is None else X
        y = problem[1] if y is None else y
        model.fit(X[:N_TRAIN], y[:N_TRAIN])
        new = X[N_TRAIN:]
        y_score = np.asarray(scores(model.estimator_, new))
        assert y_score.shape == problem[1][N_TRAIN:].shape
        np.testing.assert_array_equal(model.predict(new), y_score >= model.thresholds_)
        # Labels can be learnt here, so a mixture of labels or of samples would be noticed.
        truth = problem[1][N_TRAIN:]
        assert (model.predict(new) == truth).mean() > 0.6
        for label in range(truth.shape[1]):
            assert np.corrcoef(y_score[:, label], truth[:, label])[0, 1] > 0.2
        return model

    return fit_and_check
