"""The labels of a problem, and the translation of targets to an indicator and back."""

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils.multiclass import type_of_target

from ._tables import BINARIZER, Table, as_floats, order_of_columns, read_table
from ._validation import check_sample_weight, label_name

COLLECTIONS = list, tuple, set, frozenset, np.ndarray  # of labels, in a column


class Labels(NamedTuple):
    """Labels of samples.

    y_true : (n_samples, n_labels) bool, False where a label is missing
    known : (n_samples, n_labels) bool, or None where no label is missing
    names : (n_labels,) names of the columns, or None
    """

    y_true: np.ndarray
    known: np.ndarray | None = None
    names: np.ndarray | None = None

    def weights(self, sample_weight: Any) -> np.ndarray | None:
        """Checked weights: (n_samples,), or (n_samples, n_labels) with 0 for missing labels."""
        if sample_weight is not None and not isinstance(sample_weight, Real):
            table = as_floats(read_table(sample_weight, "sample_weight"), "sample_weight")
            if table.values.ndim == 2:
                columns = order_of_columns(table.names, self.names, "sample_weight")
                table = table.take_columns(columns)
            sample_weight = table.values
        weight = check_sample_weight(sample_weight, *self.y_true.shape)
        if self.known is None:
            return weight
        if not self.known.any():
            raise ValueError("Some labels must be known. Got missing labels only instead.")
        if weight is None:
            return self.known.astype(np.float64)
        return self.known * (weight if weight.ndim == 2 else weight[:, np.newaxis])

    def with_nan(self):
        """Integers 0 and 1, or floats with NaN if labels are missing: (n_samples, n_labels)."""
        if self.known is None:
            return self.y_true.astype(np.int64)
        return np.where(self.known, self.y_true.astype(np.float64), np.nan)


def read_labels(
    y: Any, name: str = "y", names: Any = None, *, takes_column: bool = False
) -> Labels:
    """Labels of an indicator of 0 and 1, where NaN, None, NA and masked cells are missing.

    names : (n_labels,) names of the labels, which set the order of the columns; or None
    takes_column : whether a single label may have shape (n_samples,)
    """
    table = read_table(y, name)
    if takes_column and table.values.ndim == 1:
        table = table.as_column()
    if table.values.ndim != 2 or 0 in table.values.shape:
        raise ValueError(
            f"{name!r} must be a label indicator of shape (n_samples, n_labels) with at least one "
            f"sample and one label. Got shape {table.values.shape} instead. Reshape a single label "
            f"with y.reshape(-1, 1). {BINARIZER}"
        )
    table = table.take_columns(order_of_columns(table.names, names, name))
    positive, known = _positive_and_known(table, name)
    return Labels(positive, known, table.names if names is None else names)


def _positive_and_known(table, name):
    values = table.values
    if values.dtype == bool and table.masked is None:
        return values, None
    if values.dtype.kind in "SU":
        values = values.astype(object)  # numpy compares strings with numbers only as objects
    positive = np.asarray(values == 1, bool)
    is_valid = np.asarray(values == 0, bool)
    is_valid |= positive
    if table.masked is None and is_valid.all():
        return positive, None
    unknown = table.unknown()
    if unknown is not None:
        is_valid |= unknown
        positive &= ~unknown
    if not is_valid.all():
        raise ValueError(_invalid_message(table, is_valid, name))
    return positive, None if unknown is None else ~unknown


def _invalid_message(table, is_valid, name):
    sample, label = np.argwhere(~is_valid)[0]
    value = table.values[sample].tolist()[label]
    advice = ""
    if not isinstance(value, str) and value == -1:
        advice = f" If -1 marks a missing label, write NaN: np.where({name} == -1, np.nan, {name})."
    elif isinstance(value, str):
        advice = f" {BINARIZER}"
    return (
        f"{name!r} must hold only 0 and 1, and NaN for a missing label. Got {value!r} in row "
        f"{sample} of label {label_name(label, table.names)} instead.{advice}"
    )


