"""What rows say of their labels, shrunk towards what all labels say together.

    bins ─► common scale ─► curve of each label ─► evidence: own rows mixed with the curve

Shapes: arrays of bins (n_labels, n_bins) from the highest score down, arrays of cuts (n_labels, n_bins + 1).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import isotonic_regression

from ..core import blocks

KNOTS = 4000  # scores at which the common scale is known
BINS_FITTED_TOGETHER = 3  # to which curves are fitted as if they were one
FIRST_STEPS, MORE_ROUNDS = (
    2,
    6,
)  # of Newton's method before the first round of EM, and rounds after it
ENOUGH_FOR_ALL, ENOUGH_FOR_LABELS = 1e-4, 0.02  # steps of the parameters that are as good as none
CELLS_AT_ONCE = 2**14  # of bins, few enough for a cache
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

    def of_labels(self, block):
        """Evidence of some of the labels."""
        return Evidence(self.probability[block], self.own[block])

    def predicted(self, pos, neg):
        """(tp, fp) at every cut, which are linear in the rows.

        pos, neg : (..., n_labels, n_bins) weight of rows; tp, fp : (..., n_labels, n_bins + 1)
        """
        total = pos + neg
        pos = self.own * pos + (1 - self.own) * self.probability * total
        tp, fp = np.zeros((2, *pos.shape[:-1], pos.shape[-1] + 1))
        np.cumsum(pos, axis=-1, out=tp[..., 1:])
        np.cumsum(total - pos, axis=-1, out=fp[..., 1:])
        return tp, fp


def all_counts(tp, fp):
    """(tp, fp, fn, tn) at every cut, of which the last predicts all rows."""
    return tp, fp, tp[..., -1:] - tp, fp[..., -1:] - fp


def shrunk_evidence(bins, z):
    """Evidence of the bins, given their scores on the common scale; own rows weigh with those of the scarcer class."""
    probability = _probabilities(bins.pos, bins.pos + bins.neg, z)
    n_pos, n_neg = bins.pos.sum(1, keepdims=True), bins.neg.sum(1, keepdims=True)
    # No curve speaks for predicting a label that was never seen, nor for leaving out one that was never missing.
    probability[n_neg[:, 0] == 0] = 1
    probability[n_pos[:, 0] == 0] = 0
    scarcer = np.minimum(n_pos, n_neg)
    return Evidence(probability, scarcer / (scarcer + HALF_WAY))


def _probabilities(pos, total, z):
    """P(positive | bin) of each label, by curves that are smooth enough to be fitted to several bins as one.

    The log odds of a label are a + b eta, where eta is a curve common to all labels.
    """
    n_pos = pos.sum(1, keepdims=True)
    first = np.arange(0, z.shape[1], BINS_FITTED_TOGETHER)
    pos, few, sums = (np.add.reduceat(part, first, axis=1) for part in (pos, total, total * z))
    x = _features(few, n_pos, sums / np.maximum(few, TINY))
    theta = _common_curve(pos, few, n_pos, x)
    a, b = _label_curves(pos, few, np.tensordot(theta, x, 1))[:, :, np.newaxis]
    return expit(a + np.maximum(b, 0) * np.tensordot(theta, _features(total, n_pos, z), 1))


def common_scale(bins):
    """Log odds of a positive given its score, all labels together: (z, to_z, to_score).

    z : (n_labels, n_bins) of the bins' middles; to_z, to_score : functions, each other's inverse

    The calibration is isotonic and knows the pooled order of the scores only, so any scores will do.
    """
    order = np.argsort(bins.mid, axis=None)
    ordered = bins.mid.ravel()[order]
    score, pos, neg = _rows_at_knots(
        ordered, *(part.ravel()[order] for part in (bins.pos, bins.neg))
    )
    size, step = pos + neg, _steps_of_equal_information(pos, neg)
    level, step_size = _step_levels(np.bincount(step, pos), np.bincount(step, size))
    # The steps are joined at their centres, linearly in the log odds of the pooled rank.
    centre, rank = (_log_odds_of_rank(_centres(part), size.sum()) for part in (step_size, size))
    knot = np.interp(rank, centre, logit(np.clip(level, TINY, 1 - TINY))) + np.linspace(
        0, 1e-3, len(rank)
    )
    lowest = min(score[0], bins.low.min())
    room = 1e-6 * (score[-1] - lowest) + 8 * np.spacing(max(abs(lowest), abs(score[-1])))
    score = np.concatenate([[lowest - room], score, [score[-1] + room]])
    knot = np.concatenate([[knot[0] - 1], knot, [knot[-1] + 1]])
    z = np.empty(bins.mid.size)
    z[order] = _interpolate(ordered, score, knot)  # faster in order
    return (
        z.reshape(bins.mid.shape),
        (lambda s: _interpolate(s, score, knot)),
        (lambda v: _interpolate(v, knot, score)),
    )


def _rows_at_knots(score, pos, neg):
    """(distinct scores, pos, neg) of bins in ascending order, neighbours put together where there are many."""
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    last = last[:: -(len(last) // KNOTS + 1)][::-1]
    return score[last], *(np.diff(part.cumsum()[last], prepend=0) for part in (pos, neg))


def _log_odds_of_rank(rank, total):
    return np.log(np.maximum(rank, TINY)) - np.log(np.maximum(total - rank, TINY))


def _steps_of_equal_information(pos, neg):
    """Step of each score, ascending: steps have equal sums of the shares of all positives and of all negatives."""
    share = sum(part[::-1].cumsum()[::-1] / max(part.sum(), TINY) for part in (pos, neg)) / 2
    group = np.minimum((share * GROUPS).astype(int), GROUPS - 1)
    return np.cumsum(group != np.append(group[0], group[:-1]))


def _step_levels(pos, size):
    """(share of positives, size) of the steps of an isotonic calibration."""
    weight = size + SMOOTHING
    level = isotonic_regression(
        (pos + SMOOTHING * pos.sum() / size.sum()) / weight, sample_weight=weight
    )
    first = np.flatnonzero(np.append(True, np.diff(level) > 0))
    return level[first], np.add.reduceat(size, first)


def _interpolate(x, xp, fp):
    """As numpy.interp for rising ``fp``, whose slopes overflow between scores that are next to equal; never falls."""
    i = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    part = np.clip((x - xp[i]) / (xp[i + 1] - xp[i]), 0, 1)
    half = (fp[i + 1] / 2 - fp[i] / 2) * part  # the whole might overflow
    return np.minimum(fp[i] + half + half, fp[i + 1])


def _centres(size):
    """Rank of the middle of each of several bins in a row."""
    return size.cumsum(-1) - size / 2


def _features(total, n_pos, z):
    """(3, n_labels, n_bins): a constant, the score, and the rank in units of the label's positives, as logarithm."""
    return np.stack([np.ones_like(z), z, np.log((n_pos + 0.5) / np.maximum(_centres(total), 0.5))])


