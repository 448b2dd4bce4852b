"""The labels of a problem, and the translation of targets to an indicator and back."""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from ._validation import check_indicator, column_names


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
        """Classes in scikit-learn's form: an array for a column, a list of arrays for labels."""
        if self.classes is not None:
            return self.classes
        return [np.array([0, 1]) for _ in range(self.n_labels)]

    @property
    def decisions(self):
        """What a label can be predicted as, of shape (2,): 0 and 1, or the two classes."""
        return np.array([0, 1]) if self.classes is None else self.classes

    @property
    def label_names(self):
        """Names of the labels, or None. The label of a column has the name of its class."""
        return self.names if self.classes is None else self.classes[1:]

    def encode(self, y, name="y"):
        """Boolean indicator of shape (n_samples, n_labels) of new samples' labels.

        Raises a ValueError where ``y`` has other columns or other classes than the fitted target.
        """
        if self.classes is not None:
            return self._encode_column(y, name)
        names, y = column_names(y), check_indicator(y, name)
        if y.shape[1] != self.n_labels:
            raise ValueError(
                f"{name!r} must have {self.n_labels} columns, one for each label. "
                f"Got {y.shape[1]} instead."
            )
        if self.names is not None and names is not None and not np.array_equal(self.names, names):
            raise ValueError(
                f"The columns of {name!r} must be those that thresholds were tuned with, "
                f"{list(self.names)}, in this order. Got {list(names)} instead."
            )
        return y

    def _encode_column(self, y, name):
        y = column_or_1d(y)
        unknown = set(np.unique(y).tolist()) - set(self.classes.tolist())
        if unknown:
            raise ValueError(
                f"{name!r} must hold the classes {self.classes.tolist()} only. "
                f"Got {sorted(unknown)} too."
            )
        return (y == self.classes[1])[:, np.newaxis]

    def decode(self, y_pred):
        """Decisions of shape (n_samples, n_labels), integers, in the form of the target."""
        return y_pred if self.classes is None else self.classes[y_pred[:, 0]]

    def squeeze(self, values):
        """Values of shape (n_samples, n_labels), or (n_samples,) where the target is a column."""
        return values if self.classes is None else values[:, 0]

    def proba(self, y_proba):
        """Probabilities of shape (n_samples, n_labels), or of both classes of a column."""
        return y_proba if self.classes is None else np.hstack([1 - y_proba, y_proba])

    def as_fitted(self, y, y_true):
        """The target that an estimator is fitted to, given the user's ``y`` and its indicator."""
        if self.classes is None and not sparse.issparse(y):
            dense = np.asarray(y)
            if dense.dtype.kind == "f":  # some estimators learn from floats only
                return dense
        return y_true.astype(np.int64)


def learn_labels(y, estimator_name):
    """(label space, boolean indicator of shape (n_samples, n_labels)) of a target."""
    if y is None:
        raise ValueError(
            f"This {estimator_name} estimator requires y to be passed, but the target y is None."
        )
    if not sparse.issparse(y) and not _holds_sequences(y) and np.ndim(y) == 1:
        return _learn_column(y)
    y_true = check_indicator(y)
    return LabelSpace(y_true.shape[1], column_names(y)), y_true


def _holds_sequences(y):
    """Whether y is a list of lists, which differ in length where they hold names of labels."""
    return isinstance(y, list | tuple) and any(isinstance(row, list | tuple | set) for row in y)


def _learn_column(y):
    if np.iscomplexobj(y):
        raise ValueError("Complex data not supported in 'y'.")
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise ValueError(
            f"Unknown label type: {kind}. Only binary classification is supported. For several "
            "labels give 'y' as an indicator of shape (n_samples, n_labels), for example by "
            "sklearn.preprocessing.MultiLabelBinarizer."
        )
    classes, codes = np.unique(column_or_1d(y), return_inverse=True)
    if len(classes) < 2:
        found = f"the one class {classes[0]!r}" if len(classes) else "no samples"
        raise ValueError(f"'y' must have two classes. Got {found} instead.")
    return LabelSpace(1, None, classes), (codes == 1)[:, np.newaxis]
