"""From labels and scores to thresholds: the engine of the estimator, and the function for people who hold scores."""

import warnings
from dataclasses import dataclass, field, replace

import numpy as np
from joblib import effective_n_jobs, parallel_backend
from numpy.typing import ArrayLike

from ..core import (
    Limits,
    check_indicator,
    check_limits,
    check_same_rows,
    check_sample_weight,
    check_scores,
    decide,
    label_name,
)
from ..model_selection import check_multilabel_cv, materialise_splits
from ..objectives import Constrained, Objective, check_objective
from ._problem import Problem, cross_fit, decisions_of, has_low_support
from ._strategies import STRATEGIES


@dataclass(frozen=True, eq=False)
class TunedThresholds:
    """Thresholds found by :func:`tune_thresholds`.

    Attributes
    ----------
    thresholds : ndarray of shape (n_labels,)
        A row gets a label where its score is at least the threshold. ``inf`` stands for never, ``-inf`` for always.

    score : float
        The objective at these thresholds, on the rows they were tuned on. It flatters: judge thresholds on other rows.

    low_support : ndarray of shape (n_labels,)
        Whether the label has fewer than 15 positive or fewer than 15 negative rows, so that a cut of its own is
        largely chance.

    cv_score : float
        The objective where the test rows of each split of ``cv`` are decided by thresholds that were tuned on its
        training rows: what to expect of new rows. NaN without ``cv``.

    cv_thresholds : ndarray of shape (n_splits, n_labels)
        The thresholds tuned on the training rows of each split: how far they spread is how uncertain they are. No
        rows without ``cv``.

    objective : objective or None
        What the thresholds maximise, where it has a value of each label, as averages over labels have; else None.

    label_names : ndarray of shape (n_labels,) or None
        Column names of ``y_true``, where it had any.

    cv_results : dict or None
        With ``store_cv_results=True`` what the thresholds were tuned on: "y_true", "y_score", "sample_weight" (or None)
        and "splits", a list of (train, test) indices, empty without ``cv``.

    limits : tuple of (min_labels, max_labels) or None
        How many labels a row may have, where that is limited.
    """

    thresholds: np.ndarray
    score: float
    low_support: np.ndarray
    cv_score: float
    cv_thresholds: np.ndarray
    objective: Objective | None
    label_names: np.ndarray | None = None
    cv_results: dict | None = field(default=None, repr=False)
    limits: Limits | None = None

    def predict(self, y_score: ArrayLike) -> np.ndarray:
        """Labels of new scores.

        Parameters
        ----------
        y_score : array-like of shape (n_samples, n_labels)
            Scores on the scale of those that the thresholds were tuned on.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels)
            1 where the score is at least the threshold of its label, else 0; within the limits that the thresholds
            were tuned with.
        """
        return decide(
            check_scores(y_score, len(self.thresholds)), self.thresholds, self.limits, np.int64
        )


