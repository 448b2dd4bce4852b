"""All labels in one picture: support, threshold, and what the threshold is worth."""

from functools import partial

import numpy as np

from ..tuning import has_low_support
from ._curves import f1_at, span, support
from ._display import check_predictions, predictions_of, select_labels
from ._panels import (
    BLUE,
    GREY,
    PALE,
    VERMILLION,
    add_legend,
    import_pyplot,
    mark,
    panels,
    shortened,
)

# The highest threshold is how many times the lowest where a logarithmic scale is needed to see them all.
WIDE = 20
# threshold, its place as a share of the axis, marker
BORDERS = [(np.inf, 1.0, "^"), (-np.inf, 0.0, "v")]
# In points: the size of a name, the room a marker takes, distances of a name from the middle of its marker.
NAME_SIZE, ROOM = 8, 4
OFFSETS = [
    (side * dx, dy)
    for dx, dy in [(6, 0), (8, 12), (8, -12), (14, 24), (14, -24), (24, 38), (24, -38)]
    for side in (1, -1)
]


class ThresholdMapDisplay:
    """Threshold of each label against its positive rows, coloured by what the threshold gains in F1.

    Hundreds of labels at a glance: which thresholds rest on little, which ones pay, which do harm. Make one with
    :meth:`from_estimator` or :meth:`from_predictions`; what they compute is kept in the attributes, which are the
    parameters below.

    Parameters
    ----------
    thresholds : ndarray of shape (n_shown,)
        The chosen thresholds. Infinite ones are drawn as triangles at the border.

    support : ndarray of shape (n_shown,)
        Number, or weight, of the positive rows of each label.

    gain : ndarray of shape (n_shown,)
        F1 of each label at the chosen threshold minus F1 at ``reference``.

    low_support : ndarray of shape (n_shown,), default=None
        Whether a label has so few rows that a threshold of its own is largely chance. Its marker is hollow.

    cv_thresholds : ndarray of shape (n_folds, n_shown), default=None
        Thresholds of folds. A line reaches from the lowest to the highest.

    reference : float, default=0.5
        The cut that the chosen ones are compared with.

    label_names : list of str of length n_shown, default=None
        Names of the labels.

    title : str, default=None
        What stands above the legend: how many of how many labels are shown.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the map.

    figure_ : matplotlib Figure
        The figure that holds it.

    points_ : matplotlib PathCollection
        The labels with a finite threshold.

    border_ : list of matplotlib PathCollection
        The labels that are never, and those that are always predicted.

    names_ : list of matplotlib Annotation
        The names of labels.

    colorbar_ : matplotlib Colorbar
        What the colours stand for.

    legend_ : matplotlib Legend
        The legend.

    See Also
    --------
    ThresholdCurveDisplay : Metrics of some labels against their thresholds.

    Notes
    -----
    Support and gain are those of the rows given. On rows that thresholds were tuned on for F1 no gain is negative; on
    others a label whose threshold does harm shows.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import MultiLabelThresholdClassifier, ThresholdMapDisplay
    >>> X, y = make_multilabel_classification(n_samples=1000, n_classes=20, random_state=0)
    >>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(X[:700], y[:700])
    >>> display = ThresholdMapDisplay.from_estimator(model, X[700:], y[700:])
    >>> plt.show()  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        thresholds,
        support,
        gain,
        low_support=None,
        cv_thresholds=None,
        reference=0.5,
        label_names=None,
        title=None,
    ):
        self.thresholds = thresholds
        self.support = support
        self.gain = gain
        self.low_support = low_support
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
        response_method="auto",
        sample_weight=None,
        label_names=None,
        n_names=12,
        yscale="auto",
        ax=None,
    ):
        """Draw the map of a fitted classifier on rows, best on ones that it was not fitted on.

        Parameters
        ----------
        estimator : MultiLabelThresholdClassifier or FixedThresholdsClassifier
            Fitted classifier, or a pipeline or search that ends in one.

        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Their true labels, in the form that the classifier was fitted to.

        labels : str, int or list of these, default=None
            Labels to show, by name, or by index where none has that name. None shows all.

        response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
            Method that gives the scores; it must be the one that the thresholds were tuned on, as it is with "auto".

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        label_names : list of str of length n_labels, default=None
            Names of the labels; None for the ones that ``y`` had in ``fit``, or has here.

        n_names : int, default=12
            Number of labels whose names are written, the largest gains and losses first, where there is room.

        yscale : str, default="auto"
            Scale of the thresholds, as for ``Axes.set_yscale``. With "auto" it is logarithmic where all finite
            thresholds are positive and the highest is more than 20 times the lowest.

        ax : matplotlib Axes, default=None
            Where to draw. None makes a figure.

        Returns
        -------
        display : ThresholdMapDisplay
            The display, drawn.
        """
        import_pyplot(f"{cls.__name__}.from_estimator")
        predictions, keywords, tuning = predictions_of(
            estimator, X, y, response_method, label_names
        )
        return cls.from_predictions(
            *predictions,
            **keywords,
            low_support=tuning.low_support,
            labels=labels,
            sample_weight=sample_weight,
            n_names=n_names,
            yscale=yscale,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true,
        y_score,
        thresholds,
        *,
        labels=None,
        low_support=None,
        cv_thresholds=None,
        reference=0.5,
        sample_weight=None,
        label_names=None,
        n_names=12,
        yscale="auto",
        ax=None,
    ):
        """Draw the map of scores.

        Parameters
        ----------
        y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
            True labels as an indicator of 0 and 1.

        y_score : array-like of shape (n_samples, n_labels)
            Scores of the labels.

        thresholds : array-like of shape (n_labels,)
            Threshold of each label, as in ``TunedThresholds.thresholds``.

        labels : str, int or list of these, default=None
            Labels to show, by name, or by index where none has that name. None shows all.

        low_support : array-like of shape (n_labels,), default=None
            Whether a threshold rests on little, as in ``TunedThresholds.low_support``. None judges the rows given
            here, as if the thresholds came from them: fewer than 15 positive or fewer than 15 negative ones.

        cv_thresholds : array-like of shape (n_folds, n_labels), default=None
            Thresholds of folds, as in ``TunedThresholds.cv_thresholds``, whose range is drawn as a line.

        reference : float, default=0.5
            The cut that the chosen ones are compared with, for example 0 for scores of a ``decision_function``.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        label_names : list of str of length n_labels, default=None
            Names of the labels; None for the column names of ``y_true``, where it has any.

        n_names : int, default=12
            Number of labels whose names are written, the largest gains and losses first, where there is room.

        yscale : str, default="auto"
            Scale of the thresholds, as for ``Axes.set_yscale``. With "auto" it is logarithmic where all finite
            thresholds are positive and the highest is more than 20 times the lowest.

        ax : matplotlib Axes, default=None
            Where to draw. None makes a figure.

        Returns
        -------
        display : ThresholdMapDisplay
            The display, drawn.
        """
        import_pyplot(f"{cls.__name__}.from_predictions")
        if reference is None:
            raise ValueError(
                "'reference' must be a finite number, which gains are counted from. Got None instead."
            )
        given = check_predictions(
            y_true, y_score, thresholds, cv_thresholds, sample_weight, label_names, reference
        )
        chosen, title = select_labels(labels, given, most=given.n_labels)
        low_support = _check_low_support(low_support, given.y_true)
        weight = given.sample_weight
        f1, f1_usual = (
            f1_at(given.y_true, given.y_score, at, weight) for at in (given.thresholds, reference)
        )
        return cls(
            thresholds=given.thresholds[chosen],
            support=support(given.y_true, weight)[chosen],
            gain=(f1 - f1_usual)[chosen],
            low_support=low_support[chosen],
            cv_thresholds=given.cv_thresholds[:, chosen],
            reference=reference,
            label_names=given.names[chosen].tolist(),
            title=title,
        ).plot(ax=ax, n_names=n_names, yscale=yscale)

    def plot(self, ax=None, *, n_names=12, yscale="auto"):
        """Draw the map.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a figure.

        n_names : int, default=12
            Number of labels whose names are written, the largest gains and losses first, where there is room.

        yscale : str, default="auto"
            Scale of the thresholds, as for ``Axes.set_yscale``. With "auto" it is logarithmic where all finite
            thresholds are positive and the highest is more than 20 times the lowest.

        Returns
        -------
        display : ThresholdMapDisplay
            The display itself.
        """
        drawn = panels(1, ax, f"{type(self).__name__}.plot")
        self.figure_, self.ax_ = drawn.figure, drawn.axes[0]
        self.ax_.set(xlabel="Positive rows", ylabel="Threshold")
        _scale_support(self.ax_, self.support)
        self._scale_thresholds(yscale)
        self.ax_.axhline(self.reference, color=GREY, linestyle=":", linewidth=1.2, zorder=1)
        self._draw_ranges()
        self.legend_ = add_legend(drawn, self._handles(), self.title)
        self._draw_labels()
        self.names_ = self._draw_names(n_names)
        return self

    def _scale_thresholds(self, yscale):
        """The scale of the thresholds, with a little room around the finite ones."""
        finite = np.append(self.thresholds[np.isfinite(self.thresholds)], self.reference)
        if yscale == "auto":
            yscale = "log" if finite.min() > 0 and finite.max() > WIDE * finite.min() else "linear"
        self.ax_.set_yscale(yscale)
        if yscale == "log":
            _write_plainly(self.ax_.yaxis, finite)
        elif self.cv_thresholds is not None:
            finite = np.append(finite, self.cv_thresholds[np.isfinite(self.cv_thresholds)])
        shown = self.ax_.transScale.transform(np.column_stack([np.ones_like(finite), finite]))[:, 1]
        margin = 0.06 * np.ptp(shown) or 0.5
        limits = np.column_stack([np.ones(2), [shown.min() - margin, shown.max() + margin]])
        self.ax_.set_ylim(self.ax_.transScale.inverted().transform(limits)[:, 1])

    def _draw_ranges(self):
        if self.cv_thresholds is None or not len(self.cv_thresholds):
            return
        low, high = np.clip(span(self.cv_thresholds), *self.ax_.get_ylim())
        self.ax_.vlines(self.support, low, high, color=PALE, linewidth=1, zorder=0)

    def _draw_labels(self):
        """Markers coloured by gain, through a grey that shows on white where there is none."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LinearSegmentedColormap, Normalize

        largest = np.max(np.abs(self.gain)) or 0.1
        colors = ScalarMappable(
            Normalize(-largest, largest),
            LinearSegmentedColormap.from_list("gain", [VERMILLION, "#B8B8B8", BLUE]),
        )
        edges = colors.to_rgba(self.gain)
        faces = np.where(self._has_low_support()[:, np.newaxis], self.ax_.get_facecolor(), edges)

        def scatter(shown, y, **look):
            return self.ax_.scatter(
                self.support[shown],
                y,
                facecolors=faces[shown],
                edgecolors=edges[shown],
                linewidths=1.5,
                **look,
            )

        finite = np.isfinite(self.thresholds)
        self.points_ = scatter(finite, self.thresholds[finite], s=32, zorder=3)
        self.border_ = []
        for infinite, y, marker in BORDERS:
            shown = self.thresholds == infinite
            look = {"marker": marker, "s": 44, "zorder": 4, "clip_on": False}
            at_border = np.full(np.count_nonzero(shown), y)
            self.border_.append(
                scatter(shown, at_border, transform=self.ax_.get_xaxis_transform(), **look)
            )
        gained = f"Gain in F1 over the cut at {self.reference:g}"
        in_grid = (
            self.figure_.get_layout_engine() is not None
        )  # without one, a grid would undo the room for the legend
        self.colorbar_ = self.figure_.colorbar(
            colors, ax=self.ax_, label=gained, use_gridspec=in_grid
        )

    def _has_low_support(self):
        return (
            np.zeros(len(self.gain), bool)
            if self.low_support is None
            else np.asarray(self.low_support, bool)
        )

    def _draw_names(self, n_names):
        """Names of the labels with the largest gains and losses, beside their markers where nothing is in the way."""
        if self.label_names is None:
            return []
        self.figure_.canvas.figure.draw_without_rendering()  # which finds out where things are
        at = np.column_stack([self.support, np.clip(self.thresholds, *self.ax_.get_ylim())])
        largest = np.argsort(-np.abs(self.gain), kind="stable")[:n_names]
        places = free_places(
            self.ax_.transData.transform(at) * 72 / self.figure_.dpi,
            {label: len(shortened(self.label_names[label])) for label in largest},
            self.ax_.bbox.extents * 72 / self.figure_.dpi,
        )
        return [
            self.ax_.annotate(
                shortened(self.label_names[label]),
                at[label],
                xytext=offset,
                textcoords="offset points",
                ha="left" if offset[0] > 0 else "right",
                va="center_baseline",
                fontsize=NAME_SIZE,
                parse_math=False,
                zorder=5,
                arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6}
                if offset[1]
                else None,
            )
            for label, offset in places.items()
        ]

    def _handles(self):
        """What the legend explains."""
        from matplotlib.lines import Line2D

        thin = self._has_low_support()
        handles = (
            [Line2D([], [], label="threshold of a label", **mark(GREY))] if not thin.all() else []
        )
        if thin.any():
            handles.append(
                Line2D([], [], label="on thin evidence", **mark(GREY, markerfacecolor="none"))
            )
        if self.cv_thresholds is not None and len(self.cv_thresholds):
            handles.append(Line2D([], [], label="its range over folds", color=PALE))
        for infinite, _, marker in BORDERS:
            if np.any(self.thresholds == infinite):
                told = "inf: never predicted" if infinite > 0 else "-inf: always predicted"
                handles.append(Line2D([], [], label=told, **mark(GREY, marker=marker)))
        handles.append(
            Line2D(
                [], [], label=f"cut at {self.reference:g}", color=GREY, linestyle=":", linewidth=1.2
            )
        )
        return handles


