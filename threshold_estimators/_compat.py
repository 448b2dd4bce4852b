"""Everything of scikit-learn that is private or differs between its versions."""

from sklearn.base import _fit_context as fit_context
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils._param_validation import HasMethods, Interval, Options, RealNotInt, StrOptions
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.validation import _check_method_params as check_method_params
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "Options",
    "RealNotInt",
    "StrOptions",
    "check_method_params",
    "check_sample_weight",
    "fit_context",
    "safe_split",
    "scorer_parts",
]


def scorer_parts(scorer):
    """Metric function, sign, keyword arguments and response method of a scorer made by ``make_scorer``, else None."""
    try:
        return scorer._score_func, scorer._sign, scorer._kwargs, scorer._response_method
    except AttributeError:
        return None
