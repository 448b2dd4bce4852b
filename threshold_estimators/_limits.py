"""How many labels a row may have."""

from numbers import Integral
from typing import NamedTuple

import numpy as np


class Limits(NamedTuple):
    """Least and largest number of labels of a row."""

    min_labels: int
    max_labels: int


def check_limits(min_labels, max_labels, n_labels):
    """Limits for so many labels, or None where they limit nothing; a ValueError where they cannot be kept."""
    for name, limit, lowest in (("min_labels", min_labels, 0), ("max_labels", max_labels, 1)):
        if limit is not None and (not isinstance(limit, Integral) or isinstance(limit, bool) or limit < lowest):
            raise ValueError(f"{name!r} must be None or an integer of at least {lowest}. Got {limit!r} instead.")
    least = 0 if min_labels is None else int(min_labels)
    most = n_labels if max_labels is None else min(int(max_labels), n_labels)
    if least > n_labels:
        raise ValueError(f"'min_labels' must not exceed the number of labels, {n_labels}. Got {min_labels} instead.")
    if least > most:
        raise ValueError(f"'min_labels' must not exceed 'max_labels', {max_labels}. Got {min_labels} instead.")
    return None if (least, most) == (0, n_labels) else Limits(least, most)


def decide_within(y_score, thresholds, limits):
    """Decisions, where a row beyond a limit gets the labels whose scores are highest above their thresholds.

    y_score : (n_samples, n_labels); thresholds : (n_labels,)
    """
    y_pred = y_score >= thresholds
    n_labels = np.count_nonzero(y_pred, axis=1)
    allowed = np.clip(n_labels, *limits)
    rows = np.flatnonzero(allowed != n_labels)
    if len(rows):
        y_pred[rows] = _ranks(y_score[rows], thresholds) < allowed[rows, np.newaxis]
    return y_pred


def _ranks(y_score, thresholds):
    """Place of each label in its row, 0 for the one to be predicted first.

    The margin decides, among equals the order of labels. Margins of labels that are predicted always, or never, are
    equal whatever the score, so that among these the score decides.
    """
    with np.errstate(over="ignore"):
        margin = y_score - thresholds
    order = np.lexsort((np.where(np.isinf(margin), -y_score, 0), -margin), axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(order.shape[1])[np.newaxis], axis=1)
    return ranks
