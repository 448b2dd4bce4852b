import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from threshold_estimators import (
    Cost,
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
)

io = pytest.importorskip("skops.io")
PAGE = (Path(__file__).parents[2] / "docs" / "production.md").read_text()


@pytest.mark.parametrize(
    "model",
    [
        FixedThresholdsClassifier(LogisticRegression(), 0.3),
        MultiLabelThresholdClassifier(LogisticRegression(), random_state=0),
        MultiLabelThresholdClassifier(
            RidgeClassifier(), max_labels=2, random_state=0, store_cv_results=True
        ),
        MultiLabelThresholdClassifier(RidgeClassifier(), calibrator="isotonic", random_state=0),
        MultiLabelThresholdClassifier(RidgeClassifier(), calibrator="sigmoid", random_state=0),
        MultiLabelRejectClassifier(LogisticRegression()),
    ],
    ids=["fixed", "tuned", "limits", "isotonic", "sigmoid", "reject"],
)
def test_a_model_is_loaded_with_the_types_of_the_page(model):
    X, y = make_multilabel_classification(200, n_classes=3, random_state=0)
    saved = io.dumps(model.fit(X, y))
    block = re.search(r"```text\n(threshold_estimators\..*?)```", PAGE, re.DOTALL)[1]
    trusted = block.split()
    assert set(io.get_untrusted_types(data=saved)) <= set(trusted)
    loaded = io.loads(saved, trusted=io.get_untrusted_types(data=saved))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    if model.get_params().get("store_cv_results") is True:
        again = model.retune(scoring=Cost(fn=3)).thresholds_
        np.testing.assert_array_equal(loaded.retune(scoring=Cost(fn=3)).thresholds_, again)
