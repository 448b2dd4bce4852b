"""Confusion counts of predicted labels."""

import numpy as np


def confusion_counts(y_true, y_pred, sample_weight=None):
    """(tp, fp, fn, tn), each of shape (n_labels,).

    y_true, y_pred : (n_samples, n_labels) bool; sample_weight : (n_samples,) float or None
    """

    def weigh(cells):
        return np.count_nonzero(cells, axis=0).astype(float) if sample_weight is None else sample_weight @ cells

    tp, fp, fn = weigh(y_true & y_pred), weigh(y_pred & ~y_true), weigh(y_true & ~y_pred)
    return tp, fp, fn, weigh(~(y_true | y_pred))
