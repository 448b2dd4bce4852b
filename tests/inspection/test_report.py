import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import (
    classification_report,
    f1_score,
    jaccard_score,
    make_scorer,
    precision_score,
    recall_score,
)
from sklearn.model_selection import GroupKFold, KFold, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from threshold_estimators import (
    Constrained,
    Cost,
    FBeta,
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    SubsetAccuracy,
    threshold_report,
    tune_thresholds,
)
from threshold_estimators.objectives import HammingLoss

AVERAGES = ["micro avg", "macro avg", "weighted avg", "samples avg"]


@pytest.fixture(scope="module")
def model(multilabel):
    return MultiLabelThresholdClassifier(
        LogisticRegression(), cv=3, random_state=0, store_cv_results=True
    ).fit(*multilabel)


@pytest.fixture
def scores():
    """(y_true, y_score) of a label that can be learnt, one that cannot, and an empty one."""
    rng = np.random.default_rng(0)
    y_true = (rng.random((300, 3)) < [0.3, 0.05, 0]).astype(int)
    y_score = rng.random((300, 3)) / 2
    y_score[:, 0] += 0.4 * y_true[:, 0]
    return y_true, y_score


def assert_is_classification_report(report, y_true, y_pred, sample_weight=None):
    expected = classification_report(
        y_true, y_pred, output_dict=True, zero_division=0, sample_weight=sample_weight
    )
    assert report.keys() == expected.keys()
    for name, row in expected.items():
        of = {
            "precision": "precision",
            "recall": "recall",
            "f1-score": "tuned",
            "support": "positives",
        }
        assert {of[key]: report[name][of[key]] for key in of} == pytest.approx(
            {of[key]: row[key] for key in of}, abs=1e-12
        )


def test_held_out_rows_agree_with_scikit_learn(model):
    report = threshold_report(model).to_dict()
    y_true, y_score = model.cv_results_["y_true"], model.cv_results_["y_score"]
    assert_is_classification_report(report, y_true, y_score >= model.thresholds_)
    for average in ("micro", "macro", "weighted", "samples"):
        untuned = f1_score(y_true, y_score >= 0.5, average=average, zero_division=0)
        assert report[f"{average} avg"]["untuned"] == pytest.approx(untuned)
    assert report["macro avg"]["tuned"] == pytest.approx(model.best_score_)
    assert report["macro avg"]["cross_fitted"] == pytest.approx(model.cv_score_)


def test_each_fold_is_decided_by_its_own_thresholds(model):
    held_out = model.cv_results_
    y_pred = np.empty_like(held_out["y_true"])
    for (_, test), thresholds in zip(held_out["splits"], model.cv_thresholds_, strict=True):
        y_pred[test] = held_out["y_score"][test] >= thresholds
    expected = f1_score(held_out["y_true"], y_pred, average=None)
    report = threshold_report(model).to_frame()[:4]
    np.testing.assert_allclose(report["cross_fitted"], expected)
    np.testing.assert_allclose(report["spread"], np.ptp(model.cv_thresholds_, axis=0))
    np.testing.assert_array_equal(report["threshold"], model.thresholds_)


def test_new_samples_agree_with_scikit_learn(model, multilabel):
    X, y = multilabel
    weight = np.random.default_rng(0).random(50)
    report = threshold_report(model, X[:50], y[:50], sample_weight=weight).to_dict()
    assert_is_classification_report(report, y[:50], model.predict(X[:50]), weight)
    assert "cross_fitted" not in report["0"]
    untuned = f1_score(
        y[:50], model.predict_proba(X[:50]) >= 0.5, average="macro", sample_weight=weight
    )
    assert report["macro avg"]["untuned"] == pytest.approx(untuned)


def test_weights_of_fit_are_honoured(multilabel):
    X, y = multilabel
    weight = np.random.default_rng(0).integers(0, 3, 200).astype(float)
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), cv=3, random_state=0, store_cv_results=True
    )
    report = threshold_report(model.fit(X, y, weight)).to_dict()
    held_out = model.cv_results_
    assert_is_classification_report(
        report,
        held_out["y_true"],
        held_out["y_score"] >= model.thresholds_,
        held_out["sample_weight"],
    )
    assert report["macro avg"]["cross_fitted"] == pytest.approx(model.cv_score_)
    assert f" {weight @ y[:, 0]:.0f} " in str(threshold_report(model))


