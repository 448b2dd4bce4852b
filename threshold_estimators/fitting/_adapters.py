"""Fitting any estimator to a label indicator.

For estimators that need both classes of a label, the constant labels are set aside. Each copy for a
label learns from the samples where its label is known; estimators of all labels at once refuse
missing labels.
"""

from inspect import signature

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, get_routing_for_object
from sklearn.utils.metaestimators import available_if
from sklearn.utils.parallel import Parallel, delayed

from ..core import check_method_params, safe_split
from ._one_vs_rest import OneVsRest, fit_one_vs_rest, fits_labels_apart, last_step, learns_floats
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

    y : (n_samples, n_labels) int or float, where NaN is a missing label
    classes : the two classes of a single label, to which the estimator is fitted; None for 0 and 1
    """
    if has_missing_labels(y) and not isinstance(estimator, FrozenEstimator):
        return _fit_known_labels(estimator, X, y, fit_params, classes)
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


def has_missing_labels(y):
    """Whether some labels are NaN."""
    return y.dtype.kind == "f" and bool(np.isnan(y).any())


def constant_labels(y):
    """(n_labels,) bool, whether a label is the same in all samples where it is known."""
    return ~(np.any(y == 0, axis=0) & np.any(y == 1, axis=0))


def _fit_known_labels(estimator, X, y, fit_params, classes):
    """Fit each label to the samples where it is known."""
    if getattr(estimator, "_takes_missing_labels", False):
        return estimator.fit(X, y, **fit_params)
    if y.shape[1] == 1:
        return _fit_to_known_samples(estimator, X, y, fit_params, classes)
    return _by_known_labels(estimator).fit(X, y, **fit_params)


def _fit_to_known_samples(estimator, X, y, fit_params, classes=None):
    """Fit a single label to the samples where it is known; known nowhere, it has no positives."""
    known = np.flatnonzero(~np.isnan(y[:, 0]))
    if not len(known):
        return VaryingLabelsClassifier(estimator).fit(X, np.zeros(y.shape, np.int64))
    X_known, y_known = safe_split(estimator, X, y, known)
    fit_params = check_method_params(X, fit_params, indices=known)
    return fit_labels(estimator, X_known, y_known.astype(np.int64), fit_params, classes)


def _by_known_labels(estimator):
    """The estimator with `KnownLabelsClassifier` in the place of a copy for each label."""
    if isinstance(estimator, OneVsRestClassifier | MultiOutputClassifier):
        return KnownLabelsClassifier(estimator.estimator, estimator.n_jobs)
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return estimator.set_params(**{name: _by_known_labels(last)})
    raise ValueError(
        f"'y' has missing labels, but {type(estimator).__name__} learns all labels at once. Fit it "
        "label by label, where each label learns from the samples in which it is known: wrap "
        "'estimator' in sklearn.multiclass.OneVsRestClassifier."
    )


class KnownLabelsClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Fits a copy of `estimator` for each label to the samples where the label is known."""

    def __init__(self, estimator, n_jobs=None):
        self.estimator = estimator
        self.n_jobs = n_jobs

    def fit(self, X, y, **fit_params):
        """Fit to an indicator of shape (n_samples, n_labels), where NaN is a missing label."""
        self.classes_ = [np.array([0, 1])] * y.shape[1]
        self.estimators_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_to_known_samples)(clone(self.estimator), X, y[:, [label]], fit_params)
            for label in range(y.shape[1])
        )
        for name in ("n_features_in_", "feature_names_in_"):
            for estimator in self.estimators_:
                if hasattr(estimator, name):
                    setattr(self, name, getattr(estimator, name))
        return self

    @available_if(lambda self: hasattr(self.estimator, "predict_proba"))
    def predict_proba(self, X):
        """Probabilities of shape (n_samples, n_labels)."""
        return self._respond(X, "predict_proba")

    @available_if(lambda self: hasattr(self.estimator, "decision_function"))
    def decision_function(self, X):
        """Decision scores of shape (n_samples, n_labels)."""
        return self._respond(X, "decision_function")

    def _respond(self, X, response_method):
        columns = [label_scores(estimator, X, response_method, 1) for estimator in self.estimators_]
        return np.hstack(columns)


def _fit(estimator, X, y, fit_params, classes=None):
    if fits_labels_apart(estimator):
        return fit_one_vs_rest(estimator, X, y, fit_params)
    if y.shape[1] == 1 and get_tags(estimator).target_tags.single_output:
        y = y[:, 0] if classes is None else classes[y[:, 0]]
    elif learns_floats(estimator):
        y = y if y.dtype.kind == "f" else y.astype(np.float32)
    try:
        estimator.fit(X, y, **fit_params)
    except Exception as error:
        if isinstance(last_step(estimator), OneVsRest):
            error.add_note(
                "Steps of the pipeline before the last one are fitted to all labels at once. If "
                "they need a single label, wrap the pipeline in OneVsRestClassifier."
            )
        raise
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
