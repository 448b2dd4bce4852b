"""Splitting rows that have several labels."""

from numbers import Integral, Real

import numpy as np
from sklearn.model_selection import KFold, ShuffleSplit, check_cv

N_FOLDS = 5


def check_multilabel_cv(cv, random_state):
    """Splitter of ``cv``: as in scikit-learn, but folds made from a number are shuffled by ``random_state``."""
    cv = N_FOLDS if cv is None else cv
    if isinstance(cv, Real) and not isinstance(cv, Integral):
        return ShuffleSplit(n_splits=1, test_size=cv, random_state=random_state)
    if isinstance(cv, Integral):
        return KFold(cv, shuffle=True, random_state=random_state)
    return check_cv(cv)


def judging_folds(fold, random_state):
    """Folds over which thresholds are cross-fitted: those that held the rows out, or new ones where that was one fold.

    Thresholds can be tuned on one part and judged on another of rows that one model has scored.
    """
    n_scored = len(fold)
    if len(np.unique(fold)) > 1 or n_scored < N_FOLDS:
        return fold
    fold = np.empty(n_scored, int)
    for index, (_, test) in enumerate(KFold(N_FOLDS, shuffle=True, random_state=random_state).split(fold)):
        fold[test] = index
    return fold