@pytest.mark.parametrize("cv", [4, 0.3, KFold(3), PredefinedSplit(np.arange(300) % 4 - 1)], ids=str)
def test_scores_that_exist(cv, scores):
    y_true, y_score = scores
    tuned = tune_thresholds(y_true, y_score, cv=cv, store_cv_results=True)
    report = threshold_report(tuned).to_dict()
    assert_is_classification_report(report, y_true, tuned.predict(y_score))
    assert report["macro avg"]["tuned"] == pytest.approx(tuned.score)
    assert report["macro avg"]["cross_fitted"] == pytest.approx(tuned.cv_score)
    assert_is_classification_report(
        threshold_report(tuned, y_score[:99], y_true[:99]).to_dict(),
        y_true[:99],
        tuned.predict(y_score[:99]),
    )


def test_scores_without_cv_have_no_cross_fitted_columns(scores):
    report = threshold_report(tune_thresholds(*scores, store_cv_results=True)).to_frame()
    assert {"spread", "cross_fitted"}.isdisjoint(report.columns)


def test_a_fold_without_weight_leaves_nothing_to_cross_fit(scores):
    weight = np.where(np.arange(300) < 150, 1, 0)
    cv = [(np.arange(150, 300), np.arange(150)), (np.arange(150), np.arange(150, 300))]
    tuned = tune_thresholds(*scores, sample_weight=weight, cv=cv, store_cv_results=True)
    assert np.isnan(tuned.cv_score)
    report = threshold_report(tuned).to_dict()
    assert "cross_fitted" not in report["0"]
    assert report["0"]["positives"] == scores[0][:150, 0].sum()


def test_tuned_thresholds_are_pickled_with_what_the_report_needs(scores):
    tuned = tune_thresholds(*scores, cv=3, store_cv_results=True)
    loaded = pickle.loads(pickle.dumps(tuned))
    assert str(threshold_report(loaded)) == str(threshold_report(tuned))
    assert tune_thresholds(*scores, cv=3).cv_results is None


def test_noise_does_not_look_good_cross_fitted():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((200, 40)) < 0.04, rng.random((200, 40))
    tuned = tune_thresholds(y_true, y_score, strategy="per_label", cv=5, store_cv_results=True)
    report = threshold_report(tuned).to_frame()[:40]
    assert report["tuned"].mean() > report["cross_fitted"].mean() + 0.05
    assert report["cross_fitted"].mean() < 0.1
    assert report["worse"].mean() < 0.1  # by chance, which the interval of the difference allows
    assert report["low_support"].mean() > 0.9


def test_a_label_without_positives_is_never_predicted(scores):
    report = threshold_report(tune_thresholds(*scores, cv=3, store_cv_results=True)).to_dict()
    empty = report["2"]
    assert empty["threshold"] == np.inf
    assert (empty["positives"], empty["spread"], empty["tuned"]) == (0, 0, 0)
    assert [flag for flag in ("never", "always", "low_support", "worse") if empty[flag]] == [
        "never",
        "low_support",
    ]


def test_a_label_that_is_always_there_is_always_predicted():
    y_true, y_score = np.ones((40, 1)), np.linspace(0, 1, 40)[:, np.newaxis]
    report = threshold_report(
        tune_thresholds(y_true, y_score, cv=4, store_cv_results=True)
    ).to_dict()
    assert report["0"]["threshold"] == -np.inf
    assert [flag for flag in ("never", "always", "low_support", "worse") if report["0"][flag]] == [
        "always",
        "low_support",
    ]


def test_thresholds_that_jump_to_infinity_have_infinite_spread(scores):
    y_true, y_score = scores
    y_true[:, 1] = np.arange(300) == 7
    tuned = tune_thresholds(y_true, y_score, cv=KFold(3), store_cv_results=True)
    assert threshold_report(tuned).to_dict()["1"]["spread"] == np.inf


