"""Counts of each label, shrunk towards a curve that all labels share: partial pooling.

1. Isotonic calibration of all labels together gives a common scale, the log odds of a positive.
2. One logistic regression for all labels gives the common curve: log odds from the place on the
   common scale and from the rank of the score within its label.
3. Each label shifts and stretches the common curve. The two parameters of the labels are normal
   around a mean; empirical Bayes estimates mean and covariance by an approximate EM algorithm.
4. Soft counts mix the label's observed positives with the expected ones of its curve.

Shapes: arrays of bins (n_labels, n_bins), arrays of cuts (n_labels, n_bins + 1).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import isotonic_regression

from ..core import blocks

N_KNOTS = 4000  # of the common scale
BINS_FITTED_TOGETHER = 3  # curves are smooth, so neighbouring bins are fitted as one
FIRST_STEPS = 2  # of Newton's method in the first round of EM
MORE_ROUNDS = 6  # of EM, each with one step of Newton's method
TOLERANCE_OF_COMMON_CURVE = 1e-4  # largest step of a parameter at convergence
TOLERANCE_OF_LABEL_CURVES = 0.02
RIDGE = 0.01
CELLS_AT_ONCE = 2**14  # few enough bins for a processor's cache
# Not sensitive: halving or doubling any of the next three changes out-of-sample scores less than
# another seed does.
N_STEPS = 200  # of the isotonic calibration, at most
SMOOTHING = 3.0  # samples at the base rate that are added to each of its steps
HALF_WEIGHT = 100.0  # positives at which observed counts and the curve weigh the same
PRIOR_MEAN = np.array([0.0, 1.0])
PRIOR_COVARIANCE = np.diag([1.0, 0.25])
TINY = 1e-12


class SoftCounts(NamedTuple):
    """Counts of positives mixed with their expectation.

    A frequent label relies on its own samples, a rare one on its curve.

    probability : (n_labels, n_bins) probability of a positive, by the label's curve
    own_weight : (n_labels, 1) weight of the label's own samples
    unit : (n_labels, 1) weight of one sample, or 1.0 where samples of all labels weigh the same
    """

    probability: np.ndarray
    own_weight: np.ndarray
    unit: np.ndarray | float = 1.0

    def take(self, labels):
        """Soft counts of some of the labels."""
        unit = self.unit if np.isscalar(self.unit) else self.unit[labels]
        return SoftCounts(self.probability[labels], self.own_weight[labels], unit)

    def at_cuts(self, pos, neg):
        """(tp, fp) at every cut in units of weight, linear in the number of samples.

        pos, neg : (..., n_labels, n_bins); tp, fp : (..., n_labels, n_bins + 1)
        """
        total = pos + neg
        pos = self.own_weight * pos + (1 - self.own_weight) * self.probability * total
        if not np.isscalar(self.unit):
            pos, total = self.unit * pos, self.unit * total
        return _cumulated(pos), _cumulated(total - pos)


def _cumulated(counts):
    """Sums over the first k bins for k = 0, 1, ..., n_bins."""
    sums = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1))
    np.cumsum(counts, axis=-1, out=sums[..., 1:])
    return sums


def all_counts(tp, fp):
    """(tp, fp, fn, tn) at every cut; the last cut predicts all samples."""
    return tp, fp, tp[..., -1:] - tp, fp[..., -1:] - fp


def fit_soft_counts(bins, z):
    """Soft counts of bins. z : (n_labels, n_bins) the bins' middles on the common scale"""
    probability = _probabilities(bins.pos, bins.pos + bins.neg, z)
    n_pos, n_neg = bins.pos.sum(axis=1, keepdims=True), bins.neg.sum(axis=1, keepdims=True)
    # With samples of one class only, the curve is that class.
    probability[n_neg[:, 0] == 0] = 1
    probability[n_pos[:, 0] == 0] = 0
    scarcer = np.minimum(n_pos, n_neg)
    return SoftCounts(probability, scarcer / (scarcer + HALF_WEIGHT))


def _probabilities(pos, total, z):
    """P(positive | bin) of each label, with log odds a + b eta; eta is the common curve."""
    # Curves are fitted to few wide bins and evaluated at all bins.
    n_pos = pos.sum(axis=1, keepdims=True)
    first = np.arange(0, z.shape[1], BINS_FITTED_TOGETHER)
    wide_pos = np.add.reduceat(pos, first, axis=1)
    wide_total = np.add.reduceat(total, first, axis=1)
    wide_z = np.add.reduceat(total * z, first, axis=1) / np.maximum(wide_total, TINY)
    x = _features(wide_total, n_pos, wide_z)

    theta = _common_curve(wide_pos, wide_total, n_pos, x)
    a, b = _label_curves(wide_pos, wide_total, np.tensordot(theta, x, 1))[:, :, np.newaxis]
    # A negative slope is noise: the probability rises with the score.
    return expit(a + np.maximum(b, 0) * np.tensordot(theta, _features(total, n_pos, z), 1))


