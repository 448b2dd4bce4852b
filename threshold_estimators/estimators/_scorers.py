"""Scorers that judge an estimator by what its scores could decide, or by what it does decide."""

import numpy as np
from sklearn.utils.validation import column_or_1d

from ..core import UNDECIDED, check_indicator, check_sample_weight, check_target
from ..fitting import label_scores, response_method_name
from ..objectives import CountObjective, Scorer, check_objective
from ..tuning import tune_thresholds


class BestThresholdsScorer(Scorer):
    """Scorer of a probabilistic estimator at its best thresholds for the rows that it is judged on.

    What an estimator could reach, so that models and their parameters can be compared before thresholds are tuned. It
    flatters, as its thresholds are chosen with the labels that judge them; use it to choose, not to report.

    Parameters
    ----------
    scoring : str, scorer or objective, default="f1_macro"
        What the thresholds maximise, as in :func:`~threshold_estimators.tune_thresholds`.

    strategy : {"per_label", "global", "pooled", "proportion"}, default="per_label"
        A threshold for each label, or one for all of them, or one for each label with shared evidence, or one that
        predicts each label as often as it occurs.

    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method of the estimator that gives the scores; "auto" is ``predict_proba`` where there is one.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import GridSearchCV
    >>> from threshold_estimators import BestThresholdsScorer
    >>> X, y = make_multilabel_classification(random_state=0)
    >>> forest = RandomForestClassifier(n_estimators=10, random_state=0)
    >>> search = GridSearchCV(forest, {"max_depth": [2, 8]}, scoring=BestThresholdsScorer("f1_micro")).fit(X, y)
    >>> bool(search.best_score_ > 0.5)
    True
    """

    def __init__(self, scoring="f1_macro", *, strategy="per_label", response_method="auto"):
        self.scoring = scoring
        self.strategy = strategy
        self.response_method = response_method

    def __call__(self, estimator, X, y, *, sample_weight=None):
        """Value of ``scoring`` at the best thresholds for the scores that a fitted estimator gives to X."""
        target = check_target(y, type(self).__name__)
        method = response_method_name(estimator, self.response_method)
        y_score = label_scores(estimator, X, method, target.n_labels, target.names)
        objective = check_objective(self.scoring, *target.values.shape, target.classes)
        return tune_thresholds(
            target.values,
            y_score,
            scoring=objective,
            strategy=self.strategy,
            sample_weight=sample_weight,
        ).score


class CoverageScorer(Scorer):
    """Share of the cells, rows by labels, that an estimator decides rather than leaves undecided.

    Parameters
    ----------
    undecided : int or str, default=-1
        What ``predict`` gives for cells that are left undecided.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import CoverageScorer, MultiLabelRejectClassifier
    >>> X, y = make_multilabel_classification(random_state=0)
    >>> model = MultiLabelRejectClassifier(LogisticRegression(), abstention_cost=1).fit(X, y)
    >>> CoverageScorer()(model, X, y)
    1.0
    """

    def __init__(self, *, undecided=UNDECIDED):
        self.undecided = undecided

    def __call__(self, estimator, X, y=None, *, sample_weight=None):
        """Share of the cells that a fitted estimator decides for X."""
        decided = _as_cells(estimator.predict(X)) != self.undecided
        return float(
            np.average(
                decided.mean(axis=1), weights=check_sample_weight(sample_weight, len(decided))
            )
        )


class DecidedScorer(Scorer):
    """Value of an objective on the cells that an estimator decides, those left undecided being as good as not there.

    Labels without a decided cell are left out of the average; NaN where there is no decided cell at all. How many cells
    are decided is told by :class:`~threshold_estimators.CoverageScorer`.

    Parameters
    ----------
    objective : CountObjective
        An objective of confusion counts, such as :class:`~threshold_estimators.Precision`, that is averaged over labels
        to a number: "macro", "micro" or "weighted".

    undecided : int or str, default=-1
        What ``predict`` gives for cells that are left undecided.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import Accuracy, DecidedScorer, MultiLabelRejectClassifier
    >>> X, y = make_multilabel_classification(random_state=0)
    >>> model = MultiLabelRejectClassifier(LogisticRegression(), abstention_cost=0.1).fit(X, y)
    >>> DecidedScorer(Accuracy())(model, X, y) > 0.9
    True
    """

    def __init__(self, objective, *, undecided=UNDECIDED):
        self.objective = objective
        self.undecided = undecided

    def __call__(self, estimator, X, y, *, sample_weight=None):
        """Value of the objective on the cells that a fitted estimator decides for X."""
        average = getattr(self.objective, "average", None)
        if not isinstance(self.objective, CountObjective) or average not in (
            "macro",
            "micro",
            "weighted",
        ):
            raise ValueError(
                "'objective' of DecidedScorer must be one of confusion counts that is averaged over labels. Got "
                f"{self.objective!r} instead."
            )
        is_true, positive = _truth(y, estimator)
        y_pred = _as_cells(estimator.predict(X))
        is_yes, is_no = y_pred == positive, (y_pred != positive) & (y_pred != self.undecided)
        weight = (
            np.ones(len(y_pred))
            if sample_weight is None
            else check_sample_weight(sample_weight, len(y_pred))
        )
        tp, fn, fp, tn = (
            weight @ (part & said) for part in (is_true, ~is_true) for said in (is_yes, is_no)
        )
        counts = np.array([tp, fp, fn, tn])[:, tp + fp + fn + tn > 0]
        if not counts.size:
            return np.nan
        if average == "micro":
            counts = counts.sum(axis=1, keepdims=True)
        label_weight = self.objective._label_weight(counts[0] + counts[2])
        return float(np.average(self.objective.formula(*counts), weights=label_weight))


def _as_cells(y_pred):
    """Decisions of shape (n_samples, n_labels), as objects, since classes and what stands for undecided may differ."""
    return np.asarray(y_pred, object).reshape(len(y_pred), -1)


def _truth(y, estimator):
    """(labels of shape (n_samples, n_labels) bool, what predictions call the positive class)."""
    if np.ndim(y) == 1:
        positive = estimator.classes_[1]
        return column_or_1d(y)[:, np.newaxis] == positive, positive
    return check_indicator(y).values, 1
