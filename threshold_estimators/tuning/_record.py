"""The record of thresholds and of how they were tuned."""

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from scipy import sparse

from ..core import (
    LabelSpace,
    Limits,
    MatrixLike,
    __version__,
    decide,
    decide_sparse,
    label_name,
    read_scores,
    warn_of_other_version,
)
from ..objectives import Objective
from ._json import read_thresholds, write_thresholds


@dataclass(frozen=True, eq=False)
class TunedThresholds:
    """Thresholds and how they were tuned.

    :func:`tune_thresholds` returns it. Fitted classifiers have it as ``tuned_``.

    Attributes
    ----------
    thresholds : ndarray of shape (n_labels,)
        A sample gets a label if its score is at least the threshold. ``inf`` means never, ``-inf``
        always.
    score : float
        The objective at ``thresholds`` on the samples that they were tuned on. It is optimistic:
        the same samples chose the thresholds. NaN if the thresholds were given.
    low_support : ndarray of shape (n_labels,)
        Whether the label has fewer than 15 positive or fewer than 15 negative samples, so that
        its own threshold is largely chance.
    cv_score : float
        The objective where the test samples of each split are decided by thresholds tuned on its
        training samples. It estimates the objective on new samples. NaN without splits.
    cv_score_interval : ndarray of shape (2,)
        95 % interval for the objective that ``thresholds`` have on new samples. In simulations of
        100 and more samples it held for 93 to 100 % of the data sets (see :doc:`/honest_scores`).
        It allows for the choice of the test samples, which are redrawn, and for that of the
        thresholds, which differ between splits. It assumes that samples, or the ``groups`` given,
        are independent of each other, and new ones like them; a heavy sample is drawn as a whole.
        NaN without splits. Of shape (2, n_labels) for an objective with ``average=None``.
    cv_thresholds : ndarray of shape (n_splits, n_labels)
        The thresholds tuned on the training samples of each split. Their spread shows how
        uncertain ``thresholds`` are.
    objective : objective or None
        The objective that was maximised, if it has a value for each label, as averages over
        labels have; else None.
    label_names : ndarray of shape (n_labels,) or None
        Column names of the labels, if they had any.
    cv_results : dict or None
        With ``store_cv_results=True`` the samples that the thresholds were tuned on: "y_true",
        "y_score", "sample_weight" (or None), "row", the index of each sample in the input,
        "groups" (or None), and "splits", a list of pairs (tuned on, evaluated) of positions, empty
        without splits.
    limits : tuple of (min_labels, max_labels) or None
        Smallest and largest number of labels of a sample, if it is limited.
    classes : ndarray of shape (2,) or None
        The classes of the target if it was a column, the smaller one first.
    of_probabilities : bool
        Whether all scores that the thresholds were tuned on lie between 0 and 1. Then ``predict``
        warns of scores that do not.
    predicted_share : ndarray of shape (n_labels,) or None
        Share of the samples of the tuning that ``thresholds`` give each label, which
        :func:`~threshold_estimators.drift_report` compares with new samples. None if the
        thresholds were given, or tuned on counts or sparse scores.
    n_samples : ndarray of shape (n_labels,) or None
        Number of samples with a known label behind each share; with weights the effective number.
    """

    thresholds: np.ndarray
    score: float
    low_support: np.ndarray
    cv_score: float
    cv_score_interval: np.ndarray
    cv_thresholds: np.ndarray
    objective: Objective | None
    label_names: np.ndarray | None = None
    cv_results: dict[str, Any] | None = field(default=None, repr=False)
    limits: Limits | None = None
    classes: np.ndarray | None = None
    of_probabilities: bool = field(default=False, repr=False)
    predicted_share: np.ndarray | None = field(default=None, repr=False)
    n_samples: np.ndarray | None = field(default=None, repr=False)

    def predict(self, y_score: MatrixLike) -> Any:
        """Predict the labels of new scores.

        Parameters
        ----------
        y_score : {array-like, sparse matrix} of shape (n_samples, n_labels)
            Scores on the scale of those that the thresholds were tuned on, in any form that
            :func:`tune_thresholds` takes. Columns with names are matched to the labels by name.

        Returns
        -------
        y_pred : {ndarray, CSR array} of shape (n_samples, n_labels) or (n_samples,)
            1 if the score is at least the threshold of its label, else 0; within the limits that
            the thresholds were tuned with. Classes if the target was a column. Sparse for sparse
            scores, of which an entry that is not stored is never predicted.

        Raises
        ------
        ValueError
            If scores are NaN or have another number of labels; if they are sparse while the
            thresholds have limits, belong to a column, or predict a label always.
        """
        if sparse.issparse(y_score):
            return self._predict_sparse(y_score)
        space = self._label_space
        y_score = read_scores(
            y_score, space.n_labels, space.names, classes=space.classes, thresholds=self.thresholds
        )
        self._warn_of_scale(y_score)
        return space.decode(decide(y_score, self.thresholds, self.limits, np.int64))

    def _predict_sparse(self, y_score):
        n_labels = len(self.thresholds)
        if y_score.shape[1:] != (n_labels,):
            raise ValueError(
                f"'y_score' must have shape (n_samples, {n_labels}). Got {y_score.shape} instead."
            )
        always = np.flatnonzero(np.isneginf(self.thresholds))
        if self.limits is not None or self.classes is not None or len(always):
            reason = "belong to a column of classes"
            if self.limits is not None:
                reason = "have limits on the number of labels"
            elif len(always):
                reason = f"predict label {label_name(always[0], self.label_names)} always"
            raise ValueError(
                "'y_score' must be dense, as an entry that is not stored is never predicted, while "
                f"the thresholds {reason}. Give y_score.toarray()."
            )
        if y_score.nnz:
            self._warn_of_scale(y_score.data)
        return decide_sparse(y_score, self.thresholds)

    def _warn_of_scale(self, y_score):
        if self.of_probabilities and (y_score.min() < 0 or y_score.max() > 1):
            warnings.warn(
                "The thresholds were tuned on scores between 0 and 1, but 'y_score' has values "
                f"from {y_score.min():.3g} to {y_score.max():.3g}. Give scores on the same scale: "
                "logits and probabilities differ.",
                UserWarning,
                stacklevel=3,
            )

    def to_dict(self) -> dict[Any, float]:
        """Convert the thresholds to a dict.

        Returns
        -------
        thresholds : dict
            The threshold of each label by the label's name, or by its position if labels have no
            names. :class:`~threshold_estimators.FixedThresholdsClassifier` takes it if they do.
        """
        names = range(len(self.thresholds)) if self.label_names is None else self.label_names
        return dict(zip(np.asarray(names).tolist(), self.thresholds.tolist(), strict=True))

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """Write the thresholds as a JSON file, which other programs and people can read.

        The file has all attributes but ``cv_results``. An objective that is not of this package is
        written as a text only.

        Parameters
        ----------
        path : str or path-like, default=None
            File to write; None returns the text.

        Returns
        -------
        text : str or None
            The text of the file, or None if ``path`` is given.

        Raises
        ------
        ValueError
            If a name of a label is neither a string nor a number.

        Examples
        --------
        >>> import io
        >>> from threshold_estimators import TunedThresholds, tune_thresholds
        >>> tuned = tune_thresholds([[1, 0], [0, 1], [1, 0]], [[0.8, 0.2], [0.3, 0.6], [0.7, 0.1]])
        >>> file = io.StringIO(tuned.to_json())
        >>> bool((TunedThresholds.from_json(file).thresholds == tuned.thresholds).all())
        True
        """
        text = write_thresholds(self)
        if path is None:
            return text
        Path(path).write_text(text, encoding="utf-8")
        return None

    @classmethod
    def from_json(cls, path: str | os.PathLike[str] | IO[Any]) -> Self:
        """Read thresholds from a JSON file that :meth:`to_json` or a person wrote.

        Parameters
        ----------
        path : str, path-like or open file
            File to read. Reading executes no code.

        Returns
        -------
        tuned : TunedThresholds
            The thresholds. A file from another version of this package is read with a warning.

        Raises
        ------
        ValueError
            If the file is damaged. The message names the field.
        """
        return cls(**read_thresholds(path))

    def __getstate__(self):
        return self.__dict__ | {"_version": __version__}

    def __setstate__(self, state):
        # Every fitted classifier holds one record, so that a loaded model warns once.
        state = dict(state)
        warn_of_other_version(state.pop("_version", None))
        self.__dict__.update(state)

    @property
    def _label_space(self):
        names = None if self.classes is not None else self.label_names
        return LabelSpace(len(self.thresholds), names, self.classes)


def given_thresholds(thresholds, space):
    """The record of thresholds that were not tuned, for the labels of a LabelSpace."""
    n_labels = len(thresholds)
    return TunedThresholds(
        thresholds,
        score=np.nan,
        low_support=np.zeros(n_labels, bool),
        cv_score=np.nan,
        cv_score_interval=np.full(2, np.nan),
        cv_thresholds=np.empty((0, n_labels)),
        objective=None,
        label_names=space.label_names,
        classes=space.classes,
    )
