"""Counts of rows in buckets of scores, and the range of scores outside of which no cut can be the best.

A value that rises with tp and falls with fp is bounded within a bucket by the positives let through at its lower end
and the negatives let through at its upper end. Few buckets can hold the best cut, so that few rows need an order.

Shapes: y_true (n_labels, n_samples) bool, y_score (n_labels, n_samples) float; values are functions of arrays (tp, fp)
of shape (n_labels, n_cuts), not falling with tp nor rising with fp.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from ..core import tiles
from ._cuts import may_reach

ROWS_IN_A_BUCKET = 64
FEWEST_BUCKETS, MOST_BUCKETS = 16, 1024
CELLS_AT_A_TIME = 2**18
SAMPLED_ROWS = 128  # whose scores tell where the buckets should be
FEW_ROWS_ABOVE = (
    0.01  # a range with more of its rows above it ends there; else counting them costs more
)


class Buckets(NamedTuple):
    """Counts of the rows of some labels in ranges of scores, of which the first and the last are open.

    scale, origin : (n_labels, 1), a score lies in the bucket ``score * scale - origin``, rounded down
    tps, fps : (n_labels, n_buckets + 1) number of positive and of negative rows from a bucket on upwards
    """

    scale: np.ndarray
    origin: np.ndarray
    tps: np.ndarray
    fps: np.ndarray

    @classmethod
    def of(cls, y_true, y_score):
        """Buckets of all rows."""
        n_labels, n_samples = y_score.shape
        n_buckets = int(np.clip(n_samples // ROWS_IN_A_BUCKET, FEWEST_BUCKETS, MOST_BUCKETS))
        scale, origin = _scale_of(y_score, n_buckets)
        counts = np.zeros((n_labels, 2 * (n_buckets + 1)), int)
        ones = np.ones(min(y_score.size, CELLS_AT_A_TIME), np.int32)
        with np.errstate(over="ignore"):
            for labels, rows in tiles(y_score.shape, CELLS_AT_A_TIME):
                places = _places(y_score[labels, rows], scale[labels], origin[labels], n_buckets)
                places += places
                places |= y_true[labels, rows]
                counts[labels] += _numbers_of(places, counts.shape[1], ones[: places.size])
        counts = counts.reshape(n_labels, n_buckets + 1, 2)
        fps, tps = counts[:, ::-1].cumsum(axis=1)[:, ::-1].transpose(2, 0, 1)
        return cls(scale, origin, tps, fps)

    def possible_fps(self):
        """Number of negative rows that a cut in a bucket lets through at the least."""
        return np.append(self.fps[:, 1:], self.fps[:, -1:], axis=1)

    def range_of_best(self, values):
        """(low, high): scores between which lie the best cuts for each of some values, and for any between them."""
        n_buckets = self.tps.shape[1] - 1
        is_open = np.zeros(self.tps.shape, bool)
        for value in values:
            reached = value(self.tps, self.fps).max(axis=1, keepdims=True)
            is_open |= may_reach(value(self.tps, self.possible_fps()), reached)
        # The last cut lets nothing through; all others of interest are at scores of positives.
        is_open[:, :-1] &= self.tps[:, :-1] > self.tps[:, 1:]
        first = np.minimum(is_open.argmax(axis=1), n_buckets - 1)
        last = np.minimum(n_buckets - is_open[:, ::-1].argmax(axis=1), n_buckets - 1)
        n_above = np.take_along_axis(self.tps + self.fps, last[:, np.newaxis] + 1, axis=1)[:, 0]
        is_top = n_above <= FEW_ROWS_ABOVE * (self.tps[:, 0] + self.fps[:, 0])
        return np.where(first > 0, self._edges(first, -1), -np.inf), np.where(
            is_top, np.inf, self._edges(last + 1, 1)
        )

    def _edges(self, bucket, side):
        """Scores at the lower ends of buckets, moved to a side by more than rounding may have moved any row."""
        scale, origin = (part[:, 0].astype(float) for part in (self.scale, self.origin))
        margin = 0.01 + 4 * np.finfo(self.scale.dtype).eps * (bucket + 2 * np.abs(origin))
        with np.errstate(divide="ignore"):
            return ((bucket + side * margin) + origin) / scale


def _places(y_score, scale, origin, n_buckets):
    """Buckets of scores, as int32."""
    places = y_score * scale
    if origin.any():
        places -= origin
    return np.clip(places, 0, n_buckets - 1, out=places).astype(np.int32)


def _numbers_of(places, n_places, ones):
    """How often each place occurs in each row: (n_rows, n_places).

    A sparse matrix adds up its entries of one place where it is made dense, faster than np.bincount and without
    Python's lock.

    ones : (places.size,) int32
    """
    n_rows, length = places.shape
    starts = np.arange(0, places.size + 1, length, dtype=np.int32)
    return csr_array((ones, places.ravel(), starts), shape=(n_rows, n_places)).toarray()


def _scale_of(y_score, n_buckets):
    """(scale, origin) of buckets that divide the scores of most rows evenly."""
    sample = y_score[:, :: -(-y_score.shape[1] // SAMPLED_ROWS)]
    low, high = sample.min(axis=1, keepdims=True), sample.max(axis=1, keepdims=True)
    is_flat = (low == high)[:, 0]
    if is_flat.any():
        low[is_flat], high[is_flat] = (
            part(y_score[is_flat], axis=1, keepdims=True) for part in (np.min, np.max)
        )
    low[(low >= 0) & (low < high / 8)] = 0  # which need not be subtracted
    with np.errstate(divide="ignore", over="ignore"):
        scale = (n_buckets - 1) / (high - low)
    scale[~np.isfinite(scale)] = 0  # a single bucket
    return scale, low * scale
