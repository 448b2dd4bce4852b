"""A user's program: every public name, used as the guides use it.

It is run by the tests, and read by `mypy --strict` and pyright, which find out whether the public
names are annotated.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from threshold_estimators import (
    Accuracy,
    BalancedAccuracy,
    BestThresholdsScorer,
    ClosestToCorner,
    CohenKappa,
    Constrained,
    Cost,
    CountObjective,
    CoverageScorer,
    DecidedScorer,
    DriftReport,
    FBeta,
    FixedThresholdsClassifier,
    GMean,
    Jaccard,
    LinearRatio,
    MatthewsCorrelation,
    MultiLabelRejectClassifier,
    MultilabelStratifiedGroupKFold,
    MultilabelStratifiedKFold,
    MultilabelStratifiedShuffleSplit,
    MultiLabelThresholdClassifier,
    NegativePredictiveValue,
    OperatingPointDisplay,
    Precision,
    Recall,
    Specificity,
    StreamingThresholdTuner,
    SubsetAccuracy,
    ThresholdCurveDisplay,
    ThresholdMapDisplay,
    ThresholdRefiner,
    ThresholdReport,
    TunedThresholds,
    YoudenJ,
    drift_report,
    estimate_frequencies,
    threshold_report,
    tune_thresholds,
)

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]


class Lift(CountObjective):
    """An objective of the user's own: precision as a multiple of the share of positives."""

    def formula(self, tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
        """Values for arrays of counts."""
        predicted = np.maximum(tp + fp, 1)
        positive = np.maximum(tp + fn, 1)
        value: Floats = tp * (tp + fp + fn + tn) / (predicted * positive)
        return value


class CriticalSuccess(LinearRatio):
    """A ratio of linear functions of the counts."""

    def _coefficients(
        self, n_pos: float, n_neg: float
    ) -> tuple[tuple[float, float, float, float], tuple[float, float, float, float]]:
        return (1, 0, 0, 0), (1, 1, 1, 0)


def data() -> tuple[Floats, Ints]:
    """Features, and an indicator of three labels."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(240, 6))
    y = (X @ rng.normal(size=(6, 3)) + rng.normal(size=(240, 3)) > 1).astype(int)
    return X, y


def objectives(y_true: Ints, y_pred: Ints) -> list[float]:
    """Values of predicted labels."""
    every = [
        Accuracy(),
        BalancedAccuracy(average="weighted"),
        ClosestToCorner(),
        CohenKappa(),
        Constrained(Recall(), Precision(), at_least=0.8),
        Cost(fp=1, fn=5),
        CriticalSuccess(average="micro"),
        FBeta(beta=2, average="micro", zero_division=0),
        GMean(),
        Jaccard(average="samples"),
        Lift(),
        MatthewsCorrelation(),
        NegativePredictiveValue(),
        Precision(),
        Recall(),
        Specificity(),
        SubsetAccuracy(),
        YoudenJ(),
    ]
    values = [float(objective.evaluate(y_true, y_pred)) for objective in every]
    of_labels = FBeta(average=None).evaluate(y_true, y_pred, sample_weight=np.ones(len(y_true)))
    return [*values, *np.asarray(of_labels).tolist()]


def fit_and_predict(X: Floats, y: Ints) -> MultiLabelThresholdClassifier:
    """The main path: fit, predict, retune, report."""
    cv = MultilabelStratifiedKFold(n_splits=3, shuffle=True, random_state=0)
    model = MultiLabelThresholdClassifier(
        LogisticRegression(),
        scoring="f1_macro",
        strategy="pooled",
        cv=cv,
        random_state=0,
        store_cv_results=True,
    )
    predicted: Ints = model.fit(X, y).predict(X)
    thresholds: Floats = model.thresholds_
    expected: float = model.cv_score_
    interval: Floats = model.cv_score_interval_
    probabilities = np.asarray(model.predict_proba(X))
    assert predicted.shape == y.shape == probabilities.shape
    assert thresholds.shape == (y.shape[1],)
    assert interval[0] < expected < interval[1]
    assert expected > 0.5

    retuned: MultiLabelThresholdClassifier = model.retune(
        scoring=FBeta(average="micro"), strategy="per_label"
    )
    report: ThresholdReport = threshold_report(retuned, digits=3)
    print(report, report.to_dict())
    return retuned


def other_classifiers(X: Floats, y: Ints) -> None:
    """Thresholds that are known, and decisions that may be withheld."""
    fixed = FixedThresholdsClassifier(LogisticRegression(), thresholds=0.4)
    assert fixed.fit(X, y).predict(X).shape == y.shape

    tuned = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    rejecting = MultiLabelRejectClassifier(tuned, abstention_cost=0.2).fit(X, y)
    coverage: float = CoverageScorer()(rejecting, X, y)
    decided: float = DecidedScorer(Accuracy())(rejecting, X, y)
    assert 0 < coverage <= 1
    assert 0 < decided <= 1


def scores_of_ones_own(X: Floats, y: Ints) -> TunedThresholds:
    """`tune_thresholds`, for those who hold scores."""
    y_score: Floats = np.asarray(
        MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
        .fit(X, y)
        .predict_proba(X)
    )
    tuned = tune_thresholds(y, y_score, scoring=Lift(), strategy="global", cv=3)
    by_name: dict[Any, float] = tuned.to_dict()
    fold = np.arange(len(y)) % 2
    tune_thresholds(y, y_score, cv=fold, soft_labels=True)
    tune_thresholds(y, y_score, groups=fold, cv=MultilabelStratifiedGroupKFold(2))
    assert list(by_name.values()) == tuned.thresholds.tolist()
    predicted: Ints = tuned.predict(y_score)
    score: float = tuned.score
    thresholds: Floats = tuned.thresholds
    assert predicted.shape == y.shape
    assert score > 0
    assert thresholds.dtype == y_score.dtype
    return tuned


def thresholds_that_move(model: MultiLabelThresholdClassifier, X: Floats, y: Ints) -> None:
    """Check thresholds on samples without labels, and tune them again."""
    report: DriftReport = drift_report(model, X[:100], X[100:], confidence=0.99)
    moved: NDArray[Any] = report.moved
    alarm: bool = report.has_moved
    frequencies: Floats = estimate_frequencies(model, X[:100])
    old: Floats = model.thresholds_
    model.retune(frequencies=frequencies)
    model.retune(X=X, y=y, sample_weight=np.ones(len(y)))
    print(report, threshold_report(model, reference=old))
    tune_thresholds(y, np.asarray(model.predict_proba(X)), frequencies=[0.1, 0.2, 0.3])
    assert alarm == (len(moved) > 0 or report.columns["moved"][-1])


def splitters(X: Floats, y: Ints) -> None:
    """Folds, and a scorer in scikit-learn's cross-validation."""
    groups = np.arange(len(y)) // 4
    grouped = MultilabelStratifiedGroupKFold(n_splits=3)
    drawn = MultilabelStratifiedShuffleSplit(n_splits=2, test_size=0.2, random_state=0)
    for train, test in [*grouped.split(X, y, groups), *drawn.split(X, y)]:
        assert len(np.intersect1d(train, test)) == 0
    model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    scores = cross_val_score(model, X, y, cv=drawn, scoring=BestThresholdsScorer("f1_micro"))
    assert len(scores) == drawn.get_n_splits()


def displays(model: MultiLabelThresholdClassifier, X: Floats, y: Ints) -> None:
    """Each display, from an estimator and from predictions."""
    y_score = np.asarray(model.predict_proba(X))
    curve = ThresholdCurveDisplay.from_estimator(model, X, y, labels=[0])
    curve.plot()
    point = OperatingPointDisplay.from_predictions(y, y_score, model.thresholds_)
    threshold_map = ThresholdMapDisplay.from_estimator(model, X, y)
    assert point.figure_ is not threshold_map.figure_


def streams(X: Floats, y: Ints, model: MultiLabelThresholdClassifier) -> None:
    """Scores in chunks, counted by several tuners."""
    y_score = np.asarray(model.predict_proba(X))
    first = StreamingThresholdTuner(resolution=0.01).partial_fit(y[:50], y_score[:50])
    other = StreamingThresholdTuner(resolution=0.01).partial_fit(y[50:], y_score[50:])
    tuned: TunedThresholds = first.merge(other).tune(scoring="f1_micro", strategy="per_label")
    assert tuned.thresholds.shape == (y.shape[1],)
    refiner: ThresholdRefiner = first.refine(scoring="f1_macro")
    exact: TunedThresholds = refiner.partial_fit(y, y_score).tune()
    bound: float = first.upper_bound(scoring="f1_macro")
    assert exact.score <= bound + 1e-12


def main() -> None:
    """Run everything."""
    X, y = data()
    model = fit_and_predict(X, y)
    assert all(np.isfinite(objectives(y, model.predict(X))))
    other_classifiers(X, y)
    scores_of_ones_own(X, y)
    thresholds_that_move(model, X, y)
    splitters(X, y)
    displays(model, X, y)
    streams(X, y, model)


if __name__ == "__main__":
    main()
