"""Display of metrics of a label against its threshold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

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
from ._curves import cut_index, cuts_of_labels, span, thinned
from ._display_base import LabelsDisplay, fill_docstring
from ._panels import DOTTED, Color, add_legend, entry, ink, mark, name_panels, panels

if TYPE_CHECKING:
    from pandas import DataFrame

COLORS = (Color.BLUE, Color.ORANGE, Color.GREEN, Color.PURPLE, Color.SKY, Color.VERMILLION)
# A reference further from the scores than this many times their range is drawn at the border.
FAR = 3


def objective_name(objective):
    """Name of an objective in the legend."""
    if isinstance(objective, FBeta):
        return f"F{objective.beta:g}"
    if isinstance(objective, OfSmallerClass):
        return f"{objective_name(objective.objective)} of the smaller class"
    # The class name as words: "MatthewsCorrelation" becomes "Matthews correlation".
    words = re.findall("[A-Z][a-z]*", type(objective).__name__)
    lower = [word if len(word) == 1 else word.lower() for word in words[1:]]
    name = " ".join([words[0], *lower])
    return f"minus {name}" if isinstance(objective, HammingLoss) else name


def _formulas(objectives, n_samples, n_labels, names):
    """Name of each metric -> list of the formula of each label.

    A constrained objective gives two metrics: what it bounds and what it maximises.
    """
    formulas = {}
    for scoring in objectives:
        objective = check_objective(scoring, n_samples, n_labels, names=names)
        if not is_of_labels(objective):
            raise ValueError(
                "'objectives' must be formulas of the confusion counts of a label, such as "
                f"FBeta(). Got {scoring!r} instead."
            )
        metrics = [objective]
        if isinstance(objective, Constrained):
            metrics = [objective.constraint, objective.objective]
        for metric in metrics:
            formulas[objective_name(metric)] = [
                metric._for_labels(label).formula for label in range(n_labels)
            ]
    return formulas


def is_of_labels(objective):
    """Whether an objective has a value for each label, which is a formula of the label's counts."""
    if isinstance(objective, Constrained):
        return is_of_labels(objective.objective)
    return isinstance(objective, CountObjective) and objective._form in ("labels", "micro")


