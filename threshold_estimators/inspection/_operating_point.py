"""Display of the chosen threshold as a point on the ROC or precision-recall curve of a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ..objectives import Precision, Recall, Specificity
from ._curves import cut_index, cuts_of_labels, precision_recall, prevalence, roc, thinned
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
    panels,
)

if TYPE_CHECKING:
    from pandas import DataFrame


# kind -> function of the curve, names of its axes, how points are joined (as in scikit-learn)
KINDS = {
    "precision_recall": (precision_recall, ("Recall", "Precision"), "steps-post"),
    "roc": (roc, ("False positive rate", "True positive rate"), "default"),
}


def _check_kind(kind):
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(
            f"'kind' must be one of {', '.join(map(repr, KINDS))}. Got {kind!r} instead."
        )


@fill_docstring
@dataclass(kw_only=True, eq=False, repr=False)
class OperatingPointDisplay(LabelsDisplay):
    """Precision-recall or ROC curves of labels, with the points of the chosen thresholds.

    Make one with :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    curves : list of n_shown ndarrays of shape (n_candidates, 2)
        Recall and precision, or false and true positive rate, of each label. The candidate
        thresholds are the distinct scores, ascending, and infinity. A rate is NaN if the label
        has no sample of the class that it counts.
    points : ndarray of shape (n_shown, 2) or (2, n_shown, 2)
        Points of the chosen thresholds; or of the lower and of the upper ones.
    reference_points : ndarray of shape (n_shown, 2), default=None
        Points of the threshold ``reference``.
    intervals : ndarray of shape (2, n_shown, 2), default=None
        95 %% intervals of both coordinates of the chosen points, drawn as a cross: the lower ends,
        then the upper ones. None with lower and upper thresholds.
    cv_points : ndarray of shape (n_folds, n_shown, 2), default=None
        Points of the thresholds of the folds.
    prevalence : ndarray of shape (n_shown,), default=None
        Fraction of the samples that are positive: the precision of guessing.
    kind : {"precision_recall", "roc"}, default="precision_recall"
        Kind of the curves.
    %(shown)s

    Attributes
    ----------
    %(panels)s
    lines_ : ndarray of shape (n_shown,) of matplotlib Line2D
        The curves.
    points_ : ndarray of shape (n_shown,) of matplotlib Line2D
        The chosen points.

    See Also
    --------
    ThresholdCurveDisplay : Metrics against the threshold.
    sklearn.metrics.PrecisionRecallDisplay : The curve of one label.
    sklearn.metrics.RocCurveDisplay : The curve of one label.

    Notes
    -----
    If nothing is predicted, precision is drawn as 1, as in
    :func:`sklearn.metrics.precision_recall_curve`. The point of the threshold ``inf`` lies there.
    The intervals are those of redrawn samples. On the samples that the thresholds were tuned on
    they are too favourable.

    %(example)s
    """

    curves: list
    points: np.ndarray
    reference_points: np.ndarray | None = None
    intervals: np.ndarray | None = None
    cv_points: np.ndarray | None = None
    prevalence: np.ndarray | None = None
    kind: str = "precision_recall"
    reference: float | None = 0.5
    label_names: list | None = None
    title: str | None = None

    @classmethod
    @fill_docstring
    def from_predictions(
        cls,
        y_true: Any,
        y_score: ArrayLike,
        thresholds: ArrayLike,
        *,
        kind: str = "precision_recall",
        labels: Any = None,
        cv_thresholds: ArrayLike | None = None,
        reference: float | None = 0.5,
        sample_weight: ArrayLike | None = None,
        label_names: Any = None,
        ax: Any = None,
        line_kw: dict | None = None,
    ) -> Self:
        """Draw the curves and points of scores.

        Parameters
        ----------
        %(predictions)s
        kind : {"precision_recall", "roc"}, default="precision_recall"
            Which curves to draw.
        %(labels)s
        %(comparison)s
        %(ax)s
        %(line_kw)s

        %(returns)s
        """
        _check_kind(kind)
        predictions = y_true, y_score, thresholds, cv_thresholds, sample_weight, label_names
        given, chosen, shown = cls._check(labels, reference, *predictions)
        cuts = cuts_of_labels(given, chosen)
        curves = [KINDS[kind][0](label_cuts) for label_cuts in cuts]

        def points_at(thresholds):
            """(n_thresholds, n_shown, 2) points of thresholds of shape (n_thresholds, n_shown)."""
            points = [
                curve[cut_index(label_cuts.scores, threshold)]
                for curve, label_cuts, threshold in zip(curves, cuts, thresholds.T, strict=True)
            ]
            return np.stack(points, axis=1)

        points = points_at(np.atleast_2d(given.thresholds)[:, chosen])
        reference_points = None
        if reference is not None:
            reference_points = points_at(np.full((1, len(chosen)), reference))[0]
        # A fold has points only if all its thresholds are known.
        folds = given.cv_thresholds[:, chosen]
        folds = folds[~np.isnan(folds).any(axis=1)]
        return cls(
            curves=curves,
            points=points.reshape(*given.thresholds.shape[:-1], len(chosen), 2),
            reference_points=reference_points,
            intervals=_intervals(kind, given, chosen),
            cv_points=points_at(folds),
            prevalence=np.array([prevalence(label_cuts) for label_cuts in cuts]),
            kind=kind,
            **shown,
        ).plot(ax=ax, line_kw=line_kw)

    @fill_docstring
    def plot(self, ax: Any = None, *, line_kw: dict | None = None) -> Self:
        """Draw the curves and the points.

        Parameters
        ----------
        %(ax)s
        %(line_kw)s

        %(returns)s
        """
        _check_kind(self.kind)
        n_shown, line_kw = len(self.curves), check_line_kw(line_kw)
        drawn = panels(n_shown, ax, f"{type(self).__name__}.plot", square=True)
        self.figure_, self.axes_, self.ax_ = drawn.figure, drawn.axes, drawn.axes[0]
        self.lines_ = np.empty(n_shown, object)
        self.points_ = np.empty(n_shown, object)
        for label, axes in enumerate(self.axes_):
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
            self._draw_guess(axes, label)
            self._draw_curve(axes, label, line_kw)
            self._draw_points(axes, label)
            axes.tick_params(labelbottom=drawn.is_bottom(label))
        name_panels(drawn, self._shown_names(n_shown), *KINDS[self.kind][1])
        self.legend_ = add_legend(drawn, self._handles(), self.title)
        return self

    def to_frame(self) -> DataFrame:
        """Numbers of the picture in tidy form. It needs pandas.

        Returns
        -------
        frame : pandas.DataFrame
            A row for each point. The columns are "label"; "point", which is "curve", "chosen"
            (or "lower" and "upper"), "low" and "high", the ends of the intervals of the chosen
            point, "reference" or "fold"; "recall" and "precision", or
            "false_positive_rate" and "true_positive_rate"; and "prevalence" of the label, NaN if
            unknown.
        """
        columns = [name.lower().replace(" ", "_") for name in KINDS[self.kind][1]]
        tables = []
        for label, name in enumerate(self._shown_names(len(self.curves))):
            prevalence = np.nan if self.prevalence is None else self.prevalence[label]
            for point, xy in self._points_of(label).items():
                table = dict(zip(columns, np.transpose(xy), strict=True))
                tables.append({"label": name, "point": point} | table | {"prevalence": prevalence})
        return self._frame(tables)

    def _points_of(self, label):
        """What a row of the table is -> its points, (n_points, 2)."""
        points = {"curve": self.curves[label]}
        for name, point in zip(self._bound_names(), self._chosen_points(label), strict=True):
            points[name] = point[np.newaxis]
        if self.intervals is not None:
            points |= {"low": self.intervals[:1, label], "high": self.intervals[1:, label]}
        if self.reference_points is not None:
            points["reference"] = self.reference_points[[label]]
        if self._has_folds():
            points["fold"] = self.cv_points[:, label]
        return points

    def _chosen_points(self, label):
        """Points of the threshold of a label, or of its lower and upper one, (1 or 2, 2)."""
        return np.reshape(self.points, (-1, len(self.curves), 2))[:, label]

    def _bound_names(self):
        return bound_names(np.asarray(self.points)[..., 0])

    def _has_folds(self):
        return self.cv_points is not None and len(self.cv_points) > 0

    def _draw_guess(self, axes, label):
        """What guessing reaches."""
        if self.kind == "roc":
            axes.plot([0, 1], [0, 1], zorder=1, **DOTTED)
        elif self.prevalence is not None:
            axes.axhline(self.prevalence[label], zorder=1, **DOTTED)

    def _draw_curve(self, axes, label, line_kw):
        x, y = self.curves[label].T
        if np.isnan(self.curves[label]).any():
            no_positive = np.isnan(y).all() or self.kind == "precision_recall"
            missing = "no positive sample" if no_positive else "no negative sample"
            axes.text(0.5, 0.5, missing, ha="center", va="center", transform=axes.transAxes)
            x = y = np.full(1, np.nan)
        kept = thinned(x, y)
        style = {
            "color": Color.BLUE,
            "linewidth": 1.6,
            "zorder": 2,
            "drawstyle": KINDS[self.kind][2],
        }
        (self.lines_[label],) = axes.plot(x[kept], y[kept], **style | line_kw)

    def _draw_points(self, axes, label):
        """The points, also where they lie on the border.

        An unknown point is clipped: without that the layout engine looks for its place.
        """
        points = self._chosen_points(label)
        is_known = not np.isnan(points).any()
        if is_known and self._has_folds():
            axes.plot(*self.cv_points[:, label].T, clip_on=False, **self._fold_mark())
        if is_known and self.reference_points is not None:
            axes.plot(*self.reference_points[label], clip_on=False, **mark(ink(), hollow=True))
        if is_known and self.intervals is not None:
            (x, y), color = points[0], Color.VERMILLION
            (left, bottom), (right, top) = self.intervals[:, label]
            error_bar(axes, [left, right], [y, y], color, marker="|")
            error_bar(axes, [x, x], [bottom, top], color)
        (self.points_[label],) = axes.plot(
            *points.T, clip_on=not is_known, **mark(Color.VERMILLION)
        )

    def _fold_mark(self):
        return mark(Color.ORANGE, size=4, markeredgewidth=0, zorder=3)

    def _handles(self):
        """Entries of the legend."""
        chosen = " and ".join(self._bound_names()) + " threshold"
        handles = [entry(chosen, **mark(Color.VERMILLION))]
        if self.intervals is not None:
            handles.append(entry("95 % intervals", **ERROR_BAR, color=Color.VERMILLION))
        if self._has_folds():
            handles.append(entry("thresholds of folds", **self._fold_mark()))
        if self.reference_points is not None:
            handles.append(entry(f"threshold {self.reference:g}", **mark(ink(), hollow=True)))
        return [*handles, entry("guessing", **DOTTED)]


def _intervals(kind, given, chosen):
    """(2, n_shown, 2) intervals of both coordinates of the points, or None for bands."""
    if given.thresholds.ndim == 2:
        return None
    is_roc = kind == "roc"
    metrics = [Specificity(), Recall()] if is_roc else [Recall(), Precision(zero_division=1)]
    y_pred = given.y_score >= given.thresholds
    x, y = label_intervals(metrics, given.y_true, y_pred, given.sample_weight)
    return np.stack([1 - x[::-1] if is_roc else x, y], axis=-1)[:, chosen]
