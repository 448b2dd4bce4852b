"""From scores and a formula of the confusion counts to the thresholds that maximise it.

A formula maps arrays (tp, fp, fn, tn) to an array of values, larger is better. Solvers know nothing of which formula it
is, so a new objective needs no new solver. Among equally good cuts the highest wins: fewest labels are predicted.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None.
"""

import numpy as np
from sklearn.isotonic import isotonic_regression

from ._counts import class_weights
from ._cuts import between, cuts_at_all_scores, cuts_at_positives
from ._labels import each_label
from ._narrowing import best_cut, cuts_between_prices, sampled_counts

# What the search for an unknown metric may cost: calls of the metric for each label in a sweep, and sweeps.
N_QUANTILES = 24
MAX_SWEEPS = 3

MOST_PRICES = 6  # that are tried on a sample
MOST_RANGES = 3  # of prices that are looked at before all of them are
ROUNDING = 1e-4  # of a price that is found by differences
PRICE_MARGINS = -0.12, 0.06  # around a likely price, in log odds; samples promise too much, which makes it too high


def label_by_label(y_true, y_score, sample_weight, formulas, monotone):
    """Thresholds that maximise the formula of each label alone, hence any average of them. Exact."""

    def best(positive, score, formula):
        if monotone and sample_weight is None:
            return best_cut(positive, score, formula)
        cuts = cuts_at_all_scores(positive, score, sample_weight)
        if monotone:
            cuts = cuts.of_positives()
        return cuts.neighbours(_last_argmax(formula(*cuts.counts())))

    return between(*np.array(each_label(best, y_true, y_score, formulas), y_score.dtype).T)


def pooled_counts(y_true, y_score, sample_weight, formula, is_linear_ratio):
    """Thresholds that maximise the formula of the counts summed over labels.

    Whatever the labels' cuts, the summed (fp, tp) lie under the sum of the labels' convex hulls, and its corners are
    found by taking the edges of all hulls in the order of their slope. A ratio of linear functions has its maximum at
    a corner, so for F-beta, Jaccard and their like the sweep over the corners is exact; for any other formula it is
    the best corner.

    Such a ratio says at its value what a predicted row costs in true positives, its price (Dinkelbach). If the price at
    the best corner between two prices lies between them, the corner is best at its own price, and so the best of all.
    """
    if sample_weight is None and is_linear_ratio:
        thresholds = _best_near_a_price(y_true, y_score, formula)
        if thresholds is not None:
            return thresholds
    n_pos, n_neg = map(np.sum, class_weights(y_true, sample_weight))

    def hull(positive, score):
        if sample_weight is None:
            return _upper_hull(cuts_at_positives(positive, score))
        return _upper_hull(cuts_at_all_scores(positive, score, sample_weight).of_positives())

    def value(tps, fps):
        # The totals are sums in another order, so the rest may come out below zero by a rounding error.
        return formula(tps, fps, np.maximum(n_pos - tps, 0), np.maximum(n_neg - fps, 0))

    return _best_corner(each_label(hull, y_true, y_score), value, y_score.dtype)[0]


def _best_near_a_price(y_true, y_score, formula):
    """Thresholds of the best corner for a ratio of linear functions, None where its price was not found."""
    n_pos, n_neg = map(np.sum, class_weights(y_true))

    def value(tps, fps):
        return formula(tps, fps, n_pos - tps, n_neg - fps)

    def hull(positive, score):
        return _upper_hull(cuts_between_prices(positive, score, low, high))

    price = _sampled_price(np.array(each_label(sampled_counts, y_true, y_score)), value)
    for _ in range(MOST_RANGES):
        low, high = (1 / (1 + (1 / price - 1) * np.exp(-margin)) for margin in PRICE_MARGINS)
        thresholds, sums = _best_corner(each_label(hull, y_true, y_score), value, y_score.dtype)
        price = _price(value, *sums)
        if low * (1 + ROUNDING) < price < high * (1 - ROUNDING):
            # To let nothing through may be 0/0, which no price tells the value of.
            return thresholds if value(*np.zeros((2, 1))) < value(*np.reshape(sums, (2, 1))) else None
    return None


def _sampled_price(counts, value):
    """Price at the best corner as samples have it: at each price every label decides alone, which makes a better one.

    counts : (n_labels, 2, n_cuts), (tp, fp) at some cuts
    """
    tps, fps = counts.swapaxes(0, 1)
    price = 0.3
    for _ in range(MOST_PRICES):
        best = np.argmax(tps * (1 - price) - fps * price, axis=1)[:, np.newaxis]
        price = _price(value, *(np.take_along_axis(part, best, axis=1).sum() for part in (tps, fps)))
    return price


