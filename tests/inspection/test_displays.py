import sys
from inspect import signature
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from threshold_estimators import (
    Constrained,
    Cost,
    FBeta,
    FixedThresholdsClassifier,
    Jaccard,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    OperatingPointDisplay,
    Precision,
    Recall,
    SubsetAccuracy,
    ThresholdCurveDisplay,
    ThresholdMapDisplay,
)
from threshold_estimators.inspection._curves import (
    cut_index,
    label_cuts,
    precision_recall,
    roc,
    thinned,
)
from threshold_estimators.inspection._threshold_map import free_places
from threshold_estimators.objectives import HammingLoss

DISPLAYS = [ThresholdCurveDisplay, OperatingPointDisplay, ThresholdMapDisplay]
displays = pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: display.__name__)
NAMES = ["alpha", "beta", "gamma", "a label whose name is longer than its panel is wide $"]


@pytest.fixture
def plt():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


@pytest.fixture(scope="module")
def model(multilabel):
    X, y = multilabel
    classifier = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    return classifier.fit(X[:120], pd.DataFrame(y[:120], columns=NAMES))


@pytest.fixture
def rows(multilabel):
    X, y = multilabel
    return X[120:], y[120:]


def scores_of(n_labels, n_samples=60, seed=0):
    """Scores with ties, of labels from frequent to very rare."""
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, n_labels)) < np.linspace(0.6, 0.02, n_labels)
    y_score = np.round(0.3 * y_true + 0.7 * rng.random(y_true.shape), 2)
    return y_true, y_score, rng.uniform(0.1, 0.8, n_labels)


# --- what is drawn is true ---


@pytest.mark.parametrize("weighted", [False, True])
def test_points_of_metrics_are_what_scikit_learn_says_at_the_threshold(plt, weighted):
    y_true, y_score, thresholds = scores_of(3)
    weight = np.arange(len(y_true)) % 4.0 if weighted else None
    objectives = [Precision(), Recall(), FBeta(2), Jaccard()]
    display = ThresholdCurveDisplay.from_predictions(
        y_true, y_score, thresholds, sample_weight=weight, objectives=objectives
    )
    assert display.metric_names == ["Precision", "Recall", "F2", "Jaccard"]
    for label, threshold in enumerate(thresholds):
        for point, objective in zip(display.points_[label], objectives, strict=True):
            expected = objective.evaluate(
                y_true[:, [label]], y_score[:, [label]] >= threshold, sample_weight=weight
            )
            np.testing.assert_allclose(point.get_xydata(), [[threshold, expected]])
    expected = metrics.precision_score(
        y_true[:, 0], y_score[:, 0] >= thresholds[0], sample_weight=weight
    )
    assert display.points_[0, 0].get_ydata()[0] == pytest.approx(expected)


def test_steps_of_metrics_are_right_on_both_sides_of_every_score(plt):
    y_true, y_score, thresholds = scores_of(1)
    display = ThresholdCurveDisplay.from_predictions(
        y_true, y_score, thresholds, objectives=["f1_macro"]
    )
    x, y = display.lines_[0, 0].get_xydata().T
    assert display.lines_[0, 0].get_drawstyle() == "steps-pre"  # a value holds up to and with its x
    for threshold in [*np.unique(y_score), *(np.unique(y_score) + 1e-9)]:
        drawn = y[np.searchsorted(x, threshold)]
        assert drawn == pytest.approx(
            metrics.f1_score(y_true, y_score >= threshold, zero_division=0)
        )


