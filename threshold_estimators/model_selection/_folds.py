"""From the parameter ``cv`` to splits, and from folds to splits that evaluate thresholds."""

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np
from sklearn.model_selection import PredefinedSplit, check_cv

from ..core import read_table
from ._split import MultilabelStratifiedKFold, MultilabelStratifiedShuffleSplit

N_FOLDS = 5


def check_multilabel_cv(cv, random_state):
    """Splitter of ``cv``, as in scikit-learn, but numbers mean stratified and shuffled splits.

    An array of integers has the number of the fold that tests each sample, -1 for none.
    """
    cv = N_FOLDS if cv is None else cv
    if isinstance(cv, Integral):
        if cv < 2:
            raise ValueError(f"'cv' must be at least 2 as a number of folds. Got {cv!r} instead.")
        return MultilabelStratifiedKFold(cv, shuffle=True, random_state=random_state)
    if isinstance(cv, Real):
        if not 0 < cv < 1:
            raise ValueError(f"'cv' must be between 0 and 1 as a fraction. Got {cv!r} instead.")
        return MultilabelStratifiedShuffleSplit(n_splits=1, test_size=cv, random_state=random_state)
    if _is_of_numbers(cv):
        return PredefinedSplit(_fold_numbers(cv))
    if not hasattr(cv, "split") and isinstance(cv, Iterable):
        cv = [_pair(split, fold) for fold, split in enumerate(cv)]
    return check_cv(cv)


def _is_of_numbers(cv):
    """Whether ``cv`` is an array or a list of numbers, not a splitter or a list of splits."""
    if isinstance(cv, list | tuple):
        return len(cv) > 0 and all(isinstance(fold, Real) for fold in cv)
    return hasattr(cv, "__array__") and np.ndim(cv) == 1 and np.asarray(cv).dtype != object


def _fold_numbers(cv):
    fold = read_table(cv, "cv").values
    if fold.dtype.kind not in "iuf" or np.any(fold % 1 != 0):
        raise ValueError(
            "'cv' as an array must hold the number of the fold that tests each sample, -1 for "
            f"none. Got an array of type {fold.dtype} instead."
        )
    return fold.astype(int)


def evaluation_folds(fold, y, random_state):
    """Folds for cross-fitting thresholds: `fold`, or new folds if all samples are in one.

    Scores of one model can be split again, because thresholds can be tuned on some of its scores
    and evaluated on others.

    fold : (n_scored,) int, fold that held each sample out
    y : (n_scored, n_labels) bool
    """
    n_scored = len(fold)
    if len(np.unique(fold)) > 1 or n_scored < N_FOLDS:
        return fold
    fold = np.empty(n_scored, int)
    splitter = MultilabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=random_state)
    for index, (_, test) in enumerate(splitter.split(y, y)):
        fold[test] = index
    return fold


def materialise_splits(cv, X, y, **split_params):
    """List of the (train, test) index arrays of a splitter.

    They are drawn once, because a random splitter gives other splits in a second call.
    """
    if isinstance(cv, PredefinedSplit) and len(cv.test_fold) != len(y):
        raise ValueError(
            f"'cv' must have the fold of each of the {len(y)} samples. Got {len(cv.test_fold)} "
            "folds instead."
        )
    n_samples = len(y)
    splits = [
        (_as_indices(train, n_samples, fold), _as_indices(test, n_samples, fold))
        for fold, (train, test) in enumerate(cv.split(X, y, **split_params))
    ]
    if not splits:
        raise ValueError(
            "'cv' gives no split. Choose one with at least one pair of training and test samples."
        )
    for fold, (train, test) in enumerate(splits):
        for samples, name in ((train, "training"), (test, "test")):
            if not len(samples):
                raise ValueError(
                    f"'cv' leaves fold {fold} without {name} samples. Choose fewer folds, or give "
                    "more samples."
                )
        if np.intersect1d(train, test).size:
            raise ValueError(
                f"'cv' puts samples into both the training and the test set of fold {fold}. "
                "Choose a splitter whose sets are disjoint."
            )
    return splits


def _pair(split, fold):
    if not isinstance(split, tuple | list) or len(split) != 2:
        raise ValueError(
            f"'cv' must give pairs of training and test samples. Got {split!r} for fold {fold} "
            "instead."
        )
    return split


def _as_indices(samples, n_samples, fold):
    """Positions of samples, from 0 on, of positions or of a mask."""
    if isinstance(samples, slice):
        return np.arange(n_samples)[samples]
    samples = np.asarray(samples)
    if samples.dtype == bool and samples.shape == (n_samples,):
        return np.flatnonzero(samples)
    is_empty = samples.ndim == 1 and not len(samples)
    if samples.ndim != 1 or (samples.dtype.kind not in "iu" and not is_empty):
        raise ValueError(
            f"'cv' must give positions of samples, or masks of {n_samples} samples. Got an array "
            f"of shape {samples.shape} and type {samples.dtype} in fold {fold} instead."
        )
    samples = samples.astype(int)
    if np.any((samples < -n_samples) | (samples >= n_samples)):
        raise ValueError(
            f"'cv' must give positions of the {n_samples} samples. Got positions from "
            f"{samples.min()} to {samples.max()} in fold {fold} instead."
        )
    # Negative positions count from the end. They are found among the training samples, too.
    return samples % n_samples


def splits_of_folds(row, fold):
    """List of (positions to tune on, positions to evaluate) for each fold.

    A sample that was held out several times has several positions. None of them is tuned on in a
    fold that evaluates one of them.

    row : (n_scored,) index of the sample in X
    fold : (n_scored,) fold that evaluates the position; -1 if none does
    """
    splits = []
    for index in np.unique(fold[fold >= 0]):
        is_evaluated = fold == index
        is_tuned_on = ~np.isin(row, row[is_evaluated])
        splits.append((np.flatnonzero(is_tuned_on), np.flatnonzero(is_evaluated)))
    return splits
