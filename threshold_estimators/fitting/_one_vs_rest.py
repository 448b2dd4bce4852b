"""Estimators of a single label, changed so that they fit a label indicator.

A copy of the estimator is fitted for each label (binary relevance). Of a pipeline, only the steps
that need a single label are copied: in ``make_pipeline(TfidfVectorizer(), LinearSVC())`` the last
one. The steps before them are fitted once, to all labels.
"""

import warnings
from copy import copy
from inspect import Parameter, signature

import numpy as np
from sklearn import config_context, get_config
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_selection import SelectorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import get_tags

from ..core import safe_split

# Parameters of searches that hold the names of the parameters they choose.
SEARCHED = ("param_grid", "param_distributions", "search_spaces")
# Whether steps of a pipeline take several labels is tried on this many samples.
N_TRIED = 500


class OneVsRest(OneVsRestClassifier):
    """One copy of an estimator for each label, with fit parameters without metadata routing."""

    def fit(self, X, y, **fit_params):
        """Fit to an indicator of shape (n_samples, n_labels)."""
        return fit_one_vs_rest(self, X, y, fit_params)


def fit_one_vs_rest(estimator, X, y, fit_params):
    """Fit a OneVsRestClassifier, which passes fit parameters on by metadata routing only."""
    if fit_params and not get_config()["enable_metadata_routing"]:
        with config_context(enable_metadata_routing=True):
            estimator.estimator.set_fit_request(**dict.fromkeys(fit_params, True))
            return fit_one_vs_rest(estimator, X, y, fit_params)
    with warnings.catch_warnings():
        # `warn_of_constant_labels` has reported constant labels by name and fold.
        message = "Label .* is present in all training examples"
        warnings.filterwarnings("ignore", message, UserWarning)
        OneVsRestClassifier.fit(estimator, X, y, **fit_params)
    return estimator


def fits_labels_apart(estimator):
    """Whether each label is fitted independently of the others."""
    return type(estimator) in (OneVsRest, OneVsRestClassifier)


