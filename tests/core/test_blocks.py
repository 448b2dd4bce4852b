import threading
import tracemalloc
from functools import cache

import numpy as np
import pytest
from joblib import parallel_backend

from threshold_estimators import Cost, tune_thresholds
from threshold_estimators.core._blocks import MIN_SAMPLES_FOR_THREADS, each_label

SCORING = ["f1_macro", "f1_micro", "jaccard_weighted", Cost(fn=4)]


@cache
def draw(n_samples, n_labels, prevalence=0.05):
    """(y_true, y_score), which tests share and must not change."""
    rng = np.random.default_rng(0)
    y_true = rng.random((n_samples, n_labels)) < prevalence
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true).round(4)
    return y_true, y_score


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


LAYOUTS = {
    "columns": np.asfortranarray,
    "strided": lambda array: np.repeat(np.repeat(array, 2, axis=0), 2, axis=1)[::2, ::2],
    "read-only": read_only,
}


@pytest.mark.parametrize("n_jobs", [None, 1, 2, 3])
@pytest.mark.parametrize("strategy", ["per_label", "global"])
@pytest.mark.parametrize("scoring", SCORING, ids=repr)
def test_threads_find_the_same(scoring, strategy, n_jobs):
    problem, params = draw(MIN_SAMPLES_FOR_THREADS, 7), {"scoring": scoring, "strategy": strategy}
    expected = tune_thresholds(*problem, **params)
    found = tune_thresholds(*problem, n_jobs=n_jobs, **params)
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert found.score == expected.score


@pytest.mark.parametrize(
    ("n_samples", "n_threads"), [(MIN_SAMPLES_FOR_THREADS - 1, 1), (MIN_SAMPLES_FOR_THREADS, 2)]
)
def test_threads_share_the_labels_of_many_samples(n_samples, n_threads):
    both_at_work = threading.Barrier(n_threads)

    def work(positive, score, name):
        both_at_work.wait(timeout=60)
        return name, threading.get_ident()

    with parallel_backend("threading", n_jobs=2):
        found = each_label(work, *draw(n_samples, 4), "abcd")
    assert [name for name, _ in found] == list("abcd")
    assert len({thread for _, thread in found}) == n_threads


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("strategy", ["per_label", "global"])
@pytest.mark.parametrize("scoring", SCORING, ids=repr)
def test_any_layout(scoring, strategy, dtype, layout):
    y_true, y_score = draw(300, 4)
    y_score = y_score.astype(dtype)
    expected = tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy)
    found = tune_thresholds(layout(y_true), layout(y_score), scoring=scoring, strategy=strategy)
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert found.thresholds.dtype == dtype
    assert found.score == pytest.approx(expected.score)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("strategy", ["per_label", "global"])
@pytest.mark.parametrize("scoring", SCORING, ids=repr)
def test_memory_is_that_of_a_few_labels(scoring, strategy, weighted, order):
    y_true, y_score = draw(200_000, 20)
    y_true, y_score = np.asarray(y_true, order=order), np.asarray(y_score, order=order)
    weight = np.random.default_rng(0).choice([1.0, 2.5], len(y_true)) if weighted else None
    tracemalloc.start()
    tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy, sample_weight=weight)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 14 * y_score[:, 0].nbytes