def test_text_has_the_numbers_and_names(scores):
    y_true, y_score = scores
    names = ["clear as day", "a name much too long for a column of a table", "absent"]
    tuned = tune_thresholds(
        pd.DataFrame(y_true, columns=names), y_score, cv=3, store_cv_results=True
    )
    report = threshold_report(tuned).to_dict()
    lines = str(threshold_report(tuned, digits=3)).splitlines()
    row = next(line for line in lines if line.startswith(names[0]))
    cells = row.removeprefix(names[0]).split()
    keys = [
        "positives",
        "threshold",
        "spread",
        "precision",
        "recall",
        "untuned",
        "tuned",
        "cross_fitted",
    ]
    assert [float(cell) for cell in cells[:8]] == pytest.approx(
        [report[names[0]][key] for key in keys], abs=6e-4
    )
    assert [line[:39] for line in lines if "a name" in line] == [
        "a name much too long for a column of a…"
    ]
    assert max(map(len, lines)) <= 140
    assert "never: no sample gets the label (1 of 3 labels)" in lines
    below = lines[next(i for i, line in enumerate(lines) if line.startswith("absent")) + 1]
    assert below.startswith("  never, low support  ")
    assert len({line.rindex(".") for line in lines if "avg" in line}) == 1


@pytest.mark.parametrize(
    ("scoring", "name", "metric"),
    [
        (FBeta(2, average="micro"), "F2", None),
        ("jaccard_weighted", "Jaccard", jaccard_score),
        (Constrained(Recall(), Precision(), at_least=0.02, confidence=None), "Recall", None),
        (HammingLoss(), "minus Hamming loss", None),
        (Cost(fp=[1, 2, 3], fn=5), "Cost", None),
    ],
    ids=["f2", "jaccard", "constrained", "hamming", "cost"],
)
def test_columns_show_the_objective(scoring, name, metric, scores):
    y_true, y_score = scores[0][:, :2], scores[1][:, :2]
    scoring = Cost(fp=[1, 2], fn=5) if name == "Cost" else scoring
    tuned = tune_thresholds(y_true, y_score, scoring=scoring, cv=3, store_cv_results=True)
    assert str(threshold_report(tuned)).startswith(f"{name} of each label on 300 samples")
    report = threshold_report(tuned).to_dict()
    average = "micro avg" if name == "F2" else "weighted avg" if name == "Jaccard" else "macro avg"
    assert report[average]["tuned"] == pytest.approx(tuned.score)
    assert report[average]["cross_fitted"] == pytest.approx(tuned.cv_score)
    if metric:
        of_labels = [report[label]["tuned"] for label in "01"]
        np.testing.assert_allclose(of_labels, metric(y_true, tuned.predict(y_score), average=None))


def test_cost_of_each_label(scores):
    y_true, y_score = scores
    cost = Cost(fp=[1, 2, 3], fn=[5, 4, 3], tp=-1)
    tuned = tune_thresholds(y_true, y_score, scoring=cost)
    report = threshold_report(tuned, y_score, y_true).to_dict()
    for label, (fp, fn) in enumerate([(1, 5), (2, 4), (3, 3)]):
        column = slice(label, label + 1)
        expected = Cost(fp=fp, fn=fn, tp=-1).evaluate(
            y_true[:, column], tuned.predict(y_score)[:, column]
        )
        assert report[str(label)]["tuned"] == pytest.approx(expected)
    assert (
        report["samples avg"]["tuned"] == report["micro avg"]["tuned"] == pytest.approx(tuned.score)
    )


@pytest.mark.parametrize(
    "scoring",
    [
        "f1_samples",
        SubsetAccuracy(),
        Cost(fn=np.full((300, 1), 2)),
        make_scorer(f1_score, average="macro", labels=[0, 1], zero_division=np.nan),
    ],
    ids=["samples", "subset", "costs of rows", "scorer"],
)
def test_f1_where_the_objective_is_none_of_single_labels(scoring, scores):
    y_true, y_score = scores[0][:, :2], scores[1][:, :2]
    tuned = tune_thresholds(y_true, y_score, scoring=scoring)
    text = str(threshold_report(tuned, y_score[:99], y_true[:99]))
    assert text.startswith(
        "F1 of each label, as the objective has no value of single labels, on 99 samples"
    )
    report = threshold_report(tuned, y_score, y_true).to_dict()
    assert report["samples avg"]["tuned"] == pytest.approx(
        f1_score(y_true, tuned.predict(y_score), average="samples", zero_division=0)
    )


def test_objective_follows_retune(model, multilabel):
    retuned = pickle.loads(pickle.dumps(model)).retune(scoring=FBeta(2))
    assert str(threshold_report(retuned)).startswith("F2 of each label")
    assert threshold_report(retuned).to_dict()["macro avg"]["tuned"] == pytest.approx(
        retuned.best_score_
    )


