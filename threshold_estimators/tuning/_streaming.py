"""Tuning of thresholds on scores that do not fit into memory: counts in bins, chunk by chunk."""

from collections.abc import Callable
from numbers import Real
from os import PathLike
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from ..core import (
    Interval,
    MatrixLike,
    check_same_index,
    check_same_length,
    label_name,
    read_labels,
    read_scores,
)
from ..objectives import Objective, check_objective
from ._groups import tune_groups
from ._record import TunedThresholds
from ._score_bins import WEIGHT_UNIT, ScoreBins, keys_of_sorted
from ._strategies import check_strategy

FORMAT = 1  # of saved files
SMALLEST_WEIGHT = 2**10 * WEIGHT_UNIT  # so that rounding changes no weight by more than 0.05 %
LARGEST_TOTAL = 2.0**40  # of weights, whose sum of units is an int64


class StreamingThresholdTuner(BaseEstimator):
    """Tune thresholds on scores that arrive in chunks, in memory that does not grow with them.

    The tuner counts positive and negative samples in narrow bins of scores. The bins do not depend
    on the data. So chunks can come in any order and in any size, several tuners can count parts of
    the data and be merged, and the thresholds are the same to the last bit.

    Parameters
    ----------
    resolution : float, default=1e-3
        Largest width of a bin, relative to its scores, or to 1 minus its scores where these lie
        between 0.5 and 1. It is rounded down to a power of two.

    Attributes
    ----------
    bins_ : ScoreBins
        The counts: for each label and each bin that holds samples the weight of the positive and
        of the negative samples, and the lowest and the highest score.
    n_labels_ : int
        Number of labels.
    n_samples_seen_ : int
        Number of samples.
    label_names_in_ : ndarray of shape (n_labels,)
        Column names of ``y_true``, if it had any.

    See Also
    --------
    tune_thresholds : Exact thresholds of scores in memory.

    Notes
    -----
    Memory is 48 bytes for each bin that holds samples. With the default resolution, a label whose
    scores lie between 0.001 and 0.999 has at most 20,000 bins (1 MB); no label has more than
    600,000 (28 MB).

    A threshold never divides a bin. Samples in other bins than the threshold's are counted exactly,
    so the objective at the returned thresholds is exact. The best objective of all thresholds can
    be larger only by what the samples of one bin for each label can change. Scores that are equal
    share a bin, so if all bins hold one distinct score, the thresholds are exact.

    Weights are rounded to multiples of 2**-20, so that sums do not depend on their order. A weight
    must be 0 or at least 2**-10.

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import StreamingThresholdTuner
    >>> rng = np.random.default_rng(0)
    >>> tuner = StreamingThresholdTuner()
    >>> for _ in range(10):
    ...     y_true = rng.random((1000, 3)) < [0.3, 0.1, 0.02]
    ...     tuner = tuner.partial_fit(y_true, rng.beta(1 + 2 * y_true, 8))
    >>> tuner.tune(scoring="f1_macro").thresholds.round(2)
    array([0.17, 0.22, 0.39])
    """

    bins_: ScoreBins
    n_labels_: int
    n_samples_seen_: int
    label_names_in_: np.ndarray

    _parameter_constraints = {"resolution": [Interval(Real, 2.0**-20, 0.5, closed="both")]}

    def __init__(self, *, resolution: float = 1e-3) -> None:
        self.resolution = resolution

    def partial_fit(
        self, y_true: MatrixLike, y_score: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Count a chunk of samples.

        Parameters
        ----------
        y_true : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            True labels as an indicator of 0 and 1. Missing labels (NaN, None, NA or masked) take
            no part. Columns with names are matched to those of the first chunk by name.
        y_score : array-like of shape (n_samples, n_labels)
            Scores, larger for more likely labels, in any form that :func:`tune_thresholds` takes.
            Infinite scores lie beyond all others.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            Weights of the samples, or of each label of a sample.

        Returns
        -------
        self : StreamingThresholdTuner
            The tuner itself.

        Raises
        ------
        ValueError
            If the labels differ from those of earlier chunks, or the input is invalid.
        """
        self._validate_params()
        check_same_index(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
        known_names = getattr(self, "label_names_in_", None)
        labels = read_labels(y_true, "y_true", known_names, takes_column=True)
        n_samples, n_labels = labels.y_true.shape
        y_score = read_scores(
            y_score, n_labels, labels.names, n_samples=n_samples, known=labels.known
        )
        check_same_length(y_true=labels.y_true, y_score=y_score)
        largest = np.finfo(y_score.dtype).max
        y_score = np.clip(y_score, -largest, largest)
        weight = labels.weights(sample_weight)
        _check_weights(weight, n_samples)
        counted = ScoreBins.of_samples(labels.y_true, y_score, weight, self._n_bits())
        return self._add(counted, n_labels, n_samples, labels.names)

    def merge(self, other: "StreamingThresholdTuner") -> Self:
        """Add what another tuner has counted.

        Parameters
        ----------
        other : StreamingThresholdTuner
            A tuner of the same labels, with the same resolution. It is left as it is.

        Returns
        -------
        self : StreamingThresholdTuner
            The tuner itself.
        """
        if not isinstance(other, StreamingThresholdTuner):
            raise TypeError(f"'other' must be a StreamingThresholdTuner. Got {other!r} instead.")
        if other._n_bits() != self._n_bits():
            raise ValueError(
                "'other' must have the same 'resolution'. "
                f"Got {other.resolution} and {self.resolution} instead."
            )
        if not hasattr(other, "bins_"):
            return self
        names = getattr(other, "label_names_in_", None)
        return self._add(other.bins_, other.n_labels_, other.n_samples_seen_, names)

    @classmethod
    def from_counts(
        cls,
        label: ArrayLike,
        low: ArrayLike,
        high: ArrayLike,
        n_pos: ArrayLike,
        n_neg: ArrayLike,
        *,
        n_labels: int | None = None,
        resolution: float = 1e-3,
    ) -> Self:
        """Make a tuner from counts of groups of scores, such as a database computes them.

        Parameters
        ----------
        label : array-like of shape (n_groups,)
            Position of the label that the group belongs to.
        low, high : array-like of shape (n_groups,)
            Lowest and highest score of the group. Groups of one label do not overlap.
        n_pos, n_neg : array-like of shape (n_groups,)
            Number of positive and of negative samples in the group.
        n_labels : int, default=None
            Number of labels. None means the largest ``label`` plus 1.
        resolution : float, default=1e-3
            As for the constructor. Groups of the same label that share a bin are joined.

        Returns
        -------
        tuner : StreamingThresholdTuner
            A tuner that has counted these samples.
        """
        tuner = cls(resolution=resolution)
        tuner._validate_params()
        lowest, highest = _floats(low, "low"), _floats(high, "high")
        units = {"n_pos": _units(n_pos, "n_pos"), "n_neg": _units(n_neg, "n_neg")}
        position = _floats(label, "label")
        if np.any((position < 0) | (position % 1 > 0)):
            raise ValueError("'label' must hold positions of labels, integers from 0 on.")
        position = position.astype(np.int64)
        check_same_length(label=position, low=lowest, high=highest, **units)
        if np.any(lowest > highest):
            raise ValueError("'low' must not exceed 'high' in any group.")
        if n_labels is None:
            n_labels = int(position.max(initial=-1)) + 1
        order = np.argsort(lowest, kind="stable")
        key = np.empty(len(order), np.int64)
        key[order] = keys_of_sorted(lowest[order], tuner._n_bits())
        groups = ScoreBins(position, key, units["n_pos"], units["n_neg"], lowest, highest)
        # Adding sorts the groups and joins those that share a bin.
        bins = ScoreBins.empty().add(groups)
        n_samples = np.bincount(bins.label, bins.pos + bins.neg).max(initial=0) * WEIGHT_UNIT
        return tuner._add(bins, n_labels, int(n_samples), None)

    def tune(
        self,
        *,
        scoring: str | Objective | Callable[..., float] = "f1_macro",
        strategy: str = "pooled",
    ) -> TunedThresholds:
        """Tune thresholds on everything that was counted.

        Parameters
        ----------
        scoring : str, scorer or objective, default="f1_macro"
            What to maximise, as in :func:`tune_thresholds`: any objective that is an average over
            labels or a formula of their summed counts.
        strategy : {"pooled", "per_label", "global", "proportion"}, default="pooled"
            How thresholds are tuned, as in :func:`tune_thresholds`.

        Returns
        -------
        tuned : TunedThresholds
            The thresholds, and their ``score`` on the counted samples.

        Raises
        ------
        ValueError
            If ``scoring`` is no function of the counts of each label, or a constraint with a
            ``confidence``.
        """
        self._check_has_counted()
        check_strategy(strategy)
        names = getattr(self, "label_names_in_", None)
        objective = check_objective(scoring, self.n_samples_seen_, self.n_labels_, names=names)
        low, high = self.bins_.low, self.bins_.high
        return tune_groups(
            strategy,
            objective,
            list(self.bins_.blocks(self.n_labels_)),
            names,
            of_probabilities=bool(low.min() >= 0 and high.max() <= 1),
        )

    def save(self, path: str | PathLike) -> None:
        """Write the counts to a file, which :meth:`load` reads. No code is stored.

        Parameters
        ----------
        path : str or path-like
            Name of the file, which should end with ".npz".
        """
        self._check_has_counted()
        names = getattr(self, "label_names_in_", np.array([]))
        np.savez_compressed(
            path,
            format=FORMAT,
            resolution=self.resolution,
            n_labels=self.n_labels_,
            n_samples_seen=self.n_samples_seen_,
            label_names=names.astype(str),
            **self.bins_._asdict(),
        )

    @classmethod
    def load(cls, path: str | PathLike) -> Self:
        """Read a tuner that :meth:`save` wrote.

        Parameters
        ----------
        path : str or path-like
            Name of the file.

        Returns
        -------
        tuner : StreamingThresholdTuner
            The tuner. Label names are strings.
        """
        with np.load(path, allow_pickle=False) as file:
            fields = {name: file[name] for name in file.files}
        missing = {"format", "resolution", *ScoreBins._fields} - set(fields)
        if missing or fields["format"] != FORMAT:
            raise ValueError(f"{str(path)!r} is no file of a StreamingThresholdTuner.")
        tuner = cls(resolution=float(fields["resolution"]))
        names = fields["label_names"] if len(fields["label_names"]) else None
        bins = ScoreBins(*(fields[name] for name in ScoreBins._fields))
        return tuner._add(bins, int(fields["n_labels"]), int(fields["n_samples_seen"]), names)

    def _check_has_counted(self):
        if not hasattr(self, "bins_"):
            raise NotFittedError(
                f"This {type(self).__name__} has counted nothing yet. Call 'partial_fit' first."
            )

    def _n_bits(self):
        return int(np.ceil(-np.log2(self.resolution)))

    def _add(self, bins, n_labels, n_samples, names):
        """Add counts, all attributes together at the end."""
        if hasattr(self, "bins_"):
            self._check_labels(n_labels, names)
            bins, n_samples = self.bins_.add(bins), self.n_samples_seen_ + n_samples
        overlap = (bins.label[1:] == bins.label[:-1]) & (bins.high[1:] >= bins.low[:-1])
        if np.any(overlap):
            index = np.flatnonzero(overlap)[0]
            raise ValueError(
                f"Groups of scores of label {bins.label[index]} overlap at {bins.low[index]}. "
                "Count all parts of the data in the same groups."
            )
        self.bins_, self.n_labels_, self.n_samples_seen_ = bins, n_labels, n_samples
        if names is not None:
            self.label_names_in_ = np.asarray(names)
        return self

    def _check_labels(self, n_labels, names):
        if n_labels != self.n_labels_:
            raise ValueError(
                f"All chunks must have the same labels. Got {n_labels} labels after chunks of "
                f"{self.n_labels_} instead."
            )
        known = getattr(self, "label_names_in_", None)
        if names is not None and known is not None and not np.array_equal(names, known):
            label = np.flatnonzero(np.asarray(names) != known)[0]
            raise ValueError(
                "All chunks must have the same labels in the same order. Got label "
                f"{label_name(label, names)} in place of {label_name(label, known)}."
            )


def _check_weights(weight, n_samples):
    """Raise a ValueError for weights that units cannot count."""
    if weight is None:
        return
    positive = weight[weight > 0]
    if positive.min(initial=1) < SMALLEST_WEIGHT:
        raise ValueError(
            f"'sample_weight' must be 0 or at least {SMALLEST_WEIGHT:g}, as weights are rounded to "
            f"multiples of {WEIGHT_UNIT:g}. Got {positive.min():g} instead. Multiply all weights "
            "by one number."
        )
    if weight.max() * n_samples > LARGEST_TOTAL:
        raise ValueError(
            f"'sample_weight' must not add up to more than {LARGEST_TOTAL:g}. Got weights up to "
            f"{weight.max():g} instead. Divide all weights by one number."
        )


def _floats(values, name):
    values = np.asarray(values, np.float64)
    if values.ndim != 1 or not np.all(np.isfinite(values)):
        raise ValueError(f"{name!r} must be a column of finite numbers. Got {values!r} instead.")
    return values


def _units(counts, name):
    counts = _floats(counts, name)
    if np.any(counts < 0):
        raise ValueError(f"{name!r} must not be negative. Got {counts.min()} instead.")
    return np.rint(counts / WEIGHT_UNIT).astype(np.int64)
