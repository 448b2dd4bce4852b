"""Splits that users give: positions or masks, disjoint, within the samples."""

import numpy as np
import pytest

from threshold_estimators import MultilabelStratifiedShuffleSplit, tune_thresholds
from threshold_estimators.model_selection import check_multilabel_cv, materialise_splits

Y = np.tile([[0, 1], [1, 0]], (30, 1))


def splits_of(*pairs):
    return materialise_splits(check_multilabel_cv(list(pairs), 0), Y, Y)


def test_masks_slices_and_negative_positions():
    is_test = np.arange(60) < 20
    expected = [(np.arange(20, 60), np.arange(20))]
    for pair in [(~is_test, is_test), (slice(20, 60), slice(20)), (range(20, 60), range(-60, -40))]:
        np.testing.assert_equal(splits_of(pair), expected)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ((np.arange(60), [-1]), "into both the training and the test set of fold 1"),
        ((np.arange(50), np.arange(40, 60)), "into both the training and the test set of fold 1"),
        ((np.arange(40), np.arange(40, 61)), r"of the 60 samples\. Got positions from 40 to 60"),
        ((np.arange(40), [-61]), r"Got positions from -61 to -61 in fold 1"),
        ((np.ones(40, bool), np.arange(40, 60)), r"masks of 60 samples\. Got .* shape \(40"),
        ((np.arange(40.0), np.arange(40, 60)), "type float64 in fold 1"),
        ((["a"], ["b"]), "type <U1 in fold 1"),
        ((np.arange(40)[:, np.newaxis], np.arange(40, 60)), r"shape \(40, 1\)"),
        ((np.arange(40), []), "leaves fold 1 without test samples"),
        (np.arange(40), "must give pairs of training and test samples"),
        ((np.arange(20), np.arange(20, 40), np.arange(40, 60)), "must give pairs"),
    ],
)
def test_splits_that_are_none(pair, message):
    good = np.arange(40), np.arange(40, 60)
    with pytest.raises(ValueError, match=message):
        splits_of(good, pair)
    with pytest.raises(ValueError, match=message):
        tune_thresholds(Y, Y + 0.1, cv=[good, pair])


def test_a_number_of_splits_below_one_is_refused():
    with pytest.raises(ValueError, match="'n_splits' must be at least 1"):
        list(MultilabelStratifiedShuffleSplit(n_splits=0).split(Y, Y))