def test_decision_scores_are_cut_at_zero_untuned(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(RidgeClassifier(), cv=3, store_cv_results=True).fit(X, y)
    assert "  at 0  " in str(threshold_report(model))
    y_score = model.cv_results_["y_score"]
    expected = f1_score(y, y_score >= 0, average=None)
    np.testing.assert_allclose(threshold_report(model).to_frame()["untuned"][:4], expected)
    tuned = tune_thresholds(y, y_score)
    np.testing.assert_allclose(
        threshold_report(tuned, y_score, y).to_frame()["untuned"][:4], expected
    )


def test_a_column_of_two_classes_is_one_label(multilabel):
    X, y = multilabel
    y = np.where(y[:, 0], "spam", "ham")
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=3, store_cv_results=True).fit(
        X, y
    )
    report = threshold_report(model, X, y).to_dict()
    expected = f1_score(y, model.predict(X), pos_label="spam")
    assert report["spam"]["tuned"] == pytest.approx(expected)
    assert threshold_report(model).to_dict()["spam"]["cross_fitted"] == pytest.approx(
        model.cv_score_
    )
    with pytest.raises(ValueError, match=r"'y' must hold the classes \['ham', 'spam'\] only"):
        threshold_report(model, X, np.where(y == "ham", "ham", "eggs"))


def test_names_of_columns(multilabel):
    X, y = multilabel
    y = pd.DataFrame(y, columns=["sea", "sky", "sand", "sun"])
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=3, store_cv_results=True).fit(
        X, y
    )
    frame = threshold_report(model).to_frame()
    assert frame.index.tolist() == [*y.columns, *AVERAGES]
    assert frame.index.name == "label"
    assert frame.dtypes[["never", "always", "low_support", "worse"]].eq(bool).all()
    report = threshold_report(model, X, y.to_numpy(), label_names=[1, 2, 3, 4]).to_dict()
    assert list(report) == ["1", "2", "3", "4", *AVERAGES]
    rearranged = threshold_report(model, X, y[["sun", "sky", "sand", "sea"]])
    assert str(rearranged) == str(threshold_report(model, X, y))
    with pytest.raises(ValueError, match=r"Missing are \['sun'\], and unknown are \['moon'\]"):
        threshold_report(model, X, y.rename(columns={"sun": "moon"}))


def test_without_pandas(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"to_frame needs pandas.*pip install pandas"):
        threshold_report(model).to_frame()
    assert "macro avg" in str(threshold_report(model))


def test_frame_has_what_the_dict_has(model):
    frame, report = (threshold_report(model).to_frame(), threshold_report(model).to_dict())
    assert frame.index.map(str).tolist() == list(report)
    for name, row in zip(report, frame.to_dict("records"), strict=True):
        assert {key: row[key] for key in report[name]} == report[name]
    averages = frame[4:]
    assert averages[["threshold", "spread"]].isna().all(axis=None)
    assert not averages[["never", "always", "low_support", "worse"]].any(axis=None)


def test_thresholds_that_were_given(multilabel):
    X, y = multilabel
    model = make_pipeline(
        StandardScaler(), FixedThresholdsClassifier(LogisticRegression(), [0.2, 0.3, 0.5, np.inf])
    )
    report = threshold_report(model.fit(X, y), X, y).to_dict()
    assert_is_classification_report(report, y, model.predict(X))
    assert report["2"]["tuned"] == report["2"]["untuned"]
    assert report["3"]["never"]
    assert not any(report[str(label)]["low_support"] for label in range(4))
    assert "  0.2 " in str(threshold_report(model, X, y))
    with pytest.raises(
        ValueError, match="or give 'X' and 'y', as for thresholds that were not tuned"
    ):
        threshold_report(model)


def test_what_is_missing_is_said(model, multilabel, scores):
    X, y = multilabel
    unstored = MultiLabelThresholdClassifier(LogisticRegression(), cv=3, store_cv_results=False)
    unstored.fit(X, y)
    for fitted in (unstored, tune_thresholds(*scores)):
        with pytest.raises(ValueError, match="Tune with 'store_cv_results=True'"):
            threshold_report(fitted)
    with pytest.raises(ValueError, match="'X' and 'y' go together"):
        threshold_report(model, X)
    with pytest.raises(ValueError, match="'y' must have 4 columns"):
        threshold_report(model, X, y[:, :2])
    with pytest.raises(
        ValueError, match=r"'label_names' must name each of the 4 labels\. Got 1 names"
    ):
        threshold_report(model, label_names=["one"])
    with pytest.raises(TypeError, match="'model' must be a fitted MultiLabelThresholdClassifier"):
        threshold_report(LogisticRegression(), X, y)
    with pytest.raises(ValueError, match="'y' must hold only 0 and 1"):  # scores and labels swapped
        threshold_report(tune_thresholds(*scores), *scores)


