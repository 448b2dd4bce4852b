"""Scorers of the decisions that an estimator's scores allow, and of those that it makes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..core import (
    UNDECIDED,
    LabelSpace,
    check_same_index,
    check_sample_weight,
    label_names_of,
    learn_labels,
    read_labels,
)
from ..fitting import label_scores, response_method_name
from ..objectives import Constrained, CountObjective, Objective, Scorer, check_objective
from ..tuning import tune_thresholds


class BestThresholdsScorer(Scorer):
    """Scorer of an estimator at the best thresholds for the evaluated samples.

    It compares models and their parameters before thresholds are tuned. It is optimistic: the same
    labels choose the thresholds and evaluate them. Use it to select a model, not to report.

    Parameters
    ----------
    scoring : str, scorer or objective, default="f1_macro"
        What the thresholds maximise, as in :func:`~threshold_estimators.tune_thresholds`.
    strategy : {"per_label", "global", "pooled", "proportion"}, default="per_label"
        How thresholds are tuned, as in :func:`~threshold_estimators.tune_thresholds`.
    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method of the estimator that gives the scores; "auto" is ``predict_proba`` if it exists.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import GridSearchCV
    >>> from threshold_estimators import BestThresholdsScorer
    >>> X, y = make_multilabel_classification(random_state=0)
    >>> forest = RandomForestClassifier(n_estimators=10, random_state=0)
    >>> scorer = BestThresholdsScorer("f1_micro")
    >>> search = GridSearchCV(forest, {"max_depth": [2, 8]}, scoring=scorer).fit(X, y)
    >>> bool(search.best_score_ > 0.5)
    True
    """

    def __init__(
        self,
        scoring: str | Objective | Callable[..., float] = "f1_macro",
        *,
        strategy: str = "per_label",
        response_method: str = "auto",
    ) -> None:
        self.scoring = scoring
        self.strategy = strategy
        self.response_method = response_method

    def __call__(
        self, estimator: Any, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> float:
        """Value of ``scoring`` at the best thresholds for the scores of a fitted estimator."""
        check_same_index(X=X, y=y, sample_weight=sample_weight)
        space, labels = learn_labels(y, type(self).__name__)
        if space.classes is None:
            labels = read_labels(y, "y", label_names_of(estimator))
        method = response_method_name(estimator, self.response_method)
        return tune_thresholds(
            labels.with_nan(),
            label_scores(estimator, X, method, space.n_labels, space.label_names),
            scoring=check_objective(
                self.scoring,
                len(labels.y_true),
                space.n_labels,
                classes=space.classes,
                names=space.names,
            ),
            strategy=self.strategy,
            sample_weight=sample_weight,
        ).score


class CoverageScorer(Scorer):
    """Scorer of the fraction of cells, samples by labels, that an estimator decides.

    Parameters
    ----------
    undecided : int or str, default=-1
        Prediction for undecided cells.

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

    def __init__(self, *, undecided: int | str = UNDECIDED) -> None:
        self.undecided = undecided

    def __call__(
        self, estimator: Any, X: Any, y: Any = None, *, sample_weight: ArrayLike | None = None
    ) -> float:
        """Fraction of the cells that a fitted estimator decides."""
        is_decided = _as_cells(estimator.predict(X)) != self.undecided
        weight = check_sample_weight(sample_weight, len(is_decided))
        return float(np.average(is_decided.mean(axis=1), weights=weight))


class DecidedScorer(Scorer):
    """Scorer of an objective on the cells that an estimator decides; others are ignored.

    Labels without a decided cell are left out of the average. The score is NaN without any decided
    cell. :class:`~threshold_estimators.CoverageScorer` gives the fraction of decided cells.

    Parameters
    ----------
    objective : CountObjective
        An objective of confusion counts, such as :class:`~threshold_estimators.Precision`, with
        the average "macro", "micro" or "weighted".
    undecided : int or str, default=-1
        Prediction for undecided cells.

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

    def __init__(self, objective: CountObjective, *, undecided: int | str = UNDECIDED) -> None:
        self.objective = objective
        self.undecided = undecided

    def __call__(
        self, estimator: Any, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> float:
        """Value of the objective on the cells that a fitted estimator decides."""
        average = self._check_average()
        check_same_index(X=X, y=y, sample_weight=sample_weight)
        labels, positive_class = _positives(y, estimator)
        y_true, y_pred = labels.y_true, _as_cells(estimator.predict(X))
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"'y' must have the shape of the predictions, {y_pred.shape}. "
                f"Got {y_true.shape} instead."
            )
        is_yes = y_pred == positive_class
        is_no = ~is_yes & (y_pred != self.undecided)
        weight = labels.weights(sample_weight)
        weight = np.ones(1) if weight is None else weight
        weight = weight if weight.ndim == 2 else weight[:, np.newaxis]
        cells = [y_true & is_yes, ~y_true & is_yes, y_true & is_no, ~y_true & is_no]
        counts = np.array([np.sum(weight * cell, axis=0) for cell in cells])
        counts = counts[:, counts.sum(axis=0) > 0]
        if not counts.size:
            return np.nan
        if average == "micro":
            counts = counts.sum(axis=1, keepdims=True)
        label_weight = self.objective._label_weight(counts[0] + counts[2])
        return float(np.average(self.objective.formula(*counts), weights=label_weight))

    def _check_average(self):
        average = getattr(self.objective, "average", None)
        is_of_counts = isinstance(self.objective, CountObjective)
        has_floor = isinstance(self.objective, Constrained)
        if not is_of_counts or has_floor or average not in ("macro", "micro", "weighted"):
            raise ValueError(
                "'objective' of DecidedScorer must be an objective of confusion counts with the "
                "average 'macro', 'micro' or 'weighted', and not Constrained. "
                f"Got {self.objective!r} instead."
            )
        return average


def _as_cells(y_pred):
    """Decisions of shape (n_samples, n_labels), as objects: classes and undecided may differ."""
    return np.asarray(y_pred, object).reshape(len(y_pred), -1)


def _positives(y, estimator):
    """(labels of ``y``, the class that predictions have for a positive)."""
    if np.ndim(y) == 1:
        classes = np.asarray(estimator.classes_)
        return LabelSpace(1, None, classes).encode(y), classes[1]
    return read_labels(y, "y", label_names_of(estimator)), 1