@pytest.mark.parametrize("weighted", [False, True])
def test_curves_are_those_of_scikit_learn(weighted):
    (y_true,), (y_score,) = (part.T for part in scores_of(1)[:2])
    weight = np.arange(1.0, 1 + len(y_true)) % 7 if weighted else None
    cuts = label_cuts(y_true, y_score, weight)
    fpr, tpr, _ = metrics.roc_curve(y_true, y_score, sample_weight=weight, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(y_true, y_score, sample_weight=weight)
    np.testing.assert_allclose(roc(cuts), np.column_stack([fpr, tpr])[::-1], atol=1e-12)
    np.testing.assert_allclose(
        precision_recall(cuts), np.column_stack([recall, precision]), atol=1e-12
    )


@pytest.mark.parametrize("kind", ["roc", "precision_recall"])
def test_operating_points_are_true_and_lie_on_the_curve(plt, kind):
    y_true, y_score, thresholds = scores_of(3)
    display = OperatingPointDisplay.from_predictions(
        y_true, y_score, thresholds, kind=kind, cv_thresholds=[thresholds - 0.01, [np.nan, 0, 0]]
    )
    for label, threshold in enumerate(thresholds):
        for point, cut in [
            (display.points[label], threshold),
            (display.reference_points[label], 0.5),
        ]:
            truth, decided = y_true[:, label], y_score[:, label] >= cut
            recall = metrics.recall_score(truth, decided)
            if kind == "roc":
                expected = 1 - metrics.recall_score(truth, decided, pos_label=0), recall
            else:
                expected = recall, metrics.precision_score(truth, decided, zero_division=1)
            np.testing.assert_allclose(point, expected)
            assert (np.abs(display.lines_[label].get_xydata() - expected).max(axis=1) < 1e-12).any()
        np.testing.assert_array_equal(display.points_[label].get_xydata()[0], display.points[label])
    assert display.cv_points.shape == (1, 3, 2)  # of the fold whose thresholds are known


def test_the_map_tells_support_and_gain(plt):
    y_true, y_score, thresholds = scores_of(14)
    display = ThresholdMapDisplay.from_predictions(
        y_true, y_score, thresholds, low_support=thresholds < 0.3
    )
    f1, f1_usual = (
        metrics.f1_score(y_true, y_score >= cut, average=None, zero_division=0)
        for cut in (thresholds, 0.5)
    )
    np.testing.assert_allclose(display.gain, f1 - f1_usual)
    np.testing.assert_array_equal(
        display.points_.get_offsets(), np.column_stack([y_true.sum(axis=0), thresholds])
    )
    hollow = (display.points_.get_facecolors() == 1).all(axis=1)
    np.testing.assert_array_equal(hollow, thresholds < 0.3)
    weighted = ThresholdMapDisplay.from_predictions(
        y_true, y_score, thresholds, sample_weight=np.full(len(y_true), 2)
    )
    np.testing.assert_allclose(weighted.gain, display.gain)
    np.testing.assert_allclose(weighted.support, 2 * display.support)


def test_a_thinned_line_is_the_same_picture():
    rng = np.random.default_rng(0)
    x, y = np.sort(rng.random(100_000)), rng.random(100_000)
    kept = thinned(x, y, 100)
    assert len(kept) <= 404
    assert kept[0] == 0
    assert kept[-1] == len(x) - 1
    column = np.floor((x - x[0]) / (x[-1] - x[0]) * 100)
    for name in ("min", "max", "first", "last"):
        full, thin = (
            pd.Series(y[rows]).groupby(column[rows]).agg(name) for rows in (slice(None), kept)
        )
        pd.testing.assert_series_equal(full, thin)
    np.testing.assert_array_equal(thinned(-x, y, 100), kept)
    np.testing.assert_array_equal(thinned(x[:400], y[:400], 100), np.arange(400))


# --- many labels, few, some ---


@displays
@pytest.mark.parametrize("n_labels", [1, 14, 174])
def test_any_number_of_labels(plt, display, n_labels):
    y_true, y_score, thresholds = scores_of(n_labels)
    drawn = display.from_predictions(
        y_true, y_score, thresholds, cv_thresholds=[thresholds, thresholds + 0.1]
    )
    drawn.figure_.canvas.draw()
    if display is ThresholdMapDisplay:
        assert len(drawn.points_.get_offsets()) == n_labels
        return
    assert len(drawn.axes_) == min(n_labels, 16)
    assert drawn.ax_ is drawn.axes_[0]
    if n_labels == 174:
        assert (
            drawn.legend_.get_title().get_text()
            == "16 of 174 labels: those with the most positives"
        )
        n_pos = y_true.sum(axis=0)
        shown = [int(name.split()[1]) for name in drawn.label_names]
        assert n_pos[shown].tolist() == sorted(n_pos, reverse=True)[:16]


@displays
def test_the_legend_lies_above_all_panels(plt, display):
    for n_labels in (1, 14):
        drawn = display.from_predictions(*scores_of(n_labels))
        drawn.figure_.canvas.draw()
        assert drawn.legend_.get_window_extent().width <= drawn.figure_.bbox.width
        for axes in getattr(drawn, "axes_", [drawn.ax_]):
            assert axes.bbox.ymax < drawn.legend_.get_window_extent().ymin
            assert axes.get_tightbbox().ymin >= 0
            assert axes.get_tightbbox().xmin >= 0


@displays
@pytest.mark.parametrize("labels", [["gamma", "alpha"], [2, 0], [-2, "alpha"], np.array([2, 0])])
def test_labels_by_name_or_index(plt, display, labels):
    drawn = display.from_predictions(*scores_of(4), labels=labels, label_names=NAMES)
    assert drawn.label_names == ["gamma", "alpha"]
    if display is not OperatingPointDisplay:
        np.testing.assert_array_equal(drawn.thresholds, scores_of(4)[2][[2, 0]])
    assert drawn.legend_.get_title().get_text() == "2 of 4 labels"


def test_names_that_are_numbers_come_before_indices(plt):
    y_true, *rest = scores_of(3)
    y_true = pd.DataFrame(y_true.astype(int), columns=[2, 1, 7])
    assert ThresholdCurveDisplay.from_predictions(y_true, *rest, labels=2).label_names == ["2"]
    assert ThresholdCurveDisplay.from_predictions(y_true, *rest, labels=0).label_names == ["2"]


def test_long_names_are_shortened_and_dollars_are_no_formulas(plt):
    drawn = ThresholdCurveDisplay.from_predictions(
        *scores_of(4), label_names=[*NAMES[:2], "$x$", NAMES[3]]
    )
    drawn.figure_.canvas.draw()
    titles = [axes.get_title() for axes in drawn.axes_]
    assert titles == ["alpha", "beta", "$x$", "a label whose name is l…"]


@displays
def test_in_axes_of_the_user(plt, display):
    for layout in (None, "constrained"):
        figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), layout=layout)
        one = display.from_predictions(*scores_of(1), ax=left)
        three = display.from_predictions(*scores_of(3), ax=right)
        figure.canvas.draw()
        assert one.ax_ is left
        assert one.figure_ is three.figure_ is figure
        for drawn in (one, three):
            legend = drawn.legend_.get_window_extent()
            for axes in getattr(drawn, "axes_", [drawn.ax_]):
                assert axes.bbox.ymax < legend.ymin
                assert axes in (left, right) or axes.title.get_window_extent().ymax <= legend.ymin
            assert legend.ymax <= figure.bbox.ymax
    if display is not ThresholdMapDisplay:
        with pytest.raises(ValueError, match=r"'ax' must come from plt.subplots"):
            display.from_predictions(*scores_of(3), ax=plt.figure().add_axes([0, 0, 1, 1]))


