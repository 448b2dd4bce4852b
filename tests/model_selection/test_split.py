from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn import config_context
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GroupKFold, KFold, LeaveOneOut, ShuffleSplit, cross_validate

from tests.naive_folds import (
    can_keep_promises,
    examples_distribution,
    kept_promises,
    label_distribution,
    naive_iterative_stratification,
)
from threshold_estimators.model_selection._folds import check_multilabel_cv, evaluation_folds
from threshold_estimators.model_selection._split import (
    MultilabelStratifiedGroupKFold,
    MultilabelStratifiedKFold,
    MultilabelStratifiedShuffleSplit,
)

SPLITTERS = [
    MultilabelStratifiedKFold,
    MultilabelStratifiedGroupKFold,
    MultilabelStratifiedShuffleSplit,
]
SHUFFLED = [partial(cls, shuffle=True) for cls in SPLITTERS[:2]] + [
    partial(SPLITTERS[2], test_size=0.3)
]


@st.composite
def indicators(draw, max_rows, max_labels):
    shape = draw(st.integers(2, max_rows)), draw(st.integers(1, max_labels))
    density = draw(st.sampled_from([0.05, 0.3, 0.5, 0.9]))
    seed = draw(st.integers(0, 2**32 - 1))
    drawn = np.random.default_rng(seed).random(shape) < density
    return drawn ^ draw(arrays(bool, shape, elements=st.booleans(), fill=st.just(False)))


def folds_of(splitter, y, groups=None):
    """Fold that tests each sample. Each must be tested once and otherwise trained on."""
    fold = np.full(y.shape[0], -1)
    for index, (train, test) in enumerate(splitter.split(np.zeros((y.shape[0], 1)), y, groups)):
        assert np.all(fold[test] == -1)
        np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(y.shape[0]))
        fold[test] = index
    assert np.all(fold >= 0)
    return fold


def counts_of(y, fold):
    return np.array([y[fold == f].sum(axis=0) for f in range(fold.max() + 1)])


def random_indicator(n_samples=300, n_labels=12, seed=0):
    rng = np.random.default_rng(seed)
    topic = rng.random((n_samples, 1))
    return rng.random((n_samples, n_labels)) < topic * rng.uniform(0.02, 0.9, n_labels)


# What holds for all data


@given(y=indicators(40, 6), n_splits=st.integers(2, 40), shuffle=st.booleans())
def test_folds_are_a_partition_in_the_sizes_of_kfold(y, n_splits, shuffle):
    n_splits = min(n_splits, len(y))
    splitter = MultilabelStratifiedKFold(
        n_splits, shuffle=shuffle, random_state=0 if shuffle else None
    )
    fold = folds_of(splitter, y)
    np.testing.assert_array_equal(np.bincount(fold), np.bincount(folds_of(KFold(n_splits), y)))


@given(y=indicators(6, 7), n_splits=st.integers(2, 4), seed=st.integers(0, 100))
def test_every_label_is_where_it_can_be(y, n_splits, seed):
    n_splits = min(n_splits, len(y))
    fold = folds_of(MultilabelStratifiedKFold(n_splits, shuffle=True, random_state=seed), y)
    assert all(kept_promises(y, fold, n_splits)) or not can_keep_promises(y, n_splits)


@given(y=indicators(40, 8), n_splits=st.integers(2, 10))
def test_every_label_is_in_all_folds_where_every_row_could_be(y, n_splits):
    y = np.repeat(y, n_splits, axis=0)
    assert all(kept_promises(y, folds_of(MultilabelStratifiedKFold(n_splits), y), n_splits))


@given(y=arrays(int, st.integers(2, 60), elements=st.integers(0, 6)), n_splits=st.integers(2, 8))
def test_classes_are_spread_to_within_two_rows(y, n_splits):
    n_splits = min(n_splits, len(y))
    fold = folds_of(MultilabelStratifiedKFold(n_splits), y)
    one_hot = y[:, np.newaxis] == np.unique(y)
    assert np.all(np.ptp(counts_of(one_hot, fold), axis=0) <= 2)


def test_labels_that_contradict_each_other_are_split_as_far_as_possible():
    y = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]])
    counts = counts_of(y, folds_of(MultilabelStratifiedKFold(2), y))
    assert np.sum(counts.min(axis=0) == 1) == 2


