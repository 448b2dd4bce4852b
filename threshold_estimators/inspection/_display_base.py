"""What the displays share: `from_estimator`, checks, output as a table, and documentation.

A line such as ``%(ax)s`` in a docstring is replaced by a text of `SHARED`, as in matplotlib.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ..core import import_optional
from ..estimators import DEFAULT_THRESHOLD, tuned_response
from ._input import (
    MOST_PANELS,
    check_predictions,
    fitted_model,
    names_of,
    new_samples,
    select_labels,
)

if TYPE_CHECKING:
    from pandas import DataFrame

SAMPLE_WEIGHT = """\
sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
    Weights of the samples, or of each label of a sample."""
SHARED = {
    # of the class
    "shown": """\
reference : float, default=0.5
    Threshold that the chosen ones are compared with. None draws no comparison in curves.
label_names : list of str of length n_shown, default=None
    Names of the labels.
title : str, default=None
    Title of the legend. It says how many of how many labels are shown.""",
    "panels": """\
axes_ : ndarray of shape (n_shown,) of matplotlib Axes
    One axes for each label.
ax_ : matplotlib Axes
    The first of them.
figure_ : matplotlib Figure
    The figure that holds them.
legend_ : matplotlib Legend
    The legend.""",
    "example": """\
Examples
--------
>>> import matplotlib.pyplot as plt
>>> from sklearn.datasets import make_multilabel_classification
>>> from sklearn.linear_model import LogisticRegression
>>> from threshold_estimators import MultiLabelThresholdClassifier, {name}
>>> X, y = make_multilabel_classification(n_samples=500, random_state=0)
>>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
>>> model = model.fit(X[:300], y[:300])
>>> display = {name}.from_estimator(model, X[300:], y[300:])
>>> plt.show()  # doctest: +SKIP""",
    # of from_estimator, from_predictions and plot
    "predictions": """\
y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
    True labels as an indicator of 0 and 1. Missing labels (NaN) count as not there.
y_score : array-like of shape (n_samples, n_labels)
    Scores of the labels. Columns with names are matched to those of ``y_true`` by name.
thresholds : array-like of shape (n_labels,) or (2, n_labels)
    Threshold of each label, as in ``TunedThresholds.thresholds``; or the lower and the upper one,
    between which scores are undecided, as in ``MultiLabelRejectClassifier.bands_``.""",
    "sample_weight": SAMPLE_WEIGHT,
    "labels": """\
labels : str, int or list of these, default=None
    Labels to show, by name, or by index if no label has that name. None shows all labels in a
    map; in other displays it shows up to 16 labels, those with the most positives.""",
    "comparison": """\
cv_thresholds : array-like of shape (n_folds, n_labels), default=None
    Thresholds of the folds, as in ``TunedThresholds.cv_thresholds``. They show how much a
    threshold varies.
reference : float, default=0.5
    Threshold that the chosen ones are compared with, for example 0 for scores of a
    ``decision_function``. None draws no comparison in curves; a map needs a number.
"""
    + SAMPLE_WEIGHT
    + """
label_names : array-like of shape (n_labels,) or mapping, default=None
    Names of the labels; or a mapping to names from their positions, as ``id2label`` of Hugging
    Face, or from their present names. None takes the column names of ``y_true``, if it has any.""",
    "ax": """\
ax : matplotlib Axes, default=None
    Axes to draw in. Several panels replace it by a grid. None makes a figure.""",
    "line_kw": """\
line_kw : dict, default=None
    Keyword arguments of the curves, passed to ``Axes.plot``.""",
    "names_and_scale": """\
n_names : int, default=12
    Number of labels whose names are written where there is room. The labels with the largest
    gains and losses come first.
yscale : str, default="auto"
    Scale of the thresholds, as for ``Axes.set_yscale``. "auto" is logarithmic if all finite
    thresholds are positive and the highest is more than 20 times the lowest.""",
    "returns": """\
Returns
-------
display : instance of this class
    The display, drawn.""",
}


def fill_docstring(documented):
    """Decorator that puts the texts of `SHARED` into the docstring of a function or class."""
    if documented.__doc__ is not None:  # None under python -OO
        example = {"example": SHARED["example"].format(name=documented.__name__)}
        documented.__doc__ = inspect.cleandoc(documented.__doc__) % (SHARED | example)
    return documented