def test_names_on_the_map_hide_nothing():
    rng = np.random.default_rng(0)
    at = rng.uniform(0, 300, (80, 2))
    places = free_places(at, dict.fromkeys(range(40), 12), np.array([0, 0, 300, 300]))
    assert places
    boxes = []
    for label, (dx, dy) in places.items():
        x, y = at[label] + [dx, dy]
        boxes.append((min(x, x + np.sign(dx) * 50), y - 4, max(x, x + np.sign(dx) * 50), y + 4))
    for left, bottom, right, top in boxes:
        assert left >= 0
        assert right <= 300
        inside = (at > [left, bottom]) & (at < [right, top])
        assert not inside.all(axis=1).any()
        assert (
            sum(left < b[2] and b[0] < right and bottom < b[3] and b[1] < top for b in boxes) == 1
        )  # itself


def test_a_long_legend_gets_more_rows(plt):
    drawn = ThresholdCurveDisplay.from_predictions(
        *scores_of(2),
        objectives=[Precision(), Recall(), FBeta(), Jaccard(), HammingLoss(), FBeta(0.5), FBeta(2)],
    )
    drawn.figure_.canvas.draw()
    legend = drawn.legend_.get_window_extent()
    assert 0 <= legend.xmin < legend.xmax <= drawn.figure_.bbox.width
    assert len(drawn.legend_.get_texts()) == 10


# --- labels that are never or always predicted, or have one class ---


def test_infinite_thresholds_are_drawn_at_the_border_and_explained(plt):
    y_true, y_score, thresholds = scores_of(4)
    thresholds[:2] = np.inf, -np.inf
    folds = np.stack([thresholds, np.full(4, 0.3)])
    curve = ThresholdCurveDisplay.from_predictions(y_true, y_score, thresholds, cv_thresholds=folds)
    assert [[text.get_text() for text in axes.texts] for axes in curve.axes_] == [
        ["inf: never predicted"],
        ["-inf: always predicted"],
        [],
        [],
    ]
    left, right = curve.axes_[1].get_xlim()[0], curve.axes_[0].get_xlim()[1]
    np.testing.assert_array_equal(curve.points_[0, 1].get_xydata(), [[right, 0]])  # recall
    np.testing.assert_array_equal(curve.points_[1, 1].get_xydata(), [[left, 1]])

    points = OperatingPointDisplay.from_predictions(
        y_true, y_score, thresholds, cv_thresholds=folds
    ).points
    np.testing.assert_allclose(points[:2], [[0, 1], [1, y_true[:, 1].mean()]])

    drawn = ThresholdMapDisplay.from_predictions(y_true, y_score, thresholds, cv_thresholds=folds)
    drawn.figure_.canvas.draw()
    n_pos = y_true.sum(axis=0)
    never, always = (border.get_offsets().tolist() for border in drawn.border_)
    assert (never, always) == ([[n_pos[0], 1.0]], [[n_pos[1], 0.0]])
    entries = [text.get_text() for text in drawn.legend_.get_texts()]
    assert "inf: never predicted" in entries
    assert "-inf: always predicted" in entries


@displays
def test_labels_of_one_class_and_equal_scores(plt, display):
    y_true = np.column_stack([np.zeros(6), np.ones(6), [0, 0, 0, 1, 1, 1]])
    drawn = display.from_predictions(y_true, np.full((6, 3), 0.2), [np.inf, -np.inf, 0.2])
    drawn.figure_.canvas.draw()
    if display is OperatingPointDisplay:
        assert [len(axes.texts) for axes in drawn.axes_] == [1, 0, 0]
        drawn = display.from_predictions(
            y_true, np.full((6, 3), 0.2), [np.inf, -np.inf, 0.2], kind="roc"
        )
        assert [axes.texts[0].get_text() for axes in drawn.axes_[:2]] == [
            "no positive sample",
            "no negative sample",
        ]


def test_a_reference_far_from_all_scores_does_not_hide_them(plt):
    y_true, y_score, _ = scores_of(1)
    drawn = ThresholdCurveDisplay.from_predictions(y_true, y_score / 100, [0.005])
    assert drawn.ax_.get_xlim()[1] < 0.02
    assert drawn.legend_.get_texts()[-1].get_text() == "threshold 0.5 (triangle: beyond)"


@pytest.mark.parametrize("n_labels", [1, 2, 200])
@pytest.mark.parametrize("kind", ["some", "equal support", "none", "always", "never"])
def test_everything_on_the_map_lies_within_its_axes(plt, n_labels, kind):
    y_true, y_score, thresholds = scores_of(n_labels)
    if kind in ("equal support", "none"):
        y_true = np.broadcast_to(np.arange(60)[:, np.newaxis] < 20 * (kind != "none"), y_true.shape)
    if kind in ("always", "never"):
        thresholds[::2] = -np.inf if kind == "always" else np.inf
    drawn = ThresholdMapDisplay.from_predictions(y_true, y_score, thresholds)
    drawn.figure_.canvas.draw()
    (left, right), (bottom, top) = drawn.ax_.get_xlim(), drawn.ax_.get_ylim()
    assert np.all((left < drawn.support) & (drawn.support < right))
    finite = thresholds[np.isfinite(thresholds)]
    assert np.all((bottom < finite) & (finite < top))
    ticks = drawn.ax_.get_xticklabels(which="both")
    shown = [tick.get_window_extent() for tick in ticks if tick.get_text()]
    assert shown
    in_axes = [tick for tick in shown if drawn.ax_.bbox.xmin < tick.xmin < drawn.ax_.bbox.xmax]
    edges = sorted((tick.xmin, tick.xmax) for tick in in_axes)
    assert all(end <= start + 1 for (_, end), (start, _) in pairwise(edges))