def test_rows_with_the_same_labels_are_spread_too():
    y = np.repeat([[1, 0, 1], [0, 1, 1], [0, 0, 0], [1, 1, 1]], [50, 30, 20, 10], axis=0)
    fold = folds_of(MultilabelStratifiedKFold(5, shuffle=True, random_state=0), y)
    for labels, n_in_fold in zip(np.unique(y, axis=0), [4, 6, 10, 2], strict=True):
        np.testing.assert_array_equal(np.bincount(fold[np.all(y == labels, axis=1)]), n_in_fold)


@pytest.mark.parametrize("n_splits", [2, 5, 10])
@pytest.mark.parametrize("seed", range(5))
def test_labels_are_spread_better_than_row_by_row_and_at_random(n_splits, seed):
    y = random_indicator(seed=seed)
    ours = folds_of(MultilabelStratifiedKFold(n_splits, shuffle=True, random_state=seed), y)
    naive = naive_iterative_stratification(y, n_splits, np.random.default_rng(seed))
    random = folds_of(KFold(n_splits, shuffle=True, random_state=seed), y)
    deviation = label_distribution(y, ours, n_splits)
    assert (
        deviation
        <= label_distribution(y, naive, n_splits)
        < label_distribution(y, random, n_splits)
    )
    assert examples_distribution(ours, n_splits) <= examples_distribution(naive, n_splits)


def test_the_rarer_class_decides_how_a_label_is_spread():
    y = random_indicator()
    np.testing.assert_array_equal(
        folds_of(MultilabelStratifiedKFold(), y), folds_of(MultilabelStratifiedKFold(), ~y)
    )


# Groups


@given(y=indicators(60, 5), n_splits=st.integers(2, 6), data=st.data())
def test_groups_stay_together_and_no_fold_is_empty(y, n_splits, data):
    groups = data.draw(arrays(int, len(y), elements=st.integers(0, 20)))
    n_groups = len(np.unique(groups))
    splitter = MultilabelStratifiedGroupKFold(n_splits, shuffle=True, random_state=0)
    if n_groups < n_splits:
        with pytest.raises(ValueError, match="greater than the number of"):
            folds_of(splitter, y, groups)
        return
    fold = folds_of(splitter, y, groups)
    assert len(np.unique(fold)) == n_splits
    assert all(len(np.unique(fold[groups == group])) == 1 for group in groups)


def test_small_groups_are_spread_better_than_by_group_k_fold():
    y = random_indicator(2000, 10)
    groups = np.random.default_rng(1).integers(0, 300, len(y)).astype(str)
    fold = folds_of(MultilabelStratifiedGroupKFold(), y, groups)
    assert (
        label_distribution(y, fold, 5)
        < label_distribution(y, folds_of(GroupKFold(), y, groups), 5) / 4
    )
    assert np.ptp(np.bincount(fold)) < 10


def test_groups_of_one_row_are_spread_as_rows():
    y = random_indicator()
    fold = folds_of(MultilabelStratifiedGroupKFold(), y, np.arange(len(y)))
    assert label_distribution(y, fold, 5) < label_distribution(y, folds_of(KFold(), y), 5) / 4


def test_groups_are_required():
    with pytest.raises(ValueError, match="'groups' parameter should not be None"):
        next(MultilabelStratifiedGroupKFold().split(np.zeros((10, 1)), np.eye(10, dtype=int)))


# A single split


@given(y=indicators(60, 5), test_size=st.floats(0.05, 0.95), seed=st.integers(0, 100))
def test_a_split_has_the_sizes_of_shuffle_split(y, test_size, seed):
    plain = ShuffleSplit(2, test_size=test_size, random_state=seed)
    try:
        expected = [(len(train), len(test)) for train, test in plain.split(y)]
    except ValueError:
        return
    splits = list(
        MultilabelStratifiedShuffleSplit(2, test_size=test_size, random_state=seed).split(y, y)
    )
    assert [(len(train), len(test)) for train, test in splits] == expected
    for split in splits:
        np.testing.assert_array_equal(np.sort(np.concatenate(split)), np.arange(len(y)))