def _price(value, tp, fp):
    """What a predicted row costs in true positives where the value stays the same, by the slope of the value."""
    step = 1e-6 * (tp + fp)
    at, risen, fallen = value(tp + np.array([0, step, 0]), fp + np.array([0, 0, step]))
    price = (at - fallen) / (risen - fallen) if risen > fallen else 0.0
    return np.clip(price, 1e-9, 1 - 1e-9)


def _best_corner(hulls, value, dtype):
    """(thresholds, (tp, fp)) of the best corner of the sum of the labels' hulls."""
    d_tps, d_fps = (np.concatenate([np.diff(hull[part]) for hull in hulls]) for part in (1, 2))
    label = np.repeat(np.arange(len(hulls)), [len(hull[1]) - 1 for hull in hulls])
    steepness = d_tps / (d_tps + d_fps)
    order = np.argsort(-steepness, kind="stable")
    first = (sum(hull[part][0] for hull in hulls) for part in (1, 2))
    tps, fps = (np.cumsum(np.append(start, steps[order])) for start, steps in zip(first, (d_tps, d_fps), strict=True))
    values = value(tps, fps)
    # Between edges of one slope is no corner, and which of them comes first would depend on the order of the labels.
    is_corner = np.append(True, np.diff(steepness[order], append=-1.0) < 0)
    best = np.argmax(np.where(is_corner, values, -np.inf))
    corners = np.bincount(label[order[:best]], minlength=len(hulls))
    thresholds = np.array([hull[0][corner] for hull, corner in zip(hulls, corners, strict=True)], dtype)
    return thresholds, (tps[best], fps[best])


def sum_of_gains(y_true, y_score, gains):
    """Thresholds that maximise the sum over rows of the gains of predicting each cell. Exact.

    gains : functions of the (n_samples,) labels, one for each label
    """

    def best(positive, score, gain):
        # A row's gain counts as a positive weight of any sign; the cuts do not care.
        cuts = cuts_at_all_scores(np.ones(len(score), bool), score, gain(positive))
        return cuts.neighbours(_last_argmax(cuts.tps))

    return between(*np.array(each_label(best, y_true, y_score, gains), y_score.dtype).T)


def coordinate_search(y_true, y_score, value, starts):
    """Best thresholds found by moving one at a time to the best of a few quantiles of its scores, until none moves.

    value : maps (n_samples, n_labels) bool decisions to a float; starts : list of (n_labels,) thresholds
    """
    cuts = [candidates(positive, score) for positive, score in zip(y_true.T, y_score.T, strict=True)]
    thresholds = max(starts, key=lambda start: value(y_score >= start)).copy()
    y_pred = y_score >= thresholds
    best = value(y_pred)
    for _ in range(MAX_SWEEPS):
        before = best
        for label, score in enumerate(y_score.T):
            for candidate in cuts[label]:
                y_pred[:, label] = score >= candidate
                if (found := value(y_pred)) > best:
                    best, thresholds[label] = found, candidate
            y_pred[:, label] = score >= thresholds[label]
        if best == before:
            break
    return thresholds


def best_of_quantiles(y_true, y_score, value):
    """The best common threshold among quantiles of all scores, for any value of the decisions."""
    cuts = candidates(y_true.ravel(), y_score.ravel())
    return max(cuts, key=lambda cut: value(y_score >= cut))


def candidates(y_true, y_score):
    """Thresholds at quantiles of the positives' scores and of all, or all there are if few; "never" comes first."""
    distinct = np.unique(y_score)
    chosen = distinct
    if len(distinct) > N_QUANTILES:
        probability = np.linspace(0, 1, N_QUANTILES // 2)
        some = [scores for scores in (y_score, y_score[y_true]) if len(scores)]
        chosen = np.unique([np.quantile(scores, probability, method="nearest") for scores in some])
    below = np.append(-np.inf, distinct).astype(y_score.dtype)[np.searchsorted(distinct, chosen)]
    return np.append(between(below, chosen), np.inf).astype(y_score.dtype)[::-1]


def _upper_hull(cuts):
    """(thresholds, tps, fps) at the corners of the upper convex hull of a label's ROC curve, highest cut first.

    Pooling adjacent violators on the slopes of the curve is its convex hull: a pooled block is one edge.
    """
    tps, fps = cuts.tps[::-1], cuts.fps[::-1]
    corners = np.zeros(1, int)
    if len(tps) > 1:
        d_tps, d_fps = np.diff(tps), np.diff(fps)
        weight = d_tps + d_fps
        slope = isotonic_regression(d_tps / weight, sample_weight=weight, increasing=False)
        corners = np.r_[0, np.flatnonzero(np.diff(slope)) + 1, len(slope)]
    return cuts.thresholds(len(tps) - 1 - corners), tps[corners], fps[corners]


def _last_argmax(values):
    return len(values) - 1 - np.argmax(values[::-1])
