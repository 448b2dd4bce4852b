"""What the displays share: `from_estimator`, checks, output as a table, and documentation.

A line such as ``%(ax)s`` in a docstring is replaced by a text of `SHARED`, as in matplotlib.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Self

from numpy.typing import ArrayLike

from ._display import MOST_PANELS, check_predictions, predictions_of, select_labels
from ._panels import import_pyplot

if TYPE_CHECKING:
    from pandas import DataFrame

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
    # of from_estimator, from_predictions and plot
    "predictions": """\
y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
    True labels as an indicator of 0 and 1.
y_score : array-like of shape (n_samples, n_labels)
    Scores of the labels.
thresholds : array-like of shape (n_labels,)
    Threshold of each label, as in ``TunedThresholds.thresholds``.""",
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
sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
    Weights of the samples, or of each label of a sample.
label_names : list of str of length n_labels, default=None
    Names of the labels. None takes the column names of ``y_true``, if there are any.""",
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
        documented.__doc__ = inspect.cleandoc(documented.__doc__) % SHARED
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
        label_names: list | None = None,
        ax: Any = None,
        **options: Any,
    ) -> Self:
        """Draw a fitted classifier on samples. Use samples that it was not fitted on.

        Parameters
        ----------
        estimator : MultiLabelThresholdClassifier or FixedThresholdsClassifier
            Fitted classifier, or a pipeline or search that ends in one.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Their true labels, in the form that the classifier was fitted to.
        %(labels)s
        response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
            Method that gives the scores. It must be the one that the thresholds were tuned on,
            which "auto" chooses.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            Weights of the samples, or of each label of a sample.
        label_names : list of str of length n_labels, default=None
            Names of the labels. None takes the names that ``y`` had in ``fit``, or has here.
        %(ax)s
        **options : dict
            Other keyword parameters of ``from_predictions``.

        %(returns)s
        """
        import_pyplot(f"{cls.__name__}.from_estimator")
        predictions, keywords, tuning = predictions_of(
            estimator, X, y, response_method, label_names
        )
        return cls.from_predictions(
            *predictions,
            **keywords,
            **cls._complete_options(options, tuning),
            labels=labels,
            sample_weight=sample_weight,
            ax=ax,
        )

    @classmethod
    def _complete_options(cls, options, tuning):
        """Options of `from_estimator`, completed by how the thresholds were tuned."""
        return options

    @classmethod
    def _check(cls, labels, reference, *predictions):
        """(checked predictions, indices of the labels to show, what the constructor needs of both).

        predictions : as `check_predictions` takes them
        """
        import_pyplot(f"{cls.__name__}.from_predictions")
        given = check_predictions(*predictions, reference)
        chosen, title = select_labels(labels, given, cls._most_labels)
        names = given.names[chosen].tolist()
        return given, chosen, {"reference": reference, "label_names": names, "title": title}

    def _shown_names(self, n_shown):
        return self.label_names or [f"label {label}" for label in range(n_shown)]

    def _frame(self, tables) -> DataFrame:
        """DataFrame of tables, one below the other; a table is a dict of columns or constants."""
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                f"{type(self).__name__}.to_frame needs pandas. Install it with: "
                "pip install threshold-estimators[frames]"
            ) from error
        return pd.concat([pd.DataFrame(table) for table in tables], ignore_index=True)
