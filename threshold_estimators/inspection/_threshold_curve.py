"""Display of metrics of a label against its threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ..objectives import Constrained, FBeta, Precision, Recall, check_objective
from ._curves import cut_index, cuts_of_labels, is_of_labels, objective_name, span, thinned
from ._display_base import LabelsDisplay, bound_names, check_line_kw, fill_docstring
from ._intervals import label_intervals
from ._panels import (
    DOTTED,
    ERROR_BAR,
    Color,
    add_legend,
    entry,
    error_bar,
    ink,
    mark,
    name_panels,
    padded,
    panels,
)

if TYPE_CHECKING:
    from pandas import DataFrame

COLORS = (Color.BLUE, Color.ORANGE, Color.GREEN, Color.PURPLE, Color.SKY, Color.VERMILLION)
# A reference further from the scores than this many times their range is drawn at the border.
FAR = 3
UNDECIDED = {"facecolor": "none", "edgecolor": Color.PALE, "hatch": "///", "linewidth": 0}


def _metrics(objectives, n_samples, n_labels, *, names):
    """Name of each metric -> the metric, which has a formula for each label.

    A constrained objective gives two metrics: what it bounds and what it maximises.
    """
    metrics = {}
    objectives = [*objectives] if isinstance(objectives, list | tuple) else [objectives]
    if not objectives:
        raise ValueError("'objectives' must have at least one objective. Got none instead.")
    for scoring in objectives:
        try:
            objective = check_objective(scoring, n_samples, n_labels, names=names)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"'objectives' has {scoring!r}, which is not valid: {error}"
            ) from None
        if not is_of_labels(objective):
            raise ValueError(
                "'objectives' must be formulas of the confusion counts of a label, such as "
                f"FBeta(). Got {scoring!r} instead."
            )
        parts = [objective]
        if isinstance(objective, Constrained):
            parts = [objective.constraint, objective.objective]
        metrics |= {objective_name(metric): metric for metric in parts}
    return metrics


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
    thresholds : ndarray of shape (n_shown,) or (2, n_shown)
        The chosen thresholds; or the lower and the upper ones, with undecided scores between them.
    intervals : ndarray of shape (2, n_shown), default=None
        95 %% interval of the last metric at each chosen threshold, drawn as an error bar. None with
        lower and upper thresholds.
    cv_thresholds : ndarray of shape (n_folds, n_shown), default=None
        Thresholds of the folds. A band reaches from the lowest to the highest.
    %(shown)s

    Attributes
    ----------
    %(panels)s
    lines_ : ndarray of shape (n_shown, n_metrics) of matplotlib Line2D
        The curves.
    points_ : ndarray of shape (n_shown, n_metrics) of matplotlib Line2D
        The values at the chosen thresholds, or at the lower and the upper one.

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
    shows how close the threshold comes to the maximum. The interval is that of redrawn samples; on
    the samples that the thresholds were tuned on it is too high.

    %(example)s
    """

    cuts: list
    values: list
    metric_names: list
    thresholds: np.ndarray
    intervals: np.ndarray | None = None
    cv_thresholds: np.ndarray | None = None
    reference: float | None = 0.5
    label_names: list | None = None
    title: str | None = None

    @classmethod
    def _complete_options(cls, options, tuned):
        """Draw the tuned objective by default, or F1 if it has no formula of the label's counts."""
        if options.get("objectives") is not None:
            return options
        tuned_for = tuned.objective if is_of_labels(tuned.objective) else FBeta()
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
        objectives: Any = None,
        cv_thresholds: ArrayLike | None = None,
        reference: float | None = 0.5,
        sample_weight: ArrayLike | None = None,
        label_names: Any = None,
        ax: Any = None,
        line_kw: dict | None = None,
    ) -> Self:
        """Draw the metrics of scores.

        Parameters
        ----------
        %(predictions)s
        %(labels)s
        objectives : objective, scorer or list of these, default=None
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
        metrics = _metrics(objectives, *given.y_true.shape, names=given.names)
        cuts = cuts_of_labels(given, chosen)
        values = [
            np.stack([m._for_labels(label).formula(*of.counts()) for m in metrics.values()])
            for label, of in zip(chosen, cuts, strict=True)
        ]
        return cls(
            cuts=[label_cuts.scores for label_cuts in cuts],
            values=values,
            metric_names=list(metrics),
            thresholds=given.thresholds[..., chosen],
            intervals=_intervals(list(metrics.values())[-1], given, chosen),
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
        line_kw = check_line_kw(line_kw)
        for label, axes in enumerate(self.axes_):
            axes.set_xlim(self._x_range(label))
            self._draw_thresholds(axes, label)
            self._draw_metrics(axes, label, line_kw)
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
            "curve", "chosen" (or "lower" and "upper"), "low" and "high", the ends of the interval
            of the last metric, "reference" or "fold"; "threshold"; and "value".
        """
        tables = []
        for label, name in enumerate(self._shown_names(len(self.cuts))):
            for point, thresholds in self._thresholds_of(label).items():
                cut = cut_index(self.cuts[label], thresholds)
                for metric, values in zip(self.metric_names, self.values[label], strict=True):
                    columns = {"label": name, "metric": metric, "point": point}
                    tables.append(columns | {"threshold": thresholds, "value": values[cut]})
            if self.intervals is not None:
                columns = {"label": name, "metric": self.metric_names[-1], "point": ["low", "high"]}
                ends = {"threshold": self.thresholds[label], "value": self.intervals[:, label]}
                tables.append(columns | ends)
        return self._frame(tables)

    def _thresholds_of(self, label):
        """What a row of the table is -> its thresholds, (n_points,)."""
        thresholds = {"curve": self.cuts[label]}
        for name, bound in zip(bound_names(self.thresholds), self._bounds(label), strict=True):
            thresholds[name] = bound[np.newaxis]
        if self.reference is not None:
            thresholds["reference"] = np.array([self.reference], float)
        if self.cv_thresholds is not None:
            folds = np.asarray(self.cv_thresholds)[:, label]
            thresholds["fold"] = folds[~np.isnan(folds)]
        return {point: values for point, values in thresholds.items() if len(values)}

    def _bounds(self, label):
        """The threshold of a label, or its lower and upper one, (1,) or (2,)."""
        return np.atleast_2d(self.thresholds)[:, label]

    def _fold_range(self, label):
        """(lowest, highest) threshold of the folds, NaN if there are none."""
        if self.cv_thresholds is None:
            return np.full(2, np.nan)
        return np.concatenate(span(np.asarray(self.cv_thresholds)[:, [label]]))

    def _x_range(self, label):
        """Range of everything drawn, except a reference so far off that the rest would vanish."""
        drawn = np.concatenate([self.cuts[label], self._bounds(label), self._fold_range(label)])
        drawn = drawn[np.isfinite(drawn)].astype(float)
        if self.reference is not None:
            low, high = padded(np.append(drawn, [] if len(drawn) else self.reference), FAR)
            if low <= self.reference <= high:
                drawn = np.append(drawn, self.reference)
        return padded(drawn, 0.04)

    def _draw_thresholds(self, axes, label):
        """The chosen threshold, its range over folds and the reference as vertical lines."""
        left, right = axes.get_xlim()
        low, high = self._fold_range(label)
        if not np.isnan(low):
            low, high = np.clip([low, high], left, right)
            axes.axvspan(low, high, color=Color.PALE, linewidth=0, zorder=0)
        if self.reference is not None and left <= self.reference <= right:
            axes.axvline(self.reference, zorder=1, **DOTTED)
        bounds = self._bounds(label)
        positions = np.clip(bounds, left, right)  # infinite thresholds at the border
        for position in positions:
            axes.axvline(position, color=ink(), linewidth=1.2, zorder=1, clip_on=False)
        axes.axvspan(positions[0], positions[-1], zorder=0, **UNDECIDED)
        if bounds[0] == -np.inf:
            is_decided = bounds[-1] == -np.inf
            _annotate(axes, "-inf: always predicted" if is_decided else "-inf: never ruled out", 0)
        if bounds[-1] == np.inf:
            _annotate(axes, "inf: never predicted", 1)

    def _draw_metrics(self, axes, label, line_kw):
        """Each metric as a step function, with its values at the chosen threshold and reference."""
        left, right = axes.get_xlim()
        scores, bounds = self.cuts[label], self._bounds(label)
        x = np.clip(np.concatenate([[left], scores[:-1], [right]]), left, right)
        for metric, values in enumerate(self.values[label]):
            y = np.append(values[0], values)
            kept = thinned(x, y)
            style = {"drawstyle": "steps-pre", **self._line_style(metric, line_kw)}
            (line,) = axes.plot(x[kept], y[kept], **style)
            (point,) = axes.plot(
                np.clip(bounds, left, right),
                values[cut_index(scores, bounds)],
                **mark(line.get_color(), size=5, clip_on=False),
            )
            self.lines_[label, metric] = line
            self.points_[label, metric] = point
            if self.intervals is not None and metric == len(self.metric_names) - 1:
                position = np.clip(bounds, left, right)[0]
                error_bar(axes, [position] * 2, self.intervals[:, label], line.get_color())
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
        if self.intervals is not None:
            name = f"95 % interval of {self.metric_names[-1]}"
            handles.append(entry(name, **ERROR_BAR, color=self.lines_[0, -1].get_color()))
        is_band = np.ndim(self.thresholds) == 2
        name = "lower and upper threshold" if is_band else "chosen threshold"
        handles.append(entry(name, **mark(ink(), size=5, linestyle="-")))
        if is_band:
            handles.append(Patch(label="undecided", **UNDECIDED))
        if not np.isnan([self._fold_range(label) for label in range(len(self.cuts))]).all():
            handles.append(Patch(label="its range over folds", color=Color.PALE, linewidth=0))
        if self.reference is not None:
            ranges = [axes.get_xlim() for axes in self.axes_]
            is_beyond = any(not left <= self.reference <= right for left, right in ranges)
            name = f"threshold {self.reference:g}" + (" (triangle: beyond)" if is_beyond else "")
            handles.append(entry(name, **mark(Color.GREY, hollow=True, size=3, linestyle=":")))
        return handles


def _intervals(metric, given, chosen):
    """(2, n_shown) interval of a metric at the chosen thresholds, or None for bands."""
    if given.thresholds.ndim == 2:
        return None
    y_pred = given.y_score >= given.thresholds
    return label_intervals([metric], given.y_true, y_pred, given.sample_weight)[0][:, chosen]


def _annotate(axes, text, side):
    """Say at the left (0) or right (1) border of a panel what an infinite threshold means."""
    axes.annotate(
        text,
        (side, 0.5),
        xycoords="axes fraction",
        xytext=(4 - 8 * side, 0),
        textcoords="offset points",
        rotation=90,
        ha="right" if side else "left",
        va="center",
        fontsize="small",
        zorder=5,
        bbox={"facecolor": axes.get_facecolor(), "alpha": 0.8, "linewidth": 0, "pad": 1},
    )