def _scale_support(axes, support):
    """A logarithmic axis, on which labels without a positive row have a place at the left."""
    if np.all(support > 0):
        axes.set_xscale("log")
    else:
        axes.set_xscale(
            "symlog", linthresh=np.min(support, initial=1, where=support > 0), linscale=0.4
        )
    _write_plainly(axes.xaxis, support)


def _write_plainly(axis, values):
    """100 instead of a power of ten; where values span few decades, numbers between these too."""
    from matplotlib.ticker import FuncFormatter

    ratio = np.max(values) / max(np.min(values), 1e-300)
    digits = "123456789" if ratio < 5 else "235" if ratio < 100 else ""
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(FuncFormatter(partial(_with_first_digit, digits)))
    axis.set_tick_params(which="minor", labelsize="x-small")


def _with_first_digit(digits, value, _):
    return f"{value:g}" if f"{value:e}"[0] in digits else ""


def free_places(at, lengths, frame):
    """Where each name stands, as its distance from the middle of its marker, so that it hides nothing.

    A name has its place at the right or left of its marker, or above or below that, at the end of a short line; names
    for which all of these are taken are left out.

    at : (n_labels, 2) places of all markers in points; lengths : label -> letters of its name, the most important
    first; frame : (left, bottom, right, top) that names must stay in
    """
    taken = np.hstack([at - ROOM, at + ROOM])
    places = {}
    for label, length in lengths.items():
        for dx, dy in OFFSETS:
            near, far = (
                at[label, 0] + dx,
                at[label, 0] + dx + np.sign(dx) * 0.6 * NAME_SIZE * length,
            )
            middle, half = at[label, 1] + dy, 0.6 * NAME_SIZE
            box = np.array([min(near, far), middle - half, max(near, far), middle + half])
            inside = np.all(box[:2] >= frame[:2]) and np.all(box[2:] <= frame[2:])
            apart = np.any((taken[:, :2] >= box[2:]) | (taken[:, 2:] <= box[:2]), axis=1)
            apart[label] |= dy == 0  # its own marker is beside it
            if inside and apart.all():
                places[label] = dx, dy
                taken = np.vstack([taken, box])
                break
    return places


def _check_low_support(low_support, y_true):
    if low_support is None:
        return has_low_support(y_true)
    low_support = np.asarray(low_support)
    if low_support.shape != (y_true.shape[1],):
        raise ValueError(
            f"'low_support' must have shape ({y_true.shape[1]},), one for each label. "
            f"Got {low_support.shape} instead."
        )
    return low_support.astype(bool)
