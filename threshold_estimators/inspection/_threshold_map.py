"""Display of all labels in one picture: support, threshold, and what the threshold gains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ..objectives import FBeta
from ..tuning import Samples, has_low_support
from ._curves import f1_at, span, support, weight_of_decided
from ._display_base import LabelsDisplay, fill_docstring
from ._intervals import Judged, difference_intervals
from ._panels import DOTTED, LARGEST, Color, add_legend, entry, mark, padded, panels, shortened

if TYPE_CHECKING:
    from pandas import DataFrame

# A wider range of thresholds (highest / lowest) needs a logarithmic scale to show them all.
WIDE = 20
LOG_RANGE = 1e-200, 1e200  # margins around more extreme thresholds would overflow
# threshold, its place as a fraction of the axis, marker
BORDERS = [(np.inf, 1.0, "^"), (-np.inf, 0.0, "v")]
# In points: the size of a name, half the size of a marker, and where a name may stand relative
# to its marker, the best place first.
NAME_SIZE, ROOM = 8, 4
OFFSETS = [
    (side * dx, dy)
    for dx, dy in [(6, 0), (8, 12), (8, -12), (14, 24), (14, -24), (24, 38), (24, -38)]
    for side in (1, -1)
]


@fill_docstring
@dataclass(kw_only=True, eq=False, repr=False)
class ThresholdMapDisplay(LabelsDisplay):
    """Threshold of each label against its support, coloured by what the threshold gains in F1.

    It shows hundreds of labels at a glance: which thresholds rest on few samples, which ones
    gain, which ones lose.

    Make one with :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    thresholds : ndarray of shape (n_shown,) or (2, n_shown)
        The chosen thresholds, or the lower and the upper ones. The upper one has the marker, and a
        line leads down to the lower one. Infinite ones are drawn as triangles at the border.
    support : ndarray of shape (n_shown,)
        Number of positive samples of each label, or the sum of their weights.
    gain : ndarray of shape (n_shown,)
        F1 of each label at the chosen threshold minus F1 at ``reference``. With lower and upper
        thresholds, the first is the F1 of the cells that are decided.
    gain_interval : ndarray of shape (2, n_shown), default=None
        95 %% interval of each gain. Labels whose interval holds zero have small markers.
    low_support : ndarray of shape (n_shown,), default=None
        Whether a label has too few samples for a threshold of its own. Its marker is hollow.
    cv_thresholds : ndarray of shape (n_folds, n_shown), default=None
        Thresholds of the folds. A line reaches from the lowest to the highest.
    %(shown)s

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the map.
    figure_ : matplotlib Figure
        The figure that holds it.
    points_ : matplotlib PathCollection
        The labels with a finite threshold.
    border_ : list of matplotlib PathCollection
        The labels that are never predicted, and those that are always predicted.
    names_ : list of matplotlib Annotation
        The names of labels.
    colorbar_ : matplotlib Colorbar
        The colours of the gains.
    legend_ : matplotlib Legend
        The legend.

    See Also
    --------
    ThresholdCurveDisplay : Metrics of some labels against their thresholds.

    Notes
    -----
    Support and gain are those of the samples given. On the samples that thresholds were tuned on
    for F1, no gain is negative. Other samples show which thresholds do harm: those whose interval
    lies below zero.

    %(example)s
    """

    _most_labels = np.inf

    thresholds: np.ndarray
    support: np.ndarray
    gain: np.ndarray
    gain_interval: np.ndarray | None = None
    low_support: np.ndarray | None = None
    cv_thresholds: np.ndarray | None = None
    reference: float = 0.5
    label_names: list | None = None
    title: str | None = None

    @classmethod
    def _complete_options(cls, options, tuned):
        return {"low_support": tuned.low_support, **options}

    @classmethod
    @fill_docstring
    def from_predictions(
        cls,
        y_true: Any,
        y_score: ArrayLike,
        thresholds: ArrayLike,
        *,
        labels: Any = None,
        low_support: ArrayLike | None = None,
        cv_thresholds: ArrayLike | None = None,
        reference: float = 0.5,
        sample_weight: ArrayLike | None = None,
        label_names: Any = None,
        n_names: int = 12,
        yscale: str = "auto",
        ax: Any = None,
    ) -> Self:
        """Draw the map of scores.

        Parameters
        ----------
        %(predictions)s
        %(labels)s
        low_support : array-like of shape (n_labels,), default=None
            Whether a threshold rests on few samples, as in ``TunedThresholds.low_support``. None
            counts the samples given here, as if the thresholds were tuned on them: fewer than 15
            positive or fewer than 15 negative ones are few.
        %(comparison)s
        %(names_and_scale)s
        %(ax)s

        %(returns)s
        """
        if reference is None:
            raise ValueError(
                "'reference' must be a finite number, because the map shows gains over it. "
                "Got None instead."
            )
        predictions = y_true, y_score, thresholds, cv_thresholds, sample_weight, label_names
        given, chosen, shown = cls._check(labels, reference, *predictions)
        weight = given.sample_weight
        has_low = _check_low_support(low_support, given.y_true, weight)
        f1 = f1_at(given.y_true, given.y_score, given.thresholds, weight)
        f1_at_reference = f1_at(given.y_true, given.y_score, reference, weight)
        samples = Samples(given.y_true, given.y_score, weight)
        return cls(
            thresholds=given.thresholds[..., chosen],
            support=support(given.y_true, weight)[chosen],
            gain=(f1 - f1_at_reference)[chosen],
            gain_interval=_gain_interval(samples, given.thresholds, reference)[:, chosen],
            low_support=has_low[chosen],
            cv_thresholds=given.cv_thresholds[:, chosen],
            **shown,
        ).plot(ax=ax, n_names=n_names, yscale=yscale)

    @fill_docstring
    def plot(self, ax: Any = None, *, n_names: int = 12, yscale: str = "auto") -> Self:
        """Draw the map.

        Parameters
        ----------
        %(ax)s
        %(names_and_scale)s

        %(returns)s
        """
        if not isinstance(n_names, Integral) or n_names < 0:
            raise ValueError(
                f"'n_names' must be an integer of at least 0. Got {n_names!r} instead."
            )
        drawn = panels(1, ax, f"{type(self).__name__}.plot")
        self.figure_, self.ax_ = drawn.figure, drawn.axes[0]
        self.ax_.set(xlabel="Positive samples", ylabel="Threshold")
        self._scale_support()
        self._scale_thresholds(yscale)
        self.ax_.axhline(self.reference, zorder=1, **DOTTED)
        if self.cv_thresholds is not None and len(self.cv_thresholds):
            self._draw_lines(*self._fold_ranges(), color=Color.PALE, linewidth=1)
        if np.ndim(self.thresholds) == 2:
            self._draw_lines(*self.thresholds, color=Color.GREY, linewidth=2)
        self.legend_ = add_legend(drawn, self._handles(), self.title)
        self._draw_labels()
        self.names_ = self._draw_names(n_names)
        return self

    def to_frame(self) -> DataFrame:
        """Numbers of the picture in tidy form. It needs pandas.

        Returns
        -------
        frame : pandas.DataFrame
            A row for each label. The columns are "label", "support", "threshold" (or "lower"
            and "upper"), "gain", "gain_low", "gain_high", "low_support", and
            "lowest_cv_threshold" and "highest_cv_threshold" over the folds, NaN if unknown.
        """
        lowest, highest = self._fold_ranges()
        unknown = np.full((2, len(self.gain)), np.nan)
        gain_low, gain_high = unknown if self.gain_interval is None else self.gain_interval
        is_band = np.ndim(self.thresholds) == 2
        bounds = zip(
            ["lower", "upper"] if is_band else ["threshold"],
            np.atleast_2d(self.thresholds),
            strict=True,
        )
        table = {
            "label": self._shown_names(len(self.support)),
            "support": self.support,
            **dict(bounds),
            "gain": self.gain,
            "gain_low": gain_low,
            "gain_high": gain_high,
            "low_support": self._has_low_support(),
            "lowest_cv_threshold": lowest,
            "highest_cv_threshold": highest,
        }
        return self._frame([table])

    def _fold_ranges(self):
        """(lowest, highest) threshold of the folds, each (n_shown,), NaN if unknown."""
        if self.cv_thresholds is None:
            return np.full((2, len(self.support)), np.nan)
        return span(np.asarray(self.cv_thresholds))

    def _has_low_support(self):
        if self.low_support is None:
            return np.zeros(len(self.gain), bool)
        return np.asarray(self.low_support, bool)

    def _may_be_chance(self):
        """(n_shown,) whether the interval of a gain holds zero."""
        if self.gain_interval is None:
            return np.zeros(len(self.gain), bool)
        low, high = self.gain_interval
        return (low <= 0) & (high >= 0)

    def _scale_support(self):
        """Logarithmic x axis; labels without a positive sample have a place at its left."""
        if np.all(self.support > 0):
            self.ax_.set_xscale("log")
        else:
            lowest = min(self.support[self.support > 0], default=1)
            self.ax_.set_xscale("symlog", linthresh=lowest, linscale=0.4)
        _fit_limits(self.ax_.xaxis, self.support)
        _write_plainly(self.ax_.xaxis)

    def _scale_thresholds(self, yscale):
        """Set the scale of the thresholds, with some room around the finite ones."""
        finite = np.append(self.thresholds, self.reference).astype(float)
        finite = np.clip(finite[np.isfinite(finite)], -LARGEST, LARGEST)
        lowest, highest = finite.min(), finite.max()
        if isinstance(yscale, str) and yscale == "auto":
            is_wide = LOG_RANGE[0] < lowest and WIDE * lowest < highest < LOG_RANGE[1]
            yscale = "log" if is_wide else "linear"
        try:
            self.ax_.set_yscale(yscale)
        except (TypeError, ValueError) as error:
            raise ValueError(f"'yscale' must be 'auto' or a scale: {error}.") from None
        if self.ax_.yaxis.limit_range_for_scale(lowest, highest) != (lowest, highest):
            raise ValueError(
                f"'yscale' {yscale!r} cannot show all thresholds and the reference, which reach "
                f"from {lowest:g} to {highest:g}. Use 'linear'."
            )
        if self.ax_.get_yscale() == "log":
            _fit_limits(self.ax_.yaxis, np.clip(finite, *LOG_RANGE))
            _write_plainly(self.ax_.yaxis)
        else:
            folds = [] if self.cv_thresholds is None else self.cv_thresholds
            _fit_limits(self.ax_.yaxis, np.append(finite, folds))

    def _marked(self):
        """The threshold of each label that has the marker, (n_shown,)."""
        return np.atleast_2d(self.thresholds)[-1]

    def _heights(self):
        """Heights of the markers, within the axes."""
        return np.clip(self._marked(), *self.ax_.get_ylim())

    def _draw_lines(self, low, high, **style):
        """A vertical line for each label, within the axes."""
        low, high = np.clip([low, high], *self.ax_.get_ylim())
        self.ax_.vlines(self.support, low, high, zorder=0, **style)

    def _draw_labels(self):
        """Markers coloured by gain; where there is none, in a grey that is visible on white."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LinearSegmentedColormap, Normalize

        largest = np.max(np.abs(self.gain)) or 0.1
        ends = [Color.VERMILLION, "#B8B8B8", Color.BLUE]
        colormap = LinearSegmentedColormap.from_list("gain", ends)
        colors = ScalarMappable(Normalize(-largest, largest), colormap)
        edges = colors.to_rgba(self.gain)

        thresholds, heights = self._marked(), self._heights()
        is_finite = np.isfinite(thresholds)
        self.points_ = self._scatter(is_finite, heights[is_finite], edges, s=32, zorder=3)
        style = {"s": 44, "zorder": 4, "clip_on": False}
        style["transform"] = self.ax_.get_xaxis_transform()
        self.border_ = []
        for infinite, y, marker in BORDERS:
            is_there = thresholds == infinite
            at_border = np.full(np.count_nonzero(is_there), y)
            self.border_.append(self._scatter(is_there, at_border, edges, marker=marker, **style))

        # Without a layout engine, a grid would undo the room made for the legend.
        in_grid = self.figure_.get_layout_engine() is not None
        style = {"use_gridspec": in_grid, "label": f"Gain in F1 over threshold {self.reference:g}"}
        self.colorbar_ = self.figure_.colorbar(colors, ax=self.ax_, **style)

    def _scatter(self, shown, y, edges, **style):
        """Markers of the labels in the mask `shown`, hollow for labels of low support."""
        is_hollow = self._has_low_support()[shown, np.newaxis]
        faces = np.where(is_hollow, self.ax_.get_facecolor(), edges[shown])
        style |= {"facecolors": faces, "edgecolors": edges[shown], "linewidths": 1.5}
        style["s"] = np.where(self._may_be_chance()[shown], style["s"] / 3, style["s"])
        return self.ax_.scatter(self.support[shown], y, **style)

    def _draw_names(self, n_names):
        """Names of the labels with the largest gains and losses, where nothing is in the way."""
        if self.label_names is None:
            return []
        self.figure_.canvas.figure.draw_without_rendering()  # computes where things are
        markers = np.column_stack([self.support, self._heights()])
        largest = np.argsort(-np.abs(self.gain), kind="stable")[:n_names]
        points_per_pixel = 72 / self.figure_.dpi
        places = free_places(
            self.ax_.transData.transform(markers) * points_per_pixel,
            {label: len(shortened(self.label_names[label])) for label in largest},
            self.ax_.bbox.extents * points_per_pixel,
        )
        return [self._draw_name(label, markers[label], offset) for label, offset in places.items()]

    def _draw_name(self, label, marker, offset):
        """Write a name beside its marker, or higher or lower with a line to it."""
        line = {"arrowstyle": "-", "color": Color.GREY, "linewidth": 0.6}
        return self.ax_.annotate(
            shortened(self.label_names[label]),
            marker,
            xytext=offset,
            textcoords="offset points",
            ha="left" if offset[0] > 0 else "right",
            va="center_baseline",
            fontsize=NAME_SIZE,
            parse_math=False,
            zorder=5,
            arrowprops=line if offset[1] else None,
        )

    def _handles(self):
        """Entries of the legend."""
        handles = []
        is_low = self._has_low_support()
        if not is_low.all():
            handles.append(entry("threshold of a label", **mark(Color.GREY)))
        if is_low.any():
            handles.append(entry("low support", **mark(Color.GREY, markerfacecolor="none")))
        if self._may_be_chance().any():
            handles.append(entry("gain may be chance", **mark(Color.GREY, size=3)))
        if self.cv_thresholds is not None and len(self.cv_thresholds):
            handles.append(entry("range over folds", color=Color.PALE))
        if np.ndim(self.thresholds) == 2:
            handles.append(entry("undecided below it", color=Color.GREY, linewidth=2))
        for infinite, _, marker in BORDERS:
            if np.any(self._marked() == infinite):
                name = "inf: never predicted" if infinite > 0 else "-inf: always predicted"
                handles.append(entry(name, **mark(Color.GREY, marker=marker)))
        return [*handles, entry(f"threshold {self.reference:g}", **DOTTED)]


