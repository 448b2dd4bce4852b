"""Meta-estimator for known thresholds: fit a model, decide by the thresholds."""

import os
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import clone
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from ..core import (
    HasMethods,
    MatrixLike,
    StrOptions,
    check_same_index,
    check_thresholds,
    fit_context,
    in_order_of_labels,
    learn_labels,
)
from ..fitting import check_fit_params, fit_labels, one_vs_rest_if_needed, response_method_name
from ..tuning import TunedThresholds, given_thresholds
from ._base import ThresholdedClassifier


class FixedThresholdsClassifier(ThresholdedClassifier):
    """Multi-label classifier that decides by given thresholds.

    A sample gets a label if the score of ``estimator`` is at least the threshold of that label.
    Nothing is tuned.

    Parameters
    ----------
    estimator : estimator instance
        Estimator with ``predict_proba`` or ``decision_function``. An estimator for a single label
        is fitted once for each label by :class:`~sklearn.multiclass.OneVsRestClassifier`; of a
        pipeline, only the last step is, where the other steps take several labels. A
        :class:`~sklearn.frozen.FrozenEstimator` is not fitted; ``fit`` learns only the names of
        the labels from ``y``.
    thresholds : float, array-like of shape (n_labels,), Series, dict, str or path, default=0.5
        One threshold for all labels, one for each, or one for each by its name, which is the name
        of a column of ``y``; a Series has the names in its index. A path is that of a file which
        :meth:`TunedThresholds.to_json <threshold_estimators.TunedThresholds.to_json>` wrote: its
        limits on the number of labels hold too, and ``fit`` reads it. ``inf`` means never, ``-inf``
        always. If ``y`` is a column of two classes, the threshold is for the score of the larger
        class, and has its name in a dict.
    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method of ``estimator`` that gives the scores; "auto" is ``predict_proba`` if it exists.
        The usual threshold of ``decision_function`` is 0.

    Attributes
    ----------
    estimator_ : estimator instance
        The fitted clone of ``estimator``. It, or the last step of a pipeline, is in a
        :class:`~sklearn.multiclass.OneVsRestClassifier` for several labels, and in a wrapper for
        constant labels, if it needs these.
    thresholds_ : ndarray of shape (n_labels,)
        The threshold of each label.
    tuned_ : TunedThresholds
        The thresholds as a record, without scores since nothing was tuned.
    label_space_ : LabelSpace
        Names and classes of the labels.
    classes_ : ndarray of shape (n_labels, 2) or (2,)
        The classes 0 and 1 of each label; the two classes if ``y`` was a column.
    label_names_in_ : ndarray of shape (n_labels,)
        Column names of ``y``, if it had any.
    n_features_in_, feature_names_in_ : int and ndarray of shape (`n_features_in_`,)
        Number and names of the features, if ``estimator_`` has them.

    See Also
    --------
    MultiLabelThresholdClassifier : Learns the thresholds.
    sklearn.model_selection.FixedThresholdClassifier : A threshold for one label.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import FixedThresholdsClassifier
    >>> X, y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> y = pd.DataFrame(y, columns=["fraud", "error", "other"])
    >>> agreed = {"fraud": 0.1, "error": 0.5, "other": 0.8}
    >>> model = FixedThresholdsClassifier(LogisticRegression(), agreed).fit(X, y)
    >>> model.thresholds_
    array([0.1, 0.5, 0.8])
    >>> bool((model.predict(X) == (model.predict_proba(X) >= [0.1, 0.5, 0.8])).all())
    True
    """

    estimator_: Any
    thresholds_: np.ndarray
    tuned_: TunedThresholds

    _parameter_constraints: dict = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "thresholds": [Real, "array-like", Mapping, str, os.PathLike],
        "response_method": [StrOptions({"auto", "predict_proba", "decision_function"})],
    }

    def __init__(
        self,
        estimator: Any,
        thresholds: float | ArrayLike | Mapping[Any, float] | str | os.PathLike[str] = 0.5,
        *,
        response_method: str = "auto",
    ) -> None:
        self.estimator = estimator
        self.thresholds = thresholds
        self.response_method = response_method

    @fit_context(prefer_skip_nested_validation=False)  # estimator is not validated yet
    def fit(self, X: MatrixLike, y: MatrixLike, **params: Any) -> Self:
        """Fit the estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data, in any form that ``estimator`` takes.
        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Labels as an indicator of 0 and 1; the columns of a DataFrame name the labels. A column
            of two classes is one label, predicted as scikit-learn's binary classifiers do.
        **params : dict
            Passed to ``fit`` of ``estimator``; with metadata routing those that it requested.

        Returns
        -------
        self : FixedThresholdsClassifier
            The fitted classifier.
        """
        check_same_index(X=X, y=y)
        space, labels = learn_labels(y, type(self).__name__)
        X, y = indexable(X, y)
        tuned = _check_thresholds(self.thresholds, space)
        target = space.as_fitted(y, labels)
        estimator = one_vs_rest_if_needed(self.estimator, X, target)
        response_method = response_method_name(estimator, self.response_method)
        params = self._route(estimator, params)
        fitted = fit_labels(clone(estimator), X, target, params, space.classes)
        self._set_fitted(
            fitted,
            space,
            estimator_=fitted,
            thresholds_=tuned.thresholds,
            tuned_=tuned,
            # What was fitted decides, if parameters are set afterwards.
            _response_method=response_method,
        )
        return self

    def _route(self, estimator, params):
        """Parameters of ``fit`` that go to the estimator."""
        if get_config()["enable_metadata_routing"]:
            return process_routing(self, "fit", **params).estimator.fit
        check_fit_params(estimator, params, type(self.estimator).__name__)
        return params

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of ``fit``.

        Returns
        -------
        routing : MetadataRouter
            To ``estimator``.
        """
        return MetadataRouter(owner=self).add(
            estimator=self.estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit")
        )


def _check_thresholds(thresholds, space):
    """The record of thresholds from a number, an array, a Series, a dict or a file."""
    kept = {}
    if isinstance(thresholds, str | os.PathLike):
        saved = _read_file(thresholds)
        _check_classes(saved.classes, space)
        kept = _kept_fields(saved, space)
        thresholds = kept.pop("thresholds")
    if isinstance(thresholds, Real) and not isinstance(thresholds, bool):
        thresholds = np.full(space.n_labels, float(thresholds))
    thresholds = check_thresholds(thresholds, space.n_labels, space.label_names)
    return replace(given_thresholds(thresholds, space), **kept)


def _kept_fields(saved, space):
    """Fields of a record that are kept, those of labels by their names where there are some."""
    kept = {"limits": saved.limits, "of_probabilities": saved.of_probabilities}
    for field in ("thresholds", "predicted_share", "n_samples"):
        values = getattr(saved, field)
        has_names = saved.label_names is not None and space.label_names is not None
        if has_names and values is not None:
            by_name = dict(zip(saved.label_names.tolist(), values.tolist(), strict=True))
            values = np.array(in_order_of_labels(by_name, space.label_names, field))
        kept[field] = values
    return kept


def _read_file(path):
    try:
        return TunedThresholds.from_json(path)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"'thresholds' must be numbers or the path of a file. There is no file {str(path)!r}."
        ) from error


def _check_classes(classes, space):
    """Raise a ValueError if a file of thresholds is for a target of another form."""
    saved, fitted = (None if c is None else c.tolist() for c in (classes, space.classes))
    if saved is not None and saved != fitted:
        found = "an indicator of labels" if fitted is None else f"the classes {fitted}"
        raise ValueError(
            f"'thresholds' are a file for a column of the classes {saved}. 'y' has {found}."
        )
