"""Slow, obviously right twins of the folds: what the fast ones are compared with."""

from itertools import permutations

import numpy as np


def naive_iterative_stratification(y, n_folds, rng):
    """Fold of each row by algorithm 1 of Sechidis, Tsoumakas and Vlahavas (2011), row by row."""
    n_samples, n_labels = y.shape
    fold = np.full(n_samples, -1)
    rows_wanted = np.full(n_folds, n_samples / n_folds)
    wanted = np.array(
        [[y[:, label].sum() / n_folds for label in range(n_labels)] for _ in range(n_folds)]
    )
    while (unassigned := np.flatnonzero(fold < 0)).size:
        remaining = y[unassigned].sum(axis=0)
        label = None
        if remaining.any():
            label = min(
                np.flatnonzero(remaining), key=lambda label: (remaining[label], rng.random())
            )
        for row in unassigned:
            if label is not None and not y[row, label]:
                continue
            wanted_of_label = np.zeros(n_folds) if label is None else wanted[:, label]
            best = max(
                range(n_folds), key=lambda f: (wanted_of_label[f], rows_wanted[f], rng.random())
            )
            fold[row] = best
            rows_wanted[best] -= 1
            wanted[best, y[row]] -= 1
    return fold


def kept_promises(y, fold, n_folds):
    """(in every training fold, in every test fold): whether all labels have both classes."""
    in_training = in_test = True
    for label in range(y.shape[1]):
        for positive in (True, False):
            rows_of_class = np.flatnonzero(y[:, label] == positive)
            for f in range(n_folds):
                n_test = sum(fold[row] == f for row in rows_of_class)
                if len(rows_of_class) >= 2 and n_test == len(rows_of_class):
                    in_training = False
                if len(rows_of_class) >= n_folds and n_test == 0:
                    in_test = False
    return in_training, in_test


def can_keep_promises(y, n_folds):
    """Whether any assignment to folds of the sizes of KFold keeps them, by trying them all."""
    dealt = np.arange(len(y)) % n_folds
    return any(all(kept_promises(y, np.array(fold), n_folds)) for fold in set(permutations(dealt)))


def label_distribution(y, fold, n_folds):
    """Mean over labels and folds of |odds in the fold - odds in all samples|, known as LD."""
    deviations = []
    for label in range(y.shape[1]):
        odds = _odds(y[:, label])
        if np.isfinite(odds):
            deviations.append(
                np.mean([abs(_odds(y[fold == f, label]) - odds) for f in range(n_folds)])
            )
    return np.mean(deviations)


def _odds(column):
    negatives = len(column) - column.sum()
    return column.sum() / negatives if negatives else np.inf


def examples_distribution(fold, n_folds):
    """Mean deviation of the size of a fold from the size wanted (ED)."""
    return np.mean([abs(np.sum(fold == f) - len(fold) / n_folds) for f in range(n_folds)])
