"""Held-out scores: every row judged by a model that was not fitted on it."""

import warnings
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.parallel import Parallel, delayed

from ..core import check_method_params, label_name, safe_split
from ._adapters import constant_labels, fit_labels, fits_labels_apart
from ._response import label_scores

# Portions of labels are made so small that each worker gets about this many, and none waits long for the last.
TASKS_PER_WORKER = 4
# Most labels that vary at all do so within as many rows.
ROWS_THAT_MOSTLY_TELL = 1000


class HeldOut(NamedTuple):
    """Scores of rows that the scoring model was not fitted on.

    y_score : (n_scored, n_labels)
    rows : (n_scored,) index of the row in X, ascending; a row is there as often as it was held out
    fold : (n_scored,) index of the fold that held the row out, -1 for rows that belong to none
    """

    y_score: np.ndarray
    rows: np.ndarray
    fold: np.ndarray


def fit_and_hold_out(
    estimator, X, y, splits, *, refit, response_method, fit_params, classes, names, n_jobs, progress
):
    """(held-out scores, fitted estimator) of an estimator for y of shape (n_samples, n_labels).

    classes : the two classes of the one label, to which an estimator of a column is fitted; None for labels of 0 and 1
    """
    if isinstance(estimator, FrozenEstimator):
        return _score_all_rows(estimator, X, y.shape[1], splits, response_method, names), estimator
    if not refit:
        with progress.part("fit"):
            return _fit_once(estimator, X, y, splits, response_method, fit_params, classes, names)
    held_out = cross_fit(
        estimator, X, y, splits, response_method, fit_params, classes, names, n_jobs, progress
    )
    final = clone(estimator)
    if fits_labels_apart(final) and final.n_jobs is None:
        final.set_params(n_jobs=n_jobs)
    with progress.part("refit"):
        return held_out, fit_labels(final, X, y, fit_params, classes)


def _score_all_rows(estimator, X, n_labels, splits, response_method, names):
    """Scores of a model that was fitted before on other rows; the folds only tell which rows are judged together."""
    y_score = label_scores(estimator, X, response_method, n_labels, names)
    fold = np.full(len(y_score), -1)
    for index, (_, test) in enumerate(splits):
        fold[test] = index
    return HeldOut(y_score, np.arange(len(y_score)), fold)


def _fit_once(estimator, X, y, splits, response_method, fit_params, classes, names):
    """Held-out scores of a single split, and the model that gave them."""
    fitted, X_test = _fit_fold(estimator, X, y, splits[0], fit_params, classes)
    y_score = label_scores(fitted, X_test, response_method, y.shape[1], names)
    held_out = _in_order_of_rows([y_score], [(0, slice(None))], splits, y.shape[1])
    _rescore_constant_labels(held_out, y, splits, response_method)
    return held_out, fitted


def cross_fit(
    estimator, X, y, splits, response_method, fit_params, classes, names, n_jobs, progress
):
    """Held-out scores of all folds.

    Folds run in parallel and, where labels are fitted apart, portions of labels with them as one flat list of tasks.
    """
    portions = _portions(estimator, y.shape[1], len(splits), n_jobs)
    parts = list(product(enumerate(splits), portions))
    whole, tasks = progress.divided_part(
        "cross-fit", [_told(fold, labels) for (fold, _), labels in parts]
    )
    with whole:
        blocks = Parallel(n_jobs=n_jobs)(
            delayed(_fit_and_score)(
                estimator,
                X,
                y,
                fold,
                split,
                labels,
                response_method,
                fit_params,
                classes,
                names,
                task,
            )
            for ((fold, split), labels), task in zip(parts, tasks, strict=True)
        )
    held_out = _in_order_of_rows(
        blocks, [(fold, labels) for (fold, _), labels in parts], splits, y.shape[1]
    )
    _rescore_constant_labels(held_out, y, splits, response_method)
    return held_out


