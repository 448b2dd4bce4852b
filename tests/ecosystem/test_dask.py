"""Data of dask, counted on the processes of a cluster on this machine."""

import os
import signal

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_backend
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression

from threshold_estimators import (
    FBeta,
    MultiLabelThresholdClassifier,
    StreamingThresholdTuner,
    tune_thresholds,
)

da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of closing workers

N_SAMPLES, N_LABELS = 6000, 4


@pytest.fixture(scope="module")
def client():
    """A cluster of two processes."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def data():
    rng = np.random.default_rng(0)
    y_true = rng.random((N_SAMPLES, N_LABELS)) < np.linspace(0.5, 0.05, N_LABELS)
    return y_true, rng.beta(1 + 3 * y_true, 6), 0.5 + rng.random(N_SAMPLES)


@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global", "proportion"])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_equal_to_the_counts_in_memory(client, strategy, is_weighted):
    y_true, y_score, weight = data()
    weight = weight if is_weighted else None
    tuner = StreamingThresholdTuner().partial_fit(y_true, y_score, weight)
    expected = tuner.tune(strategy=strategy)
    found = tune_thresholds(
        da.from_array(y_true, chunks=(1000, 3)),
        da.from_array(y_score, chunks=(700, 2)),
        strategy=strategy,
        sample_weight=None if weight is None else da.from_array(weight, chunks=900),
    )
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert found.score == expected.score


def test_frames_are_matched_by_name(client):
    y_true, y_score, _ = data()
    labels = pd.DataFrame(y_true, columns=list("abcd"))
    scores = pd.DataFrame(y_score, columns=list("abcd"))
    expected = StreamingThresholdTuner().partial_fit(labels, scores).tune(strategy="per_label")
    found = tune_thresholds(
        dd.from_pandas(labels, npartitions=5),
        dd.from_pandas(scores[list("cdab")], npartitions=5),
        strategy="per_label",
    )
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert found.label_names.tolist() == list("abcd")
    with pytest.raises(ValueError, match="must have the same partitions"):
        tune_thresholds(
            dd.from_pandas(labels, npartitions=5), dd.from_pandas(scores, npartitions=3)
        )


def test_a_killed_worker_changes_nothing(tmp_path):
    y_true, y_score, _ = data()
    expected = StreamingThresholdTuner().partial_fit(y_true, y_score).tune(strategy="per_label")

    def kill_one_worker(block, marker):
        # The first process to get here dies in the middle of its task.
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return block
        os.kill(os.getpid(), signal.SIGKILL)
        return block

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
    ):
        marker = tmp_path / "killed"
        # With meta the function does not run in this process.
        scores = da.from_array(y_score, chunks=(500, -1)).map_blocks(
            kill_one_worker, marker, meta=y_score[:0]
        )
        found = tune_thresholds(
            da.from_array(y_true, chunks=(500, -1)), scores, strategy="per_label"
        )
        assert marker.exists()
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)


@pytest.mark.parametrize(
    "params",
    [{"max_labels": 1}, {"cv": 3}, {"soft_labels": True}, {"groups": [0]}],
    ids=lambda params: next(iter(params)),
)
def test_parameters_that_need_all_samples_are_refused(params):
    y_true, y_score, _ = data()
    name = next(iter(params))
    with pytest.raises(ValueError, match=f"'{name}' cannot be given with data of dask"):
        tune_thresholds(da.from_array(y_true), da.from_array(y_score), **params)


def test_invalid_parameters_are_refused_before_anything_is_computed():
    y_true, _, _ = data()

    def fail(block):
        raise AssertionError

    scores = da.ones((N_SAMPLES, N_LABELS)).map_blocks(fail, meta=np.ones((0, 0)))
    with pytest.raises(ValueError, match="single samples are not kept"):
        tune_thresholds(y_true, scores, scoring=FBeta(average="samples"))
    with pytest.raises(ValueError, match="'strategy' must be"):
        tune_thresholds(y_true, scores, strategy="best")


def test_fit_on_the_cluster_equals_the_local_one(client):
    X, y = make_multilabel_classification(200, random_state=0)
    model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    expected = model.fit(X, y).thresholds_
    with parallel_backend("dask"):
        np.testing.assert_array_equal(model.fit(X, y).thresholds_, expected)
