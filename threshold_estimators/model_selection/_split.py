"""Splitting rows that have several labels."""

import numpy as np
from scipy import sparse
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit
from sklearn.utils import check_array, check_random_state
from sklearn.utils.multiclass import type_of_target

from ..core import check_indicator
from ._stratify import deal_groups, deal_rows


class MultilabelStratifiedKFold(KFold):
    r"""K-fold cross-validator that spreads every label evenly over the folds.

    A drop-in for :class:`sklearn.model_selection.KFold`, which leaves rare labels to chance, and what
    :class:`sklearn.model_selection.StratifiedKFold` is for a single label.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    shuffle : bool, default=False
        Whether rows that are alike are told apart by chance rather than by their order.

    random_state : int, RandomState instance or None, default=None
        The chance of ``shuffle``; must be None without it. An int gives the same folds in every call of ``split``.

    Raises
    ------
    ValueError
        For less than 2 or more folds than rows, a ``random_state`` without ``shuffle``, and a ``y`` that is missing, or
        neither a label indicator nor a column of classes.

    See Also
    --------
    MultilabelStratifiedGroupKFold : Keeps the rows of a group together.
    MultilabelStratifiedShuffleSplit : Splits off a part of the rows.

    Notes
    -----
    The idea is iterative stratification [1]_: rows with rare labels are dealt first, while every fold can still take
    them, and each goes where its labels are wanted most. Two things differ from the algorithm of the paper.

    1. Rows that have the same labels are dealt out together, each fold getting as many of them, but for the last round;
       this keeps combinations of labels in proportion too, which is the aim of second-order stratification [2]_.
    2. Any other row goes to the fold with room where it adds least to the chi-squared statistic of labels by folds,

       .. math:: \sum_l \frac{n}{P_l (n - P_l)} \sum_f (c_{fl} - P_l / k)^2,

       with :math:`P_l` the positives of label l and :math:`c_{fl}` those in fold f, so that all labels of the row have
       a say, and not only its rarest.

    What holds for all data: every row is in one test fold, and folds have the sizes that ``KFold`` gives them,
    ``n_samples // n_splits`` and one more in the first ``n_samples % n_splits``.

    What holds where folds are found that allow it: a label with at least ``n_splits`` positives has one in every test
    fold, and a label with at least two has one in every training fold; negatives likewise. Rows are exchanged between
    folds until this is so. Labels can contradict each other (three rows in two folds, and each pair of rows has a label
    of its own: one pair stays together), and to tell whether they do is as hard as colouring a graph. Then as much is
    kept as was found, without a warning.

    The cost grows with the number of positives and of folds; 100,000 rows with 100 labels take about a second.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011,
       https://doi.org/10.1007/978-3-642-23808-6_10
    .. [2] P. Szymański, T. Kajdanowicz, "A Network Perspective on Stratification of Multi-Label Data", LIDTA 2017,
       https://proceedings.mlr.press/v74/szyma%C5%84ski17a.html

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import MultilabelStratifiedKFold
    >>> y = np.array([[1, 0], [1, 0], [1, 1], [1, 1], [0, 1], [0, 1], [0, 0], [0, 0]])
    >>> for train, test in MultilabelStratifiedKFold(n_splits=2).split(np.zeros((8, 1)), y):
    ...     print(test, y[test].sum(axis=0))
    [0 2 4 6] [2 2]
    [1 3 5 7] [2 2]
    """

    def split(self, X, y, groups=None):
        """Indices of the training and the test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Only its length matters.

        y : array-like or sparse matrix of shape (n_samples, n_labels) or (n_samples,)
            Label indicator of zeros and ones, or a column of classes, each of which counts as a label.

        groups : object
            Ignored, with a warning.

        Yields
        ------
        train : ndarray of int
            Rows to train on.

        test : ndarray of int
            Rows to test on.
        """
        return super().split(X, y, groups)

    def _iter_test_indices(self, X, y=None, groups=None):
        y = _labels(y)
        sizes = len(y) // self.n_splits + (np.arange(self.n_splits) < len(y) % self.n_splits)
        fold = deal_rows(y, sizes, _order(len(y), self))
        for f in range(self.n_splits):
            yield np.flatnonzero(fold == f)


