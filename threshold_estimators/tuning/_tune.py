"""Tuning of thresholds: the engine of the estimator, and the function for scores that exist."""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from joblib import effective_n_jobs, parallel_backend
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length

from ..core import (
    Limits,
    MatrixLike,
    check_indicator,
    check_limits,
    check_sample_weight,
    check_scores,
    column_names,
    decide,
    label_name,
)
from ..model_selection import check_multilabel_cv, materialise_splits
from ..objectives import Objective, check_objective
from ._problem import Problem, Samples, cross_fit, has_low_support
from ._strategies import STRATEGIES


@dataclass(frozen=True, eq=False)
class TunedThresholds:
    """Thresholds and how they were tuned.

    :func:`tune_thresholds` returns it. Fitted classifiers have it as ``tuned_``.

    Attributes
    ----------
    thresholds : ndarray of shape (n_labels,)
        A sample gets a label if its score is at least the threshold. ``inf`` means never, ``-inf``
        always.
    score : float
        The objective at ``thresholds`` on the samples that they were tuned on. It is optimistic:
        the same samples chose the thresholds. NaN if the thresholds were given.
    low_support : ndarray of shape (n_labels,)
        Whether the label has fewer than 15 positive or fewer than 15 negative samples, so that
        its own threshold is largely chance.
    cv_score : float
        The objective where the test samples of each split are decided by thresholds tuned on its
        training samples. It estimates the objective on new samples. NaN without splits.
    cv_thresholds : ndarray of shape (n_splits, n_labels)
        The thresholds tuned on the training samples of each split. Their spread shows how
        uncertain ``thresholds`` are.
    objective : objective or None
        The objective that was maximised, if it has a value for each label, as averages over
        labels have; else None.
    label_names : ndarray of shape (n_labels,) or None
        Column names of the labels, if they had any.
    cv_results : dict or None
        With ``store_cv_results=True`` the samples that the thresholds were tuned on: "y_true",
        "y_score", "sample_weight" (or None), "row", the index of each sample in the input, and
        "splits", a list of pairs (tuned on, evaluated) of positions, empty without splits.
    limits : tuple of (min_labels, max_labels) or None
        Smallest and largest number of labels of a sample, if it is limited.
    """

    thresholds: np.ndarray
    score: float
    low_support: np.ndarray
    cv_score: float
    cv_thresholds: np.ndarray
    objective: Objective | None
    label_names: np.ndarray | None = None
    cv_results: dict[str, Any] | None = field(default=None, repr=False)
    limits: Limits | None = None

    def predict(self, y_score: ArrayLike) -> np.ndarray:
        """Predict the labels of new scores.

        Parameters
        ----------
        y_score : array-like of shape (n_samples, n_labels)
            Scores on the scale of those that the thresholds were tuned on.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels)
            1 if the score is at least the threshold of its label, else 0; within the limits that
            the thresholds were tuned with.
        """
        y_score = check_scores(y_score, len(self.thresholds), self.label_names)
        return decide(y_score, self.thresholds, self.limits, np.int64)


def given_thresholds(thresholds, label_names):
    """The record of thresholds that were not tuned."""
    n_labels = len(thresholds)
    return TunedThresholds(
        thresholds,
        score=np.nan,
        low_support=np.zeros(n_labels, bool),
        cv_score=np.nan,
        cv_thresholds=np.empty((0, n_labels)),
        objective=None,
        label_names=label_names,
    )


