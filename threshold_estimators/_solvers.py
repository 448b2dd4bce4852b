"""From scores and a formula of the confusion counts to the thresholds that maximise it.

A formula maps arrays (tp, fp, fn, tn) to an array of values, larger is better. Solvers know nothing of which formula it
is, so a new objective needs no new solver. Among equally good cuts the highest wins: fewest labels are predicted.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None.
"""

from functools import partial

import numpy as np

from ._buckets import Buckets
from ._counts import class_weights
from ._cuts import between, cuts_at_all_scores, in_gaps
from ._hulls import Hulls, hull_of_rows, hulls_of_highest, hulls_within
from ._labels import each_block, each_label
from ._narrowing import are_few, best_cuts, share_of_highest

# What the search for an unknown metric may cost: calls of the metric for each label in a sweep, and sweeps.
N_QUANTILES = 24
MAX_SWEEPS = 3

MOST_PRICES = 20  # that are tried on counts in buckets
ROUNDING = 1e-4  # of a price that is found by differences


def label_by_label(y_true, y_score, sample_weight, formula_of, monotone):
    """Thresholds that maximise the formula of each label alone, hence any average of them. Exact.

    formula_of : makes labels, an int or an array that goes with counts, their formula
    """
    labels = np.arange(y_score.shape[1])
    if monotone and sample_weight is None:
        blocks = each_block(partial(best_cuts, formula_of=formula_of), y_true, y_score, labels)
        return in_gaps(y_score, *np.hstack(blocks))

    def best(positive, score, label):
        cuts = cuts_at_all_scores(positive, score, sample_weight)
        if monotone:
            cuts = cuts.of_positives()
        return cuts.neighbours(_last_argmax(formula_of(label)(*cuts.counts())))

    return between(*np.array(each_label(best, y_true, y_score, labels), y_score.dtype).T)


def pooled_counts(y_true, y_score, sample_weight, formula, is_linear_ratio):
    """Thresholds that maximise the formula of the counts summed over labels.

    A ratio of linear functions has its maximum at a corner of the sum of the labels' convex hulls, so for F-beta,
    Jaccard and their like the best corner is exact; for any other formula it is the best corner.
    """
    n_pos, n_neg = class_weights(y_true, sample_weight)
    all_pos, all_neg = n_pos.sum(), n_neg.sum()

    def value(tps, fps):
        # The totals are sums in another order, so the rest may come out below zero by a rounding error.
        return formula(tps, fps, np.maximum(all_pos - tps, 0), np.maximum(all_neg - fps, 0))

    if sample_weight is not None:
        hulls = each_label(lambda *label: hull_of_rows(*label, sample_weight), y_true, y_score)
        return _thresholds_at(Hulls.joined(hulls).best_corner(value), y_score)
    for search in (_best_of_highest, _best_near_a_price) if is_linear_ratio else ():
        corner = search(y_true, y_score, n_pos, value)
        if corner is not None:
            return _thresholds_at(corner, y_score)
    everywhere = np.full((2, y_score.shape[1]), np.inf) * [[-1], [1]]
    return _thresholds_at(
        Hulls.joined(each_block(hulls_within, y_true, y_score, *everywhere)).best_corner(value), y_score
    )


def _thresholds_at(corner, y_score):
    return in_gaps(y_score, corner.below, corner.above)


# A ratio of linear functions says at its value what a predicted row costs in true positives, its price (Dinkelbach).
# A corner that is the best of all corners at its own price is the best at all.


def _best_of_highest(y_true, y_score, n_pos, value):
    """The best corner among the highest cuts, None where a lower one might be better at its price.

    Where most labels are rare, sorting their highest rows costs less than counting all.
    """
    if not are_few(np.mean(share_of_highest(n_pos, len(y_score)))):
        return None
    hulls, n_neg = zip(*each_block(hulls_of_highest, y_true, y_score, n_pos), strict=True)
    corner = Hulls.joined(hulls).best_corner(value)
    # A lower cut lets all of these negatives through, and at most all positives.
    more_tp, more_fp = n_pos - corner.tps, np.concatenate(n_neg) - corner.fps
    is_best = all(np.all(more_tp * (1 - p) < more_fp * p) for p in _nearly(_price_at(corner, value)))
    return corner if is_best and _beats_nothing(corner, value) else None


def _best_near_a_price(y_true, y_score, n_pos, value):
    """The best corner between two prices, None where its own price does not lie between them."""
    buckets = Buckets(*map(np.concatenate, zip(*each_block(Buckets.of, y_true, y_score), strict=True)))
    prices = [_price_among(buckets.tps, fps, value) for fps in (buckets.fps, buckets.possible_fps())]
    low, high = min(prices) * (1 - 3 * ROUNDING), max(prices) * (1 + 3 * ROUNDING)
    gains = [lambda tps, fps, price=price: tps * (1 - price) - fps * price for price in (low, high)]
    hulls = each_block(hulls_within, y_true, y_score, *buckets.range_of_best(gains))
    corner = Hulls.joined(hulls).best_corner(value)
    lowest, highest = _nearly(_price_at(corner, value))
    return corner if low < lowest and highest < high and _beats_nothing(corner, value) else None


def _beats_nothing(corner, value):
    """Whether a corner beats letting nothing through, which may be 0/0, and no price tells the value of that."""
    return value(*np.zeros((2, 1))) < value(*_sums(corner))


def _sums(corner):
    return corner.tps.sum(keepdims=True), corner.fps.sum(keepdims=True)


def _price_at(corner, value):
    return _price(value, *(part[0] for part in _sums(corner)))


def _nearly(price):
    """A price is found by differences."""
    return price * (1 - ROUNDING), price * (1 + ROUNDING)


def _price_among(tps, fps, value):
    """Price at the best of some cuts: at each price every label decides alone, which makes a better one.

    tps, fps : (n_labels, n_cuts)
    """
    price = 0.3
    for _ in range(MOST_PRICES):
        best = np.argmax(tps - (tps + fps) * price, axis=1)[:, np.newaxis]
        before, price = price, _price(value, *(np.take_along_axis(part, best, axis=1).sum() for part in (tps, fps)))
        if price == before:
            break
    return price


def _price(value, tp, fp):
    """What a predicted row costs in true positives where the value stays the same, by the slope of the value."""
    step = 1e-6 * (tp + fp)
    at, risen, fallen = value(tp + np.array([0, step, 0]), fp + np.array([0, 0, step]))
    price = (at - fallen) / (risen - fallen) if risen > fallen else 0.0
    return np.clip(price, 1e-9, 1 - 1e-9)


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


def _last_argmax(values):
    return len(values) - 1 - np.argmax(values[::-1])