class MultilabelStratifiedGroupKFold(GroupKFold):
    """K-fold cross-validator that keeps groups together and spreads every label as evenly over the folds as they allow.

    What :class:`sklearn.model_selection.StratifiedGroupKFold` is for a single label.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    shuffle : bool, default=False
        Whether groups that are alike are told apart by chance rather than by their order.

    random_state : int, RandomState instance or None, default=None
        The chance of ``shuffle``; must be None without it. An int gives the same folds in every call of ``split``.

    Raises
    ------
    ValueError
        For less than 2 or more folds than groups, a ``random_state`` without ``shuffle``, missing ``groups``, and a
        ``y`` that is missing, or neither a label indicator nor a column of classes.

    See Also
    --------
    MultilabelStratifiedKFold : Without groups, where more can be promised.

    Notes
    -----
    As in iterative stratification [1]_, groups with rare labels or many rows are dealt first, each to the fold where
    it adds least to the chi-squared statistic of labels by folds, in which the number of rows counts like a label. No
    group is in two folds, and no fold is empty. Sizes and labels are as even as this greedy choice makes them, without
    a promise: a single group may hold all positives of a label.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011,
       https://doi.org/10.1007/978-3-642-23808-6_10

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import MultilabelStratifiedGroupKFold
    >>> y = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [0, 1], [0, 0], [0, 1], [0, 0]])
    >>> groups = np.array(["a", "a", "b", "b", "c", "c", "d", "d"])
    >>> for train, test in MultilabelStratifiedGroupKFold(n_splits=2).split(np.zeros((8, 1)), y, groups):
    ...     print(groups[test], y[test].sum(axis=0))
    ['a' 'a' 'c' 'c'] [2 1]
    ['b' 'b' 'd' 'd'] [2 1]
    """

    def split(self, X, y, groups=None):
        """Indices of the training and the test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Only its length matters.

        y : array-like or sparse matrix of shape (n_samples, n_labels) or (n_samples,)
            Label indicator of zeros and ones, or a column of classes, each of which counts as a label.

        groups : array-like of shape (n_samples,)
            Group of each row.

        Yields
        ------
        train : ndarray of int
            Rows to train on.

        test : ndarray of int
            Rows to test on.
        """
        return super().split(X, y, groups)

    def _iter_test_indices(self, X, y, groups):
        y = _labels(y)
        if groups is None:
            raise ValueError("The 'groups' parameter should not be None.")
        groups = check_array(groups, input_name="groups", ensure_2d=False, dtype=None)
        names, group = np.unique(groups, return_inverse=True)
        if self.n_splits > len(names):
            raise ValueError(
                f"Cannot have number of splits n_splits={self.n_splits} greater than the number of groups: {len(names)}"
            )
        fold = deal_groups(y, group, self.n_splits, _order(len(names), self))[group]
        for f in range(self.n_splits):
            yield np.flatnonzero(fold == f)


class MultilabelStratifiedShuffleSplit(ShuffleSplit):
    """Random splits into training and test rows that have every label in proportion.

    Parameters
    ----------
    n_splits : int, default=10
        Number of splits, each drawn anew.

    test_size : float or int, default=None
        Share (float) or number (int) of the test rows; None means the rows that are not for training, or 0.1 where
        ``train_size`` is None too.

    train_size : float or int, default=None
        Share or number of the training rows; None means all others. Where both sizes together leave rows out, these are
        drawn without regard to labels.

    random_state : int, RandomState instance or None, default=None
        An int gives the same splits in every call of ``split``.

    Raises
    ------
    ValueError
        For sizes that leave a part empty or exceed the rows, and a ``y`` that is missing, or neither a label indicator
        nor a column of classes.

    See Also
    --------
    MultilabelStratifiedKFold : Tests every row once, and tells how rows are dealt.

    Notes
    -----
    Rows are dealt as by :class:`MultilabelStratifiedKFold`, with the two parts as folds of different sizes. A label of
    which a part should have one positive or more has one there, with the same proviso; negatives likewise.

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import MultilabelStratifiedShuffleSplit
    >>> y = np.array([[1, 0], [1, 0], [1, 1], [1, 1], [0, 1], [0, 1], [0, 0], [0, 0]])
    >>> splitter = MultilabelStratifiedShuffleSplit(n_splits=1, test_size=0.25, random_state=0)
    >>> [(train, test)] = splitter.split(np.zeros((8, 1)), y)
    >>> y[train].sum(axis=0), y[test].sum(axis=0)
    (array([3, 3]), array([1, 1]))
    """

    def split(self, X, y, groups=None):
        """Indices of the training and the test rows of each split.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Only its length matters.

        y : array-like or sparse matrix of shape (n_samples, n_labels) or (n_samples,)
            Label indicator of zeros and ones, or a column of classes, each of which counts as a label.

        groups : object
            Ignored, with a warning.

        Yields
        ------
        train : ndarray of int
            Rows to train on.

        test : ndarray of int
            Rows to test on.
        """
        return super().split(X, y, groups)

    def _iter_indices(self, X, y=None, groups=None):
        y = _labels(y)
        for train, test in super()._iter_indices(X):
            rows = np.concatenate([test, train])
            part = deal_rows(y[rows], np.array([len(test), len(train)]), np.arange(len(rows)))
            yield rows[part == 1], rows[part == 0]


def _labels(y):
    """Boolean indicator (n_samples, n_labels) of a label indicator or of a column of classes."""
    if y is None:
        raise ValueError("The 'y' parameter should not be None.")
    # One row tells, and cannot differ in length from others.
    if sparse.issparse(y) or np.ndim(y[:1]) != 1:
        return check_indicator(y)
    kind = type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"'y' must be a label indicator or a column of classes. Got {kind!r} values instead."
        )
    classes, codes = np.unique(np.asarray(y), return_inverse=True)
    return codes[:, np.newaxis] == np.arange(len(classes))


def _order(n_items, splitter):
    if splitter.shuffle:
        return check_random_state(splitter.random_state).permutation(n_items)
    return np.arange(n_items)
