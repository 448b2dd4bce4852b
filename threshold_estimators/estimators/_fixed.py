"""The meta-estimator for thresholds that are known already: fit a model, decide by them."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
from sklearn import get_config
from sklearn.base import clone
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from ..core import HasMethods, StrOptions, as_fitted, check_target, check_thresholds, fit_context
from ..fitting import check_fit_params, fit_labels, one_vs_rest_if_needed, response_method_name
from ._base import ThresholdedClassifier


class FixedThresholdsClassifier(ThresholdedClassifier):
    """Multi-label classifier that decides by given thresholds.

    A row gets a label where the score of ``estimator`` is at least the threshold of that label. Nothing is tuned.

    Parameters
    ----------
    estimator : estimator instance
        Anything with ``predict_proba`` or ``decision_function``. An estimator for a single label is fitted once for
        each label by :class:`~sklearn.multiclass.OneVsRestClassifier`. A :class:`~sklearn.frozen.FrozenEstimator` is
        used as it is, and ``fit`` learns from ``y`` the names of the labels only.

    thresholds : float, array-like of shape (n_labels,) or dict, default=0.5
        The same for all labels, one for each, or one for each by its name, which is the name of a column of ``y``.
        ``inf`` stands for never, ``-inf`` for always. Where ``y`` is one column of two classes, the threshold is one
        for the score of the larger class, and goes by its name.

    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method of ``estimator`` that gives the scores; "auto" is ``predict_proba`` where there is one. The usual
        threshold of ``decision_function`` is 0.

    Attributes
    ----------
    estimator_ : estimator instance
        The fitted estimator that predictions come from: ``estimator``, in a
        :class:`~sklearn.multiclass.OneVsRestClassifier` where it knows a single label, and in a wrapper that sets
        constant labels aside where it cannot be fitted to them.

    thresholds_ : ndarray of shape (n_labels,)
        The threshold of each label.

    classes_ : list of n_labels ndarrays, or ndarray of shape (2,)
        The classes of each label, 0 and 1; the two classes where ``y`` was one column.

    label_names_in_ : ndarray of shape (n_labels,)
        Column names of ``y``, where it had any.

    n_features_in_ : int
        Number of features seen during ``fit``, where ``estimator`` tells.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen during ``fit``, where ``estimator`` tells.

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

    _parameter_constraints: dict = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "thresholds": [Real, "array-like", Mapping],
        "response_method": [StrOptions({"auto", "predict_proba", "decision_function"})],
    }

    def __init__(self, estimator, thresholds=0.5, *, response_method="auto"):
        self.estimator = estimator
        self.thresholds = thresholds
        self.response_method = response_method

    @fit_context(prefer_skip_nested_validation=False)  # estimator is not validated yet
    def fit(self, X, y, **params):
        """Fit the estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data, in any form that ``estimator`` takes.

        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Labels as an indicator of 0 and 1; a DataFrame gives the labels their names. A single column of two
            classes is a problem of one label, and is answered as scikit-learn's binary classifiers do.

        **params : dict
            Passed on to the ``fit`` of ``estimator``; with metadata routing those that it requested.

        Returns
        -------
        self : FixedThresholdsClassifier
            The fitted classifier.
        """
        X, y = indexable(X, y)
        target = check_target(y, type(self).__name__)
        thresholds = _thresholds_of_labels(self.thresholds, target)
        estimator = one_vs_rest_if_needed(self.estimator, target.n_labels)
        response_method_name(estimator, self.response_method)
        params = self._route(estimator, params)
        self.estimator_ = fit_labels(
            clone(estimator), X, as_fitted(y, target), params, target.column_classes
        )
        self.thresholds_ = thresholds
        self._set_input_attributes(target)
        return self

    def _route(self, estimator, params):
        """Which parameters of ``fit`` go to the estimator."""
        if get_config()["enable_metadata_routing"]:
            return process_routing(self, "fit", **params).estimator.fit
        check_fit_params(estimator, params, type(self.estimator).__name__)
        return params

    def get_metadata_routing(self):
        """Where the parameters of ``fit`` go when metadata routing is enabled.

        Returns
        -------
        routing : MetadataRouter
            To ``estimator``.
        """
        return MetadataRouter(owner=self).add(
            estimator=self.estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit")
        )


def _thresholds_of_labels(thresholds, target):
    """Thresholds of shape (n_labels,) from any of the forms in which they are given."""
    names = target.names if target.column_classes is None else target.column_classes[1:]
    if isinstance(thresholds, Mapping):
        thresholds = _in_order_of_labels(thresholds, names)
    elif isinstance(thresholds, Real):
        thresholds = np.full(target.n_labels, float(thresholds))
    return check_thresholds(thresholds, target.n_labels, names)


def _in_order_of_labels(thresholds, names):
    """Thresholds given by name, as a list; every label has one and there are no others."""
    if names is None:
        raise ValueError(
            "'thresholds' can be given by name only where the labels have names. Give 'y' as a DataFrame, or "
            "'thresholds' in the order of its columns."
        )
    unknown, missing = (
        set(thresholds) - set(names),
        [name for name in names.tolist() if name not in thresholds],
    )
    if unknown or missing:
        raise ValueError(
            "'thresholds' must have one for each label. "
            f"Got none for {missing[:10]}, and {sorted(map(str, unknown))[:10]} are no labels."
        )
    return [thresholds[name] for name in names.tolist()]
