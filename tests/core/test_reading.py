"""What users pass is read in one place: containers, names, indexes, layouts, missing values."""

import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from threshold_estimators.core import (
    check_same_index,
    check_thresholds,
    column_names,
    finite_scores,
    learn_labels,
    read_labels,
    read_scores,
)

Y = np.array([[0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 0]])
S = np.array([[0.1, 0.9, 0.2], [0.8, 0.7, 0.1], [0.3, 0.2, 0.6], [0.9, 0.4, 0.3]])
NAMES = ["a", "b", "c"]
IS_MISSING = np.array([[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]], bool)
Y_NAN = np.where(IS_MISSING, np.nan, Y)


def frame(values, names=NAMES, **kwargs):
    return pd.DataFrame(values, columns=names, **kwargs)


def polars_frame(values, names=NAMES):
    return pytest.importorskip("polars").DataFrame(np.asarray(values), schema=names)


def pyarrow_table(values, names=NAMES):
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.table(dict(zip(names, np.asarray(values).T, strict=True)))


def tensor(values):
    return pytest.importorskip("torch").tensor(values)


class Convertible:
    """A tensor of a package that numpy asks for an array, such as JAX or TensorFlow."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


CONTAINERS = {
    "array": np.asarray,
    "list": np.ndarray.tolist,
    "DataFrame": frame,
    "DataFrame of nullable numbers": lambda values: frame(values).convert_dtypes(),
    "polars": polars_frame,
    "pyarrow": pyarrow_table,
    "torch": tensor,
    "JAX": Convertible,
    "masked array": np.ma.masked_array,
    "objects": lambda values: values.astype(object),
}
containers = pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)


@containers
def test_containers_of_labels(container):
    labels = read_labels(container(Y))
    np.testing.assert_array_equal(labels.y_true, Y == 1)
    assert labels.y_true.dtype == bool
    assert labels.known is None
    np.testing.assert_array_equal(read_labels(container(Y == 1)).y_true, Y == 1)


@containers
def test_containers_of_scores(container):
    np.testing.assert_array_equal(read_scores(container(S), 3), S)


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.coo_array])
def test_sparse_labels(form):
    np.testing.assert_array_equal(read_labels(form(Y)).y_true, Y == 1)


def test_tensors_that_numpy_does_not_know():
    torch = pytest.importorskip("torch")
    halves = np.array([[0.5, 0.25], [0.75, 1.0]])
    for dtype in (torch.bfloat16, torch.float16):
        np.testing.assert_array_equal(read_scores(torch.tensor(halves, dtype=dtype), 2), halves)
    learning = torch.tensor(halves, requires_grad=True)
    np.testing.assert_array_equal(read_scores(learning, 2), halves)
    np.testing.assert_array_equal(read_scores(torch.tensor(halves).to_sparse(), 2), halves)
    with pytest.raises(TypeError, match=r"device 'meta'. Move it to the CPU with y_score.cpu\(\)"):
        read_scores(torch.empty((2, 2), device="meta"), 2)


@pytest.mark.parametrize("dtype", [np.float16, np.int8, np.uint64, np.longdouble, bool])
def test_any_number_may_be_a_label(dtype):
    np.testing.assert_array_equal(read_labels(Y.astype(dtype)).y_true, Y == 1)


MISSING = {
    "NaN": Y_NAN,
    "None": np.where(IS_MISSING, None, Y),
    "NA": np.where(IS_MISSING, pd.NA, Y),
    "masked": np.ma.masked_array(Y, IS_MISSING),
    "masked bool": np.ma.masked_array(Y == 1, IS_MISSING),
    "masked and NaN": np.ma.masked_array(Y_NAN, IS_MISSING & [True, False, False]),
    "float16": Y_NAN.astype(np.float16),
    "DataFrame": frame(Y_NAN),
    "nullable integers": frame(Y_NAN).astype("Int64"),
    "nullable bool": frame(Y_NAN).astype("boolean"),
    "mixed columns": frame(Y_NAN).astype({"a": "Int8", "b": "boolean", "c": "object"}),
    "nullable floats": frame(Y_NAN).astype("Float32"),
    "list": Y_NAN.tolist(),
}


@pytest.mark.parametrize("y", MISSING.values(), ids=MISSING)
def test_missing_labels(y):
    labels = read_labels(y)
    np.testing.assert_array_equal(labels.known, ~IS_MISSING)
    np.testing.assert_array_equal(labels.y_true, (Y == 1) & ~IS_MISSING)
    np.testing.assert_array_equal(labels.weights(None), 1.0 * ~IS_MISSING)
    weight = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(labels.weights(weight), weight[:, None] * ~IS_MISSING)
    np.testing.assert_array_equal(labels.with_nan(), Y_NAN)


def test_missing_labels_of_other_packages():
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = {"a": [None, 1, 0], "b": [True, None, False]}
    for y in (polars.DataFrame(columns), pyarrow.table(columns)):
        labels = read_labels(y)
        np.testing.assert_array_equal(labels.known, [[0, 1], [1, 0], [1, 1]])
        np.testing.assert_array_equal(labels.y_true, [[0, 1], [1, 0], [0, 0]])
        assert labels.names.tolist() == ["a", "b"]


@pytest.mark.parametrize("y", [[0, 1, np.nan, 1], [0, 1, None, 1], ["no", "yes", None, "yes"]])
def test_missing_labels_of_a_column(y):
    space, labels = learn_labels(y)
    np.testing.assert_array_equal(labels.y_true.ravel(), [False, True, False, True])
    np.testing.assert_array_equal(labels.known.ravel(), [True, True, False, True])
    assert len(space.classes) == 2
    np.testing.assert_array_equal(space.encode(y[::-1]).known.ravel(), [True, False, True, True])
    np.testing.assert_array_equal(learn_labels(pd.Series(y))[1].known, labels.known)


def test_minus_one_is_no_missing_label():
    y = np.where(IS_MISSING, -1, Y)
    message = r"Got -1 in row 0 of label 'a' instead. If -1 .* np.where\(y_true == -1, np.nan"
    with pytest.raises(ValueError, match=message):
        read_labels(frame(y), "y_true")


REFUSED = {
    "None": (None, TypeError, "'y_true' must be an array.* Got None instead"),
    "text": ("0110", TypeError, "Got a str instead"),
    "dict": ({"a": [0, 1]}, TypeError, "Got a dict instead"),
    "number": (1, ValueError, r"Got shape \(\) instead"),
    "column": ([0, 1], ValueError, r"Got shape \(2,\) instead"),
    "no rows": (Y[:0], ValueError, "at least one sample and one label"),
    "three dimensions": (Y[None], ValueError, r"Got shape \(1, 4, 3\) instead"),
    "ragged": ([[0, 1], [1]], ValueError, "differ in length.*MultiLabelBinarizer"),
    "sets": ([{"a"}, {"b"}], ValueError, "rows are sets .*MultiLabelBinarizer"),
    "names": ([["a", "b"], ["a", "c"]], ValueError, "Got 'a' in row 0.*MultiLabelBinarizer"),
    "text of digits": ([["0", "1"]], ValueError, "Got '0' in row 0 of label 0"),
    "other numbers": (Y * 2, ValueError, "Got 2 in row 0 of label 1 instead"),
    "infinity": (np.where(Y, np.inf, 0), ValueError, "Got inf in row 0 of label 1"),
    "records": (np.zeros(3, [("a", int), ("b", int)]), TypeError, "Got a ndarray instead"),
    "names twice": (frame(Y, ["a", "b", "a"]), ValueError, "Got 2 columns 'a' instead"),
}


@pytest.mark.parametrize(("y", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_indicator(y, error, message):
    with pytest.raises(error, match=message):
        read_labels(y, "y_true")


def test_packages_that_numpy_cannot_read():
    class OnGpu:
        def __array__(self, dtype=None, copy=None):
            raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    with pytest.raises(ValueError, match="'y_score' cannot be read as an array: Implicit"):
        read_scores(OnGpu(), 2)


# Names of columns


def test_columns_without_names():
    assert column_names(Y) is None
    assert column_names(pd.DataFrame(Y)) is None
    assert column_names(pd.DataFrame(dict(enumerate(Y.T)))) is None
    assert column_names(frame(Y)).tolist() == NAMES
    assert column_names(frame(Y, [1, 2, 3])).tolist() == [1, 2, 3]
    pairs = pd.MultiIndex.from_product([["x"], NAMES])
    assert column_names(frame(Y, pairs)).tolist() == pairs.tolist()
    polars = pytest.importorskip("polars")
    assert column_names(polars.DataFrame(Y)) is None


@pytest.mark.parametrize("container", [frame, polars_frame, pyarrow_table])
def test_columns_are_matched_by_name(container):
    names = np.array(NAMES, object)
    scores = read_scores(container(S[:, ::-1], NAMES[::-1]), 3, names)
    np.testing.assert_array_equal(scores, S)
    labels = read_labels(container(Y[:, ::-1], NAMES[::-1]), "y", names)
    np.testing.assert_array_equal(labels.y_true, Y == 1)
    message = r"'y_score' .* Missing are \['c'\], and unknown are \['x'\]"
    with pytest.raises(ValueError, match=message):
        read_scores(container(S, ["a", "b", "x"]), 3, names)


def test_more_and_fewer_columns_are_named():
    names = np.array(NAMES, object)
    with pytest.raises(ValueError, match=r"Missing are \[\], and unknown are \['id'\]"):
        read_scores(frame(np.c_[S, S[:, 0]], [*NAMES, "id"]), 3, names)
    with pytest.raises(ValueError, match=r"Missing are \['c'\], and unknown are \[\]"):
        read_labels(frame(Y[:, :2], NAMES[:2]), "y", names)


@pytest.mark.parametrize("labels", [["a"], {"a"}, ("a", "b"), np.array(["a"])])
def test_columns_of_label_sets(labels):
    y = pd.Series([labels, [], labels])
    with pytest.raises(ValueError, match=r"a column of lists or sets instead.*MultiLabelBinarizer"):
        learn_labels(y, name="y_true")


def test_masks_move_with_their_columns():
    y = frame(Y_NAN[:, ::-1], NAMES[::-1]).astype("Int64").astype(object)
    np.testing.assert_array_equal(read_labels(y, names=np.array(NAMES)).known, ~IS_MISSING)


def test_numbers_of_columns_are_positions():
    np.testing.assert_array_equal(read_scores(pd.DataFrame(S)[[2, 0, 1]], 3), S)
    np.testing.assert_array_equal(read_scores(pd.DataFrame(S).iloc[:, ::-1], 3), S)
    np.testing.assert_array_equal(read_scores(frame(S, [5, 7, 6]), 3), S)  # names of nothing


# Indexes


def test_rows_in_another_order_are_refused():
    y, s = frame(Y, index=[4, 5, 6, 7]), frame(S, index=[4, 5, 6, 7])
    check_same_index(y_true=y, y_score=s)
    message = r"'y_score' has the keys of 'y_true' in another order.*y_score.loc\[y_true.index\]"
    with pytest.raises(ValueError, match=message):
        check_same_index(y_true=y, y_score=s[::-1])
    with pytest.raises(ValueError, match="'sample_weight' has the keys of 'y_true'"):
        check_same_index(y_true=y, y_score=S, sample_weight=pd.Series(range(4), [7, 6, 5, 4]))
    with pytest.raises(ValueError, match="in another order"):
        check_same_index(y_true=y, y_score=s.set_axis([5, 6, 7, 8]))  # shifted by one


def test_rows_with_other_keys_are_matched_by_position():
    check_same_index(X=frame(S), y=frame(Y, index=[2, 0, 9, 7]))
    check_same_index(X=frame(S, index=list("wxyz")), y=frame(Y, index=[2, 0, 9, 7]))
    check_same_index(X=S, y=frame(Y))


# Layouts of scores

PROBA = [np.column_stack([1 - column, column]) for column in S.T]
LAYOUTS = {
    "list": PROBA,
    "tuple": tuple(PROBA),
    "list of frames": [pd.DataFrame(proba) for proba in PROBA],
    "(n, L, 2)": np.stack(PROBA, 1),
    "(L, n, 2)": np.stack(PROBA),
    "nested lists": np.stack(PROBA, 1).tolist(),
    "list of (n, 1)": [column[:, None] for column in S.T],
    "(n, L, 1)": S[:, :, None],
    "(L, n, 1)": S.T[:, :, None],
}


@pytest.mark.parametrize("y_score", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(y_score):
    np.testing.assert_array_equal(read_scores(y_score, 3), S)
    np.testing.assert_array_equal(read_scores(y_score, 3, n_samples=4), S)


def test_layout_with_as_many_samples_as_labels():
    square = np.stack(PROBA, 1)[:3]
    with pytest.raises(ValueError, match=r"y_score\[:, :, -1\] in the first case"):
        read_scores(square, 3, n_samples=3)
    np.testing.assert_array_equal(read_scores([proba[:3] for proba in PROBA], 3), S[:3])


@pytest.mark.parametrize("y_score", [S[:, 0], S[:, [0]], PROBA[0], S[:, 0].tolist(), [PROBA[0]]])
def test_layouts_of_a_single_label(y_score):
    np.testing.assert_array_equal(read_scores(y_score, 1), S[:, [0]])
    np.testing.assert_array_equal(read_scores(pd.Series(S[:, 0], name="p"), 1), S[:, [0]])


def test_probabilities_of_named_classes():
    classes = np.array(["healthy", "sick"])
    proba = pd.DataFrame(PROBA[0][:, ::-1], columns=["sick", "healthy"])
    np.testing.assert_array_equal(read_scores(proba, 1, classes=classes), S[:, [0]])


BAD_SCORES = {
    "transposed": (S.T, "Is it transposed"),
    "one sample": (S[0], r"reshape\(1, -1\)"),
    "text": (S.astype(str), "must hold numbers"),
    "words": ([["a", "b", "c"]], "must hold numbers"),
    "complex": (S * 1j, "must hold numbers"),
    "scalar": (0.5, r"Got \(\) instead"),
    "ragged": ([[0.1, 0.2, 0.3], [0.4]], "differ in length"),
    "too few labels": (PROBA[:2], "for each of the 3 labels. Got a list of 2 arrays"),
    "lengths": ([PROBA[0], PROBA[1][:2], PROBA[2]], r"same number of samples.* Got \[4, 2, 4\]"),
    "constant label": ([PROBA[0], np.ones((4, 1)), PROBA[2]], "one column for label 1 and two"),
    "three classes": ([np.full((4, 3), 1 / 3)] * 3, "two classes for label 0. Got 3 columns"),
    "no probabilities": (np.stack([S, S], 2), "do not add up to 1"),
    "four dimensions": (S[None, None], r"Got \(1, 1, 4, 3\) instead"),
    "NaN": (np.where(IS_MISSING, np.nan, S), "Got nan in row 0 of label 0"),
    "masked": (np.ma.masked_array(S, IS_MISSING), "NaN or masked. Got nan in row 0 of label 0"),
    "NA": (frame(S).where(~IS_MISSING).astype("Float64"), "Got nan in row 0 of label 0"),
}


@pytest.mark.parametrize(("y_score", "message"), BAD_SCORES.values(), ids=BAD_SCORES)
def test_bad_scores(y_score, message):
    with pytest.raises(ValueError, match=message):
        read_scores(y_score, 3)


def test_missing_scores_of_missing_labels():
    scores = np.where(IS_MISSING, np.nan, S)
    read = read_scores(scores, 3, known=~IS_MISSING)
    np.testing.assert_array_equal(read[~IS_MISSING], S[~IS_MISSING])
    assert np.isfinite(read).all()
    scores[1, 1] = np.nan
    with pytest.raises(ValueError, match="Got nan in row 1 of label 1"):
        read_scores(scores, 3, known=~IS_MISSING)


# Infinite scores


@given(
    st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=6),
    st.lists(st.floats(-(2.0**100), 2.0**100, width=32), max_size=3),
    st.sampled_from([np.float32, np.float64]),
)
def test_infinite_scores_lie_beyond_all_others(values, thresholds, dtype):
    scores = np.array(values, dtype)[:, None]
    finite = finite_scores(scores, thresholds)
    assert finite.dtype == dtype
    assert np.isfinite(finite).all()
    is_finite = np.isfinite(scores)
    np.testing.assert_array_equal(finite[is_finite], scores[is_finite])
    limit = np.finfo(dtype).max
    others = np.append(scores[is_finite], np.array(thresholds, dtype))
    others = others[np.abs(others) < limit / 2]
    assert (finite[scores == np.inf][:, None] > others).all()
    assert (finite[scores == -np.inf][:, None] < others).all()


def test_finite_scores_are_not_copied():
    assert finite_scores(S) is S
    assert read_scores(S, 3) is S


# Thresholds


def test_thresholds_by_name():
    by_name = {"b": 0.2, "a": 0.1, "c": 0.3}
    for thresholds in (by_name, pd.Series(by_name), pd.Series([0.1, 0.2, 0.3])):
        np.testing.assert_array_equal(check_thresholds(thresholds, 3, NAMES), [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"Got none for \['c'\], and \['x'\] are no labels"):
        check_thresholds(pd.Series({"a": 0.1, "b": 0.2, "x": 0.3}), 3, NAMES)
    with pytest.raises(ValueError, match="only where the labels have names"):
        check_thresholds(by_name, 3)
    with pytest.raises(ValueError, match="Got 'a' more than once"):
        check_thresholds(pd.Series([0.1, 0.2, 0.3], ["a", "b", "a"]), 3, NAMES)
    with pytest.raises(ValueError, match="'thresholds' must be numbers"):
        check_thresholds(np.array([0.5, 0.5, 1j]), 3)


def test_thresholds_are_copied():
    thresholds = np.array([0.1, 0.2])
    check_thresholds(thresholds, 2)[0] = 1
    np.testing.assert_array_equal(thresholds, [0.1, 0.2])


def test_threads_leave_the_filters_of_warnings_alone():
    # numpy's filters are those of the process: no thread may change them while others run.
    before = warnings.filters.copy()
    rows = [Y.tolist() for _ in range(200)]

    def read():
        for y in rows:
            read_labels(y)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