@displays
@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e300, np.finfo(float).max])
@pytest.mark.parametrize("shift", [0, 0.5])
def test_extreme_scores_and_thresholds(plt, display, scale, shift):
    y_true, y_score, thresholds = scores_of(3)
    drawn = display.from_predictions(
        y_true, (y_score - shift) * scale, (thresholds - shift) * scale, reference=0.1 * scale
    )
    drawn.figure_.canvas.draw()


@displays
@pytest.mark.parametrize("weight", [1e-300, 1e-70, 1e20, 1e300])
def test_extreme_weights(plt, display, weight):
    drawn = display.from_predictions(*scores_of(3), sample_weight=np.full(60, weight))
    drawn.figure_.canvas.draw()


# --- labels that are missing, columns with names, bands ---


def without_intervals(frame):
    """(frame of a display without intervals, the numbers of the intervals)."""
    if "gain_low" in frame:
        ends = ["gain_low", "gain_high"]
        return frame.drop(columns=ends), frame[ends].to_numpy()
    is_end = frame["point"].isin(["low", "high"])
    return frame[~is_end], frame[is_end].select_dtypes("number").to_numpy()


@displays
def test_unknown_labels_are_not_there(plt, display):
    y_true, y_score, thresholds = scores_of(3)
    known = np.random.default_rng(0).random(y_true.shape) < 0.7
    drawn = display.from_predictions(np.where(known, y_true, np.nan), y_score, thresholds)
    for label in range(3):
        rows = known[:, label]
        keywords = {"low_support": [True]} if display is ThresholdMapDisplay else {}
        alone = display.from_predictions(
            y_true[rows][:, [label]], y_score[rows][:, [label]], thresholds[[label]], **keywords
        )
        of_label, expected = drawn.to_frame(), alone.to_frame()
        of_label = of_label[of_label["label"] == f"label {label}"].reset_index(drop=True)
        of_label, ends = without_intervals(of_label)
        expected, expected_ends = without_intervals(expected)
        np.testing.assert_allclose(ends, expected_ends, atol=0.1)  # other samples are drawn
        pd.testing.assert_frame_equal(
            of_label.drop(columns=["label", "low_support"], errors="ignore"),
            expected.drop(columns=["label", "low_support"], errors="ignore"),
            check_dtype=False,
        )
    if display is ThresholdMapDisplay:
        assert drawn.support.tolist() == (y_true & known).sum(axis=0).tolist()


@displays
def test_a_label_that_is_known_nowhere(plt, display):
    y_true, y_score, thresholds = scores_of(3)
    y_true = y_true.astype(float)
    y_true[:, 1] = np.nan
    display.from_predictions(y_true, y_score, thresholds).figure_.canvas.draw()


@displays
def test_columns_are_matched_by_name(plt, display):
    y_true, y_score, thresholds = scores_of(3)
    folds = np.stack([thresholds - 0.1, thresholds])
    names = NAMES[:3]
    expected = display.from_predictions(
        y_true, y_score, thresholds, cv_thresholds=folds, label_names=names
    ).to_frame()
    order = [2, 0, 1]
    mixed = [names[label] for label in order]
    found = display.from_predictions(
        pd.DataFrame(y_true, columns=names),
        pd.DataFrame(y_score[:, order], columns=mixed),
        pd.Series(thresholds[order], mixed),
        cv_thresholds=pd.DataFrame(folds[:, order], columns=mixed),
    ).to_frame()
    pd.testing.assert_frame_equal(found, expected)


@displays
def test_columns_of_scores_are_matched_to_given_names(plt, display):
    y_true, y_score, thresholds = scores_of(3)
    names = NAMES[:3]
    expected = display.from_predictions(y_true, y_score, thresholds, label_names=names).to_frame()
    mixed = pd.DataFrame(y_score, columns=names)[[names[2], names[0], names[1]]]
    found = display.from_predictions(y_true, mixed, thresholds, label_names=names).to_frame()
    pd.testing.assert_frame_equal(found, expected)


@displays
@pytest.mark.parametrize("as_names", [list, pd.Series, lambda names: dict(enumerate(names))])
def test_forms_of_label_names(plt, display, model, rows, as_names):
    new = ["a", "b", "c", "d"]
    drawn = display.from_predictions(*scores_of(4), label_names=as_names(new), labels="b")
    assert drawn.label_names == ["b"]
    assert display.from_estimator(model, *rows, label_names=as_names(new)).label_names == new
    renamed = dict(zip(NAMES, new, strict=True))
    assert display.from_estimator(model, *rows, label_names=renamed).label_names == new


