"""The report on thresholds: text, dict and DataFrame."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..core import MatrixLike, check_label_names, import_optional
from ..tuning import MIN_SUPPORT
from ._curves import AVERAGES, objective_name
from ._input import check_report_reference, model_or_record, new_samples
from ._panels import aligned, interval_text, shortened
from ._report_table import THRESHOLDS, metric_of, report_columns, stored_samples

LONGEST_NAME = 40
FLAGS = {
    "never": "no sample gets the label",
    "always": "every sample gets the label",
    "low_support": f"fewer than {MIN_SUPPORT} positive or negative samples to tune on",
    "worse": "worse than at {threshold}, {column}",
}
ENDS = "_low", "_high"  # of columns with the ends of an interval


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
    untuned_threshold : float, ndarray of shape (n_labels,) or None
        The threshold of the column "untuned"; None if there is no such column.
    digits : int
        Digits of the numbers in the text.
    """

    columns: dict[str, np.ndarray]
    label_names: np.ndarray
    headline: str
    untuned_threshold: float | np.ndarray | None
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

        Raises
        ------
        ValueError
            If labels have the same name as text, or that of an average, such as "micro avg".
        """
        names = [str(name) for name in self._row_names]
        if len(set(names)) < len(names):
            repeated = next(name for name in names if names.count(name) > 1)
            raise ValueError(
                f"The labels and averages must have different names for a dict. Got {repeated!r} "
                "more than once. Give other 'label_names', or use 'to_frame'."
            )
        values = {name: column.tolist() for name, column in self.columns.items()}
        report = {
            row_name: {name: column[row] for name, column in values.items() if row < len(column)}
            for row, row_name in enumerate(names)
        }
        for average in names[-len(AVERAGES) :]:  # which have no threshold
            report[average] = {
                name: value for name, value in report[average].items() if name not in THRESHOLDS
            }
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
        pd = import_optional("pandas", "ThresholdReport.to_frame")
        no_flags = np.zeros(len(AVERAGES), bool)
        columns = {
            name: np.append(column, no_flags) if name in FLAGS else column
            for name, column in self.columns.items()
        }
        return pd.DataFrame(columns, index=pd.Index(self._row_names, name="label", dtype=object))

    def __str__(self):
        names = [shortened(str(name), LONGEST_NAME) for name in self._row_names]
        columns = [["", *self._with_second_lines(names, [""] * len(names))]]
        for name in self.columns:
            if name not in FLAGS and not name.endswith(ENDS):
                cells = _cells(name, self.columns[name], self.digits)
                below = self._intervals(name)
                columns.append([self._head(name), *self._with_second_lines(cells, below)])
        if not self._has_intervals:
            columns.append(["flags", *self._flags(), *[""] * len(AVERAGES)])
        lines = self._with_flags(aligned(columns, has_text_last=not self._has_intervals))
        first_average = len(lines) - len(AVERAGES) * (1 + self._has_intervals)
        lines = ["", *lines[:first_average], "", *lines[first_average:], *self._legend(), ""]
        return "\n".join([self.headline, *lines])

    @property
    def _has_intervals(self):
        return any(name.endswith(ENDS) for name in self.columns)

    def _intervals(self, name):
        """The interval of each row of a column as text, empty where there is none."""
        ends = [self.columns.get(name + end) for end in ENDS]
        if ends[0] is None:
            return [""] * len(self._row_names)
        return [interval_text(low, high, self.digits) for low, high in zip(*ends, strict=True)]

    def _with_second_lines(self, cells, below):
        """The cells, each with what stands below it if there are intervals."""
        if not self._has_intervals:
            return cells
        return [line for pair in zip(cells, below, strict=True) for line in pair]

    def _with_flags(self, lines):
        """The lines with flags below the names, where the columns of thresholds are empty."""
        if self._has_intervals:
            for label, flags in enumerate(self._flags()):
                text, below = f"  {flags}" if flags else "", 2 + 2 * label
                lines[below] = text + lines[below][len(text) :]
        return lines

    def __repr__(self):
        return str(self)

    def _head(self, name):
        return (
            f"at {_shown(self.untuned_threshold)}" if name == "untuned" else name.replace("_", "-")
        )

    def _flag_names(self):
        return [name for name in FLAGS if name in self.columns]

    def _flags(self):
        """The flags of each label as text."""
        return [
            ", ".join(
                flag.replace("_", " ") for flag in self._flag_names() if self.columns[flag][label]
            )
            for label in range(len(self.label_names))
        ]

    def _legend(self):
        """The meaning of the flags that occur, and how often they do."""
        column = "cross-fitted" if "cross_fitted" in self.columns else "tuned"
        lines = []
        for flag in self._flag_names():
            n_flagged, n_labels = np.sum(self.columns[flag]), len(self.label_names)
            if n_flagged:
                meaning = FLAGS[flag].format(
                    column=column, threshold=_shown(self.untuned_threshold)
                )
                name = flag.replace("_", " ")
                lines.append(f"{name}: {meaning} ({n_flagged} of {n_labels} labels)")
        return ["", *lines] if lines else []


def threshold_report(
    model: Any,
    X: MatrixLike = None,
    y: MatrixLike = None,
    *,
    sample_weight: ArrayLike | None = None,
    reference: float | str | ArrayLike | Mapping[Any, float] | None = "auto",
    label_names: Any = None,
    digits: int = 2,
) -> ThresholdReport:
    """Build a report of each label's threshold: how certain it is and what tuning gains.

    Without ``X`` and ``y`` thresholds are evaluated on the stored samples that they were tuned on.
    The report then has a cross-fitted column too, which is not optimistic.

    Parameters
    ----------
    model : fitted classifier of this package, or TunedThresholds
        A :class:`~threshold_estimators.MultiLabelThresholdClassifier`,
        :class:`~threshold_estimators.FixedThresholdsClassifier` or
        :class:`~threshold_estimators.MultiLabelRejectClassifier`, a pipeline or search that ends
        in one, or the result of :func:`~threshold_estimators.tune_thresholds`. A report without
        ``X`` and ``y`` needs ``store_cv_results=True``.
    X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
        New samples, as ``model.predict`` takes them: features for a classifier, scores of shape
        (n_samples, n_labels) for :class:`~threshold_estimators.TunedThresholds`.
    y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,), default=None
        True labels of the new samples, in the form that ``model`` was fitted with.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
        Weights of the new samples, or of each label of a sample.
    reference : float, array-like of shape (n_labels,), mapping, "auto" or None, default="auto"
        The threshold to compare with, in the column "untuned": that of untuned scores, or one for
        each label, such as the ``thresholds_`` before ``retune``, for which there is a column
        "reference". "auto" is 0.5 for probabilities and 0 for a ``decision_function``. Scores that
        are given without a classifier count as probabilities if all are between 0 and 1, and as
        decision scores if some are below and some above 0. For others, such as log-probabilities,
        and for None the column is left out; their reference might be ``np.log(0.5)``.
    label_names : array-like of shape (n_labels,) or mapping, default=None
        Names of the labels; or a mapping to names from their positions, as ``id2label`` of Hugging
        Face, or from their present names. None means the column names of the fitted ``y``, or else
        positions.
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
        - the objective at three thresholds. untuned: ``reference``; tuned: the threshold;
          cross_fitted: thresholds tuned on the other folds (only without ``X`` and ``y``);
        - 95 % intervals for new samples of precision, recall and the cross-fitted (or else tuned)
          objective, in columns such as precision_low and precision_high. Those of stored samples
          are those of the cross-fitted decisions, so they need not hold the numbers of the tuned
          threshold; without splits there are none;
        - flags. never and always: no or every sample gets the label; low_support: fewer than 15
          positive or negative samples to tune on; worse: cross-fitted, or else tuned, it is worse
          than untuned on the same samples, and the 95 % interval of the difference excludes zero
          (never with a floor, which untuned thresholds need not keep).

        Then the averages over labels of :func:`sklearn.metrics.classification_report`.

        For a :class:`~threshold_estimators.MultiLabelRejectClassifier`: the lower and the upper
        threshold; decided, the fraction of the cells that are decided; and of these cells
        precision, negative_precision (of the cells decided as 0), recall and F1 (tuned), beside
        the F1 of all cells at ``reference``.

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

    Intervals come from a bootstrap, as ``cv_score_interval`` of
    :class:`~threshold_estimators.TunedThresholds`: samples, or the groups of the tuning, are
    redrawn with their decisions. Samples that are given are taken as independent. Each interval is
    for itself: of many labels that tuning changes nothing for, a few are "worse" by chance.

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
    Below: 95 % intervals for new samples.
    <BLANKLINE>
                  positives  threshold  spread  precision     recall  at 0.5  tuned  cross-fitted
    outdoor              89       0.42   0.083       0.81       0.79    0.77   0.80          0.77
                                                0.65–0.94  0.57–0.90                    0.64–0.87
    night                26       0.49   0.021       0.79       0.73    0.82   0.76          0.75
                                                0.44–0.96  0.52–0.91                    0.57–0.89
    noise                22       0.37   0.026       0.15       0.36    0.00   0.22          0.22
                                                0.05–0.29  0.14–0.54                    0.08–0.36
    <BLANKLINE>
    micro avg           137                          0.60       0.71    0.70   0.65          0.64
                                                0.49–0.73  0.54–0.79                    0.57–0.71
    macro avg           137                          0.59       0.63    0.53   0.59          0.58
                                                0.45–0.68  0.49–0.74                    0.50–0.65
    weighted avg        137                          0.70       0.71    0.66   0.70          0.67
                                                0.54–0.82  0.54–0.79                    0.57–0.75
    samples avg         137                          0.38       0.41    0.33   0.38          0.37
                                                0.28–0.47  0.30–0.49                    0.28–0.47
    <BLANKLINE>
    >>> report.to_dict()["noise"]["cross_fitted"]
    0.215...
    """
    fitted = model_or_record(model)
    names = check_label_names(label_names, len(fitted.tuned.thresholds), fitted.tuned.label_names)
    if not isinstance(digits, Integral) or isinstance(digits, bool) or digits < 0:
        raise ValueError(f"'digits' must be an integer of at least 0. Got {digits!r} instead.")
    is_stored = X is None and y is None and sample_weight is None
    if is_stored:
        samples, splits = stored_samples(fitted)
    elif X is None or y is None:
        raise ValueError(
            "'X' and 'y' go together, and 'sample_weight' with them. Give both, or neither."
        )
    else:
        samples, splits = new_samples(fitted, X, y, sample_weight), []
    if isinstance(reference, str) and reference == "auto":
        reference = fitted.default_reference(samples.y_score)
    reference = check_report_reference(reference, fitted)
    columns = report_columns(fitted, samples, splits, reference, is_stored=is_stored)
    if names is None:
        names = fitted.tuned.label_names
    return ThresholdReport(
        columns,
        np.arange(len(fitted.tuned.thresholds)) if names is None else names,
        _headline(
            fitted,
            len(samples.y_true),
            is_stored,
            reference,
            "cross_fitted" in columns,
            "precision_low" in columns,
        ),
        reference,
        digits,
    )


def _headline(fitted, n_samples, is_stored, reference, is_cross_fitted, has_intervals):
    reason = ""
    if fitted.tuned.objective is None and fitted.bands is None:
        reason = ", as the objective has no value of single labels,"
    stored = " that thresholds were tuned on" if is_stored else ""
    places = [] if reference is None else [f"at {_shown(reference)}"]
    tuned = "at the threshold" if fitted.bands is None else "of the cells that are decided"
    places.append(f"{tuned} (tuned)")
    if is_cross_fitted:
        places[-1] += ",\nand at thresholds tuned on the other folds (cross-fitted)"
    below = "\nBelow: 95 % intervals for new samples." if has_intervals else ""
    return (
        f"{objective_name(metric_of(fitted))} of each label{reason} on {n_samples} samples{stored}"
        f": {', '.join(places)}.{below}"
    )


def _shown(reference):
    """Name of what the thresholds are compared with, or None."""
    if reference is None:
        return None
    return f"{reference:g}" if np.ndim(reference) == 0 else "reference"


def _cells(name, column, digits):
    """A column as text: thresholds, which may be small, have significant digits."""
    if name == "positives" and not np.any(column % 1):
        return [f"{value:.0f}" for value in column]
    style = f".{max(digits, 1)}g" if name in THRESHOLDS else f".{digits}f"
    return ["" if np.isnan(value) else f"{value:{style}}" for value in column]
