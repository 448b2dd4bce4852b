"""The numbers behind the pictures: pure functions of arrays, which draw nothing.

y_true is (n_samples, n_labels) bool, y_score (n_samples, n_labels) float and sample_weight
(n_samples,), (n_samples, n_labels) or None. Functions of one label take one column of each.
"""

import re

import numpy as np

from ..core import (
    UNDECIDED,
    class_weights,
    confusion_counts,
    decide_outside,
    weighs_labels_alike,
    weight_of_label,
)
from ..objectives import Constrained, CountObjective, FBeta, HammingLoss, OfSmallerClass
from ..solvers import cuts_at_all_scores

# More bins than an axes has pixels. Four points in each bin give the same line as all points.
N_BINS = 2000
AVERAGES = ("micro", "macro", "weighted", "samples")


def label_cuts(y_true, y_score, sample_weight):
    """Confusion counts of one label at every distinct score, ascending, and at ``inf``.

    Samples of weight zero are ignored.
    """
    cuts = cuts_at_all_scores(y_true, y_score, sample_weight)
    # Solvers go from the highest threshold down. Pictures are read from left to right.
    return cuts._replace(scores=cuts.scores[::-1], tps=cuts.tps[::-1], fps=cuts.fps[::-1])


def cuts_of_labels(predictions, labels):
    """List of the cuts of each of `labels`, given checked Predictions."""
    y_true, y_score, weight = predictions.y_true, predictions.y_score, predictions.sample_weight
    return [
        label_cuts(y_true[:, label], y_score[:, label], weight_of_label(weight, label))
        for label in labels
    ]


def cut_index(scores, thresholds):
    """Index of the lowest candidate score that is at least the threshold: both decide alike."""
    return np.searchsorted(scores, thresholds)


def roc(cuts):
    """(n_cuts, 2) false and true positive rate at each cut; NaN without a sample of the class."""
    return np.column_stack([_fraction(cuts.fps, cuts.n_neg), _fraction(cuts.tps, cuts.n_pos)])


def precision_recall(cuts):
    """(n_cuts, 2) recall and precision at each cut; without predictions precision is 1."""
    predicted = cuts.tps + cuts.fps
    precision = np.divide(cuts.tps, predicted, out=np.ones_like(predicted), where=predicted > 0)
    return np.column_stack([_fraction(cuts.tps, cuts.n_pos), precision])


def prevalence(cuts):
    """Fraction of the samples of a label that are positive; NaN without samples."""
    return float(_fraction(cuts.n_pos, cuts.n_pos + cuts.n_neg))


def _fraction(count, total):
    return count / total if total > 0 else np.full(np.shape(count), np.nan)


def f1_at(y_true, y_score, thresholds, sample_weight):
    """(n_labels,) F1 of each label at its threshold; of bands, on the cells that they decide.

    thresholds : (n_labels,) or (2, n_labels) lower and upper ones
    """
    if np.ndim(thresholds) == 2:
        sample_weight = weight_of_decided(y_score, thresholds, sample_weight)
        thresholds = thresholds[1]
    return FBeta().formula(*confusion_counts(y_true, y_score >= thresholds, sample_weight))


def values_of(metric, y_true, y_pred, sample_weight):
    """(n_labels + n_averages,) metric of each label, then its averages; NaN where undefined."""
    of_labels = metric._averaged(None, y_true, y_pred, sample_weight)
    averages = [
        metric._averaged(average, y_true, y_pred, sample_weight)
        if average != "samples" or weighs_labels_alike(sample_weight)
        else np.nan
        for average in AVERAGES
    ]
    return np.append(of_labels, averages)


def weight_of_decided(y_score, bands, sample_weight):
    """(n_samples, n_labels) weights of the cells, 0 for those that bands leave undecided."""
    weight = np.ones(1) if sample_weight is None else sample_weight
    weight = weight if weight.ndim == 2 else weight[:, np.newaxis]
    return weight * (decide_outside(y_score, bands) != UNDECIDED)


def support(y_true, sample_weight):
    """(n_labels,) number of positive samples, or the sum of their weights."""
    if sample_weight is None:
        return np.count_nonzero(y_true, axis=0)
    return class_weights(y_true, sample_weight)[0]


def span(thresholds):
    """Lowest and highest of the thresholds of the folds, each (n_labels,); NaN if all are NaN.

    thresholds : (n_folds, n_labels), NaN where unknown
    """
    is_known = ~np.isnan(thresholds)
    lowest = np.min(thresholds, axis=0, initial=np.inf, where=is_known)
    highest = np.max(thresholds, axis=0, initial=-np.inf, where=is_known)
    is_empty = ~np.any(is_known, axis=0)
    return np.where(is_empty, np.nan, lowest), np.where(is_empty, np.nan, highest)


def thinned(x, y, n_bins=N_BINS):
    """Indices of enough points to draw the same line: in each bin of x four of them.

    These are the first, the last, the lowest and the highest point of the bin.

    x : (n_points,) ascending or descending; y : (n_points,)
    """
    if len(x) <= 4 * n_bins:
        return np.arange(len(x))
    position = np.floor((x - x[0]) / (x[-1] - x[0]) * n_bins)
    starts_bin = np.r_[True, position[1:] != position[:-1]]
    first = np.flatnonzero(starts_bin)
    last = np.append(first[1:], len(x)) - 1

    # Sorted by bin and then by y, the lowest point of a bin is its first, the highest its last.
    by_y = np.lexsort((y, np.cumsum(starts_bin)))
    return np.unique([first, last, by_y[first], by_y[last]])


def objective_name(objective):
    """Name of an objective in legends and headlines."""
    if isinstance(objective, Constrained):
        return objective_name(objective.objective)
    if isinstance(objective, FBeta):
        return f"F{objective.beta:g}"
    if isinstance(objective, OfSmallerClass):
        return f"{objective_name(objective.objective)} of the smaller class"
    # The class name as words: "MatthewsCorrelation" becomes "Matthews correlation".
    words = re.findall("[A-Z][a-z]*", type(objective).__name__)
    lower = [word if len(word) == 1 else word.lower() for word in words[1:]]
    name = " ".join([words[0], *lower])
    return f"minus {name}" if isinstance(objective, HammingLoss) else name


def is_of_labels(objective):
    """Whether an objective has a value for each label, which is a formula of the label's counts."""
    if isinstance(objective, Constrained):
        return is_of_labels(objective.objective)
    return isinstance(objective, CountObjective) and objective._form in ("labels", "micro")