@pytest.mark.parametrize("test_size", [0.1, 0.25, 0.5, 0.8])
def test_a_split_has_labels_in_proportion(test_size):
    y = random_indicator(1000)
    [(_, test)] = MultilabelStratifiedShuffleSplit(1, test_size=test_size, random_state=0).split(
        y, y
    )
    assert np.abs(y[test].sum(axis=0) - test_size * y.sum(axis=0)).max() <= 1


@given(y=indicators(80, 4), seed=st.integers(0, 100))
def test_rare_labels_stay_in_the_training_rows_of_a_split(y, seed):
    y = np.repeat(y, 2, axis=0)
    [(train, _)] = MultilabelStratifiedShuffleSplit(1, test_size=0.2, random_state=seed).split(y, y)
    assert np.all(y[train].any(axis=0) == y.any(axis=0))
    assert np.all(y[train].all(axis=0) == y.all(axis=0))


def test_a_split_may_leave_rows_out():
    y = random_indicator()
    [(train, test)] = MultilabelStratifiedShuffleSplit(1, train_size=0.5, test_size=30).split(y, y)
    assert (len(train), len(test), len(np.intersect1d(train, test))) == (150, 30, 0)


# Conventions of splitters


def held_out_by(splitter, y):
    groups = np.arange(y.shape[0]) // 2 if isinstance(splitter, GroupKFold) else None
    return [test.tolist() for _, test in splitter.split(np.zeros((y.shape[0], 1)), y, groups)]


@pytest.mark.parametrize("splitter", SHUFFLED)
def test_random_state_makes_splits_repeatable(splitter):
    y = random_indicator()
    seeded = splitter(random_state=3)
    assert (
        held_out_by(seeded, y) == held_out_by(seeded, y) == held_out_by(splitter(random_state=3), y)
    )
    assert held_out_by(seeded, y) != held_out_by(splitter(random_state=4), y)
    drawn = splitter(random_state=np.random.RandomState(0))
    assert held_out_by(drawn, y) != held_out_by(drawn, y)


def test_folds_are_the_same_on_every_processor():
    # Ties between folds were once decided by the rounding of sums, which differs among processors.
    rng = np.random.default_rng(0)
    y = (rng.random((500, 30)) < np.linspace(0.02, 0.4, 30)).astype(int)
    fold = np.zeros(500, int)
    for number, (_, test) in enumerate(
        MultilabelStratifiedKFold(5, shuffle=True, random_state=0).split(y, y)
    ):
        fold[test] = number
    assert "".join(map(str, fold[:40])) == "1330222221303240000322041341242333434300"
    assert fold @ np.arange(500) == 250401


@pytest.mark.parametrize("splitter", SPLITTERS[:2])
def test_without_shuffle_nothing_is_random(splitter):
    y = random_indicator()
    assert held_out_by(splitter(), y) == held_out_by(splitter(), y)


@pytest.mark.parametrize("splitter", SPLITTERS[:2])
def test_parameters_are_checked_as_by_kfold(splitter):
    assert repr(splitter(3)) == f"{splitter.__name__}(n_splits=3, random_state=None, shuffle=False)"
    assert splitter(3).get_n_splits() == 3
    with pytest.raises(ValueError, match="random_state has no effect"):
        splitter(random_state=0)
    with pytest.raises(ValueError, match="n_splits=2 or more"):
        splitter(1)
    with pytest.raises(ValueError, match="greater than the number of samples"):
        held_out_by(splitter(5), np.eye(3, dtype=int))


def test_a_shuffle_split_shows_its_parameters():
    splitter = MultilabelStratifiedShuffleSplit(2, test_size=0.2)
    expected = (
        "MultilabelStratifiedShuffleSplit(n_splits=2, random_state=None, test_size=0.2, "
        "train_size=None)"
    )
    assert " ".join(repr(splitter).split()) == expected
    assert splitter.get_n_splits() == 2


@pytest.mark.parametrize("splitter", [SPLITTERS[0], SPLITTERS[2]])
def test_groups_are_ignored_with_a_warning(splitter):
    y = random_indicator()
    with pytest.warns(UserWarning, match="groups parameter is ignored"):
        next(splitter().split(y, y, np.arange(len(y))))


