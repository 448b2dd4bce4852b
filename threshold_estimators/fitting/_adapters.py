"""Fitting any estimator to a label indicator, also one that knows a single label or cannot bear a constant one."""

import warnings
from inspect import signature

import numpy as np
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, get_routing_for_object
from sklearn.utils.metaestimators import available_if

from ..core import BaseSearchCV
from ._response import label_scores


def one_vs_rest_if_needed(estimator, n_labels, n_jobs=None):
    """The estimator, or for several labels one copy of it for each label where it knows a single label only."""
    if n_labels == 1 or _takes_several_labels(estimator):
        return estimator
    return OneVsRestClassifier(estimator, n_jobs=n_jobs)


def _takes_several_labels(estimator):
    """Whether an estimator fits a label indicator, by its tags or those of what it merely wraps."""
    if isinstance(estimator, FrozenEstimator):
        return True  # it is fitted already: its response decides
    if isinstance(estimator, BaseSearchCV):
        return _takes_several_labels(estimator.estimator)
    if isinstance(estimator, Pipeline):
        return _takes_several_labels(estimator.steps[-1][1])
    tags = get_tags(estimator)
    return tags.target_tags.multi_output or (
        tags.classifier_tags is not None and tags.classifier_tags.multi_label
    )


def fits_labels_apart(estimator):
    """Whether each label is fitted without regard to the others, so that labels may be fitted in any portions."""
    return type(estimator) is OneVsRestClassifier


def seeded(estimator, random_state):
    """Clone of an estimator with every ``random_state`` of None drawn from ``random_state``, unless that is None."""
    estimator = clone(estimator)
    if random_state is None or isinstance(estimator, FrozenEstimator):
        return estimator
    random_state = check_random_state(random_state)
    unset = [
        name
        for name, value in sorted(estimator.get_params().items())
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    ]
    return estimator.set_params(
        **{name: random_state.randint(np.iinfo(np.int32).max) for name in unset}
    )


def takes_fit_param(estimator, name):
    """Whether ``fit`` of an estimator takes a parameter while metadata routing is off."""
    if fits_labels_apart(estimator):
        estimator = estimator.estimator
        with config_context(enable_metadata_routing=True):
            if isinstance(get_routing_for_object(estimator), MetadataRouter):
                return False  # one vs rest would have to tell it where to send the parameter
    parameters = signature(estimator.fit).parameters.values()
    return any(
        p.name == name or (p.kind == p.VAR_KEYWORD and name != "sample_weight") for p in parameters
    )


def check_fit_params(estimator, params, told):
    """Raise a TypeError for a parameter that ``fit`` of an estimator, which users know as ``told``, does not take."""
    for name in params:
        if not takes_fit_param(estimator, name):
            raise TypeError(
                f"'fit' of {told} does not take {name!r}. To send it elsewhere, for example 'groups' to 'cv', enable "
                "metadata routing with sklearn.set_config(enable_metadata_routing=True)."
            )


def fit_labels(estimator, X, y, fit_params, classes=None):
    """Fit an estimator to a label indicator, whatever shape of y it wants and also where some labels are constant.

    classes : what an estimator that takes a column is given for the 0 and 1 of a single label; None for 0 and 1
    """
    if classes is not None and np.any(constant_labels(y)):
        # An estimator that saw one class only cannot tell whether it is the larger one.
        return VaryingLabelsClassifier(estimator).fit(X, y)
    try:
        return _fit(estimator, X, y, fit_params, classes)
    except Exception:
        if not np.any(constant_labels(y)):
            raise
        return VaryingLabelsClassifier(estimator).fit(X, y, **fit_params)


def constant_labels(y):
    """Which labels are the same in all rows: a boolean array of shape (n_labels,)."""
    return np.all(y == y[:1], axis=0)


def _fit(estimator, X, y, fit_params, classes=None):
    if fits_labels_apart(estimator):
        return _fit_one_vs_rest(estimator, X, y, fit_params)
    if y.shape[1] == 1 and get_tags(estimator).target_tags.single_output:
        y = y[:, 0] if classes is None else classes[y[:, 0]]
    return estimator.fit(X, y, **fit_params)


def _fit_one_vs_rest(estimator, X, y, fit_params):
    """OneVsRestClassifier hands fit parameters on to its copies by metadata routing only, so it is switched on here."""
    if fit_params and not get_config()["enable_metadata_routing"]:
        with config_context(enable_metadata_routing=True):
            estimator.estimator.set_fit_request(**dict.fromkeys(fit_params, True))
            return _fit_one_vs_rest(estimator, X, y, fit_params)
    with warnings.catch_warnings():
        # Constant labels have been reported before, by their names and folds.
        warnings.filterwarnings(
            "ignore", "Label .* is present in all training examples", UserWarning
        )
        return estimator.fit(X, y, **fit_params)


class VaryingLabelsClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Fits ``estimator`` to the labels that vary and answers for the others with what they always were.

    For estimators such as ``MultiOutputClassifier(LogisticRegression())`` that need both classes of every label.
    """

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y, **fit_params):
        """Fit to an indicator of shape (n_samples, n_labels)."""
        self.varying_ = ~constant_labels(y)
        self.constants_ = y[0].astype(float)
        self.classes_ = [np.array([0, 1])] * y.shape[1]
        if np.any(self.varying_):
            self.estimator_ = _fit(clone(self.estimator), X, y[:, self.varying_], fit_params)
            for name in ("n_features_in_", "feature_names_in_"):
                if hasattr(self.estimator_, name):
                    setattr(self, name, getattr(self.estimator_, name))
        return self

    @available_if(lambda self: hasattr(self.estimator, "predict_proba"))
    def predict_proba(self, X):
        """Probabilities of shape (n_samples, n_labels)."""
        return self._respond(X, "predict_proba", self.constants_)

    @available_if(lambda self: hasattr(self.estimator, "decision_function"))
    def decision_function(self, X):
        """Decision scores of shape (n_samples, n_labels), -1 and 1 for labels that were constant."""
        return self._respond(X, "decision_function", 2 * self.constants_ - 1)

    def _respond(self, X, response_method, constants):
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        scores = np.tile(constants, (n_samples, 1))
        if np.any(self.varying_):
            n_varying = np.count_nonzero(self.varying_)
            scores[:, self.varying_] = label_scores(self.estimator_, X, response_method, n_varying)
        return scores
