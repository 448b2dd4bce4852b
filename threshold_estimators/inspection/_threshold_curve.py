"""Metrics of a label against its threshold."""

import re

import numpy as np

from ..objectives import (
    Constrained,
    CountObjective,
    FBeta,
    HammingLoss,
    OfSmallerClass,
    Precision,
    Recall,
    check_objective,
)
from ._curves import label_cuts, span, thinned
from ._display import check_predictions, predictions_of, select_labels
from ._panels import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    VERMILLION,
    add_legend,
    import_pyplot,
    ink,
    mark,
    name_panels,
    panels,
)

COLORS = [BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION]
# A reference may lie this many times the range of the scores away from them; further off it is drawn at the border.
FAR = 3


def objective_name(objective):
    """How a legend calls an objective of one label."""
    if isinstance(objective, FBeta):
        return f"F{objective.beta:g}"
    if isinstance(objective, OfSmallerClass):
        return f"{objective_name(objective.objective)} of the smaller class"
    words = re.findall("[A-Z][a-z]*", type(objective).__name__)
    name = " ".join([words[0], *(word if len(word) == 1 else word.lower() for word in words[1:])])
    return f"minus {name}" if isinstance(objective, HammingLoss) else name


def _formulas(objectives, n_samples, n_labels):
    """Name of each objective -> the formula of each label; a constrained objective is drawn as its two measures."""
    formulas = {}
    for scoring in objectives:
        objective = check_objective(scoring, n_samples, n_labels)
        if not is_of_labels(objective):
            raise ValueError(
                "'objectives' must be formulas of the confusion counts of a label, such as FBeta(). "
                f"Got {scoring!r} instead."
            )
        parts = (
            [objective.constraint, objective.objective]
            if isinstance(objective, Constrained)
            else [objective]
        )
        formulas |= {objective_name(part): part.label_formulas(n_labels) for part in parts}
    return formulas


def is_of_labels(objective):
    """Whether an objective has a value for a label by itself that is a formula of the label's counts."""
    if isinstance(objective, Constrained):
        return is_of_labels(objective.objective)
    # Formulas that know only rows as a whole replace the formula of a label by another.
    return isinstance(objective, CountObjective) and objective.label_formulas(1) == [
        objective.formula
    ]