class CommonScale(NamedTuple):
    """Log odds of a positive given its score, all labels together; linear between knots.

    score, log_odds : (n_knots,) strictly ascending
    """

    score: np.ndarray
    log_odds: np.ndarray

    def from_score(self, score):
        """Place of scores on the common scale."""
        return _interpolate(score, self.score, self.log_odds)

    def to_score(self, log_odds):
        """Scores at places of the common scale."""
        return _interpolate(log_odds, self.log_odds, self.score)


def fit_common_scale(bins):
    """Isotonic calibration of all labels, smoothed to be invertible.

    It depends on the order of the scores only, so scores of any kind will do.
    """
    order = np.argsort(bins.mid, axis=None)
    ordered = bins.mid.ravel()[order]
    score, pos, neg = _at_knots(ordered, bins.pos.ravel()[order], bins.neg.ravel()[order])
    size = pos + neg
    step = _steps_of_equal_information(pos, neg)
    level, step_size = _isotonic_steps(np.bincount(step, pos), np.bincount(step, size))

    # Linear between the centres of the steps, in the log odds of the rank. The small slope that is
    # added makes the scale strictly rising, hence invertible.
    centre = _log_odds_of_rank(_centres(step_size), size.sum())
    rank = _log_odds_of_rank(_centres(size), size.sum())
    log_odds = np.interp(rank, centre, logit(np.clip(level, TINY, 1 - TINY)))
    log_odds += np.linspace(0, 1e-3, len(rank))

    # One more knot beyond each extreme score, for "never" and "always".
    lowest = min(score[0], bins.low.min())
    margin = 1e-6 * (score[-1] - lowest) + 8 * np.spacing(max(abs(lowest), abs(score[-1])))
    score = np.concatenate([[lowest - margin], score, [score[-1] + margin]])
    log_odds = np.concatenate([[log_odds[0] - 1], log_odds, [log_odds[-1] + 1]])
    return CommonScale(score, log_odds)


def _at_knots(score, pos, neg):
    """(score, pos, neg) at distinct scores in ascending order, at most about ``N_KNOTS``."""
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    every = len(last) // N_KNOTS + 1
    last = last[::-every][::-1]
    return score[last], _sums_up_to(last, pos), _sums_up_to(last, neg)


def _sums_up_to(last, counts):
    """Sums over groups of consecutive counts, given the last index of each group."""
    return np.diff(counts.cumsum()[last], prepend=0)


def _log_odds_of_rank(rank, total):
    return np.log(np.maximum(rank, TINY)) - np.log(np.maximum(total - rank, TINY))


def _steps_of_equal_information(pos, neg):
    """Step of each score, ascending.

    Steps hold equal sums of the fraction of all positives and of the fraction of all negatives.
    """
    fraction = (_fractions_from(pos) + _fractions_from(neg)) / 2
    group = np.minimum((fraction * N_STEPS).astype(int), N_STEPS - 1)
    is_new = group != np.append(group[0], group[:-1])
    return np.cumsum(is_new)


def _fractions_from(counts):
    """Fraction of the counts from each index to the end."""
    return counts[::-1].cumsum()[::-1] / max(counts.sum(), TINY)


def _isotonic_steps(pos, size):
    """(fraction of positives, size) of the steps of an isotonic calibration."""
    weight = size + SMOOTHING
    smoothed = (pos + SMOOTHING * pos.sum() / size.sum()) / weight
    level = isotonic_regression(smoothed, sample_weight=weight)
    first = np.flatnonzero(np.append(True, np.diff(level) > 0))
    return level[first], np.add.reduceat(size, first)


def _interpolate(x, xp, fp):
    """As numpy.interp for ascending ``fp``, without overflow of slopes; never falls."""
    i = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    fraction = np.clip((x - xp[i]) / (xp[i + 1] - xp[i]), 0, 1)
    # The difference of huge values might overflow, half of it does not.
    half = (fp[i + 1] / 2 - fp[i] / 2) * fraction
    return np.minimum(fp[i] + half + half, fp[i + 1])


def _centres(size):
    """Rank of the middle of each of several consecutive bins."""
    return size.cumsum(-1) - size / 2


