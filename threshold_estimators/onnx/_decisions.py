"""The graph of the decision rules: at or above a threshold, within limits, outside a band."""

import numpy as np

from ..core import NO, UNDECIDED, YES
from ._graph import INT64


def rounded_up(graph, thresholds):
    """The smallest numbers of the graph's type that are not below the thresholds.

    A score of that type reaches the one if it reaches the other.
    """
    with np.errstate(over="ignore"):
        rounded = np.asarray(thresholds).astype(graph.dtype)
    return np.where(rounded < thresholds, np.nextafter(rounded, graph.dtype(np.inf)), rounded)


def decided(graph, y_score, thresholds, limits):
    """Node of 1 where a score is at least its threshold, within limits of labels, else 0."""
    thresholds = rounded_up(graph, thresholds)
    y_pred = graph.node("GreaterOrEqual", y_score, thresholds[np.newaxis])
    y_pred = graph.node("Cast", y_pred, to=INT64)
    if limits is None:
        return y_pred
    n_yes = graph.node("ReduceSum", y_pred, np.array([1]), keepdims=1)
    n_yes = graph.node("Max", n_yes, np.array([limits.min_labels]))
    n_yes = graph.node("Min", n_yes, np.array([limits.max_labels]))
    order = _by_preference(graph, y_score, thresholds)
    is_yes = graph.node("Less", np.arange(len(thresholds))[np.newaxis], n_yes)
    zeros = graph.node("Sub", y_pred, y_pred)
    return graph.node("ScatterElements", zeros, order, graph.node("Cast", is_yes, to=INT64), axis=1)


def _by_preference(graph, y_score, thresholds):
    """(n_samples, n_labels) indices of the labels, the largest margin first.

    Margins of infinite thresholds are infinite whatever the score, so among these labels the score
    decides. TopK puts the first of equal labels first.
    """
    groups = []
    for is_member in (thresholds == -np.inf, np.isfinite(thresholds), thresholds == np.inf):
        members = np.flatnonzero(is_member)
        if not len(members):
            continue
        key = graph.columns(y_score, members)
        if np.isfinite(thresholds[members[0]]):
            key = graph.node("Sub", key, thresholds[np.newaxis, members])
        ranked = graph.node("TopK", key, np.array([len(members)]), axis=1, largest=1, sorted=1)
        groups.append(graph.node("Gather", members, ranked[1], axis=0))
    return groups[0] if len(groups) == 1 else graph.node("Concat", *groups, axis=1)


def decided_outside(graph, y_score, bands):
    """Node of YES, NO, or UNDECIDED within a label's band."""
    lower, upper = (rounded_up(graph, of_side)[np.newaxis] for of_side in bands)
    yes, no, undecided = (np.array([[value]], np.int64) for value in (YES, NO, UNDECIDED))
    below = graph.node("Where", graph.node("Less", y_score, lower), no, undecided)
    return graph.node("Where", graph.node("GreaterOrEqual", y_score, upper), yes, below)