@displays
def test_a_classifier_that_abstains(plt, display, multilabel, rows):
    X, y = rows
    model = MultiLabelRejectClassifier(LogisticRegression(), abstention_cost=0.2)
    model.fit(multilabel[0][:120], multilabel[1][:120])
    drawn = display.from_estimator(make_pipeline(model), X, y)
    drawn.figure_.canvas.draw()
    frame = drawn.to_frame()
    y_score, y_pred = model.predict_proba(X), model.predict(X)
    for label in range(4):
        of_label = frame[frame["label"] == f"label {label}"]
        if display is ThresholdMapDisplay:
            assert of_label[["lower", "upper"]].iloc[0].tolist() == model.bands_[:, label].tolist()
            cells = y_pred[:, label] != -1
            f1 = metrics.f1_score(y[cells, label], y_pred[cells, label], zero_division=0)
            untuned = metrics.f1_score(y[:, label], y_score[:, label] >= 0.5, zero_division=0)
            assert of_label["gain"].iloc[0] == pytest.approx(f1 - untuned)
            continue
        for name, threshold in zip(["lower", "upper"], model.bands_[:, label], strict=True):
            point = of_label[of_label["point"] == name].iloc[0]
            recall = metrics.recall_score(y[:, label], y_score[:, label] >= threshold)
            if display is OperatingPointDisplay:
                assert point["recall"] == pytest.approx(recall)
            else:
                point = of_label[
                    (of_label["point"] == name) & (of_label["metric"] == "Recall")
                ].iloc[0]
                assert (point["threshold"], point["value"]) == (threshold, pytest.approx(recall))
    assert any("undecided" in text.get_text() for text in drawn.legend_.get_texts()) == (
        display is not OperatingPointDisplay
    )


def test_bands_without_end_are_explained(plt):
    y_true, y_score, _ = scores_of(3)
    bands = [[-np.inf, 0.3, -np.inf], [np.inf, np.inf, -np.inf]]
    drawn = ThresholdCurveDisplay.from_predictions(y_true, y_score, bands)
    assert [[text.get_text() for text in axes.texts] for axes in drawn.axes_] == [
        ["-inf: never ruled out", "inf: never predicted"],
        ["inf: never predicted"],
        ["-inf: always predicted"],
    ]


# --- tables ---


def test_the_frame_of_metrics_holds_values_at_all_thresholds_drawn(plt):
    y_true, y_score, thresholds = scores_of(3)
    folds = np.stack([thresholds, np.array([np.nan, np.inf, 0.4])])
    display = ThresholdCurveDisplay.from_predictions(
        y_true, y_score, thresholds, cv_thresholds=folds, label_names=NAMES[:3]
    )
    frame = display.to_frame()
    assert list(frame.columns) == ["label", "metric", "point", "threshold", "value"]
    assert frame.groupby("label", sort=False)["metric"].unique().map(list).to_dict() == {
        name: ["Precision", "Recall", "F1"] for name in NAMES[:3]
    }
    is_f1 = frame["metric"] == "F1"
    is_end = frame["point"].isin(["low", "high"])
    for _, row in frame[is_f1 & ~is_end].iterrows():
        label = NAMES.index(row["label"])
        y_pred = y_score[:, label] >= row["threshold"]
        f1 = metrics.f1_score(y_true[:, label], y_pred, zero_division=0)
        assert row["value"] == pytest.approx(f1)
    for label, name in enumerate(NAMES[:3]):
        points = frame[is_f1 & (frame["label"] == name)].groupby("point")["threshold"]
        known = folds[~np.isnan(folds[:, label]), label]
        np.testing.assert_array_equal(points.get_group("curve"), display.cuts[label])
        np.testing.assert_array_equal(points.get_group("chosen"), [thresholds[label]])
        np.testing.assert_array_equal(points.get_group("reference"), [0.5])
        np.testing.assert_array_equal(points.get_group("fold"), known)
        values = frame[frame["label"] == name].groupby("point")["value"]
        for end, interval in zip(["low", "high"], display.intervals, strict=True):
            np.testing.assert_array_equal(points.get_group(end), [thresholds[label]])
            np.testing.assert_array_equal(values.get_group(end), [interval[label]])


@pytest.mark.parametrize(
    ("kind", "x", "y"),
    [
        ("precision_recall", "recall", "precision"),
        ("roc", "false_positive_rate", "true_positive_rate"),
    ],
)
def test_the_frame_of_operating_points_holds_curves_and_points(plt, kind, x, y):
    y_true, y_score, thresholds = scores_of(2)
    display = OperatingPointDisplay.from_predictions(
        y_true, y_score, thresholds, kind=kind, cv_thresholds=[thresholds - 0.1, thresholds]
    )
    frame = display.to_frame()
    assert list(frame.columns) == ["label", "point", x, y, "prevalence"]
    for label in range(2):
        shown = frame[frame["label"] == f"label {label}"]
        points = shown.groupby("point")[[x, y]]
        np.testing.assert_array_equal(points.get_group("curve"), display.curves[label])
        np.testing.assert_array_equal(points.get_group("chosen"), display.points[[label]])
        np.testing.assert_array_equal(
            points.get_group("reference"), display.reference_points[[label]]
        )
        np.testing.assert_array_equal(points.get_group("fold"), display.cv_points[:, label])
        chosen = display.points[label]
        assert (points.get_group("low") <= chosen).all(axis=None)
        assert (points.get_group("high") >= chosen).all(axis=None)
        np.testing.assert_allclose(shown["prevalence"], y_true[:, label].mean())


