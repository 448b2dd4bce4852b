"""The second pass over a stream: the scores of open bins one by one, for the exact thresholds."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from ..core import MatrixLike, label_name
from ..objectives import Objective
from ._chunks import check_groups, read_chunk, read_columns
from ._groups import open_groups, tune_groups
from ._record import TunedThresholds
from ._score_bins import (
    WEIGHT_UNIT,
    BinBlocks,
    LabelBins,
    columns_of_weights,
    sums_from,
    units_of_weights,
)


class OpenBins(NamedTuple):
    """Bins in which a better threshold may lie: arrays of shape (n_open_bins,).

    label : positions of their labels, ascending
    low, high : their lowest and highest scores, descending within a label
    """

    label: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def find(self, label, score):
        """(samples, bins): indices of the scores of a label that lie in open bins, and of these.

        score : (n_samples,)
        """
        first, last = np.searchsorted(self.label, [label, label + 1])
        low, high = self.low[first:last][::-1], self.high[first:last][::-1]
        samples = np.flatnonzero((score >= low[0]) & (score <= high[-1]))
        place = np.searchsorted(low, score[samples], side="right") - 1
        is_inside = score[samples] <= high[place]
        return samples[is_inside], last - 1 - place[is_inside]


class DistinctScores(NamedTuple):
    """Counts of distinct scores, one open bin after the other, from the highest score down.

    bin : (n_scores,) int64, index of the open bin; score : (n_scores,) float64
    pos, neg : (n_scores,) int64, positive and negative samples in units of WEIGHT_UNIT
    """

    bin: np.ndarray
    score: np.ndarray
    pos: np.ndarray
    neg: np.ndarray

    @classmethod
    def of(cls, parts) -> Self:
        """The distinct scores of some parts, whose own may be repeated and in any order.

        Scores without samples are left out.
        """
        joined = cls(*map(np.concatenate, zip(*parts, strict=True)))
        kept = np.flatnonzero(joined.pos + joined.neg)
        order = kept[np.lexsort((-joined.score[kept], joined.bin[kept]))]
        bins, score = joined.bin[order], joined.score[order]
        is_first = np.append(True, (np.diff(bins) > 0) | (np.diff(score) < 0))[: len(bins)]
        first = np.flatnonzero(is_first)
        pos, neg = (sums_from(counts[order], first) for counts in (joined.pos, joined.neg))
        return cls(bins[first], score[first], pos, neg)


class RefinedBlocks(BinBlocks):
    """Groups of bins, and of single scores in place of the open ones.

    is_open : (n_bins,) bool, label after label, from the highest score down
    open_bins : OpenBins; scores : DistinctScores in them
    """

    def __init__(self, bins, is_open, open_bins, scores):
        super().__init__(bins)
        self.is_open, self.scores = is_open, scores
        self.starts = np.cumsum([0, *super().sizes()])
        first = np.searchsorted(open_bins.label, np.arange(len(bins) + 1))
        self.starts_of_scores = np.searchsorted(scores.bin, first)

    def sizes(self):
        is_closed = np.append(0, np.cumsum(~self.is_open))
        return np.diff(is_closed[self.starts]) + np.diff(self.starts_of_scores)

    def of_label(self, label):
        is_open = self.is_open[slice(*self.starts[label : label + 2])][::-1]
        single = slice(*self.starts_of_scores[label : label + 2])
        score, pos, neg = (field[single][::-1] for field in self.scores[1:])
        parts = (
            self.bins[label].take(~is_open),
            LabelBins(np.zeros_like(pos), pos, neg, score, score),
        )
        joined = LabelBins(*map(np.concatenate, zip(*parts, strict=True)))
        return joined.take(np.argsort(joined.low, kind="stable"))


class ThresholdRefiner:
    """Find the exact thresholds by a second pass over the samples of a stream.

    :meth:`StreamingThresholdTuner.refine` makes it. The counts of the first pass leave few bins
    open, in which a threshold can be better than those between the bins. The refiner counts each
    distinct score in these bins.

    Parameters
    ----------
    tuner : StreamingThresholdTuner
        The tuner of the first pass.
    objective : Objective
        What is maximised.
    strategy : {"per_label", "global"}
        A threshold for each label, or one for all.

    Attributes
    ----------
    open_bins : OpenBins
        Arrays ``label``, ``low`` and ``high`` of shape (n_open_bins,): the position of the label,
        and the lowest and the highest score of each open bin.
    n_open_scores : float
        Weight of the samples in open bins, all labels together: the number of scores that the
        second pass keeps, at most.

    See Also
    --------
    StreamingThresholdTuner : The first pass.

    Notes
    -----
    Memory is 32 bytes for each distinct score in open bins.

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import StreamingThresholdTuner
    >>> rng = np.random.default_rng(0)
    >>> y_true = rng.random((20_000, 2)) < [0.3, 0.1]
    >>> y_score = rng.beta(1 + 2 * y_true, 8)
    >>> chunks = [(y_true[i : i + 1000], y_score[i : i + 1000]) for i in range(0, 20_000, 1000)]
    >>> tuner = StreamingThresholdTuner()
    >>> for labels, scores in chunks:
    ...     tuner = tuner.partial_fit(labels, scores)
    >>> refiner = tuner.refine(scoring="f1_macro")
    >>> refiner.n_open_scores
    82.0
    >>> for labels, scores in chunks:
    ...     refiner = refiner.partial_fit(labels, scores)
    >>> refiner.tune().score >= tuner.tune(strategy="per_label").score
    True
    """

    def __init__(self, tuner: Any, objective: Objective, strategy: str) -> None:
        self._n_labels = tuner.n_labels_
        self._names = getattr(tuner, "label_names_in_", None)
        self._strategy, self._objective = strategy, objective
        is_open = open_groups(strategy, objective, BinBlocks(tuner._bins))
        self._bins, self._is_open, bins = tuner._bins, is_open, tuner.bins_
        self._first_pass = bins.pos[is_open], bins.neg[is_open]
        nothing = DistinctScores(*np.empty((4, 0), np.int64))
        self._counted = [nothing._replace(score=np.empty(0))]
        self.open_bins = OpenBins(bins.label[is_open], bins.low[is_open], bins.high[is_open])
        self.n_open_scores = float((bins.pos + bins.neg)[is_open].sum() * WEIGHT_UNIT)

    def partial_fit(
        self, y_true: MatrixLike, y_score: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Count the scores of a chunk that lie in open bins.

        The chunks of the second pass hold the samples of the first, with their weights. They may
        be divided in another way.

        Parameters
        ----------
        y_true : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            True labels, as in :meth:`StreamingThresholdTuner.partial_fit`.
        y_score : array-like of shape (n_samples, n_labels)
            Scores.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            Weights of the samples, or of each label of a sample.

        Returns
        -------
        self : ThresholdRefiner
            The refiner itself.
        """
        labels, scores, weight = read_chunk(y_true, y_score, sample_weight, self._names)
        if scores.shape[1] != self._n_labels:
            raise ValueError(
                f"'y_true' must have the {self._n_labels} labels of the first pass. "
                f"Got {scores.shape[1]} instead."
            )
        columns = columns_of_weights(weight, self._n_labels)
        for label in np.unique(self.open_bins.label):
            samples, bins = self.open_bins.find(label, scores[:, label])
            units = units_of_weights(columns[label], samples)
            pos = units * labels.y_true[samples, label]
            score = scores[samples, label].astype(np.float64)
            self._add(DistinctScores(bins, score, pos, units - pos))
        return self

    def add_counts(
        self, label: ArrayLike, score: ArrayLike, n_pos: ArrayLike, n_neg: ArrayLike
    ) -> Self:
        """Add counts of single scores, such as a database computes them.

        Parameters
        ----------
        label : array-like of shape (n_scores,)
            Position of the label.
        score : array-like of shape (n_scores,)
            Scores. Those that lie in no open bin are left out.
        n_pos, n_neg : array-like of shape (n_scores,)
            Number of positive and of negative samples with this score.

        Returns
        -------
        self : ThresholdRefiner
            The refiner itself.
        """
        position, (scores,), (pos, neg) = read_columns(
            label, {"score": score}, {"n_pos": n_pos, "n_neg": n_neg}
        )
        check_groups(position, pos, neg, scores, scores, self._n_labels)
        for open_label in np.unique(self.open_bins.label):
            rows = np.flatnonzero(position == open_label)
            found, bins = self.open_bins.find(open_label, scores[rows])
            rows = rows[found]
            self._add(DistinctScores(bins, scores[rows], pos[rows], neg[rows]))
        return self

    def merge(self, other: ThresholdRefiner) -> Self:
        """Add what another refiner of the same first pass has counted.

        Parameters
        ----------
        other : ThresholdRefiner
            A refiner with the same open bins. It is left as it is.

        Returns
        -------
        self : ThresholdRefiner
            The refiner itself.
        """
        if not isinstance(other, ThresholdRefiner):
            raise TypeError(f"'other' must be a ThresholdRefiner. Got {other!r} instead.")
        if not all(map(np.array_equal, self.open_bins, other.open_bins)):
            raise ValueError(
                "'other' must have the same open bins: refine the same tuner with the same "
                "'scoring' and 'strategy'."
            )
        for counted in other._counted:
            self._add(counted)
        return self

    def tune(self) -> TunedThresholds:
        """Tune thresholds exactly, after all samples were counted.

        Returns
        -------
        tuned : TunedThresholds
            The thresholds, and their ``score``: the largest of all thresholds.

        Raises
        ------
        ValueError
            If the open bins have not the same samples as in the first pass.
        """
        counted = DistinctScores.of(self._counted)
        self._check_is_complete(counted)
        blocks = RefinedBlocks(self._bins, self._is_open, self.open_bins, counted)
        return tune_groups(
            self._strategy,
            self._objective,
            blocks,
            self._names,
            of_probabilities=blocks.hold_probabilities(),
        )

    def _add(self, counted):
        """Keep counts, joined with the last ones while these are no longer.

        So every score is joined few times, however many chunks there are.
        """
        counted = DistinctScores.of([counted])
        while self._counted and len(self._counted[-1].bin) <= len(counted.bin):
            counted = DistinctScores.of([self._counted.pop(), counted])
        self._counted.append(counted)

    def _check_is_complete(self, counted):
        """Raise a ValueError if open bins have not the samples of the first pass."""
        first = np.searchsorted(counted.bin, np.arange(len(self.open_bins.label) + 1))
        for wanted, units in zip(self._first_pass, (counted.pos, counted.neg), strict=True):
            found = np.diff(np.append(0, np.cumsum(units))[first])
            wrong = np.flatnonzero(found != wanted)
            if len(wrong):
                shown = label_name(self.open_bins.label[wrong[0]], self._names)
                raise ValueError(
                    "The second pass must count the samples of the first one, each once. Label "
                    f"{shown} has {found[wrong[0]] * WEIGHT_UNIT:g} in place of "
                    f"{wanted[wrong[0]] * WEIGHT_UNIT:g} samples of a class between "
                    f"{self.open_bins.low[wrong[0]]:g} and {self.open_bins.high[wrong[0]]:g}."
                )
