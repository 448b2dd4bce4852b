"""The chosen point on the ROC or precision-recall curve of a label."""

import numpy as np

from ._curves import cut_of, label_cuts, precision_recall, roc, thinned
from ._display import check_predictions, predictions_of, select_labels
from ._panels import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    add_legend,
    import_pyplot,
    ink,
    mark,
    name_panels,
    panels,
)

# kind -> the curve, what its axes are, how points are joined: as scikit-learn draws it
KINDS = {
    "precision_recall": (precision_recall, ("Recall", "Precision"), "steps-post"),
    "roc": (roc, ("False positive rate", "True positive rate"), "default"),
}


def _check_kind(kind):
    if kind not in KINDS:
        raise ValueError(
            f"'kind' must be one of {', '.join(map(repr, KINDS))}. Got {kind!r} instead."
        )


class OperatingPointDisplay:
    """Precision-recall or ROC curves of labels, with the chosen point and the one of the usual cut.

    Make one with :meth:`from_estimator` or :meth:`from_predictions`; what they compute is kept in the attributes, which
    are the parameters below.

    Parameters
    ----------
    curves : list of n_shown ndarrays of shape (n_cuts, 2)
        Recall and precision, or false and true positive rate, of each label at the cut of each distinct score from the
        lowest up, and where nothing is predicted. NaN where a label has no row that a rate could be the share of.

    points : ndarray of shape (n_shown, 2)
        Points of the chosen thresholds.

    reference_points : ndarray of shape (n_shown, 2), default=None
        Points of the cut that the chosen one is compared with.

    cv_points : ndarray of shape (n_folds, n_shown, 2), default=None
        Points of the thresholds of folds.

    prevalence : ndarray of shape (n_shown,), default=None
        Share of the rows that are positive: the precision of guessing.

    kind : {"precision_recall", "roc"}, default="precision_recall"
        Which curves these are.

    reference : float, default=0.5
        The cut of the reference points, for the legend.

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

    lines_ : ndarray of shape (n_shown,) of matplotlib Line2D
        The curves.

    points_ : ndarray of shape (n_shown,) of matplotlib Line2D
        The chosen points.

    legend_ : matplotlib Legend
        The legend.

    See Also
    --------
    ThresholdCurveDisplay : Metrics against the threshold.
    sklearn.metrics.PrecisionRecallDisplay : The curve of one label.
    sklearn.metrics.RocCurveDisplay : The curve of one label.

    Notes
    -----
    Where nothing is predicted the precision is drawn as 1, as in :func:`sklearn.metrics.precision_recall_curve`; there
    lies the point of the threshold ``inf``.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import MultiLabelThresholdClassifier, OperatingPointDisplay
    >>> X, y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(X[:70], y[:70])
    >>> display = OperatingPointDisplay.from_estimator(model, X[70:], y[70:], kind="roc")
    >>> plt.show()  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        curves,
        points,
        reference_points=None,
        cv_points=None,
        prevalence=None,
        kind="precision_recall",
        reference=0.5,
        label_names=None,
        title=None,
    ):
        self.curves = curves
        self.points = points
        self.reference_points = reference_points
        self.cv_points = cv_points
        self.prevalence = prevalence
        self.kind = kind
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
        kind="precision_recall",
        labels=None,
        response_method="auto",
        sample_weight=None,
        label_names=None,
        ax=None,
        line_kw=None,
    ):
        """Draw the curves and points of a fitted classifier on rows, best on ones that it was not fitted on.

        Parameters
        ----------
        estimator : MultiLabelThresholdClassifier or FixedThresholdsClassifier
            Fitted classifier, or a pipeline or search that ends in one.

        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Their true labels, in the form that the classifier was fitted to.

        kind : {"precision_recall", "roc"}, default="precision_recall"
            Which curves to draw.

        labels : str, int or list of these, default=None
            Labels to show, by name, or by index where none has that name. None shows all of up to 16, else the 16 with
            most positives.

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
        display : OperatingPointDisplay
            The display, drawn.
        """
        import_pyplot(f"{cls.__name__}.from_estimator")
        predictions, keywords, _ = predictions_of(estimator, X, y, response_method, label_names)
        return cls.from_predictions(
            *predictions,
            **keywords,
            kind=kind,
            labels=labels,
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
        kind="precision_recall",
        labels=None,
        cv_thresholds=None,
        reference=0.5,
        sample_weight=None,
        label_names=None,
        ax=None,
        line_kw=None,
    ):
        """Draw the curves and points of scores.

        Parameters
        ----------
        y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
            True labels as an indicator of 0 and 1.

        y_score : array-like of shape (n_samples, n_labels)
            Scores of the labels.

        thresholds : array-like of shape (n_labels,)
            Threshold of each label, as in ``TunedThresholds.thresholds``.

        kind : {"precision_recall", "roc"}, default="precision_recall"
            Which curves to draw.

        labels : str, int or list of these, default=None
            Labels to show, by name, or by index where none has that name. None shows all of up to 16, else the 16 with
            most positives.

        cv_thresholds : array-like of shape (n_folds, n_labels), default=None
            Thresholds of folds, as in ``TunedThresholds.cv_thresholds``, whose points are drawn small.

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
        display : OperatingPointDisplay
            The display, drawn.
        """
        import_pyplot(f"{cls.__name__}.from_predictions")
        _check_kind(kind)
        given = check_predictions(
            y_true, y_score, thresholds, cv_thresholds, sample_weight, label_names, reference
        )
        chosen, title = select_labels(labels, given)
        cuts = [
            label_cuts(given.y_true[:, k], given.y_score[:, k], given.sample_weight) for k in chosen
        ]
        curves = [KINDS[kind][0](label) for label in cuts]

        def points_of(thresholds):
            """(n_thresholds, n_shown, 2) points of thresholds of shape (n_thresholds, n_shown)."""
            at = [cut_of(label, thresholds[:, k]) for k, label in enumerate(cuts)]
            return np.stack([curve[index] for curve, index in zip(curves, at, strict=True)], axis=1)

        folds = given.cv_thresholds[:, chosen]
        return cls(
            curves=curves,
            points=points_of(given.thresholds[np.newaxis, chosen])[0],
            reference_points=None
            if reference is None
            else points_of(np.full((1, len(chosen)), reference))[0],
            cv_points=points_of(folds[~np.isnan(folds).any(axis=1)]),
            prevalence=np.array([label.n_pos / (label.n_pos + label.n_neg) for label in cuts]),
            kind=kind,
            reference=reference,
            label_names=given.names[chosen].tolist(),
            title=title,
        ).plot(ax=ax, line_kw=line_kw)

    def plot(self, ax=None, *, line_kw=None):
        """Draw the curves and the points.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw: several labels take its place as a grid. None makes a figure.

        line_kw : dict, default=None
            Keyword arguments for the curves, passed to ``Axes.plot``.

        Returns
        -------
        display : OperatingPointDisplay
            The display itself.
        """
        _check_kind(self.kind)
        n_shown = len(self.curves)
        drawn = panels(n_shown, ax, f"{type(self).__name__}.plot", square=True)
        self.figure_, self.axes_, self.ax_ = drawn.figure, drawn.axes, drawn.axes[0]
        self.lines_, self.points_ = np.empty(n_shown, object), np.empty(n_shown, object)
        for label, axes in enumerate(self.axes_):
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
            self._draw_guess(axes, label)
            self._draw_curve(axes, label, line_kw or {})
            self._draw_points(axes, label)
            axes.tick_params(labelbottom=drawn.is_bottom(label))
        names = self.label_names or [f"label {label}" for label in range(n_shown)]
        name_panels(drawn, names, *KINDS[self.kind][1])
        self.legend_ = add_legend(drawn, self._handles(), self.title)
        return self

    def _draw_guess(self, axes, label):
        """What guessing reaches."""
        if self.kind == "roc":
            axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1.2, zorder=1)
        elif self.prevalence is not None:
            axes.axhline(self.prevalence[label], color=GREY, linestyle=":", linewidth=1.2, zorder=1)

    def _draw_curve(self, axes, label, line_kw):
        x, y = self.curves[label].T
        if np.isnan(self.curves[label]).any():
            missing = (
                "positive" if np.isnan(y).all() or self.kind == "precision_recall" else "negative"
            )
            axes.text(
                0.5, 0.5, f"no {missing} row", ha="center", va="center", transform=axes.transAxes
            )
            x = y = np.full(1, np.nan)
        kept = thinned(x, y)
        style = {
            "color": BLUE,
            "linewidth": 1.6,
            "zorder": 2,
            "drawstyle": KINDS[self.kind][2],
            **line_kw,
        }
        (self.lines_[label],) = axes.plot(x[kept], y[kept], **style)

    def _draw_points(self, axes, label):
        """The points, also over the border; unknown ones are clipped, or the layout would look for their place."""
        known = not np.isnan(self.points[label]).any()
        if known and self.cv_points is not None and len(self.cv_points):
            axes.plot(*self.cv_points[:, label].T, clip_on=False, **self._fold_mark())
        if known and self.reference_points is not None:
            axes.plot(*self.reference_points[label], clip_on=False, **mark(ink(), hollow=True))
        (self.points_[label],) = axes.plot(
            *self.points[label], clip_on=not known, **mark(VERMILLION)
        )

    def _fold_mark(self):
        return mark(ORANGE, size=4, markeredgewidth=0, zorder=3)

    def _handles(self):
        """What the legend explains."""
        from matplotlib.lines import Line2D

        handles = [Line2D([], [], label="chosen threshold", **mark(VERMILLION))]
        if self.cv_points is not None and len(self.cv_points):
            handles.append(Line2D([], [], label="thresholds of folds", **self._fold_mark()))
        if self.reference_points is not None:
            handles.append(
                Line2D([], [], label=f"cut at {self.reference:g}", **mark(ink(), hollow=True))
            )
        handles.append(Line2D([], [], label="guessing", color=GREY, linestyle=":", linewidth=1.2))
        return handles
