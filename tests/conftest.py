"""Settings and data shared by all tests."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from sklearn.datasets import make_multilabel_classification

# "light" is for every day, "thorough" for .ci/run. A test that needs fewer or more examples than
# others says so with `tests.strategies.examples`, which follows the profile.
QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("light", max_examples=30, **QUIET)
settings.register_profile("thorough", max_examples=150, **QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "light"))


@pytest.fixture(scope="session")
def multilabel():
    """(X, y) of 200 samples and 4 labels, learnable, one of them rare."""
    X, y = make_multilabel_classification(
        n_samples=200, n_features=8, n_classes=4, n_labels=2, random_state=0
    )
    y[:, 3] &= np.arange(200) % 3 == 0
    return X, y
