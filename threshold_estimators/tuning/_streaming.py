"""Tuning of thresholds on scores that do not fit into memory: counts in bins, chunk by chunk."""

from collections.abc import Callable
from itertools import pairwise
from numbers import Real
from os import PathLike
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from ..core import Interval, MatrixLike, check_same_length, label_name
from ..objectives import Objective, check_objective
from ._chunks import check_groups, read_chunk, read_columns
from ._groups import bound_of_groups, tune_groups
from ._record import TunedThresholds
from ._refine import ThresholdRefiner
from ._score_bins import WEIGHT_UNIT, BinBlocks, LabelBins, ScoreBins, count_samples
from ._strategies import check_strategy
from ._stream_file import read_fields, write_fields


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
    Memory is 40 bytes for each bin that holds samples, up to three times as much in :meth:`tune`.
    With the default resolution, a label whose scores lie between 0.001 and 0.999 has at most 20,000
    bins (0.8 MB), and one whose scores lie between 0 and 1 at most 260,000 (10 MB). No label has
    more than 650,000 (26 MB).

    A threshold never divides a bin. Samples in other bins than the threshold's are counted exactly,
    so the objective at the returned thresholds is exact. The best objective of all thresholds can
    be larger only by what the samples of one bin for each label can change: :meth:`upper_bound`
    bounds it. Scores that are equal share a bin, so if all bins hold one distinct score, the
    thresholds are exact. :meth:`refine` makes them exact for any scores.

    Weights are rounded to multiples of 2**-20, so that sums do not depend on their order. A weight
    must be 0 or at least 2**-10. A bin can hold 2**43 samples.

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

    n_labels_: int
    n_samples_seen_: int
    label_names_in_: np.ndarray

    _parameter_constraints = {"resolution": [Interval(Real, 2.0**-20, 0.5, closed="both")]}

    def __init__(self, *, resolution: float = 1e-3) -> None:
        self.resolution = resolution

    @property
    def bins_(self) -> ScoreBins:
        """The counts of all bins that hold samples."""
        self._check_has_counted()
        return ScoreBins.of_labels(self._bins)

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
        known_names = getattr(self, "label_names_in_", None)
        labels, scores, weight = read_chunk(y_true, y_score, sample_weight, known_names)
        self._check_labels(scores.shape[1], labels.names)
        bins = getattr(self, "_bins", [LabelBins.empty()] * scores.shape[1])
        bins = count_samples(bins, labels.y_true, scores, weight, self._n_bits())
        return self._store(bins, len(scores), labels.names)

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
        if not hasattr(other, "_bins"):
            return self
        names = getattr(other, "label_names_in_", None)
        self._check_labels(other.n_labels_, names)
        bins = other._bins
        if hasattr(self, "_bins"):
            bins = [own.add(others) for own, others in zip(self._bins, bins, strict=True)]
        return self._store(bins, other.n_samples_seen_, names)

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
        position, (lowest, highest), (pos, neg) = read_columns(
            label, {"low": low, "high": high}, {"n_pos": n_pos, "n_neg": n_neg}
        )
        if n_labels is None:
            n_labels = int(position.max(initial=0)) + 1
        units = np.zeros(n_labels + 1)
        np.add.at(units, np.minimum(position, n_labels), pos + neg)
        n_samples = int(units.max() * WEIGHT_UNIT)
        tuner = cls(resolution=resolution)
        return tuner._count_groups(position, pos, neg, lowest, highest, n_labels, n_samples)

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
        blocks = BinBlocks(self._bins)
        return tune_groups(
            strategy,
            self._objective(scoring),
            blocks,
            getattr(self, "label_names_in_", None),
            of_probabilities=blocks.hold_probabilities(),
        )

    def upper_bound(self, *, scoring: str | Objective | Callable[..., float] = "f1_macro") -> float:
        """Value that no thresholds exceed on the counted samples, whatever bins they divide.

        The difference to the ``score`` of :meth:`tune` with ``strategy="per_label"`` is the most
        that the bins can have cost.

        Parameters
        ----------
        scoring : str, scorer or objective, default="f1_macro"
            What is maximised, as in :meth:`tune`. It must not fall where an error is corrected, and
            with the average "micro" it must be a ratio of linear functions, such as F-beta. For
            constraints the bound is that of thresholds that keep the floors of all labels.

        Returns
        -------
        value : float
            The bound.

        Raises
        ------
        ValueError
            If no bound is known for ``scoring``.
        """
        self._check_has_counted()
        return bound_of_groups(self._objective(scoring), BinBlocks(self._bins))

    def refine(
        self,
        *,
        scoring: str | Objective | Callable[..., float] = "f1_macro",
        strategy: str = "per_label",
    ) -> ThresholdRefiner:
        """Start a second pass, which finds the exact thresholds.

        Parameters
        ----------
        scoring : str, scorer or objective, default="f1_macro"
            What to maximise, as for :meth:`upper_bound`.
        strategy : {"per_label", "global"}, default="per_label"
            A threshold for each label, or one for all.

        Returns
        -------
        refiner : ThresholdRefiner
            It counts the same samples once more with ``partial_fit``, but keeps only scores near
            the best thresholds. Its ``tune`` gives the thresholds.

        Raises
        ------
        ValueError
            If no bound is known for ``scoring``, or thresholds are not chosen for the best value.
        """
        self._check_has_counted()
        check_strategy(strategy)
        return ThresholdRefiner(self, self._objective(scoring), strategy)

    def save(self, path: str | PathLike) -> None:
        """Write the counts to a file, which :meth:`load` reads. No code is stored.

        Parameters
        ----------
        path : str or path-like
            Name of the file, which should end with ".npz".
        """
        self._check_has_counted()
        names = getattr(self, "label_names_in_", np.array([]))
        bins = self.bins_._asdict()
        bins.pop("key")  # that of the lowest score
        write_fields(
            path,
            resolution=float(self.resolution),
            n_labels=self.n_labels_,
            n_samples_seen=self.n_samples_seen_,
            label_names=names.astype(str),
            **bins,
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
        fields = read_fields(path)
        names = fields["label_names"]
        n_labels, n_samples = int(fields["n_labels"]), int(fields["n_samples_seen"])
        try:
            if len(names) not in (0, n_labels):
                raise ValueError(f"{len(names)} names of {n_labels} labels")
            tuner = cls(resolution=float(fields["resolution"]))
            groups = {name: fields[name] for name in ("label", "pos", "neg", "low", "high")}
            tuner._count_groups(
                **groups,
                n_labels=n_labels,
                n_samples=n_samples,
                names=names if len(names) else None,
            )
        except ValueError as error:
            raise ValueError(f"{str(path)!r} is damaged: {error}") from error
        return tuner

    def _check_has_counted(self):
        if not hasattr(self, "_bins"):
            raise NotFittedError(
                f"This {type(self).__name__} has counted nothing yet. Call 'partial_fit' first."
            )

    def _objective(self, scoring):
        names = getattr(self, "label_names_in_", None)
        return check_objective(scoring, self.n_samples_seen_, self.n_labels_, names=names)

    def _n_bits(self):
        return int(np.ceil(-np.log2(self.resolution)))

    def _count_groups(self, label, pos, neg, low, high, n_labels, n_samples, names=None):
        """Count groups of scores; their counts are in units."""
        self._validate_params()
        check_same_length(label=label, pos=pos, neg=neg, low=low, high=high)
        check_groups(label, pos, neg, low, high, n_labels)
        order = np.lexsort((low, label))
        order = order[(pos + neg)[order] > 0]
        columns = [column[order] for column in (pos, neg, low, high)]
        starts = np.searchsorted(label[order], np.arange(n_labels + 1))
        bins = [
            LabelBins.of_groups(*(column[first:end] for column in columns), self._n_bits())
            for first, end in pairwise(starts)
        ]
        return self._store(bins, n_samples, names)

    def _store(self, bins, n_samples, names):
        """Set all attributes together, after a last check."""
        for label, of_label in enumerate(bins):
            score = of_label.overlap()
            if score is not None:
                raise ValueError(
                    f"Groups of scores of label {label} overlap at {score}. Count all parts of the "
                    "data in the same groups."
                )
        self._bins, self.n_labels_ = bins, len(bins)
        self.n_samples_seen_ = getattr(self, "n_samples_seen_", 0) + n_samples
        if names is not None:
            self.label_names_in_ = np.asarray(names)
        return self

    def _check_labels(self, n_labels, names):
        if n_labels != getattr(self, "n_labels_", n_labels):
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