class LabelSpace(NamedTuple):
    """The labels that thresholds belong to.

    The target is an indicator of several labels, or a column of two classes. A column is one
    label, which the samples of the larger class have.

    n_labels : int
    names : (n_labels,) column names of the target, or None
    classes : (2,) the classes of a column, the smaller one first; None for an indicator
    """

    n_labels: int
    names: np.ndarray | None = None
    classes: np.ndarray | None = None

    @property
    def classes_(self):
        """Classes in scikit-learn's form: (2,) of a column, (n_labels, 2) of an indicator.

        scikit-learn's functions expect a list of arrays beside a list of probabilities, and an
        array beside an array.
        """
        return np.tile([0, 1], (self.n_labels, 1)) if self.classes is None else self.classes

    @property
    def decisions(self):
        """What a label can be predicted as, of shape (2,): 0 and 1, or the two classes."""
        return np.array([0, 1]) if self.classes is None else self.classes

    @property
    def label_names(self):
        """Names of the labels, or None. The label of a column has the name of its class."""
        return self.names if self.classes is None else self.classes[1:]

    def encode(self, y, name="y"):
        """Labels of new samples, in the order of the labels that were fitted.

        Raises a ValueError where ``y`` has other columns or other classes than the fitted target.
        """
        if self.classes is not None:
            return self._encode_column(read_table(y, name), name)
        labels = read_labels(y, name, self.names)
        if labels.y_true.shape[1] != self.n_labels:
            raise ValueError(
                f"{name!r} must have {self.n_labels} columns, one for each label. "
                f"Got {labels.y_true.shape[1]} instead."
            )
        return labels

    def _encode_column(self, table, name):
        column = _as_column(table, name)
        unknown = column.unknown()
        known = slice(None) if unknown is None else ~unknown
        others = set(column.values[known].tolist()) - set(self.classes.tolist())
        if others:
            raise ValueError(
                f"{name!r} must hold the classes {self.classes.tolist()} only. "
                f"Got {sorted(others, key=str)} too."
            )
        return _labels_of_column(column, self.classes)

    def decode(self, y_pred):
        """Decisions of shape (n_samples, n_labels), integers, in the form of the target."""
        return y_pred if self.classes is None else self.classes[y_pred[:, 0]]

    def squeeze(self, values):
        """Values of shape (n_samples, n_labels), or (n_samples,) where the target is a column."""
        return values if self.classes is None else values[:, 0]

    def proba(self, y_proba):
        """Probabilities of shape (n_samples, n_labels), or of both classes of a column."""
        return y_proba if self.classes is None else np.hstack([1 - y_proba, y_proba])

    def as_fitted(self, y, labels):
        """The target that an estimator is fitted to, given the user's ``y`` and its labels."""
        if self.classes is None and labels.known is None and not sparse.issparse(y):
            values = read_table(y, "y").values
            if values.dtype.kind == "f":  # some estimators learn from floats only
                return values
        return labels.with_nan()


def learn_labels(y: Any, estimator_name: str = "", name: str = "y") -> tuple[LabelSpace, Labels]:
    """(label space, labels) of a target, which is an indicator or a column of two classes."""
    if y is None and estimator_name:
        raise ValueError(
            f"This {estimator_name} estimator requires y to be passed, but the target y is None."
        )
    table = read_table(y, name)
    if table.values.ndim == 1:
        column = _as_column(table, name)
        classes = _classes_of(column, name)
        return LabelSpace(1, None, classes), _labels_of_column(column, classes)
    labels = read_labels(table, name)
    return LabelSpace(labels.y_true.shape[1], labels.names), labels


def learn_shares(y: Any, name: str = "y") -> tuple[LabelSpace, Labels, np.ndarray]:
    """(label space, labels, shares) of soft labels, which are shares of a positive from 0 to 1.

    A share of at least a half is a label; the shares have shape (n_samples, n_labels).
    """
    table = as_floats(read_table(y, name), name)
    is_column = table.values.ndim == 1
    if is_column:
        table = table.as_column()
    share, known = table.values, ~np.isnan(table.values)
    is_invalid = known & ~((share >= 0) & (share <= 1))
    if is_invalid.any():
        sample, label = np.argwhere(is_invalid)[0]
        raise ValueError(
            f"{name!r} must hold shares from 0 to 1 if 'soft_labels' is True. Got "
            f"{share[sample, label]} in row {sample} of label {label_name(label, table.names)} "
            "instead."
        )
    labels = read_labels(np.where(known, share >= 0.5, np.nan), name)._replace(names=table.names)
    classes = np.array([0, 1]) if is_column else None
    space = LabelSpace(share.shape[1], table.names, classes)
    return space, labels, np.where(known, share, 0).astype(np.float64)


def label_names_of(estimator):
    """Names of the labels that an estimator was fitted to, or the one in which it ends; or None."""
    if hasattr(estimator, "best_estimator_"):
        return label_names_of(estimator.best_estimator_)
    if hasattr(estimator, "steps"):
        return label_names_of(estimator.steps[-1][1])
    return getattr(estimator, "label_names_in_", None)


def _as_column(table, name):
    """The table in one dimension."""
    values, masked = table.values, table.masked
    if values.ndim != 1 and values.shape != (len(values), 1):
        raise ValueError(
            f"{name!r} must be a column of shape (n_samples,), as in 'fit'. "
            f"Got shape {values.shape} instead."
        )
    if values.dtype == object and any(isinstance(value, COLLECTIONS) for value in values.flat):
        raise ValueError(
            f"{name!r} must be an indicator or a column of classes. Got a column of lists or sets "
            f"instead. {BINARIZER}"
        )
    return Table(values.ravel(), masked=None if masked is None else masked.ravel())


def _classes_of(column, name):
    """The two classes of a column, the smaller one first."""
    values = column.known_values()
    if values.dtype.kind == "c":
        raise ValueError(f"Complex data not supported in {name!r}.")
    kind = type_of_target(values, input_name=name, raise_unknown=True)
    if kind != "binary":
        raise ValueError(
            f"Unknown label type: {kind}. Only binary classification is supported. For several "
            f"labels give {name!r} as an indicator of shape (n_samples, n_labels). {BINARIZER}"
        )
    classes = np.unique(values)
    if len(classes) < 2:
        found = f"the one class {classes[0]!r}" if len(classes) else "no samples"
        raise ValueError(f"{name!r} must have two classes. Got {found} instead.")
    return classes


def _labels_of_column(column, classes):
    unknown = column.unknown()
    positive = np.asarray(column.values == classes[1], bool)[:, np.newaxis]
    if unknown is None:
        return Labels(positive)
    known = ~unknown[:, np.newaxis]
    return Labels(positive & known, known)