def tune_thresholds(
    y_true: MatrixLike,
    y_score: ArrayLike,
    *,
    scoring: str | Objective | Callable[..., float] = "f1_macro",
    strategy: str = "pooled",
    min_labels: int | None = None,
    max_labels: int | None = None,
    sample_weight: ArrayLike | None = None,
    cv: int | float | Iterable[Any] | Any | None = None,
    store_cv_results: bool = False,
    n_jobs: int | None = None,
) -> TunedThresholds:
    """Tune decision thresholds of scores that a model gave to samples it was not fitted on.

    Parameters
    ----------
    y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
        True labels as an indicator of 0 and 1.
    y_score : array-like of shape (n_samples, n_labels)
        Finite scores, larger for more likely labels: probabilities, logits or any other. They
        should come from samples that the model was not fitted on, such as a validation set.
    scoring : str, scorer or objective, default="f1_macro"
        What to maximise: the name of a scikit-learn scorer, a scorer made by
        :func:`sklearn.metrics.make_scorer`, or an objective of this package such as
        :class:`~threshold_estimators.FBeta`.
    strategy : {"pooled", "per_label", "global", "proportion"}, default="pooled"
        How thresholds are tuned:

        - "pooled": a threshold for each label, shrunk towards what all labels have in common.
          It generalises best where labels are rare.
        - "per_label": a threshold for each label, the exact optimum on these samples.
        - "global": one threshold for all labels.
        - "proportion": a threshold for each label that predicts it as often as it occurs;
          ``scoring`` only evaluates.
    min_labels, max_labels : int or None, default=None
        Smallest and largest number of labels of a sample. A sample with too many labels keeps
        those whose scores are highest above their thresholds; a sample with too few gets those
        that come nearest. Thresholds are tuned and evaluated with these limits.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.
    cv : int, float, cross-validation generator or iterable, default=None
        How samples are held out to evaluate thresholds that were tuned on the others, for
        ``cv_score`` and ``cv_thresholds``: an int is a number of folds, stratified over all
        labels; a float the fraction of samples in a single test set; else a splitter, such as
        :class:`sklearn.model_selection.PredefinedSplit`, or an iterable of (train, test) indices.
        None skips the evaluation.
    store_cv_results : bool, default=False
        Whether to keep labels, scores and splits in ``cv_results``, for
        :func:`~threshold_estimators.threshold_report`.
    n_jobs : int, default=None
        Number of threads that share the labels if there are many samples. None means 1 unless in
        a :obj:`joblib.parallel_backend` context; -1 means all processors.

    Returns
    -------
    tuned : TunedThresholds
        Record with ``thresholds`` of shape (n_labels,), their ``score`` and a method
        ``predict(y_score)``. With ``cv`` also ``cv_score``, which is the score to report.

    Raises
    ------
    ValueError
        If shapes disagree, scores are not finite, labels are not 0 and 1, or ``scoring`` is a
        metric that does not depend on thresholds.
    TypeError
        If ``scoring`` is a metric function: make it a scorer with
        :func:`sklearn.metrics.make_scorer`.

    Notes
    -----
    "pooled" estimates the probability of each label given its score by a curve. The curve is
    shrunk towards the curve of all labels, and counts less against the label's own samples the
    more positive samples there are. The thresholds that are best for bootstrap samples of this
    estimate are averaged. Thresholds for a mean over labels also take the summed counts of all
    labels into account, with a small weight, so that a label without signal is not predicted for
    every sample. For objectives that do not decompose over labels, such as samples averages, one
    probability from which on labels are predicted is chosen. Constraints, and costs that differ
    by sample, hold on the given samples: they are solved as by "per_label".

    "per_label" evaluates all distinct scores, "always" and "never". A macro or weighted average
    is maximised label by label. A micro average of a ratio such as F-beta has its maximum at a
    vertex of the sum of the labels' ROC convex hulls; all vertices are evaluated.

    "proportion", known as PCut, needs no metric. It keeps the fraction of samples that have a
    label, as nearly as ties of scores allow; of two numbers of samples that are equally near, it
    predicts the smaller one.

    With limits the labels of a sample depend on each other, and thresholds are searched. The
    search starts at the thresholds found without limits and never ends below them. It tries
    thresholds for all labels ("global"), thresholds that suit costs ("pooled"), or quantiles of
    the scores of one label after the other ("per_label"). The labels of a sample are ranked by
    score minus threshold. For a calibrated probability p and a threshold t, this is the expected
    gain of predicting the label at the costs t of a false and 1 - t of a missed label, for which
    t is the optimal threshold. Equal margins are ranked in the order of the labels, those of
    infinite thresholds by the score first.

    References
    ----------
    Lipton, Elkan, Naryanaswamy, Optimal Thresholding of Classifiers to Maximize F1 Measure,
    ECML PKDD 2014. https://doi.org/10.1007/978-3-662-44851-9_15

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
    >>> f1 = f1_score(y_true[500:], y_pred, average="macro")
    >>> print(f"{f1:.2f}, expected {tuned.cv_score:.2f}")
    0.47, expected 0.42
    >>> tuned.low_support
    array([False, False,  True])
    """
    names, y_true = column_names(y_true), check_indicator(y_true, "y_true")
    y_score = check_scores(y_score, y_true.shape[1], names)
    check_consistent_length(y_true, y_score)
    samples = Samples(y_true, y_score, check_sample_weight(sample_weight, len(y_score)))
    check_strategy(strategy)
    limits = check_limits(min_labels, max_labels, y_true.shape[1])
    objective = check_objective(scoring, *y_score.shape)
    splits = []
    if cv is not None:
        cv = check_multilabel_cv(cv, random_state=0)
        splits = materialise_splits(cv, y_score, y_true.astype(int))
    problem = Problem(samples, objective, strategy, limits)
    cv_results = None
    if store_cv_results:
        cv_results = samples._asdict() | {"row": np.arange(len(y_score)), "splits": splits}
    return tune(problem, splits, label_names=names, cv_results=cv_results, n_jobs=n_jobs)


