"""Confusion counts of arrays in any order, and their memory."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from threshold_estimators.core import Decisions, confusion_counts, count_true, read_labels
from threshold_estimators.core._confusion import LONG_ROW, MAX_BYTE, SAMPLES_IN_A_PART


def peak_of(work):
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("shape", [(SAMPLES_IN_A_PART + 7, 5), (3, LONG_ROW + 9), (90, 30), (1, 1)])
@pytest.mark.parametrize("weights", [None, "samples", "cells"])
@pytest.mark.parametrize("order_of_scores", ["C", "F"])
@pytest.mark.parametrize("order_of_labels", ["C", "F"])
def test_counts_of_any_two_orders(shape, weights, order_of_labels, order_of_scores):
    rng = np.random.default_rng(0)
    y_true = np.asarray(rng.random(shape) < 0.3, order=order_of_labels)
    y_score = np.asarray(rng.random(shape), order=order_of_scores)
    thresholds = rng.random(shape[1])
    shapes = {"samples": shape[:1], "cells": shape}
    weight = None if weights is None else rng.integers(0, 4, shapes[weights]) / 2
    y_pred = y_score >= thresholds
    outcomes = y_true & y_pred, ~y_true & y_pred, y_true & ~y_pred, ~y_true & ~y_pred
    of_cells = np.ones((1, 1)) if weight is None else weight.reshape(len(weight), -1)
    expected = [(cells * of_cells).sum(axis=0) for cells in outcomes]
    for decisions in (y_pred, Decisions(y_score, thresholds)):
        np.testing.assert_array_equal(confusion_counts(y_true, decisions, weight), expected)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_samples", [1, MAX_BYTE, MAX_BYTE + 1, 3000])
def test_all_cells_of_a_column_are_counted(n_samples, order):
    cells = np.ones((n_samples, 3), bool, order=order)
    np.testing.assert_array_equal(count_true(cells), [n_samples] * 3)


@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_of_counts_is_linear_in_the_labels(order):
    y_score = np.zeros((200, 50_000), np.float32, order=order)
    decisions = Decisions(y_score, np.full(50_000, 0.5, np.float32))
    y_true = np.zeros(y_score.shape, bool, order=order)
    assert peak_of(lambda: confusion_counts(y_true, decisions)) < 0.25 * y_score.nbytes


def test_sparse_labels_take_a_few_bytes_for_each_cell():
    y_true = sparse.random(2000, 2000, 0.001, format="csr", random_state=0)
    y_true.data[:] = 1.0
    assert peak_of(lambda: read_labels(y_true)) < 4 * 2000**2
    np.testing.assert_array_equal(read_labels(y_true).y_true, y_true.toarray() == 1)


def test_entries_of_sparse_labels_are_added_up():
    twice = sparse.coo_array(([1, 1], ([0, 0], [1, 1])), (2, 2))
    with pytest.raises(ValueError, match="Got 2 in row 0 of label 1"):
        read_labels(twice)