def test_the_frame_of_the_map_has_a_row_for_each_label(plt):
    y_true, y_score, thresholds = scores_of(3)
    folds = np.stack([thresholds - 0.1, thresholds])
    display = ThresholdMapDisplay.from_predictions(
        y_true, y_score, thresholds, cv_thresholds=folds, labels=[2, 0]
    )
    expected = pd.DataFrame(
        {
            "label": ["label 2", "label 0"],
            "support": y_true.sum(axis=0)[[2, 0]],
            "threshold": thresholds[[2, 0]],
            "gain": display.gain,
            "gain_low": display.gain_interval[0],
            "gain_high": display.gain_interval[1],
            "low_support": display.low_support,
            "lowest_cv_threshold": folds[0, [2, 0]],
            "highest_cv_threshold": folds[1, [2, 0]],
        }
    )
    pd.testing.assert_frame_equal(display.to_frame(), expected)


def test_intervals_of_points_are_drawn_and_explained(plt):
    y_true, y_score, thresholds = scores_of(2)
    curves = ThresholdCurveDisplay.from_predictions(y_true, y_score, thresholds)
    low, high = curves.intervals
    f1 = [
        values[-1, cut_index(c, t)]
        for values, c, t in zip(curves.values, curves.cuts, thresholds, strict=True)
    ]
    assert ((low <= f1) & (f1 <= high)).all()
    assert "95 % interval of F1" in [text.get_text() for text in curves.legend_.get_texts()]
    for kind in ("precision_recall", "roc"):
        points = OperatingPointDisplay.from_predictions(y_true, y_score, thresholds, kind=kind)
        low, high = points.intervals
        assert ((low <= points.points) & (points.points <= high)).all()
        assert ((low >= 0) & (high <= 1)).all()
        assert "95 % intervals" in [text.get_text() for text in points.legend_.get_texts()]


def test_gains_that_may_be_chance_have_small_markers(plt):
    rng = np.random.default_rng(0)
    y_true = rng.random((400, 2)) < 0.3
    y_score = np.clip(0.5 + 0.25 * (2 * y_true - 1) + rng.normal(0, 0.2, y_true.shape), 0, 1)
    drawn = ThresholdMapDisplay.from_predictions(y_true, y_score, [0.9, 0.51])
    assert drawn.gain_interval[1, 0] < 0
    assert drawn.gain_interval[0, 1] <= 0 <= drawn.gain_interval[1, 1]
    sizes = drawn.points_.get_sizes()
    assert sizes[1] < sizes[0]
    assert "gain may be chance" in [text.get_text() for text in drawn.legend_.get_texts()]


@displays
def test_frames_of_displays_without_folds_and_names(plt, display):
    drawn = display.from_predictions(*scores_of(2), label_names=NAMES[:2])
    drawn.label_names = None
    frame = drawn.to_frame()
    assert frame["label"].unique().tolist() == ["label 0", "label 1"]
    assert "fold" not in frame.get("point", pd.Series()).to_numpy()
    if display is ThresholdMapDisplay:
        assert frame["lowest_cv_threshold"].isna().all()
    else:
        drawn.reference = drawn.reference_points = drawn.intervals = None
        assert drawn.to_frame()["point"].unique().tolist() == ["curve", "chosen"]


@displays
def test_without_pandas_the_error_names_the_extra(plt, monkeypatch, display):
    drawn = display.from_predictions(*scores_of(2))
    monkeypatch.setitem(sys.modules, "pandas", None)
    message = rf"{display.__name__}.to_frame needs pandas. Install it with: pip install pandas"
    with pytest.raises(ImportError, match=message):
        drawn.to_frame()


# --- estimators ---


@displays
def test_from_estimator_is_from_predictions(plt, display, model, rows):
    X, y = rows
    keywords = {"low_support": model.low_support_} if display is ThresholdMapDisplay else {}
    of_estimator = display.from_estimator(model, X, y)
    of_predictions = display.from_predictions(
        y,
        model.predict_proba(X),
        model.thresholds_,
        cv_thresholds=model.cv_thresholds_,
        label_names=model.label_names_in_,
        **keywords,
    )
    assert of_estimator.label_names == NAMES
    for name in signature(display).parameters:
        np.testing.assert_equal(getattr(of_estimator, name), getattr(of_predictions, name))


def test_pipelines_and_searches_that_end_in_the_classifier(plt, model, rows):
    X, y = rows[0], rows[1][:, :3]
    classifier = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    for outer in (
        make_pipeline(StandardScaler(), classifier),
        GridSearchCV(
            make_pipeline(classifier), {"multilabelthresholdclassifier__strategy": ["global"]}, cv=2
        ),
    ):
        drawn = ThresholdCurveDisplay.from_estimator(outer.fit(X, y), X, y)
        f1 = metrics.f1_score(y, outer.predict(X), average=None, zero_division=0)
        np.testing.assert_allclose([points[2].get_ydata()[0] for points in drawn.points_], f1)


@displays
def test_thresholds_that_were_given(plt, display, rows):
    X, y = rows
    agreed = dict(zip(NAMES, [0.2, 0.4, 0.5, np.inf], strict=True))
    fixed = FixedThresholdsClassifier(LogisticRegression(), agreed)
    search = GridSearchCV(
        make_pipeline(fixed), {"fixedthresholdsclassifier__thresholds": [agreed]}, cv=2
    )
    model = search.fit(X, pd.DataFrame(y, columns=NAMES))
    keywords = {"low_support": np.zeros(4)} if display is ThresholdMapDisplay else {}
    of_estimator = display.from_estimator(model, X, y)
    of_predictions = display.from_predictions(
        y, model.predict_proba(X), [0.2, 0.4, 0.5, np.inf], label_names=NAMES, **keywords
    )
    for name in signature(display).parameters:
        np.testing.assert_equal(getattr(of_estimator, name), getattr(of_predictions, name))


