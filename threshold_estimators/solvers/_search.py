"""Thresholds for any metric of the decisions: a search over quantiles of the scores.

The metric is a function ``value`` that maps decisions, (n_samples, n_labels) bool, to a float;
larger is better. Nothing else is known of it, so that the result is good but not exact.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float.
"""

import numpy as np

from ._cuts import between

# They bound the cost: calls of the metric for each label in a sweep, and the number of sweeps.
N_QUANTILES = 24
MAX_SWEEPS = 3
# So many distinct scores are all tried as the threshold of all labels. Of more, a grid that people
# write by hand, the quantiles, and then scores around the best of these.
MAX_DISTINCT = 256
N_GRID = 99
N_REFINED = 16
N_REFINEMENTS = 2


def coordinate_search(y_true, y_score, value, starts):
    """Thresholds found by moving one label at a time to its best quantile, from the best start.

    starts : list of (n_labels,) thresholds
    """
    # Quantiles of each label, as the metric is too slow to try all scores.
    candidates = [
        candidate_thresholds(positive, score)
        for positive, score in zip(y_true.T, y_score.T, strict=True)
    ]
    thresholds = max(starts, key=lambda start: value(y_score >= start)).copy()
    y_pred = y_score >= thresholds
    best = value(y_pred)
    for _ in range(MAX_SWEEPS):
        before = best
        for label, score in enumerate(y_score.T):
            for candidate in candidates[label]:
                y_pred[:, label] = score >= candidate
                # Decisions of one label change in place, those of the others stay.
                if (found := value(y_pred)) > best:
                    best, thresholds[label] = found, candidate
            y_pred[:, label] = score >= thresholds[label]
        if best == before:
            break
    return thresholds


def best_common_threshold(y_true, y_score, value):
    """The best threshold for all labels: of all scores if they are few, else by refinement.

    It is never worse than a grid of 99 thresholds from the lowest to the highest score, or from
    0.01 to 0.99 if all scores lie between 0 and 1.
    """
    distinct = np.unique(y_score)
    if len(distinct) <= MAX_DISTINCT:
        below = np.append(-np.inf, distinct[:-1]).astype(distinct.dtype)
        candidates = np.append(between(below, distinct), np.inf)
        return _best(candidates[::-1], y_score, value)[0]
    quantiles = candidate_thresholds(y_true.ravel(), y_score.ravel())
    candidates = np.unique(np.append(quantiles, _grid(distinct)))
    for _ in range(1 + N_REFINEMENTS):
        best, neighbours = _best(candidates[::-1], y_score, value)
        inside = distinct[slice(*np.searchsorted(distinct, neighbours))]
        chosen = inside[:: -(-len(inside) // N_REFINED) or 1]
        candidates = np.append(chosen, best)
    return best


def _grid(distinct):
    """The thresholds that people write: 0.01 to 0.99, or as many between the extreme scores."""
    lowest, highest = distinct[0], distinct[-1]
    if lowest >= 0 and highest <= 1:
        lowest, highest = 0, 1
    return np.linspace(lowest, highest, N_GRID + 2)[1:-1].astype(distinct.dtype)


def _best(candidates, y_score, value):
    """(best, neighbours): the first of the best candidates, descending or not, and those beside it.

    neighbours : (2,) the next lower and the next higher candidate
    """
    best = max(candidates, key=lambda threshold: value(y_score >= threshold))
    lower, higher = candidates[candidates < best], candidates[candidates > best]
    return best, (lower.max(initial=-np.inf), higher.min(initial=np.inf))


def candidate_thresholds(positive, score, n_quantiles=N_QUANTILES):
    """Descending thresholds at quantiles of all scores and of those of positives; "never" first.

    positive, score : (n_samples,). All distinct scores are candidates if they are few.
    """
    distinct = np.unique(score)
    chosen = distinct
    if len(distinct) > n_quantiles:
        # Quantiles of positives as well: few samples of a rare label lie near its best threshold.
        probability = np.linspace(0, 1, n_quantiles // 2)
        groups = [group for group in (score, score[positive]) if len(group)]
        chosen = np.unique([np.quantile(group, probability, method="nearest") for group in groups])
    # Thresholds lie in the middle between a chosen score and the next lower one.
    next_lower = np.append(-np.inf, distinct).astype(score.dtype)
    below = next_lower[np.searchsorted(distinct, chosen)]
    return np.append(between(below, chosen), np.inf).astype(score.dtype)[::-1]
