"""Settings and data shared by all tests."""

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from sklearn.datasets import make_multilabel_classification

settings.register_profile(
    "default", deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")


@pytest.fixture(scope="session")
def multilabel():
    """(X, y) of 200 rows and 4 labels, learnable, one of them rare."""
    X, y = make_multilabel_classification(
        n_samples=200, n_features=8, n_classes=4, n_labels=2, random_state=0
    )
    y[:, 3] &= np.arange(200) % 3 == 0
    return X, y
