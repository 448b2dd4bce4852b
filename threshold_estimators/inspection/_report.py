"""The report on thresholds, as text, a dict or a DataFrame."""

import numpy as np
from numpy.typing import ArrayLike

from ..objectives import Constrained, FBeta
from ..tuning import MIN_SUPPORT
from ._report_table import (
    AVERAGES,
    fitted_thresholds,
    judge,
    judged_rows,
    measure_of_labels,
    untuned_cut,
)

LONGEST_NAME = 40
LEGEND = {
    "never": "none of these rows gets the label",
    "always": "all of these rows get the label",
    "thin": f"fewer than {MIN_SUPPORT} positives or negatives to tune on",
    "worse": "worse than at {cut:g}, {column}",
}


def threshold_report(
    model,
    X=None,
    y: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
    digits: int = 2,
    output_dict: bool = False,
    as_frame: bool = False,
):
    """What the threshold of each label does: how sure it is, and what it gains over no tuning.

    Without ``X`` and ``y`` thresholds are judged on the rows they were tuned on, as the scores of these were kept; the
    report then has a cross-fitted column too, which does not flatter. With them it judges on these rows.

    Parameters
    ----------
    model : MultiLabelThresholdClassifier, FixedThresholdsClassifier or TunedThresholds
        A fitted classifier, or a pipeline or search that ends in one, or what
        :func:`~threshold_estimators.tune_thresholds` returned. For a report without ``X`` and ``y`` it must come from a
        call with ``store_cv_results=True``.

    X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
        New rows, as ``model.predict`` takes them: the features for a classifier, the scores of shape (n_samples,
        n_labels) for :class:`~threshold_estimators.TunedThresholds`.

    y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,), default=None
        True labels of the new rows, as ``model`` was fitted with.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the new rows.

    label_names : array-like of shape (n_labels,), default=None
        Names of the labels. None takes the column names of the ``y`` that thresholds were tuned with, or else the
        positions.

    digits : int, default=2
        Digits of the numbers in text.

    output_dict : bool, default=False
        Whether to return a dict of dicts, with the name of the label or average first, then that of the column, as from
        :func:`sklearn.metrics.classification_report`.

    as_frame : bool, default=False
        Whether to return a :class:`pandas.DataFrame` with a row for each label, then one for each of the four averages,
        which have no threshold and no flags.

    Returns
    -------
    report : str, dict or DataFrame
        For each label:

        - positives: its positive rows, or their weight;
        - threshold, and with cross-validation its spread: the largest less the smallest of the thresholds that were
          tuned on parts of the rows;
        - precision and recall at the threshold;
        - untuned: the objective where scores are cut at 0.5, or at 0 if they are no probabilities; tuned: at the
          threshold; cross_fitted: at thresholds tuned on the other folds, without ``X`` and ``y``;
        - flags. never: none of the rows gets the label; always: all of them; thin: fewer than 15 positives or negatives
          to tune on; worse: cross-fitted, or else tuned, it is worse than untuned on the same rows.

        Then the averages over labels that :func:`sklearn.metrics.classification_report` gives.

    Raises
    ------
    ValueError
        Where no scores were kept and no rows are given, or shapes and names disagree.

    ImportError
        For ``as_frame=True`` without pandas.

    See Also
    --------
    sklearn.metrics.classification_report : Precision, recall and F1 of any predictions.

    Notes
    -----
    The objective of a label is the formula that thresholds were tuned for, whatever its average, larger being better.
    Where it is none of a single label's counts (averages over samples, subset accuracy, costs of rows, unknown scorers)
    F1 takes its place; text says which it is. Scores of :class:`~threshold_estimators.TunedThresholds` are taken for
    probabilities where all lie between 0 and 1.

    "worse" compares two numbers from the same rows, however little apart. Where tuning neither helps nor harms, half of
    the labels that it changes are worse by chance: take the flag of a single label with few positives or a wide spread
    for a hint, and many of them for a reason to try another strategy.

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import threshold_report, tune_thresholds
    >>> rng = np.random.default_rng(0)
    >>> y_true = rng.random((200, 3)) < [0.5, 0.2, 0.1]
    >>> y_score = np.clip(0.3 * y_true * [1, 1, 0] + rng.random((200, 3)) / 2, 0, 1)
    >>> tuned = tune_thresholds(y_true, y_score, cv=5, store_cv_results=True)
    >>> print(threshold_report(tuned, label_names=["outdoor", "night", "noise"]))
    F1 of each label on 200 rows that thresholds were tuned on: cut at 0.5, at the threshold (tuned),
    and at thresholds tuned on the other folds (cross-fitted).
    <BLANKLINE>
                  positives  threshold  spread  precision  recall  at 0.5  tuned  cross-fitted  flags
    outdoor              89       0.42   0.084       0.81    0.78    0.77   0.79          0.76  worse
    night                26       0.49   0.022       0.79    0.73    0.82   0.76          0.72  worse
    noise                22       0.38   0.096       0.17    0.32    0.00   0.22          0.19
    <BLANKLINE>
    micro avg           137                          0.63    0.69    0.70   0.66          0.62
    macro avg           137                          0.59    0.61    0.53   0.59          0.56
    weighted avg        137                          0.70    0.69    0.66   0.69          0.66
    samples avg         137                          0.38    0.40    0.33   0.38          0.36
    <BLANKLINE>
    worse: worse than at 0.5, cross-fitted (2 of 3 labels)
    <BLANKLINE>
    >>> threshold_report(tuned, output_dict=True)["2"]["cross_fitted"]
    0.194...
    """
    if output_dict and as_frame:
        raise ValueError("'output_dict' and 'as_frame' exclude each other. Choose one of them.")
    fitted = fitted_thresholds(model)
    names = _checked_names(label_names, fitted)
    rows = judged_rows(model, fitted, X, y, sample_weight)
    cut = untuned_cut(model, rows.y_score)
    table = judge(fitted, rows, cut)
    if output_dict:
        return _as_dict(table, names)
    if as_frame:
        return _as_frame(table, names)
    return _as_text(table, names, _headline(fitted, rows, cut), cut, digits)


