"""Whether labels are predicted as often as before: exact tests, corrected for many labels.

Shapes: counts, shares and p-values (n_labels,).
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import hypergeom


class Decided(NamedTuple):
    """Decisions on some samples: numbers of samples, and of those that get each label."""

    n_predicted: np.ndarray
    n_samples: np.ndarray

    @classmethod
    def of_shares(cls, share, n_samples):
        """Whole numbers for the shares of an effective number of samples."""
        n_samples = np.rint(n_samples).astype(np.int64)
        return cls(np.rint(share * n_samples).astype(np.int64), n_samples)


def p_values(before, after):
    """p-value of Fisher's exact test, twice that of the smaller tail."""
    n_all = before.n_samples + after.n_samples
    n_predicted = before.n_predicted + after.n_predicted
    drawn = n_all, n_predicted, after.n_samples
    tails = (hypergeom.cdf(after.n_predicted, *drawn), hypergeom.sf(after.n_predicted - 1, *drawn))
    return np.clip(2 * np.minimum(*tails), 0, 1)


def tolerated(before, n_samples, level):
    """(lowest, highest) number of new samples with the label whose p-value is above a level."""
    expected = before.n_predicted * n_samples // np.maximum(before.n_samples, 1)

    def is_tolerated(n_predicted):
        return p_values(before, Decided(n_predicted, n_samples)) > level

    low = _last_tolerated(is_tolerated, expected, np.zeros_like(expected))
    return low, _last_tolerated(is_tolerated, expected, n_samples + np.zeros_like(expected))


def _last_tolerated(is_tolerated, inside, end):
    """The number farthest from ``inside`` that is tolerated, by bisection towards an end."""
    near, far = np.where(is_tolerated(end), end, inside), end
    while np.any(np.abs(far - near) > 1):
        middle = (near + far) // 2
        is_inside = is_tolerated(middle)
        near, far = np.where(is_inside, middle, near), np.where(is_inside, far, middle)
    return near


def error_of_mean(expected, observed, n_expected, n_labels_of_sample):
    """Standard error of the change of the mean number of labels of a sample.

    expected, observed : (n_labels,) shares of the samples that get each label, before and now
    n_labels_of_sample : (n_samples,) number of labels that each new sample gets
    """
    pooled = (observed + expected) / 2
    # Not less than that of independent labels: new samples may all get the same few labels.
    variance = max(n_labels_of_sample.var(), np.sum(pooled * (1 - pooled)))
    return np.sqrt(variance * (1 / max(n_expected, 1) + 1 / len(n_labels_of_sample)))


def holm(p, error):
    """(adjusted p-values, level that a p-value must not exceed to be rejected), by Holm's steps."""
    order, n_tests = np.argsort(p), len(p)
    steps = np.arange(n_tests, 0, -1)
    adjusted = np.empty(n_tests)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * steps), 1)
    n_rejected = int(np.sum(adjusted <= error))
    return adjusted, error / max(n_tests - n_rejected, 1)
