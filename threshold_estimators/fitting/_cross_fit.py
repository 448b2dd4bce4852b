"""Out-of-fold scores: each sample is scored by a model that was not fitted on it."""

import warnings
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.parallel import Parallel, delayed

from ..core import check_method_params, label_name, safe_split
from ._adapters import constant_labels, fit_labels
from ._one_vs_rest import fits_labels_apart, last_step
from ._response import label_scores

# Portions of labels are so small that each worker gets about this many, to share the load evenly.
TASKS_PER_WORKER = 4
# Most labels that vary do so within this many samples.
FIRST_SAMPLES = 1000


class HeldOut(NamedTuple):
    """Scores of samples by models that were not fitted on them.

    y_score : (n_scored, n_labels)
    rows : (n_scored,) index of the sample in X, ascending; once for each time it was held out
    fold : (n_scored,) index of the fold that held the sample out, -1 if none did
    """

    y_score: np.ndarray
    rows: np.ndarray
    fold: np.ndarray


class FitPlan(NamedTuple):
    """What is the same in all folds: the estimator, its data, and how its answer is read.

    y : (n_samples, n_labels), NaN where a label is missing
    fit_params : dict, parameters of ``estimator.fit``
    classes : the two classes of a single label, to which the estimator is fitted; None for 0 and 1
    names : names of the labels for messages, or None
    """

    estimator: Any
    X: Any
    y: np.ndarray
    response_method: str
    fit_params: dict
    classes: np.ndarray | None
    names: np.ndarray | None


class FoldFit(NamedTuple):
    """One fit of the cross-fit: some labels in one fold."""

    fold: int
    train: np.ndarray
    test: np.ndarray
    labels: slice

    @property
    def name(self):
        """Name in the progress of a fit."""
        return f"fold {self.fold}, labels {self.labels.start} to {self.labels.stop - 1}"


def fit_and_hold_out(
    estimator, X, y, splits, *, refit, response_method, fit_params, classes, names, n_jobs, progress
):
    """(HeldOut, fitted estimator). The parameters are those of `FitPlan`.

    A frozen estimator is not fitted. Without `refit`, the model of the only split is kept.
    """
    plan = FitPlan(estimator, X, y, response_method, fit_params, classes, names)
    if isinstance(estimator, FrozenEstimator):
        return _score_all_samples(plan, splits), estimator
    if not refit:
        with progress.part("fit"):
            return _fit_once(plan, splits)
    held_out = cross_fit(plan, splits, n_jobs, progress)
    final = clone(estimator)
    copies = last_step(final)
    if fits_labels_apart(copies) and copies.n_jobs is None:
        copies.set_params(n_jobs=n_jobs)
    with progress.part("refit"):
        return held_out, fit_labels(final, X, y, fit_params, classes)


def _score_all_samples(plan, splits):
    """Scores of a model that was fitted on other samples. Folds only evaluate thresholds here."""
    n_labels = plan.y.shape[1]
    _check_classes(plan)
    y_score = label_scores(plan.estimator, plan.X, plan.response_method, n_labels, plan.names)
    y_score = y_score.copy()  # the estimator may use its buffer again
    fold = np.full(len(y_score), -1)
    for index, (_, test) in enumerate(splits):
        fold[test] = index
    return HeldOut(y_score, np.arange(len(y_score)), fold)


def _check_classes(plan):
    """Raise a ValueError if a frozen estimator was fitted to other classes or labels."""
    fitted = getattr(plan.estimator, "classes_", None)
    is_column = isinstance(fitted, np.ndarray) and fitted.ndim == 1 and len(fitted) == 2
    if plan.classes is not None and is_column and not np.array_equal(fitted, plan.classes):
        raise ValueError(
            f"The frozen 'estimator' was fitted to the classes {fitted.tolist()}, but 'y' has the "
            f"classes {plan.classes.tolist()}. Give 'y' in the form that 'estimator' was fitted to."
        )
    is_binary = is_column and not hasattr(plan.estimator, "multilabel_")
    if plan.classes is None and plan.y.shape[1] == 2 and is_binary and _is_one_label(plan):
        raise ValueError(
            "The frozen 'estimator' was fitted to a column of two classes, but 'y' has two labels. "
            "Give 'y' in the form that 'estimator' was fitted to."
        )


def _is_one_label(plan):
    """Whether the probabilities of the first samples are those of two classes: they sum to 1."""
    if plan.response_method != "predict_proba":
        return False
    few, _ = safe_split(plan.estimator, plan.X, None, np.arange(min(len(plan.y), 20)))
    return bool(np.allclose(np.sum(plan.estimator.predict_proba(few), axis=1), 1))


def _fit_once(plan, splits):
    """(HeldOut of a single split, the model that gave the scores)."""
    n_labels = plan.y.shape[1]
    fit = FoldFit(0, *splits[0], slice(0, n_labels))
    model, X_test = _fit_fold(plan, fit)
    y_score = label_scores(model, X_test, plan.response_method, n_labels, plan.names)
    return _collected(plan, splits, [fit], [y_score]), model