class ThresholdCurveDisplay:
    """Metrics of labels against their thresholds, with the chosen threshold and how far it spreads over folds.

    Make one with :meth:`from_estimator` or :meth:`from_predictions`; what they compute is kept in the attributes, which
    are the parameters below.

    Parameters
    ----------
    cuts : list of n_shown ndarrays of shape (n_cuts,)
        Distinct scores of each label, ascending, and ``inf``: the lowest score that a cut lets through.

    values : list of n_shown ndarrays of shape (n_metrics, n_cuts)
        Value of each metric at each cut. It holds for all thresholds above the score before and up to the one of the
        cut, as a row gets a label where its score is at least the threshold.

    metric_names : list of str
        Names of the metrics.

    thresholds : ndarray of shape (n_shown,)
        The chosen thresholds.

    cv_thresholds : ndarray of shape (n_folds, n_shown), default=None
        Thresholds of folds. The band reaches from the lowest to the highest.

    reference : float, default=0.5
        The cut that the chosen one is compared with; None for none.

    label_names : list of str of length n_shown, default=None
        Names of the labels.

    title : str, default=None
        What stands above the legend: how many of how many labels are shown.

    Attributes
    ----------
    axes_ : ndarray of shape (n_shown,) of matplotlib Axes
        One for each label.

    ax_ : matplotlib Axes
        The first of them.

    figure_ : matplotlib Figure
        The figure that holds them.

    lines_ : ndarray of shape (n_shown, n_metrics) of matplotlib Line2D
        The curves.

    points_ : ndarray of shape (n_shown, n_metrics) of matplotlib Line2D
        The values at the chosen thresholds.

    legend_ : matplotlib Legend
        The legend.

    See Also
    --------
    OperatingPointDisplay : The chosen point on the ROC or precision-recall curve.
    ThresholdMapDisplay : All thresholds in one picture.

    Notes
    -----
    The last metric is drawn thicker than the others. Infinite thresholds, and a reference far off from all scores (then
    a triangle), are drawn at the border.

    The values are those of the rows given. On rows that the thresholds were tuned on, the curve of the tuned metric has
    its maximum at the chosen threshold; on others it shows how near to it the threshold comes.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import MultiLabelThresholdClassifier, ThresholdCurveDisplay
    >>> X, y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(X[:70], y[:70])
    >>> display = ThresholdCurveDisplay.from_estimator(model, X[70:], y[70:])
    >>> plt.show()  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        cuts,
        values,
        metric_names,
        thresholds,
        cv_thresholds=None,
        reference=0.5,
        label_names=None,
        title=None,
    ):
        self.cuts = cuts
        self.values = values
        self.metric_names = metric_names
        self.thresholds = thresholds
        self.cv_thresholds = cv_thresholds
        self.reference = reference
        self.label_names = label_names
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        labels=None,
        objectives=None,
        response_method="auto",
        sample_weight=None,
        label_names=None,
        ax=None,
        line_kw=None,
    ):
        """Draw the metrics of a fitted classifier on rows, best on ones that it was not fitted on.

        Parameters
        ----------
        estimator : MultiLabelThresholdClassifier or FixedThresholdsClassifier
            Fitted classifier, or a pipeline or search that ends in one.

        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Their true labels, in the form that the classifier was fitted to.

        labels : str, int or list of these, default=None
            Labels to show, by name, or by index where none has that name. None shows all of up to 16, else the 16 with
            most positives.

        objectives : list of objectives or of scorers, default=None
            Metrics to draw, each a formula of the confusion counts of a label. None stands for precision, recall and
            what the thresholds were tuned for, or F1 where that is not such a formula or they were given.

        response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
            Method that gives the scores; it must be the one that the thresholds were tuned on, as it is with "auto".

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        label_names : list of str of length n_labels, default=None
            Names of the labels; None for the ones that ``y`` had in ``fit``, or has here.

        ax : matplotlib Axes, default=None
            Where to draw: several labels take its place as a grid. None makes a figure.

        line_kw : dict, default=None
            Keyword arguments for the curves, passed to ``Axes.plot``.

        Returns
        -------
        display : ThresholdCurveDisplay
            The display, drawn.
        """
        import_pyplot(f"{cls.__name__}.from_estimator")
        predictions, keywords, tuning = predictions_of(
            estimator, X, y, response_method, label_names
        )
        if objectives is None:
            tuned_for = tuning.objective if is_of_labels(tuning.objective) else FBeta()
            objectives = [Precision(), Recall(), tuned_for]
        return cls.from_predictions(
            *predictions,
            **keywords,
            labels=labels,
            objectives=objectives,
            sample_weight=sample_weight,
            ax=ax,
            line_kw=line_kw,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true,
        y_score,
        thresholds,
        *,
        labels=None,
        objectives=None,
        cv_thresholds=None,
        reference=0.5,
        sample_weight=None,
        label_names=None,
        ax=None,
        line_kw=None,
    ):
        """Draw the metrics of scores.

        Parameters
        ----------
        y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
            True labels as an indicator of 0 and 1.

        y_score : array-like of shape (n_samples, n_labels)
            Scores of the labels.

        thresholds : array-like of shape (n_labels,)
            Threshold of each label, as in ``TunedThresholds.thresholds``.

        labels : str, int or list of these, default=None
            Labels to show, by name, or by index where none has that name. None shows all of up to 16, else the 16 with
            most positives.

        objectives : list of objectives or of scorers, default=None
            Metrics to draw, each a formula of the confusion counts of a label. None stands for
            precision, recall and F1.

        cv_thresholds : array-like of shape (n_folds, n_labels), default=None
            Thresholds of folds, as in ``TunedThresholds.cv_thresholds``, whose spread is drawn as a band.

        reference : float or None, default=0.5
            The cut that the chosen one is compared with, for example 0 for scores of a ``decision_function``; None for
            none.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        label_names : list of str of length n_labels, default=None
            Names of the labels; None for the column names of ``y_true``, where it has any.

        ax : matplotlib Axes, default=None
            Where to draw: several labels take its place as a grid. None makes a figure.

        line_kw : dict, default=None
            Keyword arguments for the curves, passed to ``Axes.plot``.

        Returns
        -------
        display : ThresholdCurveDisplay
            The display, drawn.
        """
        import_pyplot(f"{cls.__name__}.from_predictions")
        given = check_predictions(
            y_true, y_score, thresholds, cv_thresholds, sample_weight, label_names, reference
        )
        chosen, title = select_labels(labels, given)
        formulas = _formulas(
            [Precision(), Recall(), FBeta()] if objectives is None else objectives,
            *given.y_true.shape,
        )
        cuts = [
            label_cuts(given.y_true[:, k], given.y_score[:, k], given.sample_weight) for k in chosen
        ]
        return cls(
            cuts=[label.scores for label in cuts],
            values=[
                np.stack([formula[k](*label.counts()) for formula in formulas.values()])
                for k, label in zip(chosen, cuts, strict=True)
            ],
            metric_names=list(formulas),
            thresholds=given.thresholds[chosen],
            cv_thresholds=given.cv_thresholds[:, chosen],
            reference=reference,
            label_names=given.names[chosen].tolist(),
            title=title,
        ).plot(ax=ax, line_kw=line_kw)

    def plot(self, ax=None, *, line_kw=None):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw: several labels take its place as a grid. None makes a figure.

        line_kw : dict, default=None
            Keyword arguments for the curves, passed to ``Axes.plot``.

        Returns
        -------
        display : ThresholdCurveDisplay
            The display itself.
        """
        n_shown = len(self.cuts)
        drawn = panels(n_shown, ax, f"{type(self).__name__}.plot")
        self.figure_, self.axes_, self.ax_ = drawn.figure, drawn.axes, drawn.axes[0]
        self.lines_, self.points_ = (
            np.empty((n_shown, len(self.metric_names)), object) for _ in range(2)
        )
        lowest = min(0.0, *(np.nanmin(values) for values in self.values))
        self.ax_.set_ylim(lowest - 0.04, 1.06)
        for label, axes in enumerate(self.axes_):
            axes.set_xlim(self._x_range(label))
            self._draw_cuts(axes, label)
            self._draw_metrics(axes, label, line_kw or {})
            if drawn.n_columns > 1:
                axes.locator_params(axis="x", nbins=4)  # numbers may be long
        names = self.label_names or [f"label {label}" for label in range(n_shown)]
        name_panels(drawn, names, "Threshold", "Value")
        self.legend_ = add_legend(drawn, self._handles(), self.title)
        return self

    def _folds(self, label):
        """Lowest and highest threshold of the folds, NaN where there are none."""
        if self.cv_thresholds is None:
            return np.full(2, np.nan)
        return np.concatenate(span(np.asarray(self.cv_thresholds)[:, [label]]))

    def _x_range(self, label):
        """From the lowest to the highest of all that is drawn, but for a reference so far off that it would hide it."""
        at = np.concatenate(
            [self.cuts[label], [self.thresholds[label]], self._folds(label)]
        ).astype(float)
        at = at[np.isfinite(at)]
        if self.reference is not None:
            beyond = self.reference - np.clip(self.reference, at.min(), at.max())
            if abs(beyond) <= FAR * np.ptp(at):
                at = np.append(at, self.reference)
        margin = 0.04 * np.ptp(at) or 0.5
        return at.min() - margin, at.max() + margin

    def _draw_cuts(self, axes, label):
        """The chosen threshold, its spread and the reference, as vertical lines; infinite ones at the border."""
        left, right = axes.get_xlim()
        low, high = self._folds(label)
        if not np.isnan(low):
            axes.axvspan(*np.clip([low, high], left, right), color=PALE, linewidth=0, zorder=0)
        if self.reference is not None and left <= self.reference <= right:
            axes.axvline(self.reference, color=GREY, linestyle=":", linewidth=1.2, zorder=1)
        threshold = self.thresholds[label]
        axes.axvline(
            np.clip(threshold, left, right), color=ink(), linewidth=1.2, zorder=1, clip_on=False
        )
        if np.isinf(threshold):
            never = threshold > 0
            axes.annotate(
                "inf: never predicted" if never else "-inf: always predicted",
                (1.0 if never else 0.0, 0.5),
                xycoords="axes fraction",
                xytext=(-4 if never else 4, 0),
                textcoords="offset points",
                rotation=90,
                ha="right" if never else "left",
                va="center",
                fontsize="small",
                zorder=5,
                bbox={"facecolor": axes.get_facecolor(), "alpha": 0.8, "linewidth": 0, "pad": 1},
            )

    def _draw_metrics(self, axes, label, line_kw):
        """Each metric as a step function, a dot at the chosen threshold and a ring at the reference."""
        left, right = axes.get_xlim()
        x = np.concatenate([[left], self.cuts[label][:-1], [right]])
        at_threshold = np.clip(self.thresholds[label], left, right)
        for metric, values in enumerate(self.values[label]):
            style = self._line_style(metric, line_kw)
            y = np.append(values[0], values)
            kept = thinned(x, y)
            (self.lines_[label, metric],) = axes.plot(
                x[kept], y[kept], drawstyle="steps-pre", **style
            )
            color = self.lines_[label, metric].get_color()
            chosen = values[np.searchsorted(self.cuts[label], self.thresholds[label])]
            (self.points_[label, metric],) = axes.plot(
                at_threshold, chosen, clip_on=False, **mark(color, size=5)
            )
            if self.reference is not None:
                ring = mark(color, hollow=True, size=3, clip_on=False)
                if not left <= self.reference <= right:
                    ring["marker"] = "<" if self.reference < left else ">"
                at_reference = values[np.searchsorted(self.cuts[label], self.reference)]
                axes.plot(np.clip(self.reference, left, right), at_reference, **ring)

    def _line_style(self, metric, line_kw):
        tuned = metric == len(self.metric_names) - 1
        return {
            "color": COLORS[metric % len(COLORS)],
            "linewidth": 2.0 if tuned else 1.4,
            "zorder": 3,
            **line_kw,
        }

    def _handles(self):
        """What the legend explains."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        handles = [
            Line2D([], [], label=name, color=line.get_color(), linewidth=line.get_linewidth())
            for name, line in zip(self.metric_names, self.lines_[0], strict=True)
        ]
        handles.append(
            Line2D([], [], label="chosen threshold", **mark(ink(), size=5, linestyle="-"))
        )
        if not np.isnan([self._folds(label) for label in range(len(self.cuts))]).all():
            handles.append(Patch(label="its range over folds", color=PALE, linewidth=0))
        if self.reference is not None:
            ring = mark(GREY, hollow=True, size=3, linestyle=":")
            beyond = any(
                not axes.get_xlim()[0] <= self.reference <= axes.get_xlim()[1]
                for axes in self.axes_
            )
            told = f"cut at {self.reference:g}" + (" (triangle: beyond)" if beyond else "")
            handles.append(Line2D([], [], label=told, **ring))
        return handles