def _common_curve(pos, total, n_pos, x):
    """(3,) of the features, by one logistic regression for all labels."""
    # Between equal rows and equal labels.
    weight = np.where(n_pos > 0, 1 / np.sqrt(np.maximum(n_pos, 1)), 0)
    weight = weight * n_pos.sum() / max((weight * n_pos).sum(), TINY)
    x, pos, total = x.reshape(3, -1), (weight * pos).ravel(), (weight * total).ravel()
    start = np.array([0.0, 1.0, 0.0])
    theta, ridge = start, 0.01
    for _ in range(30):
        gradient, hessian = -ridge * (theta - start), ridge * np.eye(3)
        for part in blocks(x.shape[1], CELLS_AT_ONCE):
            rest, curvature = _newton_terms(pos[part], total[part], theta @ x[:, part])
            gradient += x[:, part] @ rest
            hessian += (x[:, part] * curvature) @ x[:, part].T
        step = np.linalg.solve(hessian, gradient)
        theta = theta + np.clip(step, -1, 1)
        if np.abs(step).max() < ENOUGH_FOR_ALL:
            break
    return theta


def _newton_terms(pos, total, log_odds):
    """What a log likelihood gains, and how it bends, with each of the log odds."""
    half = total / 2
    lean = np.tanh(log_odds / 2)  # 2 p - 1, and faster than p
    leaning = half * lean
    return pos - half - leaning, (half - leaning * lean) / 2


def _label_curves(pos, total, eta):
    """(a, b) of each label, (2, n_labels), where its log odds of a positive are a + b eta.

    The pairs are normal across labels; mean and covariance by EM. One imagined label with the prior covariance keeps it
    sane when labels are few; a single label is shrunk towards the common formula.
    """
    n_labels = len(eta)
    parts = blocks(n_labels, CELLS_AT_ONCE, eta.shape[1])
    mean, covariance = PRIOR_MEAN[:, np.newaxis], PRIOR_COVARIANCE
    theta = np.tile(mean, n_labels)
    for n_newton_steps in [FIRST_STEPS] + MORE_ROUNDS * [1]:
        precision = np.linalg.inv(covariance)
        for _ in range(n_newton_steps):
            found = [
                _of_label_likelihoods(pos[part], total[part], eta[part], theta[:, part])
                for part in parts
            ]
            gradient, information = (
                np.concatenate(part, axis=-1) for part in zip(*found, strict=True)
            )
            spread = _inverses(information + precision[:, :, np.newaxis])
            step = (spread * (gradient - precision @ (theta - mean))).sum(1)
            theta = theta + np.clip(step, -1, 1)
        mean = theta.mean(1, keepdims=True) if n_labels > 1 else mean
        apart = theta - mean
        covariance = (PRIOR_COVARIANCE + apart @ apart.T + spread.sum(2)) / (1 + n_labels)
        if np.abs(step).max() < ENOUGH_FOR_LABELS:
            break
    return theta


def _of_label_likelihoods(pos, total, eta, theta):
    """Gradients (2, n_labels) of the labels' log likelihoods in (a, b), and their information (2, 2, n_labels)."""
    a, b = theta[:, :, np.newaxis]
    rest, curvature = _newton_terms(pos, total, a + b * eta)
    bent = curvature * eta
    gradient = np.stack([rest.sum(1), np.einsum("lb,lb->l", rest, eta)])
    across, second = bent.sum(1), np.einsum("lb,lb->l", bent, eta)
    return gradient, np.array([[curvature.sum(1), across], [across, second]])


def _inverses(matrices):
    """Inverse of each of many symmetric matrices: (2, 2, n)."""
    (a, b), (_, c) = matrices
    return np.array([[c, -b], [-b, a]]) / (a * c - b * b)
