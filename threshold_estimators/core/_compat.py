"""Everything of scikit-learn that is private or differs between its versions."""

from sklearn.base import _fit_context as fit_context
from sklearn.model_selection._search import BaseSearchCV
from sklearn.multiclass import _ConstantPredictor as ConstantPredictor
from sklearn.utils._param_validation import HasMethods, Interval, Options, RealNotInt, StrOptions
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.validation import _check_method_params as check_method_params
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as num_samples

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in for that of scikit-learn 1.9, which first has callbacks."""


def scorer_parts(scorer):
    """(metric, sign, keyword arguments, response method) of a scorer made by ``make_scorer``.

    None for any other scorer.
    """
    try:
        return scorer._score_func, scorer._sign, scorer._kwargs, scorer._response_method
    except AttributeError:
        return None


def callback_context(estimator, max_subtasks):
    """Context for the callbacks of an estimator whose fit begins, None where it has none."""
    if not getattr(estimator, "_skl_callbacks", None):
        return None
    return estimator._init_callback_context(max_subtasks=max_subtasks)