@pytest.mark.parametrize("strategy", ["per_label", "global"])
def test_bands_are_judged_on_the_cells_that_they_decide(multilabel, strategy):
    X, y = multilabel
    model = MultiLabelRejectClassifier(
        LogisticRegression(), abstention_cost=0.2, strategy=strategy
    ).fit(X[:150], y[:150])
    y_pred, y_score, y_true = model.predict(X[150:]), model.predict_proba(X[150:]), y[150:]
    report = threshold_report(model, X[150:], y_true).to_dict()
    is_decided = y_pred != -1
    assert 0 < is_decided.mean() < 1
    for label in range(4):
        row, decided = report[str(label)], is_decided[:, label]
        known = y_true[decided, label], y_pred[decided, label]
        assert (row["lower"], row["upper"]) == tuple(model.bands_[:, label])
        assert row["positives"] == y_true[:, label].sum()
        assert row["decided"] == pytest.approx(decided.mean())
        negative = {"pos_label": 0, "zero_division": 0}
        assert row["precision"] == pytest.approx(precision_score(*known, zero_division=0))
        assert row["negative_precision"] == pytest.approx(precision_score(*known, **negative))
        assert row["recall"] == pytest.approx(recall_score(*known, zero_division=0))
        assert row["tuned"] == pytest.approx(f1_score(*known, zero_division=0))
        untuned = f1_score(y_true[:, label], y_score[:, label] >= 0.5)
        assert row["untuned"] == pytest.approx(untuned)
        assert row["always"] == (y_pred[:, label] == 1).all()
        assert row["never"] == (y_pred[:, label] != 1).all()
    assert report["micro avg"]["decided"] == pytest.approx(is_decided.mean())
    cells = y_true[is_decided], y_pred[is_decided]
    assert report["micro avg"]["tuned"] == pytest.approx(f1_score(*cells))
    assert {"lower", "upper", "spread", "threshold"}.isdisjoint(report["macro avg"])
    assert "of the cells that are decided (tuned)" in str(threshold_report(model, X, y))


def test_bands_are_judged_on_the_cells_that_are_known(multilabel):
    X, y = multilabel
    model = MultiLabelRejectClassifier(LogisticRegression(), abstention_cost=0.2).fit(X, y)
    known = np.random.default_rng(0).random(y.shape) < 0.7
    report = threshold_report(model, X, np.where(known, y, np.nan)).to_dict()
    y_pred = model.predict(X)
    for label in range(4):
        seen, row = known[:, label], report[str(label)]
        decided = y_pred[seen, label] != -1
        cells = y[seen, label][decided], y_pred[seen, label][decided]
        assert row["decided"] == pytest.approx(decided.mean())
        assert row["tuned"] == pytest.approx(f1_score(*cells, zero_division=0))
        assert row["positives"] == y[seen, label].sum()


def test_the_report_of_bands_has_the_stored_samples(multilabel):
    X, y = multilabel
    pipeline = make_pipeline(StandardScaler(), MultiLabelRejectClassifier(LogisticRegression()))
    stored = threshold_report(pipeline.fit(X, y)).to_dict()
    tuned = pipeline[-1].classifier_.tuned_.cv_results
    assert stored["0"]["positives"] == y[:, 0].sum()
    undecided = (tuned["y_score"] >= pipeline[-1].bands_[0]) & (
        tuned["y_score"] < pipeline[-1].bands_[1]
    )
    assert stored["micro avg"]["decided"] == pytest.approx(1 - undecided.mean())


@pytest.mark.parametrize(
    "names",
    [
        ["a", "b", "c"],
        ("a", "b", "c"),
        np.array(["a", "b", "c"]),
        pd.Index(["a", "b", "c"]),
        pd.Series(["a", "b", "c"]),
        pd.Series(["c", "a", "b"], index=[2, 0, 1]),
        pd.Series(["a", "b", "c"], index=[7, 8, 9]),
        {0: "a", 1: "b", 2: "c"},
        {2: "c", 1: "b", 0: "a"},
        {"1": "b", "0": "a", "2": "c"},
        {"x": "a", "y": "b", "z": "c"}.values(),
        {"a": 1, "b": 2, "c": 3}.keys(),
    ],
    ids=lambda names: f"{type(names).__name__}",
)
def test_forms_of_label_names(scores, names):
    report = threshold_report(tune_thresholds(*scores), scores[1], scores[0], label_names=names)
    assert list(report.to_dict()) == ["a", "b", "c", *AVERAGES]