@displays
def test_one_column_of_classes_and_decision_function(plt, display):
    X, y = make_classification(random_state=0)
    y = np.array(["ham", "spam"])[y]
    model = MultiLabelThresholdClassifier(RidgeClassifier(), random_state=0).fit(X, y)
    drawn = display.from_estimator(model, X, y)
    assert drawn.reference == 0
    if display is ThresholdCurveDisplay:
        f1 = metrics.f1_score(y, model.predict(X), pos_label="spam")
        assert drawn.points_[0, 2].get_ydata()[0] == pytest.approx(f1)
    with pytest.raises(
        ValueError, match=r"'y' must hold the classes \['ham', 'spam'\] only. Got \['eggs'\]"
    ):
        display.from_estimator(model, X, np.where(y == "ham", "eggs", y))


@pytest.mark.parametrize(
    ("scoring", "names"),
    [
        ("f1_macro", ["Precision", "Recall", "F1"]),
        (FBeta(0.5, average="micro"), ["Precision", "Recall", "F0.5"]),
        (HammingLoss(), ["Precision", "Recall", "minus Hamming loss"]),
        (Constrained(Recall(), Precision(), 0.01, confidence=None), ["Precision", "Recall"]),
        (Cost(fn=3), ["Precision", "Recall", "F1"]),
        (SubsetAccuracy(), ["Precision", "Recall", "F1"]),
    ],
)
def test_the_tuned_metric_is_drawn_where_labels_have_it(plt, rows, scoring, names):
    X, y = rows
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), scoring=scoring, random_state=0
    ).fit(X, y)
    assert ThresholdCurveDisplay.from_estimator(model, X, y).metric_names == names


# --- conventions ---


@displays
def test_documentation_of_shared_parameters_is_filled_in(display):
    for documented in (display, display.from_estimator, display.from_predictions, display.plot):
        assert "%(" not in documented.__doc__
    parameters = signature(display.from_predictions).parameters
    documented = {line.split(" : ")[0] for line in display.from_predictions.__doc__.splitlines()}
    assert set(parameters) <= documented
    assert set(signature(display.plot).parameters) - {"self"} <= {
        line.split(" : ")[0] for line in display.plot.__doc__.splitlines()
    }
    assert set(signature(display).parameters) <= {
        line.split(" : ")[0] for line in display.__doc__.splitlines()
    }


@displays
def test_from_estimator_takes_another_reference(plt, display, model, rows):
    assert display.from_estimator(model, *rows, reference=0.3).reference == 0.3


def test_unknown_options_of_from_estimator_are_refused(plt, model, rows):
    with pytest.raises(TypeError, match="unexpected keyword argument 'kind'"):
        ThresholdCurveDisplay.from_estimator(model, *rows, kind="roc")


@displays
def test_plot_again_elsewhere(plt, display):
    drawn = display.from_predictions(*scores_of(2))
    before = drawn.figure_
    assert drawn.plot() is drawn
    assert drawn.figure_ is not before
    ax = plt.figure().add_subplot()
    assert drawn.plot(ax=ax).figure_ is ax.figure


def test_keywords_reach_the_lines(plt):
    for display in (ThresholdCurveDisplay, OperatingPointDisplay):
        drawn = display.from_predictions(*scores_of(1), line_kw={"linewidth": 5, "color": "k"})
        line = np.ravel(drawn.lines_)[0]
        assert (line.get_linewidth(), line.get_color()) == (5, "k")


@displays
def test_without_matplotlib_the_error_names_the_extra(monkeypatch, display, model, rows):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    message = (
        rf"{display.__name__}.from_\w+ needs matplotlib. "
        r"Install it with: pip install matplotlib"
    )
    with pytest.raises(ImportError, match=message):
        display.from_predictions(*scores_of(2))
    with pytest.raises(ImportError, match=message):
        display.from_estimator(model, *rows)