def tune_thresholds(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    scoring="f1_macro",
    strategy: str = "pooled",
    min_labels: int | None = None,
    max_labels: int | None = None,
    sample_weight: ArrayLike | None = None,
    cv=None,
    store_cv_results: bool = False,
    n_jobs: int | None = None,
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

    strategy : {"pooled", "per_label", "global", "proportion"}, default="pooled"
        "pooled" tunes a threshold for each label from evidence that is shrunk towards what all labels say together, so
        that it holds up on new rows; "per_label" finds the exact optimum of these rows, each label for itself;
        "global" is one threshold for all of them; "proportion" predicts each label as often as it occurs, and leaves
        it to ``scoring`` to judge.

    min_labels, max_labels : int or None, default=None
        Least and largest number of labels of a row; ``min_labels=1`` leaves no row without a label. A row with too many
        keeps those whose scores are highest above their thresholds, one with too few gets those that come nearest.
        Thresholds are tuned, and judged, for decisions within the limits.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows.

    cv : int, float, cross-validation generator or iterable, default=None
        How rows are held out to judge thresholds that were tuned on the others, for ``cv_score`` and
        ``cv_thresholds``: an int is a number of folds, stratified over all labels; a float a share of the rows in a
        single split; else a splitter, such as :class:`sklearn.model_selection.PredefinedSplit` for folds that exist
        already, or an iterable of (train, test) indices. None leaves them out.

    store_cv_results : bool, default=False
        Whether to keep the labels, the scores and the splits in ``cv_results``, for
        :func:`~threshold_estimators.threshold_report`.

    n_jobs : int, default=None
        Number of threads that share the labels, where these have so many rows that it pays. None means 1 unless in a
        :obj:`joblib.parallel_backend` context; -1 means all processors.

    Returns
    -------
    tuned : TunedThresholds
        With ``thresholds`` of shape (n_labels,), their ``score`` and ``predict(y_score)``; with ``cv`` also
        ``cv_score``, which is the one to report.

    Raises
    ------
    ValueError
        Where shapes disagree, scores are not finite, labels are not 0 and 1, or ``scoring`` is a metric that no
        threshold can change.

    TypeError
        Where ``scoring`` is a metric function: make it a scorer with :func:`sklearn.metrics.make_scorer`.

    Notes
    -----
    "pooled" estimates the probability of each label given its score, by a curve for each label that is shrunk towards
    the curve of all labels, and mixes it with the label's own rows, the more of these the more positives it has. The
    cuts that are best for bootstrap samples of this evidence are averaged. A threshold for a mean over labels also
    weighs what it does to all labels' summed counts, a little, so that a label without signal is not predicted for
    every row. Objectives that no label can maximise by itself, such as samples averages, choose the probability from
    which on labels are predicted. Constraints, and costs that differ by row, hold for these rows: "per_label" meets
    them.

    With limits labels no longer decide alone, and thresholds are searched: from those found without limits, which are
    never better, over thresholds for all labels ("global"), over the cuts that suit costs, for labels that share
    evidence ("pooled"), or over quantiles of each label's scores, one label after the other ("per_label"). Score less
    threshold ranks the labels of a row: for a calibrated probability p and a threshold t that is what predicting the
    label is expected to gain, at the costs t of a false and 1 - t of a missed label that make t the best cut. Equal
    margins go by the order of the labels; those of infinite thresholds by the score first.

    "per_label" looks at all distinct scores, with "always" and "never" among them. A macro or weighted average is
    maximised by each label alone. A micro average of a ratio such as F-beta has its maximum at a corner of the sum of
    the labels' ROC convex hulls; all corners are looked at.

    "proportion", known as PCut, needs no metric: it keeps the share of rows that have a label, or comes as near to it
    as ties of scores allow, predicting the fewer rows of two that are as near.

    References
    ----------
    Lipton, Elkan, Naryanaswamy, Optimal Thresholding of Classifiers to Maximize F1 Measure, ECML PKDD 2014.
    https://doi.org/10.1007/978-3-662-44851-9_15

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics import f1_score
    >>> from threshold_estimators import tune_thresholds
    >>> rng = np.random.default_rng(0)
    >>> y_true = rng.random((1000, 3)) < [0.3, 0.1, 0.02]
    >>> y_score = rng.beta(1 + 2 * y_true, 8)
    >>> tuned = tune_thresholds(y_true[:500], y_score[:500], cv=5)
    >>> tuned.thresholds.round(2)
    array([0.17, 0.26, 0.35])
    >>> y_pred = tuned.predict(y_score[500:])
    >>> print(f"{f1_score(y_true[500:], y_pred, average='macro'):.2f}, expected {tuned.cv_score:.2f}")
    0.47, expected 0.42
    >>> tuned.low_support
    array([False, False,  True])
    """
    labels = check_indicator(y_true, "y_true")
    y_score = check_scores(y_score, labels.n_labels, labels.names)
    check_same_rows(labels.values, y_score)
    sample_weight = check_sample_weight(sample_weight, len(y_score))
    check_strategy(strategy)
    limits = check_limits(min_labels, max_labels, labels.n_labels)
    objective = check_objective(scoring, *y_score.shape)
    splits = (
        []
        if cv is None
        else materialise_splits(check_multilabel_cv(cv, 0), y_score, labels.values.astype(int))
    )
    tuned = tune(labels.values, y_score, sample_weight, objective, strategy, splits, limits, n_jobs)
    if strategy != "proportion":  # which has the objective judge only
        warn_of_outcome(labels.values, y_score, sample_weight, objective, tuned, labels.names)
    cv_results = {
        "y_true": labels.values,
        "y_score": y_score,
        "sample_weight": sample_weight,
        "splits": splits,
    }
    return replace(
        tuned, label_names=labels.names, cv_results=cv_results if store_cv_results else None
    )


def check_strategy(strategy):
    """Raise a ValueError for a strategy that does not exist."""
    if strategy not in STRATEGIES:
        raise ValueError(
            f"'strategy' must be one of {', '.join(map(repr, STRATEGIES))}. Got {strategy!r} instead."
        )


def tune(y_true, y_score, sample_weight, objective, strategy, splits, limits=None, n_jobs=None):
    """Tune thresholds on checked input, and judge them over splits.

    y_true : bool, y_score : float, sample_weight : float or None; splits : pairs of row indices, (tuned on, judged);
    limits : of the number of labels in a row, or None
    """
    problem = Problem(y_true, y_score, sample_weight, objective, strategy, limits)
    # Whatever runs in parallel within shares the memory of the scores.
    with parallel_backend("threading", n_jobs=effective_n_jobs(n_jobs)):
        thresholds = problem.best_thresholds()
        return TunedThresholds(
            thresholds,
            problem.value(decisions_of(y_score, thresholds, limits)),
            has_low_support(y_true),
            *cross_fit(problem, splits),
            objective if objective._is_decomposable else None,
            limits=limits,
        )


def warn_of_outcome(y_true, y_score, sample_weight, objective, tuned, names):
    """Warn where an objective is won by one kind of decision alone, or a constraint could not be met."""
    if objective._degenerate:
        warnings.warn(
            f"{objective!r} is won by predicting {objective._degenerate}. Add what the other error costs: with "
            "Constrained, Cost, or an objective such as FBeta.",
            UserWarning,
            stacklevel=3,
        )
    if not isinstance(objective, Constrained):
        return
    violated = objective._violated(
        y_true, decisions_of(y_score, tuned.thresholds, tuned.limits), sample_weight
    )
    if len(violated):
        told = ", ".join(label_name(label, names) for label in violated[:10])
        more = f" and {len(violated) - 10} more" if len(violated) > 10 else ""
        warnings.warn(
            f"No threshold meets the constraint of {' '.join(repr(objective).split())} for label {told}{more}; the "
            "nearest one is taken. Lower 'at_least', or find a better model for them.",
            UserWarning,
            stacklevel=3,
        )
