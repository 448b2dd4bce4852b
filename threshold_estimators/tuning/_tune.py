"""Tuning of thresholds: the engine of the estimator, and the function for scores that exist."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from joblib import effective_n_jobs, parallel_backend
from numpy.typing import ArrayLike
from scipy import sparse

from ..core import (
    MatrixLike,
    check_frequencies,
    check_limits,
    check_same_index,
    check_same_length,
    learn_labels,
    learn_shares,
    read_scores,
    read_table,
)
from ..model_selection import check_multilabel_cv, materialise_splits
from ..objectives import Objective, check_objective
from ._dask import is_dask, tune_dask
from ._groups import refuse_with
from ._problem import Problem, Samples, cross_fit, expected_decisions, has_low_support, units_of
from ._record import TunedThresholds
from ._sparse import tune_sparse
from ._strategies import check_strategy
from ._warnings import warn_of_tuned


def tune_thresholds(
    y_true: MatrixLike,
    y_score: ArrayLike,
    *,
    scoring: str | Objective | Callable[..., float] = "f1_macro",
    strategy: str = "pooled",
    min_labels: int | None = None,
    max_labels: int | None = None,
    sample_weight: ArrayLike | None = None,
    frequencies: ArrayLike | Mapping[Any, float] | None = None,
    groups: ArrayLike | None = None,
    cv: int | float | Iterable[Any] | Any | None = None,
    soft_labels: bool = False,
    store_cv_results: bool = False,
    n_jobs: int | None = None,
) -> TunedThresholds:
    """Tune decision thresholds of scores that a model gave to samples it was not fitted on.

    Parameters
    ----------
    y_true : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
        True labels as an indicator of 0 and 1, or a column of two classes, of which the larger
        is the label. Missing labels (NaN, None, NA or masked) take no part.
    y_score : {array-like, sparse matrix} of shape (n_samples, n_labels)
        Scores, larger for more likely labels: probabilities, logits or any other. They should
        come from samples that the model was not fitted on, such as a validation set. Columns
        with names are matched to those of ``y_true`` by name. Infinite scores lie beyond all
        others. Probabilities of both classes are taken too, in shape (n_samples, n_labels, 2), as
        a list of (n_samples, 2) for each label, or as (n_samples, 2) for a single label. Arrays and
        frames of dask are counted on its workers and never loaded as a whole, as by
        :class:`~threshold_estimators.StreamingThresholdTuner`. An entry that a sparse matrix does
        not store is no candidate and below every threshold; it is never made dense.
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
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
        Weights of the samples, or of each label of a sample.
    frequencies : array-like of shape (n_labels,) or mapping, default=None
        How frequent each label is where the thresholds are for, as a share of the samples, in the
        order of the labels or by their names. The positive and the negative samples of the label
        are weighted accordingly, in ``score`` and ``cv_score`` too. None means as frequent as in
        ``y_true``. :func:`~threshold_estimators.estimate_frequencies` estimates them without
        labels.
    groups : array-like of shape (n_samples,), default=None
        Groups of samples for a splitter that takes them, such as
        :class:`~threshold_estimators.MultilabelStratifiedGroupKFold`. For ``cv_score_interval``
        they are drawn as a whole.
    cv : int, float, cross-validation generator, iterable or array, default=None
        How samples are held out to evaluate thresholds that were tuned on the others, for
        ``cv_score`` and ``cv_thresholds``: an int is a number of folds, stratified over all
        labels; a float the fraction of samples in a single test set; else a splitter, such as
        :class:`sklearn.model_selection.GroupKFold`, an iterable of (train, test) indices, or an
        array with the number of the fold that tests each sample, -1 for none. None skips the
        evaluation.
    soft_labels : bool, default=False
        Whether ``y_true`` holds shares of a positive from 0 to 1, such as the fraction of
        annotators who saw the label. Each cell then counts as two: a positive with its share as
        weight, and a negative with the rest.
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
        ``predict(y_score)``. With ``cv`` also ``cv_score``, which is the score to report, and its
        ``cv_score_interval``.

    Raises
    ------
    ValueError
        If shapes, names of columns or the order of indexes disagree, scores are NaN, labels are
        not 0 and 1, or ``scoring`` is a metric that does not depend on thresholds.
    TypeError
        If ``scoring`` is a metric function: make it a scorer with
        :func:`sklearn.metrics.make_scorer`.

    Notes
    -----
    "pooled" estimates the probability of each label given its score by a curve. The curve is
    shrunk towards the curve of all labels, and counts less against the label's own samples the
    more positive samples there are. The thresholds that are best for bootstrap samples of this
    estimate are averaged. Thresholds for a mean over labels also take the summed counts of all
    labels into account, with a small weight.

    F-beta and Jaccard pay for predictions by chance: a label whose scores say nothing has its best
    F1 if it is predicted for every sample. "pooled" predicts such a label so often at most that
    the objective would be 0.5 if all its positives were hit: for F1, three times as often as it
    occurs. So it is predicted for every sample only if a third of the samples have it. This holds
    for any number of labels and any average except "samples". The scores of a label count as
    saying nothing unless its area under the ROC curve, shrunk towards those of the other labels,
    exceeds 0.5 by two standard errors. By chance, one such label in 44 does.

    For objectives that do not decompose over labels, such as samples averages, one probability from
    which on labels are predicted is chosen. Costs that differ by sample, and constraints with
    ``confidence=None``, hold on the given samples: they are solved as by "per_label". The
    thresholds of "pooled" depend neither on the order of the labels nor on that of the samples.

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
    array([0.15, 0.26, 0.36])
    >>> y_pred = tuned.predict(y_score[500:])
    >>> f1 = f1_score(y_true[500:], y_pred, average="macro")
    >>> print(f"{f1:.2f}, expected {tuned.cv_score:.2f}")
    0.48, expected 0.42
    >>> tuned.low_support
    array([False, False,  True])
    """
    others = {"min_labels": min_labels, "max_labels": max_labels, "groups": groups, "cv": cv}
    others |= {"soft_labels": soft_labels or None, "store_cv_results": store_cv_results or None}
    others |= {"frequencies": frequencies}
    if is_dask(y_true, y_score, sample_weight):
        refuse_with(others, "data of dask", "tune on some of it: y_score[:n].compute()")
        return tune_dask(y_true, y_score, sample_weight, scoring, strategy)
    if sparse.issparse(y_score):
        refuse_with(others, "sparse scores", "give dense scores: y_score.toarray()")
        return tune_sparse(y_true, y_score, sample_weight, scoring, strategy)
    check_same_index(y_true=y_true, y_score=y_score, sample_weight=sample_weight, groups=groups)
    space, labels, share = _read_target(y_true, soft_labels)
    samples = _read_samples(space, labels, y_score, sample_weight)
    check_strategy(strategy)
    limits = check_limits(min_labels, max_labels, space.n_labels)
    objective = check_objective(
        scoring, len(samples.y_true), space.n_labels, classes=space.classes, names=space.names
    )
    groups = _read_groups(groups, samples)
    splits = _splits(cv, groups, samples)
    row = np.arange(len(samples.y_true))
    if share is not None:
        _check_takes_cells(objective, "soft_labels")
        # The halves of a sample stay together in a fold.
        splits = [tuple(np.append(half, half + len(row)) for half in split) for split in splits]
        samples, row = samples.divided(share), np.append(row, row)
        groups = None if groups is None else np.append(groups, groups)
        objective = objective._take_samples(row)
    if frequencies is not None:
        samples = samples_at(frequencies, samples, objective, space)
    problem = Problem(samples, objective, strategy, limits)
    cv_results = {"row": row, "groups": groups, "splits": splits}
    units, kept = units_of(cv_results), None
    if store_cv_results:
        arrays = samples._asdict().items()
        copies = {name: None if array is None else array.copy() for name, array in arrays}
        kept = copies | cv_results
    return tune(problem, splits, space, units, cv_results=kept, n_jobs=n_jobs)


def _read_target(y_true, soft_labels):
    """(label space, labels, shares of a positive if labels are soft, else None)."""
    if soft_labels is True:
        return learn_shares(y_true, "y_true")
    if soft_labels is not False:
        raise ValueError(f"'soft_labels' must be True or False. Got {soft_labels!r} instead.")
    return *learn_labels(y_true, name="y_true"), None


def _read_samples(space, labels, y_score, sample_weight):
    """Samples of labels and the scores that the user gave."""
    y_score = read_scores(
        y_score,
        space.n_labels,
        space.names,
        n_samples=len(labels.y_true),
        classes=space.classes,
        known=labels.known,
        thresholds=(),
    )
    check_same_length(y_true=labels.y_true, y_score=y_score)
    return Samples(labels.y_true, y_score, labels.weights(sample_weight))


def _splits(cv, groups, samples):
    if cv is None and groups is not None:
        raise ValueError("'groups' are for 'cv'. Give a splitter such as GroupKFold() as 'cv'.")
    if cv is None:
        return []
    return materialise_splits(
        check_multilabel_cv(cv, random_state=0),
        samples.y_score,
        samples.y_true.astype(int),
        groups=groups,
    )


def samples_at(frequencies, samples, objective, space):
    """The samples with weights that give the labels the frequencies of a user."""
    frequencies = check_frequencies(frequencies, space.n_labels, space.label_names)
    _check_takes_cells(objective, "frequencies")
    return samples.at_frequencies(frequencies)


def _check_takes_cells(objective, name):
    """Raise a ValueError for an objective that cannot weigh the labels of a sample apart."""
    if objective._form in ("samples", "unknown"):
        raise ValueError(
            f"{name!r} need an objective of confusion counts or costs, in which each label of "
            f"a sample counts for itself. Got {objective!r} instead."
        )


def _read_groups(groups, samples):
    if groups is None:
        return None
    groups = read_table(groups, "groups").values
    if groups.ndim != 1:
        raise ValueError(
            f"'groups' must have shape (n_samples,). Got shape {groups.shape} instead."
        )
    check_same_length(y_true=samples.y_true, groups=groups)
    return groups


def tune(problem, splits, space, units=None, *, cv_results=None, n_jobs=None):
    """Tune thresholds on checked input, and cross-fit them over splits of positions.

    space : LabelSpace of the problem
    units : (n_samples,) the samples or groups that are drawn as a whole for the interval; None
        means each sample
    """
    units = np.arange(problem.n_samples) if units is None else units
    # Threads of the solvers share the memory of the scores.
    with parallel_backend("threading", n_jobs=effective_n_jobs(n_jobs)):
        thresholds = problem.with_weight().best_thresholds()
        y_pred = problem.decisions(thresholds)
        score, shares = problem.value(y_pred), expected_decisions(problem.samples, y_pred)
        if problem.objective._form == "unknown" and not np.isfinite(score):
            raise ValueError(
                f"'scoring' gives no finite number at any thresholds. Got {score} at the last ones."
            )
        crossed = cross_fit(problem, splits, units)
    if problem.strategy != "proportion":  # which does not maximise the objective
        warn_of_tuned(problem, thresholds, space.label_names)
    y_score = problem.samples.y_score
    return TunedThresholds(
        thresholds,
        score,
        has_low_support(problem.samples.y_true, problem.samples.sample_weight),
        crossed.score,
        crossed.interval,
        crossed.thresholds,
        problem.objective if problem.objective._is_decomposable else None,
        space.label_names,
        cv_results,
        problem.limits,
        space.classes,
        bool(y_score.min() >= 0 and y_score.max() <= 1),
        *shares,
    )
