"""Thresholds at which a measure reaches a floor on new samples: labels help each other.

    each label's curve and its uncertainty -> draws of the counts of new samples at every cut
        -> a low quantile of the measure at every cut -> the best cut where it is above the floor

1. The curve P(positive | score) of a label has a normal posterior, whose prior is estimated from
   all labels (``_shrinkage.py``). Draws of the curve say what fraction of the samples above and
   below a cut is positive.
2. No curve is right. So it counts as ``CURVE_SIZE`` samples beside the label's own, above and below
   the cut each: the fraction is beta distributed around both. With many samples a label is judged
   by what was observed, whatever the shape of its curve.
3. The number of new samples above a cut is uncertain too, and beta distributed.
4. A cut is promised if the quantile of the draws is above the floor, and if the label's own samples
   do not speak against it.

Recall and specificity have an exact test (``solvers/_floors.py``). Curves leave more only where the
class has few samples, so the exact test is used wherever it would allow two errors. That depends on
the number of samples of the class alone.

``CURVE_SIZE``, ``CAUTION``, ``PLAUSIBLE`` and ``OF_ONE_CLASS`` were chosen by simulation, for
scores and curves of many kinds. The promise is approximate.

Shapes: arrays of cuts (n_labels, n_bins + 1), draws (n_draws, n_labels, n_bins + 1).
"""

import numpy as np

from ..core import blocks
from ..solvers import FloorTest, in_parts_of_samples, promised_label_by_label
from ._bagging import Pool
from ._shrinkage import TINY, all_counts, cumulated

CURVE_SIZE = 10.0  # samples that a curve is worth, where half of them are positive
CAUTION = 0.75  # fraction of the error that is allowed to the model
PLAUSIBLE, OF_ONE_LABEL = 0.4, 0.3  # error of the label's own samples; less for few labels
EXACT_ERRORS = 2  # that the exact test has to allow: few samples make it coarse
OF_ONE_CLASS = 0.5  # the same, as a fraction: a curve knows little of a class's lowest scores
MIN_DRAWS = 256
DRAWS_BEYOND_QUANTILE = 12
MAX_SHARE = 0.99  # of a bin that is predicted in part: its last sample is not
SEED = 0
CELLS_AT_ONCE = 2**20  # of draws


def promised_thresholds(objective, y_true, y_score, sample_weight):
    """Thresholds (n_labels,) that maximise a ``Constrained`` where its floor is promised.

    A label whose floor no threshold promises is predicted never, or always where that keeps it.
    """
    weight = in_parts_of_samples(sample_weight)
    pool = Pool.fit(y_true, y_score, weight)
    tests = [FloorTest.of(objective._for_labels(given)) for given in pool.order]
    thresholds = pool.in_given_order(_thresholds_of_pool(pool, tests, objective))

    # The exact test is preferred where it is not too coarse.
    n_pos, n_neg = pool.bins.pos.sum(axis=1), pool.bins.neg.sum(axis=1)
    error = 1 - objective.confidence
    exact = [
        given
        for given, test, *size in zip(pool.order, tests, n_pos, n_neg, strict=True)
        if test.is_of_one_class and test.is_decidable(*size, error, EXACT_ERRORS)
    ]
    if exact:
        weight = weight[:, exact] if np.ndim(weight) == 2 else weight
        data = y_true[:, exact], y_score[:, exact], weight
        thresholds[exact] = promised_label_by_label(objective._for_labels(exact), *data)
    return thresholds


def _thresholds_of_pool(pool, tests, objective):
    """Thresholds by the draws of every label, in the order of the pool."""
    low = _low_quantiles(pool, objective, (1 - objective.confidence) * CAUTION)
    at_least = np.array([test.at_least for test in tests])
    is_promised = (low >= at_least[:, np.newaxis]) & _are_plausible(pool, tests)
    values = objective.objective.formula(*pool.counts())
    values = np.where(np.isnan(values), -np.inf, values)
    best = np.where(is_promised, values, -np.inf).argmax(axis=1)
    thresholds = pool.thresholds(_places(pool, best, low, at_least, is_promised, values))

    safe_end = np.array([test.safe_end for test in tests])
    safe_end[np.isnan(safe_end)] = np.inf
    return np.where(is_promised.any(axis=1), thresholds, safe_end).astype(thresholds.dtype)


def _are_plausible(pool, tests):
    """Whether the own samples of each label agree with its floor at each cut."""
    observed = all_counts(cumulated(pool.bins.pos), cumulated(pool.bins.neg))
    # A few labels know the curve little better than one of them does.
    error = PLAUSIBLE - OF_ONE_LABEL / len(tests)
    return np.stack(
        [
            test.is_plausible(
                [count[label] for count in observed],
                error * OF_ONE_CLASS if test.is_of_one_class else error,
            )
            for label, test in enumerate(tests)
        ]
    )


