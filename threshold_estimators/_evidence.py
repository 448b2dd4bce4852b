"""What rows say of their labels, shrunk towards what all labels say together.

    bins ─► common scale ─► curve of each label ─► evidence: own rows mixed with the curve

Shapes: arrays of bins (n_labels, n_bins) from the highest score down, arrays of cuts (n_labels, n_bins + 1).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import isotonic_regression

# Each lies on a plateau: half or twice of it moves scores on new rows no more than another seed does.
GROUPS = 200  # steps of the pooled calibration
SMOOTHING = 3.0  # rows at the base rate added to each of its steps
HALF_WAY = 100.0  # positives at which a label's own rows weigh as much as its curve
PRIOR_MEAN, PRIOR_COVARIANCE = np.array([0.0, 1.0]), np.diag([1.0, 0.25])
TINY = 1e-12


class Evidence(NamedTuple):
    """Labels of rows mixed with their probability: a frequent label trusts its rows, a rare one the curve.

    probability : (n_labels, n_bins) probability of a positive
    own : (n_labels, 1) weight of the label's own rows
    """

    probability: np.ndarray
    own: np.ndarray

    def counts(self, pos, neg):
        """(tp, fp, fn, tn) at every cut."""
        total = pos + neg
        pos = self.own * pos + (1 - self.own) * self.probability * total
        tp, fp = np.zeros((2, pos.shape[0], pos.shape[1] + 1))
        np.cumsum(pos, axis=1, out=tp[:, 1:])
        np.cumsum(total - pos, axis=1, out=fp[:, 1:])
        return tp, fp, tp[:, -1:] - tp, fp[:, -1:] - fp


def shrunk_evidence(bins, z):
    """Evidence of the bins, given their scores on the common scale; own rows weigh with those of the scarcer class."""
    probability = _label_curves(bins, _pooled_log_odds(bins, z))
    n_pos, n_neg = bins.pos.sum(1, keepdims=True), bins.neg.sum(1, keepdims=True)
    # No curve speaks for predicting a label that was never seen, nor for leaving out one that was never missing.
    probability = np.where(n_pos == 0, 0.0, np.where(n_neg == 0, 1.0, probability))
    scarcer = np.minimum(n_pos, n_neg)
    return Evidence(probability, scarcer / (scarcer + HALF_WAY))


def common_scale(bins):
    """Log odds of a positive given its score, all labels together: (to_z, to_score), each other's inverse.

    The calibration is isotonic and knows the pooled order of the scores only, so any scores will do.
    """
    filled = (bins.pos + bins.neg).ravel() > 0
    score, inverse = np.unique(bins.mid.ravel()[filled], return_inverse=True)
    pos, neg = (np.bincount(inverse, part.ravel()[filled]) for part in (bins.pos, bins.neg))
    size, step = pos + neg, _steps_of_equal_information(pos, neg)
    level, step_size = _step_levels(np.bincount(step, pos), np.bincount(step, size))
    # The steps are joined at their centres, linearly in the log odds of the pooled rank.
    total = size.sum()
    centre, rank = (np.log(c) - np.log(np.maximum(total - c, TINY)) for c in map(_centres, (step_size, size)))
    z = np.interp(rank, centre, logit(np.clip(level, TINY, 1 - TINY))) + np.linspace(0, 1e-3, len(rank))
    lowest = min(score[0], bins.low.min())
    room = 1e-6 * (score[-1] - lowest) + 8 * np.spacing(max(abs(lowest), abs(score[-1])))
    score = np.concatenate([[lowest - room], score, [score[-1] + room]])
    z = np.concatenate([[z[0] - 1], z, [z[-1] + 1]])
    return (lambda s: _interpolate(s, score, z)), (lambda v: _interpolate(v, z, score))


def _steps_of_equal_information(pos, neg):
    """Step of each score, ascending: steps have equal sums of the shares of all positives and of all negatives."""
    share = sum(part[::-1].cumsum()[::-1] / max(part.sum(), TINY) for part in (pos, neg)) / 2
    return np.unique(-np.minimum((share * GROUPS).astype(int), GROUPS - 1), return_inverse=True)[1]


def _step_levels(pos, size):
    """(share of positives, size) of the steps of an isotonic calibration."""
    weight = size + SMOOTHING
    level = isotonic_regression((pos + SMOOTHING * pos.sum() / size.sum()) / weight, sample_weight=weight)
    first = np.flatnonzero(np.append(True, np.diff(level) > 0))
    return level[first], np.add.reduceat(size, first)


def _interpolate(x, xp, fp):
    """As numpy.interp, whose slopes overflow between scores that are next to equal."""
    i = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    part = np.clip((x - xp[i]) / (xp[i + 1] - xp[i]), 0, 1)
    return fp[i] * (1 - part) + fp[i + 1] * part


def _centres(size):
    """Rank of the middle of each of several bins in a row."""
    return size.cumsum(-1) - size / 2


def _pooled_log_odds(bins, z):
    """Log odds of each bin by one logistic regression for all labels: on its score, and on its rank in units of the
    label's positives.
    """
    total = bins.pos + bins.neg
    n_pos = bins.pos.sum(1, keepdims=True)
    rank = np.maximum(_centres(total), 0.5)
    # Between equal rows and equal labels.
    weight = np.where(n_pos > 0, 1 / np.sqrt(np.maximum(n_pos, 1)), 0)
    weight = weight * n_pos.sum() / max((weight * n_pos).sum(), TINY)
    x = np.stack([np.ones_like(z), z, np.log((n_pos + 0.5) / rank)], -1).reshape(-1, 3)
    pos, total = (weight * bins.pos).ravel(), (weight * total).ravel()
    start = np.array([0.0, 1.0, 0.0])
    theta, ridge = start, 0.01
    for _ in range(30):
        p = expit(x @ theta)
        gradient = x.T @ (pos - total * p) - ridge * (theta - start)
        hessian = (x * (total * p * (1 - p))[:, np.newaxis]).T @ x + ridge * np.eye(3)
        step = np.linalg.solve(hessian, gradient)
        theta = theta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-4:
            break
    return (x @ theta).reshape(z.shape)


def _label_curves(bins, eta):
    """P(positive | bin) of each label.

    Its log odds are a + b eta with (a, b) normal across labels; mean and covariance by EM. One imagined label with
    the prior covariance keeps it sane when labels are few; a single label is shrunk towards the common formula.
    """
    n_labels, total = len(eta), bins.pos + bins.neg
    mean, covariance = PRIOR_MEAN, PRIOR_COVARIANCE
    theta = np.tile(mean, (n_labels, 1))
    for n_newton_steps in [4] + 14 * [1]:
        precision = np.linalg.inv(covariance)
        for _ in range(n_newton_steps):
            p = expit(theta[:, :1] + theta[:, 1:] * eta)
            rest, curvature = bins.pos - total * p, total * p * (1 - p)
            gradient = np.stack([rest.sum(1), (rest * eta).sum(1)], 1) - (theta - mean) @ precision
            moments = [(curvature * power).sum(1) for power in (1, eta, eta, eta**2)]
            spread = np.linalg.inv(np.stack(moments, 1).reshape(-1, 2, 2) + precision)
            theta = theta + np.clip(np.einsum("lij,lj->li", spread, gradient), -1, 1)
        mean = theta.mean(0) if n_labels > 1 else mean
        apart = theta - mean
        covariance = (PRIOR_COVARIANCE + apart.T @ apart + spread.sum(0)) / (1 + n_labels)
    return expit(theta[:, :1] + np.maximum(theta[:, 1:], 0) * eta)
