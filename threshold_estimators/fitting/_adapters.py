"""Fitting any estimator to a label indicator.

For estimators that need both classes of a label, the constant labels are set aside.
"""

from inspect import signature

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, get_routing_for_object
from sklearn.utils.metaestimators import available_if

from ._one_vs_rest import fit_one_vs_rest, fits_labels_apart
from ._response import label_scores


def seeded(estimator, random_state):
    """Clone of an estimator whose parameters ``random_state=None`` are drawn from `random_state`.

    If `random_state` is None too, they stay None.
    """
    estimator = clone(estimator)
    if random_state is None or isinstance(estimator, FrozenEstimator):
        return estimator
    random_state = check_random_state(random_state)
    unset = [
        name
        for name, value in sorted(estimator.get_params().items())
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    ]
    seeds = {name: random_state.randint(np.iinfo(np.int32).max) for name in unset}
    return estimator.set_params(**seeds)


def takes_fit_param(estimator, name):
    """Whether ``fit`` of an estimator takes a parameter while metadata routing is off."""
    if fits_labels_apart(estimator):
        estimator = estimator.estimator
        with config_context(enable_metadata_routing=True):
            # OneVsRestClassifier cannot say where a router should send the parameter.
            if isinstance(get_routing_for_object(estimator), MetadataRouter):
                return False
    if isinstance(estimator, Pipeline):
        step, _, param = name.partition("__")
        return step in estimator.named_steps and takes_fit_param(estimator[step], param)
    parameters = signature(estimator.fit).parameters
    if name in parameters:
        return True
    takes_any = any(p.kind == p.VAR_KEYWORD for p in parameters.values())
    return takes_any and name != "sample_weight"


def check_fit_params(estimator, params, name):
    """Raise a TypeError for parameters that ``estimator.fit`` does not accept.

    The message calls the estimator `name`.
    """
    for param in params:
        if not takes_fit_param(estimator, param):
            raise TypeError(
                f"'fit' of {name} does not take {param!r}. To send it elsewhere, for example "
                "'groups' to 'cv', enable metadata routing with "
                "sklearn.set_config(enable_metadata_routing=True)."
            )


def fit_labels(estimator, X, y, fit_params, classes=None):
    """Fit an estimator to a label indicator of shape (n_samples, n_labels).

    classes : the two classes of a single label, to which the estimator is fitted; None for 0 and 1
    """
    if classes is not None and np.any(constant_labels(y)):
        # The scores of an estimator that saw one class do not say whether it is the positive one.
        return VaryingLabelsClassifier(estimator).fit(X, y)
    try:
        return _fit(estimator, X, y, fit_params, classes)
    except Exception:
        # Many estimators refuse constant labels, each with an error of its own.
        if not np.any(constant_labels(y)):
            raise
        return VaryingLabelsClassifier(estimator).fit(X, y, **fit_params)


def constant_labels(y):
    """(n_labels,) bool, whether a label is the same in all samples."""
    return np.all(y == y[:1], axis=0)


def _fit(estimator, X, y, fit_params, classes=None):
    if fits_labels_apart(estimator):
        return fit_one_vs_rest(estimator, X, y, fit_params)
    if y.shape[1] == 1 and get_tags(estimator).target_tags.single_output:
        y = y[:, 0] if classes is None else classes[y[:, 0]]
    estimator.fit(X, y, **fit_params)
    return estimator


class VaryingLabelsClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Fits `estimator` to the labels that vary, and predicts the constant of each other label.

    It serves estimators that need both classes of every label, such as
    ``MultiOutputClassifier(LogisticRegression())``.
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
        """Decision scores of shape (n_samples, n_labels), -1 or 1 for constant labels."""
        return self._respond(X, "decision_function", 2 * self.constants_ - 1)

    def _respond(self, X, response_method, constants):
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        scores = np.tile(constants, (n_samples, 1))
        if np.any(self.varying_):
            n_varying = np.count_nonzero(self.varying_)
            scores[:, self.varying_] = label_scores(self.estimator_, X, response_method, n_varying)
        return scores