def _fit_limits(axis, values):
    """Limits around values, with margins in proportion to their range as the axis draws it."""
    transform = axis.get_transform()
    limits = padded(transform.transform(np.asarray(values, float)), 0.06)
    axis.axes.set(**{f"{axis.axis_name}lim": transform.inverted().transform(limits)})


def _write_plainly(axis):
    """Write 100 instead of a power of ten, and more numbers if an axis spans few decades."""
    from matplotlib.ticker import FuncFormatter

    lowest, highest = axis.get_view_interval()
    ratio = highest / lowest if lowest > 0 else np.inf
    digits = "123456789" if ratio < 5 else "235" if ratio < 100 else ""
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(FuncFormatter(partial(_with_first_digit, digits)))
    axis.set_tick_params(which="minor", labelsize="x-small")


def _with_first_digit(digits, value, _):
    return f"{value:g}" if f"{value:e}"[0] in digits else ""


def free_places(markers, lengths, frame):
    """Label -> (dx, dy) from the middle of its marker to its name, so that a name hides nothing.

    A name stands at the right or left of its marker, or above or below that at the end of a short
    line. A name is left out if all these places are taken.

    markers : (n_labels, 2) places of all markers, in points
    lengths : label -> number of letters of its name, the most important label first
    frame : (left, bottom, right, top) that names must stay in
    """
    taken = np.hstack([markers - ROOM, markers + ROOM])
    places = {}
    for label, length in lengths.items():
        for dx, dy in OFFSETS:
            box = _name_box(markers[label], dx, dy, length)
            is_inside = np.all(box[:2] >= frame[:2]) and np.all(box[2:] <= frame[2:])
            is_apart = np.any((taken[:, :2] >= box[2:]) | (taken[:, 2:] <= box[:2]), axis=1)
            is_apart[label] |= dy == 0  # its own marker is beside it
            if is_inside and is_apart.all():
                places[label] = dx, dy
                taken = np.vstack([taken, box])
                break
    return places


