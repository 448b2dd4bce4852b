"""The target of the classifier: an indicator of several labels, or a column of two classes, which is one label."""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from ._validation import check_indicator


class Target(NamedTuple):
    """Checked target.

    values : (n_samples, n_labels) bool
    classes : list of n_labels arrays [0, 1] for an indicator, one array of two classes, negative first, for a 1-D y
    names : (n_labels,) names of the labels where y had them, else None
    """

    values: np.ndarray
    classes: np.ndarray | list
    names: np.ndarray | None

    @property
    def n_labels(self):
        """Number of labels."""
        return self.values.shape[1]

    @property
    def column_classes(self):
        """The two classes of a 1-D y, None for an indicator."""
        return None if isinstance(self.classes, list) else self.classes


def check_target(y, estimator_name):
    """Target of y: a label indicator of shape (n_samples, n_labels), or two classes in shape (n_samples,)."""
    if y is None:
        raise ValueError(
            f"This {estimator_name} estimator requires y to be passed, but the target y is None."
        )
    if not sparse.issparse(y) and not _holds_sequences(y) and np.ndim(y) == 1:
        return _check_column(y)
    values, names = check_indicator(y)
    return Target(values, [np.array([0, 1]) for _ in range(values.shape[1])], names)


def _holds_sequences(y):
    """Whether y is a list of rows, which may differ in length when they are names of labels not yet binarised."""
    return isinstance(y, list | tuple) and any(isinstance(row, list | tuple | set) for row in y)


def _check_column(y):
    if np.iscomplexobj(y):
        raise ValueError("Complex data not supported in 'y'.")
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise ValueError(
            f"Unknown label type: {kind}. Only binary classification is supported. For several labels give 'y' as an "
            "indicator of shape (n_samples, n_labels), for example by sklearn.preprocessing.MultiLabelBinarizer."
        )
    classes, codes = np.unique(column_or_1d(y), return_inverse=True)
    if len(classes) < 2:
        got = f"the one class {classes[0]!r}" if len(classes) else "no rows"
        raise ValueError(f"'y' must have two classes. Got {got} instead.")
    return Target((codes == 1)[:, np.newaxis], classes, None)


def as_fitted(y, target):
    """What an estimator is given as y: signed integers, as scikit-learn expects, or the floats that the user gave."""
    if (
        isinstance(target.classes, list)
        and not sparse.issparse(y)
        and (dense := np.asarray(y)).dtype.kind == "f"
    ):
        return dense
    return target.values.astype(np.int64)


def in_classes(y_pred, classes):
    """Decisions as integers of shape (n_samples, n_labels), in the form of the target that was fitted."""
    return y_pred if isinstance(classes, list) else classes[y_pred[:, 0]]


def check_labels(y, n_labels, names):
    """Labels of new rows as an indicator with the columns that thresholds were tuned with."""
    labels = check_indicator(y, "y")
    if labels.n_labels != n_labels:
        raise ValueError(
            f"'y' must have {n_labels} columns, one for each label. Got {labels.n_labels} instead."
        )
    if names is not None and labels.names is not None and not np.array_equal(names, labels.names):
        raise ValueError(
            f"The columns of 'y' must be those that thresholds were tuned with, {list(names)}, in this order. Got "
            f"{list(labels.names)} instead."
        )
    return labels