def test_labels_are_renamed_by_their_names(scores):
    y_true = pd.DataFrame(scores[0], columns=["x", "y", "z"])
    tuned = tune_thresholds(y_true, scores[1])
    renamed = threshold_report(tuned, scores[1], y_true, label_names={"z": "c", "x": "a", "y": "b"})
    assert renamed.label_names.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (5, TypeError, "'label_names' must be a list of the names.*Got 5"),
        ("abc", TypeError, "'label_names' must be a list of the names"),
        ({"a", "b", "c"}, TypeError, "'label_names' must be a list of the names"),
        (np.array(5), TypeError, "'label_names' must be a list of the names"),
        (np.array([["a"], ["b"], ["c"]]), TypeError, "'label_names' must be a list"),
        ({"a": 0, "b": 1, "c": 2}, ValueError, "positions of all 3 labels as keys"),
        ({0: "a", 1: "b"}, ValueError, "positions of all 3 labels as keys"),
        (["a", "b"], ValueError, "must name each of the 3 labels. Got 2 names"),
        (["a", "b", "a"], ValueError, "'label_names' must differ. Got 'a' 2 times"),
        (["a", np.nan, "c"], ValueError, "must not be missing. Got nan for label 1"),
        (["a", None, "c"], ValueError, "must not be missing. Got None for label 1"),
        (["a", "b", pd.NA], ValueError, "must not be missing. Got <NA> for label 2"),
    ],
)
def test_names_that_are_no_names(scores, names, error, message):
    with pytest.raises(error, match=message):
        threshold_report(tune_thresholds(*scores), scores[1], scores[0], label_names=names)


@pytest.mark.parametrize("names", [["micro avg", "b", "c"], [1, "1", 2]], ids=str)
def test_no_label_is_lost_in_the_dict(scores, names):
    report = threshold_report(tune_thresholds(*scores), scores[1], scores[0], label_names=names)
    assert report.to_frame().index.tolist() == [*names, *AVERAGES]
    with pytest.raises(ValueError, match=r"different names for a dict. Got '(micro avg|1)' more"):
        report.to_dict()


def test_reference_is_the_untuned_threshold(scores):
    y_true, y_score = scores
    tuned = tune_thresholds(y_true, y_score)
    report = threshold_report(tuned, y_score, y_true, reference=0.3)
    expected = f1_score(y_true, y_score >= 0.3, average=None, zero_division=0)
    np.testing.assert_allclose(report.to_frame()["untuned"][:3], expected)
    assert "  at 0.3  " in str(report)
    without = threshold_report(tuned, y_score, y_true, reference=None)
    assert {"untuned", "worse"}.isdisjoint(without.to_frame().columns)
    assert str(without).startswith("F1 of each label on 300 samples: at the threshold (tuned).")
    for reference in (np.nan, np.inf, "0.5", [0.5], True):
        with pytest.raises(ValueError, match="'reference' must be a finite number"):
            threshold_report(tuned, y_score, y_true, reference=reference)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (lambda p: p, 0.5),
        (lambda p: np.log(p / (1 - p)), 0.0),
        (np.log, None),
        (lambda p: 100 * p, None),
    ],
    ids=["probabilities", "logits", "logarithms", "percent"],
)
def test_the_reference_fits_the_scale_of_scores(scores, scale, expected):
    y_true, y_score = scores[0], scale(np.clip(scores[1], 0.01, 0.99))
    tuned = tune_thresholds(y_true, y_score)
    report = threshold_report(tuned, y_score, y_true)
    assert report.untuned_threshold == expected
    assert ("untuned" in report.columns) == (expected is not None)
    if scale is np.log:
        of_log = threshold_report(tuned, y_score, y_true, reference=np.log(0.5)).to_frame()
        plain = threshold_report(tuned, y_score, y_true).to_frame()
        usual = f1_score(y_true, np.exp(y_score) >= 0.5, average=None, zero_division=0)
        np.testing.assert_allclose(of_log["untuned"][:3], usual)
        np.testing.assert_allclose(of_log["tuned"], plain["tuned"])