class LabelsDisplay:
    """Base class of the displays.

    A subclass stores arrays in its constructor and has `from_predictions`, `plot` and `to_frame`.
    """

    from_predictions: Any
    _most_labels: float = MOST_PANELS  # shown unless 'labels' asks for more

    @classmethod
    @fill_docstring
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        labels: Any = None,
        response_method: str = "auto",
        sample_weight: ArrayLike | None = None,
        label_names: Any = None,
        ax: Any = None,
        **options: Any,
    ) -> Self:
        """Draw a fitted classifier on samples. Use samples that it was not fitted on.

        Parameters
        ----------
        estimator : fitted classifier of this package
            A :class:`~threshold_estimators.MultiLabelThresholdClassifier`,
            :class:`~threshold_estimators.FixedThresholdsClassifier` or
            :class:`~threshold_estimators.MultiLabelRejectClassifier`, or a pipeline or search that
            ends in one.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Their true labels, in the form that the classifier was fitted to.
        %(labels)s
        response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
            Method that gives the scores. It must be the one that the thresholds were tuned on,
            which "auto" chooses.
        %(sample_weight)s
        label_names : array-like of shape (n_labels,) or mapping, default=None
            Names of the labels, as in ``from_predictions``. None takes the names that ``y`` had in
            ``fit``, or has here.
        %(ax)s
        **options : dict
            Other keyword parameters of ``from_predictions``.

        %(returns)s
        """
        import_optional("matplotlib.pyplot", f"{cls.__name__}.from_estimator")
        fitted = fitted_model(estimator, "estimator")
        method = tuned_response(fitted.classifier)
        if not isinstance(response_method, str) or response_method not in ("auto", method):
            raise ValueError(
                f"'response_method' must be 'auto' or {method!r}, whose scores the thresholds were "
                f"tuned on. Got {response_method!r} instead."
            )
        samples = new_samples(fitted, X, y, sample_weight)
        options = {"reference": DEFAULT_THRESHOLD[method], **options}
        if fitted.bands is None:  # of which no fold has its own
            options = {"cv_thresholds": fitted.tuned.cv_thresholds, **options}
        return cls.from_predictions(
            samples.y_true,
            samples.y_score,
            fitted.thresholds,
            sample_weight=samples.sample_weight,
            label_names=names_of(fitted, y, label_names),
            labels=labels,
            ax=ax,
            **cls._complete_options(options, fitted.tuned),
        )

    @classmethod
    def _complete_options(cls, options, tuned):
        """Options of `from_estimator`, completed by how the thresholds were tuned."""
        return options

    @classmethod
    def _check(cls, labels, reference, *predictions):
        """(checked predictions, indices of the labels to show, what the constructor needs of both).

        predictions : as `check_predictions` takes them
        """
        import_optional("matplotlib.pyplot", f"{cls.__name__}.from_predictions")
        given = check_predictions(*predictions, reference)
        chosen, title = select_labels(labels, given, cls._most_labels)
        names = [
            f"label {label}" if given.names is None else str(given.names[label]) for label in chosen
        ]
        return given, chosen, {"reference": reference, "label_names": names, "title": title}

    def _shown_names(self, n_shown):
        return self.label_names or [f"label {label}" for label in range(n_shown)]

    def _frame(self, tables) -> DataFrame:
        """DataFrame of tables, one below the other; a table is a dict of columns or constants."""
        pd = import_optional("pandas", f"{type(self).__name__}.to_frame")
        return pd.concat([pd.DataFrame(table) for table in tables], ignore_index=True)


def bound_names(thresholds):
    """Names of the rows of a display's thresholds, of shape (n_shown,) or (2, n_shown)."""
    return ["chosen"] if np.ndim(thresholds) == 1 else ["lower", "upper"]


def check_line_kw(line_kw):
    """Keyword arguments of lines as a dict."""
    if line_kw is None or isinstance(line_kw, Mapping):
        return dict(line_kw or {})
    raise TypeError(f"'line_kw' must be a dict of keyword arguments. Got {line_kw!r} instead.")