def _name_box(marker, dx, dy, length):
    """(left, bottom, right, top) of a name of so many letters, in points."""
    near = marker[0] + dx
    far = near + np.sign(dx) * 0.6 * NAME_SIZE * length
    middle, half = marker[1] + dy, 0.6 * NAME_SIZE
    return np.array([min(near, far), middle - half, max(near, far), middle + half])


def _gain_interval(samples, thresholds, reference):
    """(2, n_labels) interval of the gain in F1 of each label."""
    decided = samples
    if thresholds.ndim == 2:
        weight = weight_of_decided(samples.y_score, thresholds, samples.sample_weight)
        decided, thresholds = samples._replace(sample_weight=weight), thresholds[1]
    units = np.arange(len(samples.y_true))
    tuned = Judged(decided, samples.y_score >= thresholds, units)
    untuned = Judged(samples, samples.y_score >= reference, units)
    return difference_intervals(FBeta(), tuned, untuned, None)


def _check_low_support(low_support, y_true, sample_weight):
    if low_support is None:
        return has_low_support(y_true, sample_weight)
    low_support = np.asarray(low_support)
    is_valid = low_support.shape == y_true.shape[1:] and low_support.dtype.kind in "biuf"
    if not is_valid or not np.all((low_support == 0) | (low_support == 1)):
        raise ValueError(
            f"'low_support' must have shape ({y_true.shape[1]},), true or false for each label. "
            f"Got {low_support} of shape {low_support.shape} instead."
        )
    return low_support.astype(bool)