@pytest.mark.parametrize("digits", [-1, 2.5, "2", None, True])
def test_invalid_digits(scores, digits):
    with pytest.raises(ValueError, match="'digits' must be an integer of at least 0"):
        threshold_report(tune_thresholds(*scores), scores[1], scores[0], digits=digits)


def test_no_digits(scores):
    report = threshold_report(tune_thresholds(*scores), scores[1], scores[0], digits=0)
    assert "." not in str(report).splitlines()[-2]


def test_unknown_labels_are_not_there(scores):
    y_true, y_score = scores
    known = np.random.default_rng(0).random(y_true.shape) < 0.7
    known[:, 2] = False
    tuned = tune_thresholds(np.where(known, y_true, np.nan), y_score, cv=3, store_cv_results=True)
    stored = threshold_report(tuned).to_dict()
    new = threshold_report(tuned, y_score, np.where(known, y_true, np.nan)).to_dict()
    for label in range(2):
        seen = known[:, label]
        truth, decided = y_true[seen, label], tuned.predict(y_score)[seen, label]
        for report in (stored, new):
            row = report[str(label)]
            assert row["positives"] == truth.sum()
            assert row["precision"] == pytest.approx(precision_score(truth, decided))
            assert row["recall"] == pytest.approx(recall_score(truth, decided))
            assert row["tuned"] == pytest.approx(f1_score(truth, decided))
    assert new["2"]["positives"] == 0
    assert new["2"]["low_support"]
    weights = threshold_report(tuned, y_score, y_true, sample_weight=known.astype(float)).to_dict()
    for name in new:
        assert weights[name] == pytest.approx(new[name], nan_ok=True)
    assert f"  {y_true[known[:, 0], 0].sum()}  " in str(threshold_report(tuned))


def test_columns_are_matched_by_name(scores):
    y_true = pd.DataFrame(scores[0], columns=["x", "y", "z"])
    y_score = pd.DataFrame(scores[1], columns=["x", "y", "z"])
    tuned = tune_thresholds(y_true, y_score)
    expected = threshold_report(tuned, y_score, y_true)
    found = threshold_report(tuned, y_score[["z", "x", "y"]], y_true[["y", "z", "x"]])
    pd.testing.assert_frame_equal(found.to_frame(), expected.to_frame())
    with pytest.raises(ValueError, match=r"Missing are \['z'\], and unknown are \['w'\]"):
        threshold_report(tuned, y_score.rename(columns={"z": "w"}), y_true)
    with pytest.raises(ValueError, match="The index of 'y' has the keys of 'X' in another order"):
        threshold_report(tuned, y_score, y_true[::-1])


ENDS = ("precision_low", "precision_high", "recall_low", "recall_high")


def test_intervals_are_those_of_the_cross_fitted_decisions(scores):
    tuned = tune_thresholds(*scores, cv=4, store_cv_results=True)
    report = threshold_report(tuned).to_frame()
    macro = report.loc["macro avg", ["cross_fitted_low", "cross_fitted_high"]]
    np.testing.assert_allclose(macro.astype(float), tuned.cv_score_interval, atol=0.02)
    assert (report["cross_fitted_low"] <= report["cross_fitted"]).all()
    assert (report["cross_fitted"] <= report["cross_fitted_high"]).all()
    assert report[[*ENDS]].apply(lambda column: column.between(0, 1)).all(axis=None)
    micro = tune_thresholds(*scores, cv=4, scoring="f1_micro", store_cv_results=True)
    row = threshold_report(micro).to_dict()["micro avg"]
    found = [row["cross_fitted_low"], row["cross_fitted_high"]]
    np.testing.assert_allclose(found, micro.cv_score_interval, atol=0.02)


def test_intervals_of_proportions_hold_those_of_binomials(scores):
    y_true, y_score = scores
    tuned = tune_thresholds(y_true, y_score)
    report = threshold_report(tuned, y_score, y_true).to_dict()["0"]
    y_pred = tuned.predict(y_score)[:, 0]
    for name, among in (("recall", y_true[:, 0] == 1), ("precision", y_pred == 1)):
        n_right, n = np.sum(among & (y_true[:, 0] == 1) & (y_pred == 1)), np.sum(among)
        wilson = (
            n_right + 1.92 + np.array([-1, 1]) * 1.96 * np.sqrt(n_right * (n - n_right) / n + 0.96)
        ) / (n + 3.84)
        found = [report[f"{name}_low"], report[f"{name}_high"]]
        np.testing.assert_allclose(found, wilson, atol=0.03)
    assert {"tuned_low", "tuned_high"} <= report.keys()
    assert "cross_fitted_low" not in report