def check_strategy(strategy):
    """Raise a ValueError for a strategy that does not exist."""
    if strategy not in STRATEGIES:
        known = ", ".join(map(repr, STRATEGIES))
        raise ValueError(f"'strategy' must be one of {known}. Got {strategy!r} instead.")


def tune(problem, splits, *, label_names=None, cv_results=None, n_jobs=None):
    """Tune thresholds on checked input, and cross-fit them over splits of positions."""
    # Threads of the solvers share the memory of the scores.
    with parallel_backend("threading", n_jobs=effective_n_jobs(n_jobs)):
        thresholds = problem.with_weight().best_thresholds()
        score = problem.value(problem.decisions(thresholds))
        cv_score, cv_thresholds = cross_fit(problem, splits)
    if problem.strategy != "proportion":  # which does not maximise the objective
        y_true, _, sample_weight = problem.samples
        decisions = problem.decisions(thresholds)
        violated = problem.objective._violated(y_true, decisions, sample_weight)
        warn_of_objective(problem.objective, violated, label_names)
    return TunedThresholds(
        thresholds,
        score,
        has_low_support(problem.samples.y_true),
        cv_score,
        cv_thresholds,
        problem.objective if problem.objective._is_decomposable else None,
        label_names,
        cv_results,
        problem.limits,
    )


def warn_of_objective(objective, violated, label_names):
    """Warn of an objective with a trivial maximiser, and of constraints that are violated.

    violated : indices of the labels whose constraint does not hold
    """
    if objective._degenerate:
        warnings.warn(
            f"{objective!r} is won by predicting {objective._degenerate}. Add what the other error "
            "costs: with Constrained, Cost, or an objective such as FBeta.",
            UserWarning,
            stacklevel=4,
        )
    if len(violated):
        labels = ", ".join(label_name(label, label_names) for label in violated[:10])
        more = f" and {len(violated) - 10} more" if len(violated) > 10 else ""
        warnings.warn(
            f"No threshold meets the constraint of {' '.join(repr(objective).split())} for label "
            f"{labels}{more}; the nearest one is taken. Lower 'at_least', or find a better model "
            "for them.",
            UserWarning,
            stacklevel=4,
        )