def _in_order_of_rows(blocks, places, splits, n_labels):
    """Held-out scores, put together from blocks (n_test, n_portion) of each place, a pair (fold, slice of labels)."""
    tests = [test for _, test in splits]
    rows = np.concatenate(tests)
    order = np.argsort(rows, kind="stable")
    positions = np.split(np.argsort(order), np.cumsum([len(test) for test in tests])[:-1])
    fold = np.repeat(np.arange(len(tests)), [len(test) for test in tests])
    y_score = np.empty((len(rows), n_labels), np.result_type(*{block.dtype for block in blocks}))
    for block, (index, labels) in zip(blocks, places, strict=True):
        y_score[positions[index], labels] = block
    return HeldOut(y_score, rows[order], fold[order])


def _portions(estimator, n_labels, n_folds, n_jobs):
    """Slices of labels that are fitted as one task."""
    n_portions = 1
    if fits_labels_apart(estimator) and (n_workers := effective_n_jobs(n_jobs)) > 1:
        n_portions = min(n_labels, -(-TASKS_PER_WORKER * n_workers // n_folds))
    edges = np.linspace(0, n_labels, n_portions + 1).astype(int)
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _told(fold, labels):
    """What the progress of a fit calls a portion of the labels in one fold."""
    return f"fold {fold}, labels {labels.start} to {labels.stop - 1}"


def _fit_and_score(
    estimator, X, y, fold, split, labels, response_method, fit_params, classes, names, task
):
    """Scores of shape (n_test, n_portion) for a portion of the labels in one fold."""
    names = None if names is None else names[labels]
    with task:
        try:
            fitted, X_test = _fit_fold(estimator, X, y[:, labels], split, fit_params, classes)
        except Exception as error:
            error.add_note(f"This happened while 'estimator' was fitted for fold {fold} of 'cv'.")
            raise
        return label_scores(
            fitted, X_test, response_method, labels.stop - labels.start, names, f" (fold {fold})"
        )


def _fit_fold(estimator, X, y, split, fit_params, classes):
    """(model fitted to the training rows, X of the test rows)."""
    train, test = split
    estimator = clone(estimator)
    X_train, y_train = safe_split(estimator, X, y, train)
    X_test, _ = safe_split(estimator, X, y, test, train)
    fit_params = check_method_params(X, fit_params, indices=train)
    return fit_labels(estimator, X_train, y_train, fit_params, classes), X_test


def warn_of_constant_labels(y, splits, names):
    """Tell the caller of ``fit`` which labels lack a class in the training rows of which folds."""
    constant = [_constant_labels_of(y, train) for train, _ in splits]
    labels = np.unique(np.concatenate(constant))
    if not len(labels):
        return
    told = [
        f"{label_name(label, names)} (fold {', '.join(str(fold) for fold, of in enumerate(constant) if label in of)})"
        for label in labels[:10]
    ]
    more = f" and {len(labels) - 10} more" if len(labels) > 10 else ""
    warnings.warn(
        "Some labels are all 0 or all 1 in the training rows of a fold, where nothing can be learnt about them: label "
        f"{', '.join(told)}{more}. Give more rows with them, or use other folds.",
        UserWarning,
        stacklevel=4,
    )


def _constant_labels_of(y, rows):
    """Indices of the labels that are the same in all of some rows."""
    labels = np.arange(y.shape[1])
    # The first rows tell it of nearly all labels, and spare a copy of the others.
    for some in (rows[:ROWS_THAT_MOSTLY_TELL], rows):
        labels = labels[constant_labels(y[np.ix_(some, labels)])]
    return labels


def _rescore_constant_labels(held_out, y, splits, response_method):
    """In place: a model that never saw a label vary gives it the end of the scale, whatever number it came up with."""
    for fold, (train, _) in enumerate(splits):
        for label in _constant_labels_of(y, train):
            y_score, here = held_out.y_score[:, label], held_out.fold == fold
            always = y[train[0], label] == 1
            if response_method == "predict_proba":
                y_score[here] = always
            elif not np.all(here):
                y_score[here] = y_score[~here].max() if always else y_score[~here].min()
