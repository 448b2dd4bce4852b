"""From labels and scores to thresholds: the engine of the estimator, and the function for people who hold scores."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ._strategies import one_threshold, threshold_per_label
from ._validation import check_indicator, check_same_rows, check_sample_weight, check_scores, label_name
from .objectives import check_objective

STRATEGIES = {"per_label": threshold_per_label, "global": one_threshold}


@dataclass(frozen=True)
class TunedThresholds:
    """Thresholds found by :func:`tune_thresholds`.

    Attributes
    ----------
    thresholds : ndarray of shape (n_labels,)
        A row gets a label where its score is at least the threshold. ``inf`` stands for never, ``-inf`` for always.

    score : float
        The objective at these thresholds, on the rows they were tuned on. It flatters: judge thresholds on other rows.
    """

    thresholds: np.ndarray
    score: float

    def predict(self, y_score: ArrayLike) -> np.ndarray:
        """Labels of new scores.

        Parameters
        ----------
        y_score : array-like of shape (n_samples, n_labels)
            Scores on the scale of those that the thresholds were tuned on.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels)
            1 where the score is at least the threshold of its label, else 0.
        """
        return decide(check_scores(y_score, len(self.thresholds)), self.thresholds).astype(np.int64)


def decide(y_score, thresholds):
    """The decision rule, everywhere the same: a row gets a label where its score is at least the threshold."""
    return y_score >= thresholds


def tune_thresholds(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    scoring="f1_macro",
    strategy: str = "per_label",
    sample_weight: ArrayLike | None = None,
) -> TunedThresholds:
    """Tune the decision thresholds of scores that a model gave to rows it was not fitted on.

    Parameters
    ----------
    y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
        True labels as an indicator of 0 and 1.

    y_score : array-like of shape (n_samples, n_labels)
        Scores, larger for likelier labels: probabilities, logits or any other, finite. They should come from rows
        that the model was not fitted on, such as a validation set.

    scoring : str, scorer or objective, default="f1_macro"
        What to maximise: the name of a scikit-learn scorer, a scorer made by :func:`sklearn.metrics.make_scorer`, or an
        objective of this package such as :class:`~threshold_estimators.FBeta`.

    strategy : {"per_label", "global"}, default="per_label"
        "per_label" tunes a threshold for each label, exactly; "global" one threshold for all of them.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows.

    Returns
    -------
    tuned : TunedThresholds
        With ``thresholds`` of shape (n_labels,), their ``score``, and ``predict(y_score)``.

    Raises
    ------
    ValueError
        Where shapes disagree, scores are not finite, labels are not 0 and 1, or ``scoring`` is a metric that no
        threshold can change.

    TypeError
        Where ``scoring`` is a metric function: make it a scorer with :func:`sklearn.metrics.make_scorer`.

    Notes
    -----
    Candidates are all distinct scores, with "always" and "never" among them. A macro or weighted average is maximised
    by each label alone. A micro average of a ratio such as F-beta has its maximum at a corner of the sum
    of the labels' ROC convex hulls; all corners are looked at.

    References
    ----------
    Lipton, Elkan, Naryanaswamy, Optimal Thresholding of Classifiers to Maximize F1 Measure, ECML PKDD 2014.
    https://doi.org/10.1007/978-3-662-44851-9_15

    Examples
    --------
    >>> from threshold_estimators import tune_thresholds
    >>> y_true = [[1, 0], [0, 0], [1, 1], [0, 0]]
    >>> y_score = [[0.4, 0.02], [0.1, 0.01], [0.3, 0.08], [0.2, 0.05]]
    >>> tuned = tune_thresholds(y_true, y_score)
    >>> tuned.thresholds
    array([0.25 , 0.065])
    >>> tuned.score
    1.0
    >>> tuned.predict([[0.35, 0.03]])
    array([[1, 0]])
    """
    labels = check_indicator(y_true, "y_true")
    y_score = check_scores(y_score, labels.n_labels, labels.names)
    check_same_rows(labels.values, y_score)
    sample_weight = check_sample_weight(sample_weight, len(y_score))
    check_strategy(strategy)
    objective = check_objective(scoring, *y_score.shape)
    tuned = tune(labels.values, y_score, sample_weight, objective, strategy)
    warn_of_outcome(labels.values, decide(y_score, tuned.thresholds), sample_weight, objective, labels.names)
    return tuned


def check_strategy(strategy):
    """Raise a ValueError for a strategy that does not exist."""
    if strategy not in STRATEGIES:
        raise ValueError(f"'strategy' must be one of {', '.join(map(repr, STRATEGIES))}. Got {strategy!r} instead.")


def tune(y_true, y_score, sample_weight, objective, strategy):
    """Tune thresholds on checked input: y_true bool, y_score float, sample_weight float or None."""
    if sample_weight is not None and not np.all(sample_weight):
        rows = np.flatnonzero(sample_weight)
        y_true, y_score, sample_weight = y_true[rows], y_score[rows], sample_weight[rows]
        objective = objective.of_rows(rows)
    thresholds = STRATEGIES[strategy](objective, y_true, y_score, sample_weight)
    return TunedThresholds(thresholds, objective.value(y_true, decide(y_score, thresholds), sample_weight))


def warn_of_outcome(y_true, y_pred, sample_weight, objective, names):
    """Warn where an objective is won by one kind of decision alone, or a constraint could not be met."""
    if objective.one_sided:
        warnings.warn(
            f"{objective!r} is won by predicting {objective.one_sided}. Add what the other error costs: with "
            "Constrained, Cost, or an objective such as FBeta.",
            UserWarning,
            stacklevel=3,
        )
    unmet = objective.unmet(y_true, y_pred, sample_weight)
    if len(unmet):
        told = ", ".join(label_name(label, names) for label in unmet[:10])
        more = f" and {len(unmet) - 10} more" if len(unmet) > 10 else ""
        warnings.warn(
            f"No threshold meets the constraint of {' '.join(repr(objective).split())} for label {told}{more}; the "
            "nearest one is taken. Lower 'at_least', or find a better model for them.",
            UserWarning,
            stacklevel=3,
        )


def cross_fitted_score(y_true, y_score, sample_weight, objective, strategy, *, rows, fold):
    """Objective where each fold is decided by thresholds tuned on the rows outside it; NaN where there are none.

    rows, fold : (n_samples,) identity of each row and fold that it is judged in; a row that was held out several times
    is in none of the folds that it helps to tune. Rows of fold -1 are for tuning only.
    """
    y_pred = np.zeros(y_true.shape, bool)
    for index in np.unique(fold[fold >= 0]):
        judged = fold == index
        others = ~np.isin(rows, rows[judged])
        if not np.any(others):
            return np.nan
        others = np.flatnonzero(others)
        weight = None if sample_weight is None else sample_weight[others]
        thresholds = tune(y_true[others], y_score[others], weight, objective.of_rows(others), strategy).thresholds
        y_pred[judged] = decide(y_score[judged], thresholds)
    judged = np.flatnonzero(fold >= 0)
    weight = None if sample_weight is None else sample_weight[judged]
    return objective.of_rows(judged).value(y_true[judged], y_pred[judged], weight)
