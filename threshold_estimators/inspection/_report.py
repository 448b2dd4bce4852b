"""The report on thresholds: text, dict and DataFrame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..core import MatrixLike, check_label_names
from ..objectives import Constrained, FBeta
from ..tuning import MIN_SUPPORT
from ._report_table import (
    AVERAGES,
    default_threshold,
    metric_of,
    new_samples,
    report_columns,
    stored_samples,
    tuned_of,
)

LONGEST_NAME = 40
FLAGS = {
    "never": "no sample gets the label",
    "always": "every sample gets the label",
    "low_support": f"fewer than {MIN_SUPPORT} positive or negative samples to tune on",
    "worse": "worse than at {threshold:g}, {column}",
}


@dataclass(frozen=True, eq=False, repr=False)
class ThresholdReport:
    """Report on the threshold of each label, returned by :func:`threshold_report`.

    ``str(report)`` is the text, and ``print(report)`` shows it.

    Attributes
    ----------
    columns : dict of str to ndarray
        The columns by name: numbers for each label and then each average, flags for each label.
    label_names : ndarray of shape (n_labels,)
        Names of the labels.
    headline : str
        What the columns show.
    untuned_threshold : float
        The threshold of the column "untuned".
    digits : int
        Digits of the numbers in the text.
    """

    columns: dict[str, np.ndarray]
    label_names: np.ndarray
    headline: str
    untuned_threshold: float
    digits: int = 2

    @property
    def _row_names(self):
        return [*self.label_names, *[f"{average} avg" for average in AVERAGES]]

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Convert the report to a dict of dicts.

        Returns
        -------
        report : dict
            The columns by the name of the label or average, as from
            :func:`sklearn.metrics.classification_report`.
        """
        values = {name: column.tolist() for name, column in self.columns.items()}
        report = {}
        for row, row_name in enumerate(self._row_names):
            report[str(row_name)] = {
                name: column[row] for name, column in values.items() if row < len(column)
            }
        for average in AVERAGES:  # which have no threshold
            report[f"{average} avg"].pop("threshold")
            report[f"{average} avg"].pop("spread", None)
        return report

    def to_frame(self) -> Any:
        """Convert the report to a DataFrame.

        Returns
        -------
        report : pandas.DataFrame
            A row for each label, then one for each average, which has no threshold and no flags.

        Raises
        ------
        ImportError
            Without pandas.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "'to_frame' needs pandas. Install it with: pip install threshold-estimators[frames]"
            ) from error
        no_flags = np.zeros(len(AVERAGES), bool)
        columns = {
            name: np.append(column, no_flags) if name in FLAGS else column
            for name, column in self.columns.items()
        }
        return pd.DataFrame(columns, index=pd.Index(self._row_names, name="label", dtype=object))

    def __str__(self):
        numbers = [name for name in self.columns if name not in FLAGS]
        columns = [["", *[_shortened(str(name)) for name in self._row_names]]]
        columns += [
            [self._head(name), *_cells(name, self.columns[name], self.digits)] for name in numbers
        ]
        columns.append(["flags", *self._flags(), *[""] * len(AVERAGES)])
        lines = _aligned(columns)
        first_average = len(self.label_names) + 1
        lines = ["", *lines[:first_average], "", *lines[first_average:], *self._legend(), ""]
        return "\n".join([self.headline, *lines])

    def __repr__(self):
        return str(self)

    def _head(self, name):
        return f"at {self.untuned_threshold:g}" if name == "untuned" else name.replace("_", "-")

    def _flags(self):
        """The flags of each label as text."""
        return [
            ", ".join(flag.replace("_", " ") for flag in FLAGS if self.columns[flag][label])
            for label in range(len(self.label_names))
        ]

    def _legend(self):
        """The meaning of the flags that occur, and how often they do."""
        column = "cross-fitted" if "cross_fitted" in self.columns else "tuned"
        lines = []
        for flag, meaning in FLAGS.items():
            n_flagged, n_labels = np.sum(self.columns[flag]), len(self.label_names)
            if n_flagged:
                meaning = meaning.format(column=column, threshold=self.untuned_threshold)
                name = flag.replace("_", " ")
                lines.append(f"{name}: {meaning} ({n_flagged} of {n_labels} labels)")
        return ["", *lines] if lines else []


def threshold_report(
    model: Any,
    X: MatrixLike = None,
    y: MatrixLike = None,
    *,
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
    digits: int = 2,
) -> ThresholdReport:
    """Build a report of each label's threshold: how certain it is and what tuning gains.

    Without ``X`` and ``y`` thresholds are evaluated on the stored samples that they were tuned on.
    The report then has a cross-fitted column too, which is not optimistic.

    Parameters
    ----------
    model : MultiLabelThresholdClassifier, FixedThresholdsClassifier or TunedThresholds
        A fitted classifier, a pipeline or search that ends in one, or the result of
        :func:`~threshold_estimators.tune_thresholds`. A report without ``X`` and ``y`` needs
        ``store_cv_results=True``.
    X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
        New samples, as ``model.predict`` takes them: features for a classifier, scores of shape
        (n_samples, n_labels) for :class:`~threshold_estimators.TunedThresholds`.
    y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,), default=None
        True labels of the new samples, in the form that ``model`` was fitted with.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
        Weights of the new samples, or of each label of a sample.
    label_names : array-like of shape (n_labels,), default=None
        Names of the labels. None means the column names of the fitted ``y``, or else positions.
    digits : int, default=2
        Digits of the numbers in the text.

    Returns
    -------
    report : ThresholdReport
        ``print`` shows it; its methods ``to_dict`` and ``to_frame`` convert it. For each label:

        - positives: number, or weight, of the positive samples;
        - threshold, and with cross-validation its spread: the largest minus the smallest of the
          thresholds tuned in the splits;
        - precision and recall at the threshold;
        - the objective at three thresholds. untuned: 0.5, or 0 if scores are not probabilities;
          tuned: the threshold; cross_fitted: thresholds tuned on the other folds (only without
          ``X`` and ``y``);
        - flags. never and always: no or every sample gets the label; low_support: fewer than 15
          positive or negative samples to tune on; worse: cross-fitted, or else tuned, it is worse
          than untuned on the same samples.

        Then the averages over labels of :func:`sklearn.metrics.classification_report`.

    Raises
    ------
    ValueError
        If neither stored nor new samples exist, or shapes or names disagree.

    See Also
    --------
    sklearn.metrics.classification_report : Precision, recall and F1 of any predictions.

    Notes
    -----
    The objective of a label is the formula that was maximised, without its average; larger is
    better. F1 replaces an objective that does not decompose over labels, such as samples averages,
    subset accuracy, costs of samples and unknown scorers. The first line of the text names it.
    Scores of :class:`~threshold_estimators.TunedThresholds` count as probabilities if all are
    between 0 and 1.

    "worse" has no margin of significance. If tuning has no effect, half of the labels with
    changed decisions are worse by chance. A single flag is a hint; many of them are a reason to
    try another strategy.

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import threshold_report, tune_thresholds
    >>> rng = np.random.default_rng(0)
    >>> y_true = rng.random((200, 3)) < [0.5, 0.2, 0.1]
    >>> y_score = np.clip(0.3 * y_true * [1, 1, 0] + rng.random((200, 3)) / 2, 0, 1)
    >>> tuned = tune_thresholds(y_true, y_score, cv=5, store_cv_results=True)
    >>> report = threshold_report(tuned, label_names=["outdoor", "night", "noise"])
    >>> print(report)
    F1 of each label on 200 samples that thresholds were tuned on: at 0.5, at the threshold (tuned),
    and at thresholds tuned on the other folds (cross-fitted).
    <BLANKLINE>
                 positives  threshold  spread  precision  recall  at 0.5  tuned  cross-fitted  flags
    outdoor             89       0.42   0.083       0.81    0.79    0.77   0.80          0.77  worse
    night               26       0.49   0.021       0.79    0.73    0.82   0.76          0.75  worse
    noise               22       0.37   0.026       0.15    0.36    0.00   0.22          0.22
    <BLANKLINE>
    micro avg          137                          0.60    0.71    0.70   0.65          0.64
    macro avg          137                          0.59    0.63    0.53   0.59          0.58
    weighted avg       137                          0.70    0.71    0.66   0.70          0.67
    samples avg        137                          0.38    0.41    0.33   0.38          0.37
    <BLANKLINE>
    worse: worse than at 0.5, cross-fitted (2 of 3 labels)
    <BLANKLINE>
    >>> report.to_dict()["noise"]["cross_fitted"]
    0.215...
    """
    tuned = tuned_of(model)
    names = _names(label_names, tuned)
    is_stored = X is None and y is None and sample_weight is None
    if is_stored:
        samples, tests = stored_samples(tuned)
    else:
        samples, tests = new_samples(model, X, y, sample_weight), []
    threshold = default_threshold(model, samples.y_score)
    columns = report_columns(tuned, samples, tests, threshold)
    headline = _headline(tuned.objective, len(samples.y_true), is_stored, threshold, bool(tests))
    return ThresholdReport(columns, names, headline, threshold, digits)


def _names(label_names, tuned):
    n_labels = len(tuned.thresholds)
    if check_label_names(label_names, n_labels) is not None:
        return np.asarray(label_names)
    return np.arange(n_labels) if tuned.label_names is None else tuned.label_names


def _headline(objective, n_samples, is_stored, threshold, is_cross_fitted):
    reason = ""
    if objective is None:
        reason = ", as the objective has no value of single labels,"
    stored = " that thresholds were tuned on" if is_stored else ""
    end = (
        ",\nand at thresholds tuned on the other folds (cross-fitted)." if is_cross_fitted else "."
    )
    return (
        f"{_metric_name(metric_of(objective))} of each label{reason} on {n_samples} samples{stored}"
        f": at {threshold:g}, at the threshold (tuned){end}"
    )


def _metric_name(metric):
    if isinstance(metric, Constrained):
        return _metric_name(metric.objective)
    return f"F{metric.beta:g}" if isinstance(metric, FBeta) else type(metric).__name__


def _shortened(name):
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _cells(name, column, digits):
    """A column as text: thresholds, which may be small, have significant digits."""
    if name == "positives" and column.dtype.kind == "i":
        return [str(value) for value in column]
    style = f".{digits}g" if name in ("threshold", "spread") else f".{digits}f"
    return ["" if np.isnan(value) else f"{value:{style}}" for value in column]


def _aligned(columns):
    """Lines of columns of text: the first and the last flush left, the others flush right."""
    padded = []
    for position, column in enumerate(columns):
        width = max(map(len, column))
        side = "<" if position in (0, len(columns) - 1) else ">"
        padded.append([f"{cell:{side}{width}}" for cell in column])
    return ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]
