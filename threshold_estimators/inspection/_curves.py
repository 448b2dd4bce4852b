"""The numbers behind the pictures: pure functions of arrays.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) float or
None; of one label they are columns of these.
"""

import numpy as np

from ..core import confusion_counts
from ..objectives import FBeta
from ..solvers import cuts_at_all_scores

# More than an axes has pixels, so that a line is the same with four points in each of these bins as with all.
BINS = 2000


def label_cuts(y_true, y_score, sample_weight):
    """Confusion counts of one label at every distinct score; rows without weight are as good as not there."""
    if sample_weight is not None:
        rows = sample_weight > 0
        y_true, y_score, sample_weight = y_true[rows], y_score[rows], sample_weight[rows]
    return cuts_at_all_scores(y_true, y_score, sample_weight)


def cut_of(cuts, thresholds):
    """Indices of the cuts that thresholds realise: the lowest score that is at least the threshold."""
    return np.searchsorted(cuts.scores, thresholds)


def roc(cuts):
    """(n_cuts, 2) false and true positive rate at each cut, NaN where a label has no row to take the share of."""
    return np.column_stack([_share(cuts.fps, cuts.n_neg), _share(cuts.tps, cuts.n_pos)])


def precision_recall(cuts):
    """(n_cuts, 2) recall and precision at each cut; where nothing is predicted, 1 as in scikit-learn's curve."""
    predicted = cuts.tps + cuts.fps
    precision = np.divide(cuts.tps, predicted, out=np.ones_like(predicted), where=predicted > 0)
    return np.column_stack([_share(cuts.tps, cuts.n_pos), precision])


def _share(part, total):
    return part / total if total > 0 else np.full_like(part, np.nan)


def f1_at(y_true, y_score, thresholds, sample_weight):
    """(n_labels,) F1 of each label at its threshold."""
    return FBeta().formula(*confusion_counts(y_true, y_score >= thresholds, sample_weight))


def support(y_true, sample_weight):
    """(n_labels,) number, or weight, of the positive rows."""
    return np.count_nonzero(y_true, axis=0) if sample_weight is None else sample_weight @ y_true


def span(thresholds):
    """Lowest and highest threshold of folds, (n_folds, n_labels), each (n_labels,); NaN where there is none."""
    known = ~np.isnan(thresholds)
    lowest = np.min(thresholds, axis=0, initial=np.inf, where=known)
    highest = np.max(thresholds, axis=0, initial=-np.inf, where=known)
    empty = ~np.any(known, axis=0)
    return np.where(empty, np.nan, lowest), np.where(empty, np.nan, highest)


def thinned(x, y, n_bins=BINS):
    """Indices of the points that a line through all is drawn with: first, last, lowest and highest in each bin of x.

    x : (n_points,) ascending or descending; y : (n_points,)
    """
    if len(x) <= 4 * n_bins:
        return np.arange(len(x))
    position = np.floor((x - x[0]) / (x[-1] - x[0]) * n_bins)
    starts = np.r_[True, position[1:] != position[:-1]]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(x)) - 1
    by_y = np.lexsort((y, np.cumsum(starts)))
    return np.unique([first, last, by_y[first], by_y[last]])
