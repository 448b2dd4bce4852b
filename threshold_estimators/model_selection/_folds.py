"""From ``cv`` to splits, and the folds that evaluate thresholds."""

from numbers import Integral, Real

import numpy as np
from sklearn.model_selection import check_cv

from ._split import MultilabelStratifiedKFold, MultilabelStratifiedShuffleSplit

N_FOLDS = 5


def check_multilabel_cv(cv, random_state):
    """Splitter of ``cv``: as in scikit-learn, but a number means splits that are stratified and shuffled."""
    cv = N_FOLDS if cv is None else cv
    if isinstance(cv, Real) and not isinstance(cv, Integral):
        return MultilabelStratifiedShuffleSplit(n_splits=1, test_size=cv, random_state=random_state)
    if isinstance(cv, Integral):
        return MultilabelStratifiedKFold(cv, shuffle=True, random_state=random_state)
    return check_cv(cv)


def evaluation_folds(fold, y, random_state):
    """Folds over which thresholds are cross-fitted: those that held the rows out, or new ones where that was one fold.

    Thresholds can be tuned on one part and judged on another of rows that one model has scored.

    fold : (n_scored,) int
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
    """All (train, test) index arrays of a splitter, drawn once: drawn again, a random splitter would give others."""
    splits = [
        (_as_indices(train), _as_indices(test)) for train, test in cv.split(X, y, **split_params)
    ]
    if not splits:
        raise ValueError(
            "'cv' gives no split. Choose one with at least one pair of training and test rows."
        )
    for fold, (train, test) in enumerate(splits):
        for part, name in ((train, "training"), (test, "test")):
            if not len(part):
                raise ValueError(
                    f"'cv' leaves fold {fold} without {name} rows. Choose fewer folds, or give more rows."
                )
        if np.intersect1d(train, test).size:
            raise ValueError(
                f"'cv' puts rows into both the training and the test part of fold {fold}."
            )
    return splits


def _as_indices(rows):
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def splits_of_folds(row, fold):
    """(other rows, rows of the fold) for each fold, as positions.

    row, fold : (n_scored,) identity of each row and fold that it is judged in; a row that was held out several times is
    in none of the folds that it helps to tune. Rows of fold -1 are in no fold.
    """
    splits = []
    for index in np.unique(fold[fold >= 0]):
        judged = fold == index
        splits.append((np.flatnonzero(~np.isin(row, row[judged])), np.flatnonzero(judged)))
    return splits
