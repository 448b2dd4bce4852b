"""Cross-validation splitters that keep every label in proportion.

The spelling ``Multilabel...`` is that of the package iterative-stratification, which users know.
"""

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit
from sklearn.utils import check_array, check_random_state
from sklearn.utils.multiclass import type_of_target

from ..core import read_labels, read_table
from ._stratify import deal_groups, deal_samples


class MultilabelStratifiedKFold(KFold):
    r"""K-fold cross-validator that spreads every label evenly over the folds.

    It is the :class:`sklearn.model_selection.StratifiedKFold` of several labels. Unlike
    :class:`sklearn.model_selection.KFold` it does not leave rare labels to chance.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds. Must be at least 2.
    shuffle : bool, default=False
        Whether to shuffle the samples before they are assigned to folds. The order of the samples
        decides between samples that suit a fold equally well.
    random_state : int, RandomState instance or None, default=None
        When ``shuffle`` is True, it controls the shuffling. Otherwise it must be None. Pass an int
        for the same folds in every call of ``split``.

    Raises
    ------
    ValueError
        For less than 2 or more folds than samples, a ``random_state`` without ``shuffle``, and a
        ``y`` that is missing or neither a label indicator nor a column of classes.

    See Also
    --------
    MultilabelStratifiedGroupKFold : Keeps the samples of a group together.
    MultilabelStratifiedShuffleSplit : Random training and test sets.

    Notes
    -----
    ``split`` needs ``y``: a label indicator of shape (n_samples, n_labels), dense or sparse, or a
    column of classes, each of which counts as a label.

    The algorithm is a form of iterative stratification [1]_: samples with rare labels are assigned
    first, each to the fold that lacks its labels most. It differs from the paper in two steps.

    1. Samples with the same labels are dealt out together, the same number to each fold. This also
       keeps combinations of labels in proportion, as second-order stratification does [2]_.
    2. A remaining sample goes to the fold with room for which it adds least to the chi-squared
       statistic of labels by folds,

       .. math:: \sum_l \frac{n}{P_l (n - P_l)} \sum_f (c_{fl} - P_l / k)^2,

       with :math:`P_l` the positives of label l and :math:`c_{fl}` those in fold f. All labels of
       the sample count, and not only its rarest.

    Every sample is in one test fold. Folds have the sizes of ``KFold``: ``n_samples // n_splits``,
    and one more for the first ``n_samples % n_splits`` folds.

    A label with at least ``n_splits`` positives has one in every test fold, and a label with at
    least two has one in every training fold; the same holds for negatives. Samples are exchanged
    between folds until this is so. It can be impossible: if each pair of three samples has a label
    of its own, two folds cannot separate all pairs. Whether it is possible is as hard to find out
    as graph colouring. The splitter keeps the best folds that it found, without a warning.

    The cost grows with the numbers of positives and folds: 100,000 samples with 100 labels take
    about a second.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data",
       ECML PKDD 2011, https://doi.org/10.1007/978-3-642-23808-6_10
    .. [2] P. Szymański, T. Kajdanowicz, "A Network Perspective on Stratification of Multi-Label
       Data", LIDTA 2017, https://proceedings.mlr.press/v74/szyma%C5%84ski17a.html

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

    def _iter_test_indices(self, X, y=None, groups=None):
        y = _label_indicator(y)
        n_samples = len(y)
        # The first folds get the samples that remain after an equal division.
        is_larger = np.arange(self.n_splits) < n_samples % self.n_splits
        sizes = n_samples // self.n_splits + is_larger
        fold = deal_samples(y, sizes, _order(n_samples, self))
        for index in range(self.n_splits):
            yield np.flatnonzero(fold == index)


class MultilabelStratifiedGroupKFold(GroupKFold):
    """K-fold cross-validator that keeps groups together and spreads every label over the folds.

    It is the :class:`sklearn.model_selection.StratifiedGroupKFold` of several labels.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds. Must be at least 2.
    shuffle : bool, default=False
        Whether to shuffle the groups before they are assigned to folds. The order of the groups
        decides between groups that suit a fold equally well.
    random_state : int, RandomState instance or None, default=None
        When ``shuffle`` is True, it controls the shuffling. Otherwise it must be None. Pass an int
        for the same folds in every call of ``split``.

    Raises
    ------
    ValueError
        As for :class:`MultilabelStratifiedKFold`, and for missing or too few ``groups``.

    See Also
    --------
    MultilabelStratifiedKFold : Without groups. It guarantees more.

    Notes
    -----
    As in iterative stratification, groups with rare labels or many samples are assigned first.
    Each goes to the fold for which it adds least to the chi-squared statistic of labels by folds,
    where the number of samples counts as a label. No group is in two folds, and no fold is empty.
    This greedy choice gives no guarantee: one group may hold all positives of a label.

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import MultilabelStratifiedGroupKFold
    >>> y = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [0, 1], [0, 0], [0, 1], [0, 0]])
    >>> groups = np.array(["a", "a", "b", "b", "c", "c", "d", "d"])
    >>> splitter = MultilabelStratifiedGroupKFold(n_splits=2)
    >>> for train, test in splitter.split(np.zeros((8, 1)), y, groups):
    ...     print(groups[test], y[test].sum(axis=0))
    ['a' 'a' 'c' 'c'] [2 1]
    ['b' 'b' 'd' 'd'] [2 1]
    """

    def _iter_test_indices(self, X, y, groups):
        y = _label_indicator(y)
        if groups is None:
            raise ValueError("The 'groups' parameter should not be None.")
        groups = check_array(groups, input_name="groups", ensure_2d=False, dtype=None)
        names, group = np.unique(groups, return_inverse=True)
        if self.n_splits > len(names):
            raise ValueError(
                f"Cannot have number of splits n_splits={self.n_splits} greater than the number "
                f"of groups: {len(names)}"
            )
        fold_of_group = deal_groups(y, group, self.n_splits, _order(len(names), self))
        fold = fold_of_group[group]
        for index in range(self.n_splits):
            yield np.flatnonzero(fold == index)


class MultilabelStratifiedShuffleSplit(ShuffleSplit):
    """Random splits into training and test samples that keep every label in proportion.

    Parameters
    ----------
    n_splits : int, default=10
        Number of splits, each drawn independently.
    test_size : float or int, default=None
        Fraction (float) or number (int) of the test samples. None takes the samples that are not
        for training, or 0.1 if ``train_size`` is None too.
    train_size : float or int, default=None
        Fraction or number of the training samples. None takes all others. If both sizes together
        leave samples out, these are drawn without regard to labels.
    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the splits. Pass an int for the same splits in every call of
        ``split``.

    Raises
    ------
    ValueError
        For a size that leaves a set empty or exceeds the number of samples, and a ``y`` that is
        missing or neither a label indicator nor a column of classes.

    See Also
    --------
    MultilabelStratifiedKFold : Tests every sample once. Its notes describe the algorithm.

    Notes
    -----
    Samples are assigned as by :class:`MultilabelStratifiedKFold`, with the training and the test
    set as folds of different sizes. A label that in proportion has a positive or more in a set has
    one there, under the same condition; the same holds for negatives.

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

    def _iter_indices(self, X, y=None, groups=None):
        if self.n_splits < 1:
            raise ValueError(f"'n_splits' must be at least 1. Got {self.n_splits!r} instead.")
        y = _label_indicator(y)
        for train, test in super()._iter_indices(X):
            samples = np.concatenate([test, train])
            sizes = np.array([len(test), len(train)])
            fold = deal_samples(y[samples], sizes, np.arange(len(samples)))
            yield samples[fold == 1], samples[fold == 0]


def _label_indicator(y):
    """(n_samples, n_labels) bool, from a label indicator or from a column of classes."""
    if y is None:
        raise ValueError("The 'y' parameter should not be None.")
    table = read_table(y, "y")
    if table.values.ndim != 1:
        return read_labels(y).y_true
    values, unknown = table.known_values(), table.unknown()
    kind = type_of_target(values, input_name="y")
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"'y' must be a label indicator or a column of classes. Got {kind!r} values instead."
        )
    classes, codes = np.unique(values, return_inverse=True)
    indicator = np.zeros((len(table.values), len(classes)), bool)
    known = slice(None) if unknown is None else ~unknown
    indicator[known] = codes[:, np.newaxis] == np.arange(len(classes))
    return indicator


def _order(n_items, splitter):
    if splitter.shuffle:
        return check_random_state(splitter.random_state).permutation(n_items)
    return np.arange(n_items)