def _checked_names(label_names, fitted):
    n_labels = len(fitted.thresholds)
    if label_names is None:
        return np.arange(n_labels) if fitted.label_names is None else fitted.label_names
    if len(label_names) != n_labels:
        raise ValueError(
            f"'label_names' must have a name for each of {n_labels} labels. Got {len(label_names)} names."
        )
    return np.asarray(label_names)


def _as_dict(table, names):
    columns = {name: column.tolist() for name, column in table.items()}
    report = {
        str(name): {key: column[row] for key, column in columns.items()}
        for row, name in enumerate(names)
    }
    for row, average in enumerate(AVERAGES, start=len(names)):
        of_average = {key: column[row] for key, column in columns.items() if row < len(column)}
        report[f"{average} avg"] = {
            key: value for key, value in of_average.items() if key not in ("threshold", "spread")
        }
    return report


def _as_frame(table, names):
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "as_frame=True needs pandas. Install it with: pip install threshold-estimators[frames]"
        ) from error
    rows = [*names, *(f"{average} avg" for average in AVERAGES)]
    no_flags = np.zeros(len(AVERAGES), bool)
    columns = {
        key: np.r_[column, no_flags] if key in LEGEND else column for key, column in table.items()
    }
    return pd.DataFrame(columns, index=pd.Index(rows, name="label", dtype=object))


def _headline(fitted, rows, cut):
    measure = measure_of_labels(fitted.objective)
    told = f"{_name(measure)} of each label"
    if measure is not fitted.objective:
        told += ", as the objective has no value of single labels,"
    of_tuning = " that thresholds were tuned on" if rows is fitted.rows else ""
    told += f" on {len(rows.y_true)} rows{of_tuning}: cut at {cut:g}, at the threshold (tuned)"
    return told + (
        ",\nand at thresholds tuned on the other folds (cross-fitted)." if rows.tests else "."
    )


def _name(measure):
    if isinstance(measure, Constrained):
        return _name(measure.objective)
    return f"F{measure.beta:g}" if isinstance(measure, FBeta) else type(measure).__name__


def _as_text(table, names, headline, cut, digits):
    told = [[_short(str(name)) for name in names] + [f"{average} avg" for average in AVERAGES]]
    told += [_cells(name, column, digits) for name, column in table.items() if name not in LEGEND]
    told.append(
        [", ".join(flag for flag in LEGEND if table[flag][row]) for row in range(len(names))]
    )
    told[-1] += [""] * len(AVERAGES)
    heads = ["", *(name for name in table if name not in LEGEND), "flags"]
    heads = [f"at {cut:g}" if head == "untuned" else head.replace("_", "-") for head in heads]
    lines = _aligned([[head, *cells] for head, cells in zip(heads, told, strict=True)])
    return "\n".join(
        [
            headline,
            "",
            *lines[: len(names) + 1],
            "",
            *lines[len(names) + 1 :],
            *_legend(table, cut),
            "",
        ]
    )


def _short(name):
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _cells(name, column, digits):
    """A column as text: cuts in significant digits, for they may be small; numbers of rows whole where they are."""
    if name == "positives" and column.dtype.kind == "i":
        return [str(value) for value in column]
    style = f".{digits}g" if name in ("threshold", "spread") else f".{digits}f"
    return ["" if np.isnan(value) else f"{value:{style}}" for value in column]


def _aligned(columns):
    """Lines of columns of text, the first and the last flush left, the others flush right."""
    widths = [max(map(len, column)) for column in columns]
    first, *numbers, last = columns
    padded = [[f"{cell:<{widths[0]}}" for cell in first]]
    padded += [
        [f"{cell:>{width}}" for cell in column]
        for column, width in zip(numbers, widths[1:], strict=False)
    ]
    return ["  ".join(cells).rstrip() for cells in zip(*padded, last, strict=True)]


def _legend(table, cut):
    """What the flags mean that occur, and how often they do."""
    column = "cross-fitted" if "cross_fitted" in table else "tuned"
    lines = [
        f"{flag}: {told.format(column=column, cut=cut)} ({np.sum(table[flag])} of {len(table[flag])} labels)"
        for flag, told in LEGEND.items()
        if np.any(table[flag])
    ]
    return ["", *lines] if lines else []