def last_step(estimator):
    """The last step of a pipeline, also of nested ones; any other estimator itself."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def one_vs_rest_if_needed(estimator, X, y):
    """The estimator if it fits several labels; otherwise one that fits copies of it.

    A warning names steps that are fitted for each label in addition to the last step.

    y : (n_samples, n_labels), NaN where a label is missing
    """
    n_labels = y.shape[1]
    if n_labels == 1 or takes_several_labels(estimator):
        return estimator
    tried = np.linspace(0, len(y) - 1, min(N_TRIED, len(y))).astype(int)
    wrapped, reason = _with_copies(estimator, *safe_split(estimator, X, y, tried))
    if reason:
        warnings.warn(
            f"Each fold fits {n_labels} pipelines, one for each label, because {reason}",
            UserWarning,
            stacklevel=4,
        )
    return wrapped


def takes_several_labels(estimator):
    """Whether an estimator fits a label indicator, by the tags of what learns the labels."""
    learner = _learner(estimator)
    if isinstance(learner, FrozenEstimator):
        return True  # it is fitted already
    tags = get_tags(learner)
    return (
        tags.target_tags.multi_output
        or (tags.classifier_tags is not None and tags.classifier_tags.multi_label)
        or learns_floats(learner)
    )


def learns_floats(estimator):
    """Whether labels must be floats: in neural nets of skorch with a loss for several labels.

    Tags do not tell that these take several labels. Losses for a single label take classes.
    """
    net = _learner(estimator)
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(net).__mro__}
    if "skorch.net.NeuralNet" not in kinds:
        return False
    is_binary = "skorch.classifier.NeuralNetBinaryClassifier" in kinds
    loss = getattr(net.criterion, "__name__", "")
    return not is_binary and loss not in ("NLLLoss", "CrossEntropyLoss")


def _learner(estimator):
    """The last step of a pipeline and the estimator of a search, also of nested ones."""
    while isinstance(estimator, Pipeline) or _is_search(estimator):
        estimator = last_step(estimator) if hasattr(estimator, "steps") else estimator.estimator
    return estimator


def _is_search(estimator):
    if isinstance(estimator, FrozenEstimator):
        return False  # although it has the attributes of a search that it holds
    return hasattr(estimator, "estimator") and any(hasattr(estimator, name) for name in SEARCHED)


def _with_copies(estimator, X, y):
    """(an estimator with copies of the last steps, why these are several steps or "")."""
    if isinstance(estimator, Pipeline):
        return _with_copies_of_steps(estimator, X, y)
    if isinstance(getattr(estimator, "estimator", None), Pipeline) and (
        _is_search(estimator) or isinstance(estimator, CalibratedClassifierCV)
    ):
        return _with_copies_of_wrapper(estimator)
    return OneVsRest(estimator), _reason_of_pipelines_within(estimator)


def _with_copies_of_steps(pipeline, X, y):
    """`_with_copies` of a pipeline: the steps before the copies are fitted to all labels."""
    n_shared, X, reason = _count_steps_of_all_labels(pipeline.steps[:-1], X, y)
    if reason:
        copies = OneVsRest(_with_steps(pipeline, pipeline.steps[n_shared:]))
    else:
        copies, reason = _with_copies(pipeline.steps[-1][1], X, y)
    return _with_last(pipeline, n_shared, copies), reason


def _with_copies_of_wrapper(wrapper):
    """`_with_copies` of a search over a pipeline, or a calibrated pipeline.

    Steps that learn nothing from labels come before the wrapper, which still makes its choices for
    each label.
    """
    pipeline = wrapper.estimator
    n_shared, reason = _count_steps_without_labels(pipeline.steps[:-1], wrapper)
    copied = _with_steps(pipeline, pipeline.steps[n_shared:])
    copies = OneVsRest(clone(wrapper).set_params(estimator=copied))
    reason = reason or _reason_of_pipelines_within(pipeline.steps[-1][1])
    return _with_last(pipeline, n_shared, copies), reason


def _with_last(pipeline, n_shared, last):
    """The first steps of a pipeline and another last one, or just this if there are no others."""
    if n_shared == 0:
        return last
    return _with_steps(pipeline, [*pipeline.steps[:n_shared], (pipeline.steps[-1][0], last)])


def _with_steps(pipeline, steps):
    pipeline = copy(pipeline)
    pipeline.steps = list(steps)
    return pipeline


def _count_steps_of_all_labels(steps, X, y):
    """(number of first steps that take a label indicator, X after them, why the next does not).

    X : samples to try the steps on; None if that is not possible
    """
    for position, (name, step) in enumerate(steps):
        if hasattr(step, "fit_resample"):
            advice = "Leave resampling out, or use class_weight='balanced': thresholds adapt anyway"
            return position, X, f"{name!r} resamples by a single label. {advice}."
        if X is None or not _may_need_labels(steps[position:]):
            continue
        transformed = _transformed(step, X, y)
        if transformed is None and _transformed(step, X, _balanced_label(y)) is not None:
            advice = (
                "A step that takes a label indicator, such as SelectKBest(chi2), is fitted once"
            )
            return position, X, f"{name!r} takes a single label. {advice}."
        X = transformed
    return len(steps), X, ""


def _count_steps_without_labels(steps, wrapper):
    """(number of first steps that a wrapper of a pipeline leaves alone, why not the next)."""
    kind, searched = type(wrapper).__name__, _searched_steps(wrapper)
    for position, step in enumerate(steps):
        if step[0] in searched:
            return position, (
                f"{kind} chooses parameters of {step[0]!r} for each label. To choose them for all "
                "labels at once, wrap the last step of its pipeline in OneVsRestClassifier."
            )
        if _may_need_labels([step]):
            return position, (
                f"{step[0]!r} learns from labels within {kind}. Let the pipeline end in {kind} to "
                "fit the steps before it once."
            )
    return len(steps), ""


def _searched_steps(wrapper):
    """Names of the steps of a pipeline whose parameters a search chooses."""
    names = {step for step, _ in wrapper.estimator.steps}
    searched = set()
    for grids in [getattr(wrapper, name, {}) for name in SEARCHED]:
        for grid in [grids] if hasattr(grids, "keys") else grids:
            searched |= {param.partition("__")[0] for param in grid}
    return searched if searched <= names else names


def _may_need_labels(steps):
    """Whether some of the steps, or what they hold, may learn from labels."""
    return any(_learns_from_labels(part) for _, step in steps for part in _parts(step))


def _parts(estimator):
    """An estimator and all those that it holds."""
    if not hasattr(estimator, "get_params"):
        return []  # "passthrough"
    params = estimator.get_params().values()
    return [estimator, *(value for value in params if hasattr(value, "get_params"))]


def _learns_from_labels(estimator):
    # Selectors have no common sign: those of scikit-learn take y=None for the sake of some.
    if hasattr(estimator, "fit_resample") or isinstance(estimator, SelectorMixin):
        return True
    y = signature(estimator.fit).parameters.get("y") if hasattr(estimator, "fit") else None
    if y is not None and y.default is Parameter.empty:
        return True
    return get_tags(estimator).target_tags.required


def _reason_of_pipelines_within(estimator):
    if not any(isinstance(part, Pipeline) and len(part.steps) > 1 for part in _parts(estimator)):
        return ""
    return (
        f"{type(estimator).__name__} holds a pipeline. Let steps that need no labels come before "
        f"it, as in make_pipeline(first_step, {type(estimator).__name__}(...)), to fit them once."
    )


def _balanced_label(y):
    """The label of (n_samples, n_labels) labels that is nearest to half of the samples."""
    positive = y == 1
    return positive[:, np.argmin(np.abs(positive.mean(axis=0) - 0.5))].astype(int)


def _transformed(step, X, y):
    """X after a step that is fitted to y, or None if it cannot be fitted."""
    if not hasattr(step, "get_params"):
        return X  # "passthrough"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make_pipeline(clone(step)).fit_transform(X, y)
        except Exception:
            return None