def _features(total, n_pos, z):
    """Constant, place on the common scale, log of n_pos / rank: (3, n_labels, n_bins)."""
    relative_rank = (n_pos + 0.5) / np.maximum(_centres(total), 0.5)
    return np.stack([np.ones_like(z), z, np.log(relative_rank)])


def _common_curve(pos, total, n_pos, x):
    """Coefficients of the features, (3,), by one ridge logistic regression for all labels."""
    # Weights between those of equal samples and those of equal labels.
    weight = np.where(n_pos > 0, 1 / np.sqrt(np.maximum(n_pos, 1)), 0)
    weight = weight * n_pos.sum() / max((weight * n_pos).sum(), TINY)
    x = x.reshape(3, -1)
    pos, total = (weight * pos).ravel(), (weight * total).ravel()

    # Newton's method from the common scale itself. Steps are clipped, so that it cannot diverge.
    start = np.array([0.0, 1.0, 0.0])
    theta = start
    for _ in range(30):
        gradient, hessian = -RIDGE * (theta - start), RIDGE * np.eye(3)
        for cells in blocks(x.shape[1], CELLS_AT_ONCE):
            slope, curvature = _likelihood_terms(pos[cells], total[cells], theta @ x[:, cells])
            gradient += x[:, cells] @ slope
            hessian += (x[:, cells] * curvature) @ x[:, cells].T
        step = np.linalg.solve(hessian, gradient)
        theta = theta + np.clip(step, -1, 1)
        if np.abs(step).max() < TOLERANCE_OF_COMMON_CURVE:
            break
    return theta


def _likelihood_terms(pos, total, log_odds):
    """First derivative of the binomial log likelihood in each log odds, and minus its second."""
    # tanh(log_odds / 2) is 2 p - 1, and faster than p.
    half = total / 2
    t = np.tanh(log_odds / 2)
    half_t = half * t
    return pos - half - half_t, (half - half_t * t) / 2


def _label_curves(pos, total, eta):
    """Parameters (a, b) of each label, (2, n_labels): its log odds are a + b eta.

    The prior enters as one pseudo-label, which regularises the covariance when labels are few. A
    single label has the prior's mean.
    """
    n_labels = len(eta)
    mean, covariance = PRIOR_MEAN[:, np.newaxis], PRIOR_COVARIANCE
    theta = np.tile(mean, n_labels)
    for n_newton_steps in [FIRST_STEPS] + MORE_ROUNDS * [1]:
        # E step: Laplace's approximation of each label's posterior.
        precision = np.linalg.inv(covariance)
        for _ in range(n_newton_steps):
            gradient, information = _likelihood_derivatives(pos, total, eta, theta)
            posterior_covariance = _inverses(information + precision[:, :, np.newaxis])
            slope = gradient - precision @ (theta - mean)
            step = (posterior_covariance * slope).sum(axis=1)
            theta = theta + np.clip(step, -1, 1)

        # M step: mean and covariance across labels.
        if n_labels > 1:
            mean = theta.mean(axis=1, keepdims=True)
        deviation = theta - mean
        scatter = PRIOR_COVARIANCE + deviation @ deviation.T + posterior_covariance.sum(axis=2)
        covariance = scatter / (1 + n_labels)
        if np.abs(step).max() < TOLERANCE_OF_LABEL_CURVES:
            break
    return theta


def _likelihood_derivatives(pos, total, eta, theta):
    """Gradient (2, n_labels) and information (2, 2, n_labels) of each label's log likelihood."""
    n_labels, n_bins = eta.shape
    gradient, information = np.empty((2, n_labels)), np.empty((2, 2, n_labels))
    for labels in blocks(n_labels, CELLS_AT_ONCE, n_bins):
        a, b = theta[:, labels, np.newaxis]
        x = eta[labels]
        slope, curvature = _likelihood_terms(pos[labels], total[labels], a + b * x)
        curvature_x = curvature * x
        gradient[:, labels] = slope.sum(axis=1), np.einsum("lb,lb->l", slope, x)
        information[0, 0, labels] = curvature.sum(axis=1)
        information[0, 1, labels] = information[1, 0, labels] = curvature_x.sum(axis=1)
        information[1, 1, labels] = np.einsum("lb,lb->l", curvature_x, x)
    return gradient, information


def _inverses(matrices):
    """Inverse of each of n symmetric matrices, (2, 2, n)."""
    a, b, c = matrices[0, 0], matrices[0, 1], matrices[1, 1]
    return np.array([[c, -b], [-b, a]]) / (a * c - b * b)