def _places(pool, best, low, at_least, is_promised, values):
    """Places of the best promised cuts, moved to where the promise ends if more is better there."""
    place = pool.place(best)
    label = np.arange(len(best))
    last = values.shape[1] - 1
    for step, inner_score in ((1, pool.bins.low), (-1, pool.bins.mid)):
        better = np.clip(best + step, 0, last)
        is_better = ~is_promised[label, better] & (values[label, better] > values[label, best])
        # Samples of the bin between the two cuts are predicted in part.
        inner = pool.scale.from_score(
            inner_score[label, np.minimum(best, better).clip(0, last - 1)]
        )
        drop = np.where(is_better, low[label, best] - low[label, better], np.inf)
        share = (low[label, best] - at_least) / np.where(drop > 0, drop, np.inf)
        place = place + np.clip(share, 0, MAX_SHARE) * (inner - place)
    return place


def _low_quantiles(pool, objective, level):
    """Quantiles of the constraint's draws at every cut: (n_labels, n_bins + 1)."""
    n_draws = max(MIN_DRAWS, int(np.ceil(DRAWS_BEYOND_QUANTILE / level)))
    # The same numbers for every label: thresholds do not depend on the labels' order.
    normal = np.random.default_rng(SEED).normal(size=(8, n_draws, 1, 1))
    n_labels, n_bins = pool.bins.pos.shape
    low = np.empty((n_labels, n_bins + 1))
    for labels in blocks(n_labels, CELLS_AT_ONCE, n_draws * n_bins):
        curves, pos, neg = pool.curves.take(labels), pool.bins.pos[labels], pool.bins.neg[labels]
        values = objective.constraint.formula(*_draws(curves, pos, neg, normal))
        rank = int(level * n_draws)
        low[labels] = np.partition(values, rank, axis=0)[rank]
    return low


def _draws(curves, pos, neg, normal):
    """Fractions (tp, fp, fn, tn) of new samples at every cut.

    normal : (8, n_draws, 1, 1) standard normal numbers
    """
    a, b = _drawn_parameters(curves, normal[:2, :, :, 0])
    total = pos + neg
    expected = cumulated(curves.probability(a, b) * total)
    above = cumulated(total)
    below = above[:, -1:] - above
    tp = cumulated(pos)
    fp, fn = above - tp, tp[:, -1:] - tp

    share = _beta(above, below, *normal[2:4])
    of_above = _fraction(expected, above, tp, fp, *normal[4:6])
    of_below = _fraction(expected[..., -1:] - expected, below, fn, below - fn, *normal[6:8])
    return (
        share * of_above,
        share * (1 - of_above),
        (1 - share) * of_below,
        (1 - share) * (1 - of_below),
    )


def _drawn_parameters(curves, normal):
    """Draws of a and b, (2, n_draws, n_labels), from the posterior of each label."""
    (var_a, cov), (_, var_b) = curves.covariance
    sd_a = np.sqrt(np.maximum(var_a, TINY))
    slope = cov / sd_a
    sd_b = np.sqrt(np.maximum(var_b - slope**2, 0))
    mean_a, mean_b = curves.mean
    return mean_a + sd_a * normal[0], mean_b + slope * normal[0] + sd_b * normal[1]


def _fraction(expected, size, pos, neg, normal_pos, normal_neg):
    """Draws of the fraction of positives among ``size`` samples, ``expected`` of them by curve."""
    mean = np.clip(expected / np.maximum(size, TINY), 1e-4, 1 - 1e-4)
    # An information of CURVE_SIZE samples with half of them positive, at any fraction.
    curve_pos, curve_neg = CURVE_SIZE / 4 / (1 - mean), CURVE_SIZE / 4 / mean
    return _beta(curve_pos + pos, curve_neg + neg, normal_pos, normal_neg)


def _beta(pos, neg, normal_pos, normal_neg):
    """Beta distributed numbers, as shares of two gamma distributed ones."""
    gamma_pos, gamma_neg = _gamma(pos, normal_pos), _gamma(neg, normal_neg)
    return gamma_pos / np.maximum(gamma_pos + gamma_neg, TINY)


def _gamma(shape, normal):
    """Gamma distributed numbers: their cube root is about normal (Wilson and Hilferty 1931)."""
    at_least = np.maximum(shape, TINY)
    return shape * np.maximum(1 - 1 / (9 * at_least) + normal / (3 * np.sqrt(at_least)), 0) ** 3