@fill_docstring
@dataclass(kw_only=True, eq=False, repr=False)
class ThresholdCurveDisplay(LabelsDisplay):
    """Metrics of labels against the threshold, with the chosen threshold and its range over folds.

    Make one with :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    cuts : list of n_shown ndarrays of shape (n_candidates,)
        Candidate thresholds of each label: its distinct scores, ascending, and ``inf``.
    values : list of n_shown ndarrays of shape (n_metrics, n_candidates)
        Value of each metric at each candidate. A sample gets a label if its score is at least the
        threshold, so the value also holds for all thresholds between the candidate before and
        this one.
    metric_names : list of str
        Names of the metrics.
    thresholds : ndarray of shape (n_shown,)
        The chosen thresholds.
    cv_thresholds : ndarray of shape (n_folds, n_shown), default=None
        Thresholds of the folds. A band reaches from the lowest to the highest.
    %(shown)s

    Attributes
    ----------
    %(panels)s
    lines_ : ndarray of shape (n_shown, n_metrics) of matplotlib Line2D
        The curves.
    points_ : ndarray of shape (n_shown, n_metrics) of matplotlib Line2D
        The values at the chosen thresholds.

    See Also
    --------
    OperatingPointDisplay : The chosen point on the ROC or precision-recall curve.
    ThresholdMapDisplay : All thresholds in one picture.

    Notes
    -----
    The last metric is drawn thicker than the others. Infinite thresholds are drawn at the border,
    and so is a reference far from all scores (as a triangle).

    The values are those of the samples given. On the samples that the thresholds were tuned on,
    the curve of the tuned metric has its maximum at the chosen threshold. On other samples it
    shows how close the threshold comes to the maximum.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import MultiLabelThresholdClassifier, ThresholdCurveDisplay
    >>> X, y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    >>> model = model.fit(X[:70], y[:70])
    >>> display = ThresholdCurveDisplay.from_estimator(model, X[70:], y[70:])
    >>> plt.show()  # doctest: +SKIP
    """

    cuts: list
    values: list
    metric_names: list
    thresholds: np.ndarray
    cv_thresholds: np.ndarray | None = None
    reference: float | None = 0.5
    label_names: list | None = None
    title: str | None = None

    @classmethod
    def _complete_options(cls, options, tuning):
        """Draw the tuned objective by default, or F1 if it has no formula of the label's counts."""
        if options.get("objectives") is not None:
            return options
        tuned_for = tuning.objective if is_of_labels(tuning.objective) else FBeta()
        return {**options, "objectives": [Precision(), Recall(), tuned_for]}

    @classmethod
    @fill_docstring
    def from_predictions(
        cls,
        y_true: Any,
        y_score: ArrayLike,
        thresholds: ArrayLike,
        *,
        labels: Any = None,
        objectives: list | None = None,
        cv_thresholds: ArrayLike | None = None,
        reference: float | None = 0.5,
        sample_weight: ArrayLike | None = None,
        label_names: list | None = None,
        ax: Any = None,
        line_kw: dict | None = None,
    ) -> Self:
        """Draw the metrics of scores.

        Parameters
        ----------
        %(predictions)s
        %(labels)s
        objectives : list of objectives or of scorers, default=None
            Metrics to draw, each a formula of the confusion counts of a label. None draws
            precision, recall and F1. In the place of F1, :meth:`from_estimator` draws the metric
            that the thresholds were tuned for, if it is such a formula.
        %(comparison)s
        %(ax)s
        %(line_kw)s

        %(returns)s
        """
        predictions = y_true, y_score, thresholds, cv_thresholds, sample_weight, label_names
        given, chosen, shown = cls._check(labels, reference, *predictions)
        if objectives is None:
            objectives = [Precision(), Recall(), FBeta()]
        formulas = _formulas(objectives, len(given.y_true), given.n_labels, given.known_names)
        cuts = cuts_of_labels(given, chosen)
        values = [
            np.stack([formula[label](*label_cuts.counts()) for formula in formulas.values()])
            for label, label_cuts in zip(chosen, cuts, strict=True)
        ]
        return cls(
            cuts=[label_cuts.scores for label_cuts in cuts],
            values=values,
            metric_names=list(formulas),
            thresholds=given.thresholds[chosen],
            cv_thresholds=given.cv_thresholds[:, chosen],
            **shown,
        ).plot(ax=ax, line_kw=line_kw)

    @fill_docstring
    def plot(self, ax: Any = None, *, line_kw: dict | None = None) -> Self:
        """Draw the curves.

        Parameters
        ----------
        %(ax)s
        %(line_kw)s

        %(returns)s
        """
        n_shown = len(self.cuts)
        drawn = panels(n_shown, ax, f"{type(self).__name__}.plot")
        self.figure_, self.axes_, self.ax_ = drawn.figure, drawn.axes, drawn.axes[0]
        self.lines_ = np.empty((n_shown, len(self.metric_names)), object)
        self.points_ = np.empty_like(self.lines_)
        lowest = min(0.0, *(np.nanmin(values) for values in self.values))
        self.ax_.set_ylim(lowest - 0.04, 1.06)
        for label, axes in enumerate(self.axes_):
            axes.set_xlim(self._x_range(label))
            self._draw_thresholds(axes, label)
            self._draw_metrics(axes, label, line_kw or {})
            if drawn.n_columns > 1:
                axes.locator_params(axis="x", nbins=4)  # the numbers may be long
        name_panels(drawn, self._shown_names(n_shown), "Threshold", "Value")
        self.legend_ = add_legend(drawn, self._handles(), self.title)
        return self

    def to_frame(self) -> DataFrame:
        """Numbers of the picture in tidy form. It needs pandas.

        Returns
        -------
        frame : pandas.DataFrame
            A row for each value of a metric. The columns are "label"; "metric"; "point", which is
            "curve", "chosen", "reference" or "fold"; "threshold"; and "value".
        """
        tables = []
        for label, name in enumerate(self._shown_names(len(self.cuts))):
            for point, thresholds in self._thresholds_of(label).items():
                cut = cut_index(self.cuts[label], thresholds)
                for metric, values in zip(self.metric_names, self.values[label], strict=True):
                    columns = {"label": name, "metric": metric, "point": point}
                    tables.append(columns | {"threshold": thresholds, "value": values[cut]})
        return self._frame(tables)

    def _thresholds_of(self, label):
        """What a row of the table is -> its thresholds, (n_points,)."""
        thresholds = {"curve": self.cuts[label], "chosen": self.thresholds[[label]]}
        if self.reference is not None:
            thresholds["reference"] = np.array([self.reference], float)
        if self.cv_thresholds is not None:
            folds = np.asarray(self.cv_thresholds)[:, label]
            thresholds["fold"] = folds[~np.isnan(folds)]
        return {point: values for point, values in thresholds.items() if len(values)}

    def _fold_range(self, label):
        """(lowest, highest) threshold of the folds, NaN if there are none."""
        if self.cv_thresholds is None:
            return np.full(2, np.nan)
        return np.concatenate(span(np.asarray(self.cv_thresholds)[:, [label]]))

    def _x_range(self, label):
        """Range of everything drawn, except a reference so far off that the rest would vanish."""
        values = [self.cuts[label], [self.thresholds[label]], self._fold_range(label)]
        drawn = np.concatenate(values).astype(float)
        drawn = drawn[np.isfinite(drawn)]
        if self.reference is not None:
            distance = self.reference - np.clip(self.reference, drawn.min(), drawn.max())
            if abs(distance) <= FAR * np.ptp(drawn):
                drawn = np.append(drawn, self.reference)
        margin = 0.04 * np.ptp(drawn) or 0.5
        return drawn.min() - margin, drawn.max() + margin

    def _draw_thresholds(self, axes, label):
        """The chosen threshold, its range over folds and the reference as vertical lines."""
        left, right = axes.get_xlim()
        low, high = self._fold_range(label)
        if not np.isnan(low):
            low, high = np.clip([low, high], left, right)
            axes.axvspan(low, high, color=Color.PALE, linewidth=0, zorder=0)
        if self.reference is not None and left <= self.reference <= right:
            axes.axvline(self.reference, zorder=1, **DOTTED)
        threshold = self.thresholds[label]
        position = np.clip(threshold, left, right)  # infinite thresholds at the border
        axes.axvline(position, color=ink(), linewidth=1.2, zorder=1, clip_on=False)
        if np.isinf(threshold):
            _annotate_infinite(axes, is_never_predicted=threshold > 0)

    def _draw_metrics(self, axes, label, line_kw):
        """Each metric as a step function, with its values at the chosen threshold and reference."""
        left, right = axes.get_xlim()
        scores, threshold = self.cuts[label], self.thresholds[label]
        x = np.concatenate([[left], scores[:-1], [right]])
        for metric, values in enumerate(self.values[label]):
            y = np.append(values[0], values)
            kept = thinned(x, y)
            style = {"drawstyle": "steps-pre", **self._line_style(metric, line_kw)}
            (line,) = axes.plot(x[kept], y[kept], **style)
            (point,) = axes.plot(
                np.clip(threshold, left, right),
                values[cut_index(scores, threshold)],
                **mark(line.get_color(), size=5, clip_on=False),
            )
            self.lines_[label, metric] = line
            self.points_[label, metric] = point
            if self.reference is not None:
                value = values[cut_index(scores, self.reference)]
                self._draw_reference(axes, value, line.get_color())

    def _draw_reference(self, axes, value, color):
        """A ring at the reference, or a triangle at the border if it lies beyond."""
        left, right = axes.get_xlim()
        ring = mark(color, hollow=True, size=3, clip_on=False)
        if not left <= self.reference <= right:
            ring["marker"] = "<" if self.reference < left else ">"
        axes.plot(np.clip(self.reference, left, right), value, **ring)

    def _line_style(self, metric, line_kw):
        is_last = metric == len(self.metric_names) - 1
        style = {"color": COLORS[metric % len(COLORS)], "linewidth": 2.0 if is_last else 1.4}
        return {**style, "zorder": 3, **line_kw}

    def _handles(self):
        """Entries of the legend."""
        from matplotlib.patches import Patch

        handles = [
            entry(name, color=line.get_color(), linewidth=line.get_linewidth())
            for name, line in zip(self.metric_names, self.lines_[0], strict=True)
        ]
        handles.append(entry("chosen threshold", **mark(ink(), size=5, linestyle="-")))
        if not np.isnan([self._fold_range(label) for label in range(len(self.cuts))]).all():
            handles.append(Patch(label="its range over folds", color=Color.PALE, linewidth=0))
        if self.reference is not None:
            ranges = [axes.get_xlim() for axes in self.axes_]
            is_beyond = any(not left <= self.reference <= right for left, right in ranges)
            name = f"threshold {self.reference:g}" + (" (triangle: beyond)" if is_beyond else "")
            handles.append(entry(name, **mark(Color.GREY, hollow=True, size=3, linestyle=":")))
        return handles


def _annotate_infinite(axes, is_never_predicted):
    """Say beside the border of a panel what an infinite threshold means."""
    axes.annotate(
        "inf: never predicted" if is_never_predicted else "-inf: always predicted",
        (1.0 if is_never_predicted else 0.0, 0.5),
        xycoords="axes fraction",
        xytext=(-4 if is_never_predicted else 4, 0),
        textcoords="offset points",
        rotation=90,
        ha="right" if is_never_predicted else "left",
        va="center",
        fontsize="small",
        zorder=5,
        bbox={"facecolor": axes.get_facecolor(), "alpha": 0.8, "linewidth": 0, "pad": 1},
    )