@displays
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"labels": ["alpha", "omega"]},
            "'labels' must hold names of labels, or indices below 3. Got 'omega'",
        ),
        ({"labels": 3}, "'labels' must hold names of labels, or indices below 3. Got 3"),
        ({"labels": []}, "'labels' must name at least one label"),
        ({"labels": 1.5}, "'labels' must hold names of labels, or indices below 3. Got 1.5"),
        ({"labels": [0, "alpha"]}, "'labels' must name each label once"),
        ({"labels": [True, False, True]}, "'labels' must hold names of labels.*Got True"),
        ({"labels": np.zeros((1, 2), int)}, r"'labels' must hold names of labels.*Got \[0, 0\]"),
        ({"thresholds": np.zeros((3, 3))}, "'thresholds' of two dimensions must hold the lower"),
        ({"thresholds": [[0.5] * 3, [0.4] * 3]}, "must hold the lower and then the upper"),
        ({"thresholds": [[0.5] * 2, [0.4] * 2]}, r"'thresholds' must have shape \(2, 3\)"),
        ({"cv_thresholds": [["a", "b", "c"]]}, "'cv_thresholds' must hold numbers"),
        ({"cv_thresholds": 0.5}, r"'cv_thresholds' must have shape \(n_folds, 3\)"),
        ({"y_score": np.zeros((59, 3))}, "'y_true' and 'y_score' must have the same number"),
        ({"label_names": ["a", "b", "a"]}, "'label_names' must differ"),
        ({"reference": "auto"}, "'reference' must be a finite number"),
        (
            {"thresholds": [0.5, 0.5]},
            r"'thresholds' must have shape \(3,\), one for each label. Got \(2,\)",
        ),
        (
            {"thresholds": [0.5, np.nan, 0.5]},
            "'thresholds' must not be NaN. Got one for label 'beta'",
        ),
        ({"cv_thresholds": np.zeros((5, 2))}, r"'cv_thresholds' must have shape \(n_folds, 3\)"),
        ({"label_names": ["alpha"]}, "'label_names' must name each of the 3 labels. Got 1 names"),
        ({"reference": np.inf}, "'reference' must be a finite number"),
        ({"y_score": np.zeros((60, 2))}, r"'y_score' must have shape \(n_samples, 3\)"),
        ({"y_true": np.full((60, 3), 2)}, "'y_true' must hold only 0 and 1"),
        ({"sample_weight": np.ones(59)}, "sample_weight"),
        ({"sample_weight": []}, "'sample_weight' is not valid"),
        ({"sample_weight": np.nan}, "'sample_weight' must be finite. Got nan"),
        ({"sample_weight": np.inf}, "'sample_weight' must be finite. Got inf"),
        ({"sample_weight": np.ones((3, 3, 3))}, "'sample_weight' is not valid"),
        ({"thresholds": [1, "a", None]}, "'thresholds' must be numbers: could not convert"),
        ({"thresholds": [len, len, len]}, "'thresholds' must be numbers"),
    ],
)
def test_invalid_predictions(plt, display, changed, message):
    valid = dict(
        zip(["y_true", "y_score", "thresholds"], scores_of(3), strict=True), label_names=NAMES[:3]
    )
    with pytest.raises(ValueError, match=message):
        display.from_predictions(**valid | changed)


@pytest.mark.parametrize(
    ("display", "changed", "message"),
    [
        (
            OperatingPointDisplay,
            {"kind": "det"},
            "'kind' must be one of 'precision_recall', 'roc'. Got 'det'",
        ),
        (ThresholdMapDisplay, {"reference": None}, "'reference' must be a finite number"),
        (ThresholdMapDisplay, {"low_support": [True]}, r"'low_support' must have shape \(3,\)"),
        (ThresholdMapDisplay, {"low_support": ["no"] * 3}, "'low_support' must have shape"),
        (ThresholdMapDisplay, {"n_names": -1}, "'n_names' must be an integer of at least 0"),
        (ThresholdMapDisplay, {"n_names": "all"}, "'n_names' must be an integer"),
        (ThresholdMapDisplay, {"yscale": "cubic"}, "'yscale' must be 'auto' or a scale"),
        (ThresholdMapDisplay, {"yscale": 3}, "'yscale' must be 'auto' or a scale"),
        (ThresholdMapDisplay, {"yscale": ["log"]}, "'yscale' must be 'auto' or a scale"),
        (ThresholdMapDisplay, {"yscale": "log", "reference": 0}, "'yscale' 'log' cannot show"),
        (ThresholdCurveDisplay, {"objectives": []}, "'objectives' must have at least one"),
        (ThresholdCurveDisplay, {"objectives": "f1"}, "'objectives' has 'f1', which is not valid"),
        (OperatingPointDisplay, {"kind": ["roc"]}, "'kind' must be one of"),
        (
            ThresholdCurveDisplay,
            {"objectives": [Cost()]},
            "'objectives' must be formulas of the confusion counts",
        ),
        (
            ThresholdCurveDisplay,
            {"objectives": [SubsetAccuracy()]},
            "'objectives' must be formulas",
        ),
    ],
)
def test_invalid_parameters_of_one_display(plt, display, changed, message):
    with pytest.raises(ValueError, match=message):
        display.from_predictions(*scores_of(3), **changed)


@displays
@pytest.mark.parametrize("ax", [5, "ax", np.array([None, None])], ids=str)
def test_axes_that_are_none(plt, display, ax):
    with pytest.raises(TypeError, match="'ax' must be one matplotlib Axes"):
        display.from_predictions(*scores_of(2), ax=ax)


@pytest.mark.parametrize("display", DISPLAYS[:2])
def test_keywords_of_lines_that_are_none(plt, display):
    with pytest.raises(TypeError, match=r"'line_kw' must be a dict of keyword arguments. Got 5"):
        display.from_predictions(*scores_of(2), line_kw=5)


def test_objectives_that_are_none(plt):
    for objectives in (5, [FBeta(), None], metrics.f1_score):
        with pytest.raises(TypeError, match="'objectives' has"):
            ThresholdCurveDisplay.from_predictions(*scores_of(2), objectives=objectives)
    one = ThresholdCurveDisplay.from_predictions(*scores_of(2), objectives="f1_macro")
    assert one.metric_names == ["F1"]


def test_invalid_estimators(plt, model, rows):
    X, y = rows
    draw = ThresholdCurveDisplay.from_estimator
    with pytest.raises(
        TypeError, match=r"'estimator' must be a fitted MultiLabelThresholdClassifier"
    ):
        draw(LogisticRegression().fit(X, y[:, 0]), X, y)
    with pytest.raises(ValueError, match="is not fitted yet"):
        draw(MultiLabelThresholdClassifier(LogisticRegression()), X, y)
    with pytest.raises(ValueError, match="'response_method' must be 'auto' or 'predict_proba'"):
        draw(model, X, y, response_method="decision_function")
    with pytest.raises(
        ValueError, match=r"'y' must have 4 columns, one for each label\. Got 3 instead"
    ):
        draw(model, X, y[:, :3])
