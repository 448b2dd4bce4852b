"""Whether the scores of a label rank its positive samples higher than chance would.

The measure is the area under the ROC curve, 0.5 by chance. Its standard error by chance is known
(Mann and Whitney 1947). The areas of all labels are shrunk towards their mean (DerSimonian and
Laird 1986), so that a rare label is judged by the others too, a single one by itself.

Shapes: arrays of bins (n_labels, n_bins).
"""

import numpy as np

STANDARD_ERRORS = 2.0  # by which an area must exceed that of chance
TINY = 1e-12


def shows_lift(pos, neg):
    """Whether there is evidence that scores of positives are higher: (n_labels,) bool."""
    area, variance = _areas(pos, neg)
    has_both = np.isfinite(variance)
    mean, variance = _shrunk(area[has_both], variance[has_both])
    found = np.zeros(len(area), bool)
    found[has_both] = mean - STANDARD_ERRORS * np.sqrt(variance) > 0.5
    return found


def _areas(pos, neg):
    """(area, its variance by chance) of each label; infinite without both classes."""
    n_pos, n_neg, total = pos.sum(axis=1), neg.sum(axis=1), pos + neg
    n_samples, n_pairs = n_pos + n_neg, n_pos * n_neg
    # Pairs in the same bin count half.
    above = pos.cumsum(axis=1) - pos / 2
    area = (neg * above).sum(axis=1) / np.maximum(n_pairs, TINY)
    tied = (total**3 - total).sum(axis=1) / np.maximum(n_samples * (n_samples - 1), TINY)
    variance = (n_samples + 1 - tied) / (12 * np.maximum(n_pairs, TINY))
    return area, np.where((n_pairs > 0) & (variance > TINY), variance, np.inf)


def _shrunk(area, variance):
    """(mean, variance) of areas, given those of all labels."""
    if len(area) < 2:
        return area, variance
    weight = 1 / variance
    spread = (weight * (area - np.average(area, weights=weight)) ** 2).sum() - (len(area) - 1)
    between = max(spread / (weight.sum() - (weight**2).sum() / weight.sum()), 0)
    weight = 1 / (variance + between)
    common, share = np.average(area, weights=weight), variance * weight
    return (share * common + (1 - share) * area, (1 - share) * variance + share**2 / weight.sum())
