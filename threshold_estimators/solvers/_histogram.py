"""Counts of samples in bins of their scores, which bound the best threshold of each label.

A value that rises with tp and falls with fp is bounded within a bin: by the positives predicted at
the bin's lower end and the negatives predicted at its upper end. Few bins can hold the best
threshold, so that few samples have to be sorted.

Shapes: positive (n_labels, n_samples) bool, score (n_labels, n_samples) float; values are functions
of arrays (tp, fp) of shape (n_labels, n_edges) that never fall with tp nor rise with fp.
"""

from typing import NamedTuple

import numpy as np

from ..core import tiles
from ._cuts import SIZES, may_reach

# A range with more of its samples above it ends at its upper edge. Else it is cheaper to sort them
# too than to count them.
FEW_ABOVE = 0.01


class Histogram(NamedTuple):
    """Counts of the samples of labels in bins of scores, of which the outer two are open.

    scale, origin : (n_labels, 1); a score lies in the bin floor(score * scale - origin)
    tps, fps : (n_labels, n_bins + 1) number of positive and of negative samples from a bin upwards
    """

    scale: np.ndarray
    origin: np.ndarray
    tps: np.ndarray
    fps: np.ndarray

    @classmethod
    def of(cls, positive, score, sizes=SIZES):
        """Histogram of all samples."""
        n_labels, n_samples = score.shape
        n_bins = n_samples // sizes.samples_per_bin
        n_bins = int(np.clip(n_bins, sizes.min_bins, sizes.max_bins))
        scale, origin = _scale_of(score, n_bins, sizes)

        # Negative samples are counted in the even places, positive ones in the odd places.
        counts = np.zeros((n_labels, 2 * (n_bins + 1)), int)
        for labels, samples in tiles(score.shape, 2 * sizes.tile_cells):
            place = _bins_of(score[labels, samples], scale[labels], origin[labels], n_bins)
            place += place
            place |= positive[labels, samples]
            for count, places in zip(counts[labels], place, strict=True):
                count += np.bincount(places, minlength=len(count))
        counts = counts.reshape(n_labels, n_bins + 1, 2)

        from_bin_upwards = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
        return cls(scale, origin, from_bin_upwards[:, :, 1], from_bin_upwards[:, :, 0])

    def least_fps(self):
        """Number of negative samples that every threshold in a bin predicts at least."""
        return np.append(self.fps[:, 1:], self.fps[:, -1:], axis=1)

    def range_of_best(self, values):
        """(low, high): scores between which lie the best thresholds for each of ``values``.

        With two linear values, they hold the best thresholds for all values between these too.
        """
        n_bins = self.tps.shape[1] - 1
        is_open = np.zeros(self.tps.shape, bool)
        for value in values:
            reached = value(self.tps, self.fps).max(axis=1, keepdims=True)
            is_open |= may_reach(value(self.tps, self.least_fps()), reached)
        # The last edge predicts nothing; other thresholds of interest are scores of positives.
        is_open[:, :-1] &= self.tps[:, :-1] > self.tps[:, 1:]

        first = np.minimum(is_open.argmax(axis=1), n_bins - 1)
        last = np.minimum(n_bins - is_open[:, ::-1].argmax(axis=1), n_bins - 1)
        total = self.tps + self.fps
        n_above = np.take_along_axis(total, last[:, np.newaxis] + 1, axis=1)[:, 0]
        low = np.where(first > 0, self._edges(first, -1), -np.inf)
        high = np.where(n_above <= FEW_ABOVE * total[:, 0], np.inf, self._edges(last + 1, 1))
        return low, high

    def _edges(self, bins, side):
        """Scores at the lower ends of bins, moved to a side by more than rounding moved a score."""
        scale, origin = self.scale[:, 0].astype(float), self.origin[:, 0].astype(float)
        eps = np.finfo(self.scale.dtype).eps
        margin = 0.01 + 4 * eps * (bins + 2 * np.abs(origin))
        with np.errstate(divide="ignore", over="ignore"):
            return ((bins + side * margin) + origin) / scale


def _bins_of(score, scale, origin, n_bins):
    """Bins of scores, as int32."""
    with np.errstate(over="ignore"):
        place = score * scale
    if origin.any():
        place -= origin
    return np.clip(place, 0, n_bins - 1, out=place).astype(np.int32)


def _scale_of(score, n_bins, sizes):
    """(scale, origin) of bins that divide the scores of most samples evenly."""
    step = -(-score.shape[1] // sizes.sampled_for_scale)
    low = score[:, ::step].min(axis=1, keepdims=True)
    high = score[:, ::step].max(axis=1, keepdims=True)
    is_flat = (low == high)[:, 0]
    if is_flat.any():
        low[is_flat] = score[is_flat].min(axis=1, keepdims=True)
        high[is_flat] = score[is_flat].max(axis=1, keepdims=True)

    low[(low >= 0) & (low < high / 8)] = 0  # an origin of 0 need not be subtracted
    with np.errstate(divide="ignore", over="ignore"):
        scale = (n_bins - 1) / (high - low)
    scale[~np.isfinite(scale)] = 0  # a single bin
    return scale, low * scale