@pytest.mark.parametrize(
    "form",
    [
        partial(np.asarray, dtype=int),
        partial(np.asarray, dtype=float),
        np.asfortranarray,
        sparse.csr_matrix,
        sparse.csc_array,
        lambda y: pytest.importorskip("pandas").DataFrame(y),
        lambda y: pytest.importorskip("pandas").DataFrame(
            y.astype(int), index=np.arange(len(y))[::-1]
        ),
        lambda y: y.astype(int).tolist(),
    ],
)
@pytest.mark.parametrize("splitter", SPLITTERS)
def test_an_indicator_of_any_form_gives_the_same_splits(splitter, form):
    y = random_indicator(60)
    splitter = splitter(2, **({} if splitter in SPLITTERS[:2] else {"random_state": 0}))
    groups = np.arange(60) if isinstance(splitter, GroupKFold) else None
    expected = [test.tolist() for _, test in splitter.split(y, y, groups)]
    assert [test.tolist() for _, test in splitter.split(y, form(y), groups)] == expected


@pytest.mark.parametrize(
    "form", [np.asarray, list, lambda y: pytest.importorskip("pandas").Series(y)]
)
def test_a_column_of_classes_is_stratified_by_class(form):
    y = np.repeat(["cat", "dog", "eel"], [20, 10, 5])
    for _, test in MultilabelStratifiedKFold().split(y, form(y)):
        assert np.unique(y[test], return_counts=True)[1].tolist() == [4, 2, 1]


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "'y' parameter should not be None"),
        ([[0], [0, 1], [1], [0, 1]], "MultiLabelBinarizer"),
        ([[0, 1], [0, 2], [1, 0], [1, 1]], "only 0 and 1"),
        ([0.1, 0.2, 0.3, 0.4], "Got 'continuous' values"),
        (np.zeros((4, 2, 2)), "label indicator of shape"),
    ],
)
def test_y_is_checked(splitter, y, message):
    splitter = splitter(2)
    groups = np.arange(4) if isinstance(splitter, GroupKFold) else None
    with pytest.raises(ValueError, match=message):
        next(splitter.split(np.zeros((4, 1)), y, groups))


@pytest.mark.parametrize(
    ("splitter", "model"), list(zip(SPLITTERS, [KFold, GroupKFold, ShuffleSplit], strict=True))
)
def test_metadata_is_routed_as_in_scikit_learn(splitter, model):
    assert (
        splitter().get_metadata_routing()._serialize()
        == model().get_metadata_routing()._serialize()
    )


def test_groups_are_routed_to_the_splitter():
    y = random_indicator(60, 3).astype(int)
    with config_context(enable_metadata_routing=True):
        result = cross_validate(
            DummyClassifier(),
            np.zeros((60, 1)),
            y,
            cv=MultilabelStratifiedGroupKFold(3),
            params={"groups": np.arange(60)},
        )
    assert len(result["test_score"]) == 3


# What the estimators use


def test_numbers_become_stratified_splits():
    assert repr(check_multilabel_cv(None, 0)) == repr(
        MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    )
    assert repr(check_multilabel_cv(3, 0)) == repr(
        MultilabelStratifiedKFold(3, shuffle=True, random_state=0)
    )
    single = check_multilabel_cv(0.3, 0)
    assert isinstance(single, MultilabelStratifiedShuffleSplit)
    assert (single.get_n_splits(), single.test_size, single.random_state) == (1, 0.3, 0)


def test_other_splitters_are_left_as_they_are():
    y, splitter = random_indicator(), LeaveOneOut()
    assert check_multilabel_cv(splitter, 0) is splitter
    [(train, test)] = check_multilabel_cv([(np.arange(200), np.arange(200, 300))], 0).split(y)
    assert (len(train), len(test)) == (200, 100)
    with pytest.raises(ValueError, match=r"Expected .?cv.? as an integer"):
        check_multilabel_cv("five", 0)


def test_rows_are_judged_in_the_folds_that_held_them_out():
    fold = np.repeat([0, 1, 2], 10)
    assert evaluation_folds(fold, random_indicator(30), 0) is fold


def test_rows_of_one_fold_are_judged_in_new_stratified_folds():
    y = random_indicator(100)
    fold = evaluation_folds(np.zeros(100, int), y, 0)
    np.testing.assert_array_equal(
        fold, folds_of(MultilabelStratifiedKFold(5, shuffle=True, random_state=0), y)
    )


def test_rows_too_few_for_folds_are_judged_together():
    fold = np.zeros(4, int)
    assert evaluation_folds(fold, random_indicator(4), 0) is fold