def cross_fit(plan, splits, n_jobs, progress):
    """HeldOut of all folds.

    The folds run in parallel. If labels are fitted apart, so do portions of the labels.
    """
    portions = _portions(plan.estimator, plan.y.shape[1], len(splits), n_jobs)
    fits = [
        FoldFit(fold, train, test, labels)
        for fold, (train, test) in enumerate(splits)
        for labels in portions
    ]
    whole, tasks = progress.divided_part("cross-fit", [fit.name for fit in fits])
    with whole:
        scores = Parallel(n_jobs=n_jobs)(
            delayed(_fit_and_score)(plan, fit, task) for fit, task in zip(fits, tasks, strict=True)
        )
    return _collected(plan, splits, fits, scores)


def _portions(estimator, n_labels, n_folds, n_jobs):
    """Slices of labels that are fitted as one task."""
    n_portions = 1
    n_workers = effective_n_jobs(n_jobs)
    if fits_labels_apart(estimator) and n_workers > 1:
        n_portions = min(n_labels, -(-TASKS_PER_WORKER * n_workers // n_folds))
    edges = np.linspace(0, n_labels, n_portions + 1).astype(int)
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _fit_and_score(plan, fit, task):
    """Scores (n_test, n_labels of the fit) of the test samples."""
    names = None if plan.names is None else plan.names[fit.labels]
    n_labels = fit.labels.stop - fit.labels.start
    with task:
        try:
            model, X_test = _fit_fold(plan, fit)
            where = f" (fold {fit.fold})"
            return label_scores(model, X_test, plan.response_method, n_labels, names, where)
        except Exception as error:
            error.add_note(f"This happened in the fit of 'estimator' for fold {fit.fold} of 'cv'.")
            raise


def _fit_fold(plan, fit):
    """(model fitted to the training samples, X of the test samples)."""
    estimator = clone(plan.estimator)
    X_train, y_train = safe_split(estimator, plan.X, plan.y[:, fit.labels], fit.train)
    X_test, _ = safe_split(estimator, plan.X, None, fit.test, fit.train)
    fit_params = check_method_params(plan.X, plan.fit_params, indices=fit.train)
    return fit_labels(estimator, X_train, y_train, fit_params, plan.classes), X_test


def _collected(plan, splits, fits, scores):
    """HeldOut of the scores of all fits, in the order of samples."""
    tests = [test for _, test in splits]
    n_tests = [len(test) for test in tests]
    rows = np.concatenate(tests)
    fold = np.repeat(np.arange(len(tests)), n_tests)
    order = np.argsort(rows, kind="stable")

    # Where the test samples of each fold are in that order.
    positions = np.split(np.argsort(order), np.cumsum(n_tests)[:-1])
    dtype = np.result_type(*{block.dtype for block in scores})
    y_score = np.empty((len(rows), plan.y.shape[1]), dtype)
    for fit, block in zip(fits, scores, strict=True):
        y_score[positions[fit.fold], fit.labels] = block
    held_out = HeldOut(y_score, rows[order], fold[order])
    _rescore_constant_labels(held_out, plan, splits)
    return held_out


def _rescore_constant_labels(held_out, plan, splits):
    """Set scores of labels that were constant in training to an end of the scale, in place.

    Nothing was learnt about such a label, and estimators give it arbitrary scores.
    """
    for fold, (train, _) in enumerate(splits):
        is_held_out = held_out.fold == fold
        for label in _constant_labels_of(plan.y, train):
            y_score = held_out.y_score[:, label]
            others = y_score[~is_held_out]
            is_positive = np.any(plan.y[train, label] == 1)
            if plan.response_method == "predict_proba":
                y_score[is_held_out] = is_positive
            elif len(others):
                y_score[is_held_out] = others.max() if is_positive else others.min()


def _constant_labels_of(y, samples):
    """Indices of the labels that are the same in all of the samples."""
    labels = np.arange(y.shape[1])
    # The first samples rule out most labels, which avoids a copy of the others.
    for chosen in (samples[:FIRST_SAMPLES], samples):
        labels = labels[constant_labels(y[np.ix_(chosen, labels)])]
    return labels


def warn_of_constant_labels(y, splits, names):
    """Warn of labels that lack a class in the training samples of a fold.

    It is called by ``fit`` itself: the warning points to the caller of ``fit``.
    """
    folds_of_label = {}
    for fold, (train, _) in enumerate(splits):
        for label in _constant_labels_of(y, train):
            folds_of_label.setdefault(label, []).append(str(fold))
    if not folds_of_label:
        return
    listed = [
        f"{label_name(label, names)} (fold {', '.join(folds_of_label[label])})"
        for label in sorted(folds_of_label)[:10]
    ]
    more = f" and {len(folds_of_label) - 10} more" if len(folds_of_label) > 10 else ""
    warnings.warn(
        "Some labels are all 0 or all 1 in the training samples of a fold, so that nothing can be "
        f"learnt about them: label {', '.join(listed)}{more}. Give more samples with them, or "
        "use other folds.",
        UserWarning,
        stacklevel=4,
    )
