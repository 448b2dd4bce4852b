"""Scores on the disk, and predictions batch by batch."""

import tracemalloc

import numpy as np
import pytest
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.utils import gen_batches

from threshold_estimators import (
    MultiLabelThresholdClassifier,
    StreamingThresholdTuner,
    tune_thresholds,
)


@pytest.fixture(params=["C", "F"])
def mapped(request, tmp_path):
    """(y_true, y_score) as memory maps and as arrays."""
    rng = np.random.default_rng(0)
    y_true = rng.random((100_000, 40), np.float32) < np.geomspace(0.3, 0.01, 40)
    y_score = rng.random(y_true.shape, np.float32) + 0.5 * y_true
    arrays = y_true, y_score.astype(np.float32)
    for name, values in zip(("y_true", "y_score"), arrays, strict=True):
        np.save(tmp_path / f"{name}.npy", np.asarray(values, order=request.param))
    maps = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("y_true", "y_score")]
    return maps, arrays


@pytest.mark.parametrize("strategy", ["pooled", "per_label"])
def test_memory_maps_are_not_loaded_as_a_whole(mapped, strategy):
    maps, arrays = mapped
    tracemalloc.start()
    found = tune_thresholds(*maps, strategy=strategy)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.7 * arrays[1].nbytes
    expected = tune_thresholds(*arrays, strategy=strategy)
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)


def test_memory_maps_in_chunks(mapped):
    maps, arrays = mapped
    tuner = StreamingThresholdTuner()
    for chunk in gen_batches(len(maps[0]), 30_000):
        tuner.partial_fit(maps[0][chunk], maps[1][chunk])
    expected = StreamingThresholdTuner().partial_fit(*arrays)
    for field, value in zip(tuner.bins_, expected.bins_, strict=True):
        np.testing.assert_array_equal(field, value)


@pytest.mark.parametrize("limits", [{}, {"min_labels": 1, "max_labels": 2}])
def test_batches_are_predicted_as_all_samples_are(limits):
    X, y = make_multilabel_classification(300, random_state=0)
    model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0, **limits).fit(X, y)
    y_pred = np.concatenate([model.predict(X[batch]) for batch in gen_batches(len(X), 70)])
    np.testing.assert_array_equal(y_pred, model.predict(X))
