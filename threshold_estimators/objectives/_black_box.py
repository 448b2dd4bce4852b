"""Scorers of scikit-learn that are none of this package's objectives."""

from inspect import signature

import numpy as np
from sklearn.base import BaseEstimator

from .._compat import scorer_parts
from ._base import Objective


class _Decided(BaseEstimator):
    """Stands in for an estimator whose predictions are known."""

    def __init__(self, y_pred):
        self.y_pred = y_pred

    def predict(self, X):
        return self.y_pred


class ScorerObjective(Objective):
    """What a scorer of predicted labels says; thresholds for it are searched, without a promise of the optimum.

    Parameters
    ----------
    scorer : callable
        Scorer with the signature ``scorer(estimator, X, y)`` that asks nothing of the estimator but ``predict``.

    classes : tuple of length 2, default=(0, 1)
        What the scorer is given for a single label that a row has not, and has.
    """

    def __init__(self, scorer, classes=(0, 1)):
        self.scorer = scorer
        self.classes = classes

    def check(self, n_samples, n_labels):
        """A scorer says by itself what it cannot score."""

    def value(self, y_true, y_pred, sample_weight):
        """What the scorer says of boolean arrays of shape (n_samples, n_labels)."""
        params = {} if sample_weight is None else {"sample_weight": sample_weight}
        if params and not self._takes_sample_weight():
            raise ValueError(f"'sample_weight' was given, but scoring={self.scorer!r} does not take it.")
        y_true, y_pred = y_true.astype(int), np.asarray(y_pred).astype(int)
        if y_true.shape[1] == 1:  # one label is what scikit-learn's metrics call binary
            classes = np.asarray(self.classes)
            y_true, y_pred = classes[y_true[:, 0]], classes[y_pred[:, 0]]
        try:
            value = self.scorer(_Decided(y_pred), np.zeros((len(y_true), 1)), y_true, **params)
        except AttributeError as error:
            raise ValueError(
                f"scoring={self.scorer!r} asks an estimator for more than its predictions, which are all "
                "that thresholds can change."
            ) from error
        if np.ndim(value) != 0:
            raise ValueError(f"scoring={self.scorer!r} must give a number. Got {value!r} instead.")
        return float(value)

    def _takes_sample_weight(self):
        parts = scorer_parts(self.scorer)
        parameters = signature(self.scorer if parts is None else parts[0]).parameters.values()
        return any(p.name == "sample_weight" or p.kind == p.VAR_KEYWORD for p in parameters)
