import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from threshold_estimators.core import LabelSpace, learn_labels

Y = np.array([[0, 1], [1, 1], [0, 0]])
FORMS = [np.asarray, np.ndarray.tolist, sparse.csr_matrix, lambda y: y.astype(float)]


@pytest.mark.parametrize("form", FORMS, ids=["array", "list", "sparse", "float"])
def test_an_indicator_is_encoded_as_it_is(form):
    space, labels = learn_labels(form(Y), "Model")
    assert (space.n_labels, space.names, space.classes, space.label_names) == (2, None, None, None)
    np.testing.assert_array_equal(labels.y_true, Y == 1)
    assert labels.known is None
    np.testing.assert_array_equal(space.encode(form(Y)).y_true, Y == 1)
    np.testing.assert_array_equal(space.decode(Y), Y)
    np.testing.assert_array_equal(space.classes_, [[0, 1], [0, 1]])
    np.testing.assert_array_equal(space.squeeze(Y), Y)
    np.testing.assert_array_equal(space.proba(Y / 2), Y / 2)


@pytest.mark.parametrize("classes", [["ham", "spam"], [0, 1], [-1, 1], [1.0, 2.0], [False, True]])
def test_a_column_is_one_label_of_the_larger_class(classes):
    y = np.array(classes)[[0, 1, 1]]
    space, labels = learn_labels(y, "Model")
    y_true = labels.y_true
    np.testing.assert_array_equal(y_true, [[False], [True], [True]])
    np.testing.assert_array_equal(space.encode(y[::-1]).y_true, [[True], [True], [False]])
    np.testing.assert_array_equal(space.decode(y_true.astype(int)), y)
    np.testing.assert_array_equal(space.classes_, classes)
    np.testing.assert_array_equal(space.label_names, classes[1:])
    np.testing.assert_array_equal(space.proba(np.array([[0.2]])), [[0.8, 0.2]])
    assert space.squeeze(y_true).shape == (3,)


def test_names_and_number_of_labels_are_checked():
    space, _ = learn_labels(pd.DataFrame(Y, columns=["a", "b"]), "Model")
    space = pickle.loads(pickle.dumps(space))
    assert list(space.label_names) == ["a", "b"]
    np.testing.assert_array_equal(space.encode(Y).y_true, Y == 1)
    rearranged = space.encode(pd.DataFrame(Y[:, ::-1], columns=["b", "a"]))
    np.testing.assert_array_equal(rearranged.y_true, Y == 1)
    message = r"columns of 'y' .* Missing are \['b'\], and unknown are \['c'\]"
    with pytest.raises(ValueError, match=message):
        space.encode(pd.DataFrame(Y, columns=["a", "c"]))
    with pytest.raises(ValueError, match=r"'y' must have 2 columns.* Got 1 instead"):
        space.encode(Y[:, :1])


def test_unknown_classes_are_named():
    space = LabelSpace(1, None, np.array(["ham", "spam"]))
    message = r"'y_test' must hold the classes \['ham', 'spam'\] only\. Got \['eggs'\] too"
    with pytest.raises(ValueError, match=message):
        space.encode(["ham", "eggs"], "y_test")


def test_estimators_are_fitted_to_integers_or_to_the_floats_of_the_user():
    space, labels = learn_labels(Y, "Model")
    assert space.as_fitted(Y == 1, labels).dtype == np.int64
    assert space.as_fitted(sparse.csr_matrix(Y / 1), labels).dtype == np.int64
    assert space.as_fitted((Y / 1).tolist(), labels).dtype == float