def test_what_was_tuned_on_the_same_samples_has_no_interval(scores, multilabel):
    X, y = multilabel
    report = threshold_report(tune_thresholds(*scores, store_cv_results=True))
    assert not any(name.endswith("_low") for name in report.columns)
    assert "never, low support" in str(report).splitlines()[5]
    reject = MultiLabelRejectClassifier(LogisticRegression(), abstention_cost=0.2).fit(X, y)
    assert "precision_low" not in threshold_report(reject).columns
    report = threshold_report(reject, X, y).to_frame()
    assert (report["precision_low"] <= report["precision"]).all()


def test_text_shows_intervals_below_the_numbers(scores):
    tuned = tune_thresholds(*scores, cv=4, store_cv_results=True)
    report = threshold_report(tuned, label_names=["a", "b", "c"])
    lines, row = str(report).splitlines(), report.to_dict()["a"]
    below = lines[next(i for i, line in enumerate(lines) if line.startswith("a ")) + 1]
    assert below.split() == [
        f"{row[f'{name}_low']:.2f}\N{EN DASH}{row[f'{name}_high']:.2f}"
        for name in ("precision", "recall", "cross_fitted")
    ]
    assert max(map(len, lines)) <= 100
    negative = tune_thresholds(*scores, scoring=Cost(), cv=4, store_cv_results=True)
    assert " to -0." in str(threshold_report(negative))


@pytest.mark.parametrize("n_samples", [300, 3000])
def test_worse_is_what_is_surely_worse(n_samples):
    rng = np.random.default_rng(0)
    y_true = rng.random((n_samples, 2)) < 0.3
    y_score = np.clip(0.5 + 0.25 * (2 * y_true - 1) + rng.normal(0, 0.2, y_true.shape), 0, 1)
    # A threshold far from the best one, and one beside it.
    tuned = FixedThresholdsClassifier(LogisticRegression(), [0.9, 0.51]).fit(y_score, y_true)
    report = threshold_report(tuned.tuned_, y_score, y_true).to_frame()
    assert report["worse"][:2].tolist() == [True, False]
    same = threshold_report(tuned.tuned_, y_score, y_true, reference=0.51).to_frame()
    assert not same["worse"][1]


def test_few_decisions_that_differ_prove_nothing():
    y_true = (np.arange(100) < 40)[:, np.newaxis]
    y_score = np.where(y_true, 0.9, 0.1)
    y_score[:3] = 0.55  # three positives that the higher threshold misses
    fixed = FixedThresholdsClassifier(LogisticRegression(), [0.6]).fit(y_score, y_true)
    row = threshold_report(fixed.tuned_, y_score, y_true).to_dict()["0"]
    assert row["tuned"] < row["untuned"]
    assert not row["worse"]


def test_groups_widen_the_intervals(scores):
    y_true, y_score = (np.repeat(array, 5, axis=0) for array in scores)
    groups = np.repeat(np.arange(300), 5)
    splits = list(GroupKFold(4).split(y_true, groups=groups))
    width = []
    for given in (None, groups):
        tuned = tune_thresholds(y_true, y_score, cv=splits, groups=given, store_cv_results=True)
        row = threshold_report(tuned).to_dict()["0"]
        width.append(row["recall_high"] - row["recall_low"])
    assert width[1] > 1.3 * width[0]


def test_a_floor_makes_no_label_worse():
    rng = np.random.default_rng(0)
    y_true = rng.random((600, 3)) < 0.4
    y_score = rng.normal(size=y_true.shape) + y_true
    floor = Constrained(Recall(), Precision(), at_least=0.8, confidence=None)
    tuned = tune_thresholds(y_true, y_score, scoring=floor, store_cv_results=True, cv=3)
    report = threshold_report(tuned, reference=-2).to_frame()
    # Recall has fallen by far, as the floor asks for.
    assert np.all(report["cross_fitted"][:3] < report["untuned"][:3] - 0.3)
    assert not report["worse"][:3].any()
