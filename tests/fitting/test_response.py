import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from threshold_estimators.fitting._response import label_scores, response_method_name


class Canned(ClassifierMixin, BaseEstimator):
    """Answers with whatever it was given."""

    def __init__(self, response, classes=None):
        self.response = response
        if classes is not None:
            self.classes_ = classes

    def predict_proba(self, X):
        return self.response

    def decision_function(self, X):
        return self.response


P = np.array([[0.1, 0.7], [0.4, 0.2], [0.9, 0.3]])
X = np.zeros((3, 1))


def both(p):
    return np.column_stack([1 - p, p])


@pytest.mark.parametrize(
    ("response", "classes"),
    [
        (P, None),
        (P.tolist(), None),
        ([both(P[:, 0]), both(P[:, 1])], None),
        ([both(P[:, 0]), both(P[:, 1])], [np.array([0, 1]), np.array([0.0, 1.0])]),
        ([both(1 - P[:, 0]), both(P[:, 1])], [np.array([1, 0]), np.array([False, True])]),
        (np.stack([both(P[:, 0]), both(P[:, 1])]), None),
        ([P[:, 0], P[:, 1]], None),
        ((both(P[:, 0]), both(P[:, 1])), None),
        ([P[:, [0]], P[:, [1]]], None),
        (np.stack([1 - P, P], axis=2), None),
        (np.stack([1 - P, P], axis=1), None),  # of skorch
        (sparse.csr_matrix(P), None),
        (np.ma.masked_array(P, False), None),
        (pd.DataFrame(P), None),
    ],
)
def test_every_format_of_probabilities(response, classes):
    if isinstance(response, list) and np.ndim(response[0][0]) == 0 and len(response) == 3:
        response = np.array(response)
    scores = label_scores(Canned(response, classes), X, "predict_proba", 2)
    np.testing.assert_allclose(scores, P)


def test_the_axis_of_classes_between_samples_and_labels():
    p = np.random.default_rng(0).random((5, 4))
    scores = label_scores(Canned(np.stack([1 - p, p], 1)), np.zeros((5, 1)), "predict_proba", 4)
    np.testing.assert_array_equal(scores, p)


def test_masked_scores_are_refused():
    masked = np.ma.masked_array(P, P > 0.8)
    with pytest.raises(ValueError, match="must not be NaN or masked"):
        label_scores(Canned(masked), X, "predict_proba", 2)


def test_columns_with_names_in_another_order():
    frame = pd.DataFrame(P[:, ::-1], columns=["b", "a"])
    scores = label_scores(Canned(frame), X, "predict_proba", 2, np.array(["a", "b"]))
    np.testing.assert_array_equal(scores, P)


@pytest.mark.parametrize(("only", "expected"), [(0, 0.0), (1, 1.0)])
def test_one_column_of_a_constant_label_is_read_by_its_class(only, expected):
    response = [both(P[:, 0]), np.ones((3, 1))]
    scores = label_scores(
        Canned(response, [np.array([0, 1]), np.array([only])]), X, "predict_proba", 2
    )
    np.testing.assert_allclose(scores, np.column_stack([P[:, 0], np.full(3, expected)]))


@pytest.mark.parametrize(
    ("response", "classes", "expected"),
    [
        (both(P[:, 0]), np.array([0, 1]), P[:, 0]),
        (both(P[:, 0]), None, P[:, 0]),
        (both(P[:, 0]), np.array(["no", "yes"]), P[:, 0]),
        (both(1 - P[:, 0]), np.array([1, -1]), P[:, 0]),
        (np.ones((3, 1)), np.array([0]), np.zeros(3)),
        (np.ones((3, 1)), np.array([1]), np.ones(3)),
        (P[:, :1], np.array([0, 1]), P[:, 0]),
        (P[:, 0], None, P[:, 0]),
        ([both(P[:, 0])], [np.array([0, 1])], P[:, 0]),
    ],
)
def test_a_single_label(response, classes, expected):
    scores = label_scores(Canned(response, classes), X, "predict_proba", 1)
    np.testing.assert_allclose(scores, expected[:, np.newaxis])


def test_answers_of_three_dimensions():
    by_label = np.stack([both(P[:, 0]), both(P[:, 1])])
    for response in (by_label, by_label.swapaxes(0, 1), tuple(by_label), by_label[:, :, 1:]):
        scores = label_scores(Canned(response), X, "predict_proba", 2)
        np.testing.assert_allclose(scores, P)
    with pytest.raises(ValueError, match=r"has shape \(2, 2, 2\) \(fold 1\): it does not tell"):
        label_scores(Canned(by_label[:, :2]), X[:2], "predict_proba", 2, where=" (fold 1)")


def test_an_answer_has_a_row_for_each_sample_and_an_array_for_each_label():
    with pytest.raises(ValueError, match=r"each of the 3 samples. Got 2 rows instead \(fold 0\)"):
        label_scores(Canned(P[:2]), X, "predict_proba", 2, where=" (fold 0)")
    with pytest.raises(ValueError, match="each of the 3 samples"):
        label_scores(Canned(P[:1]), X, "predict_proba", 2)
    with pytest.raises(ValueError, match="each of the 3 labels"):
        label_scores(Canned([both(P[:, 0])] * 2), X, "predict_proba", 3)


def test_three_columns_of_two_classes():
    with pytest.raises(ValueError, match=r"two classes \[0, 1\] must have two columns .* Got 3"):
        label_scores(Canned(np.ones((3, 3)) / 3, np.array([0, 1])), X, "predict_proba", 1)


def test_more_than_two_classes_of_a_label():
    with pytest.raises(ValueError, match=r"must have two classes\. Got the classes \[0, 1, 2\]"):
        label_scores(Canned(np.ones((3, 3)) / 3, np.arange(3)), X, "predict_proba", 1)


def test_decision_function_of_a_single_label_is_one_column():
    np.testing.assert_allclose(label_scores(Canned(P[:, 0]), X, "decision_function", 1), P[:, :1])


def test_two_columns_are_two_labels_where_there_are_two():
    np.testing.assert_allclose(label_scores(Canned(P), X, "predict_proba", 2), P)


def test_float32_stays():
    assert label_scores(Canned(P.astype(np.float32)), X, "predict_proba", 2).dtype == np.float32


@pytest.mark.parametrize(
    "dtype", [np.float16, np.dtype(np.float64).newbyteorder(), object, np.longdouble]
)
def test_other_numbers_become_float64(dtype):
    scores = label_scores(Canned(P.astype(dtype)), X, "predict_proba", 2)
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, P, rtol=1e-3)


def test_what_needs_no_conversion_is_not_copied():
    assert label_scores(Canned(P), X, "predict_proba", 2) is P


@pytest.mark.parametrize("shape", [(0, 2), (3, 0)])
def test_no_scores_at_all(shape):
    with pytest.raises(ValueError, match=r"'y_score' must have shape .* Got \((0, 2|3, 0)\)"):
        label_scores(Canned(np.empty(shape)), X, "predict_proba", shape[1])


def test_errors_name_label_and_fold():
    diverged = Canned(np.where(P == 0.2, np.nan, P))
    with pytest.raises(ValueError, match=r"Got nan in row 1 of label 'b' instead \(fold 3\)"):
        label_scores(diverged, X, "predict_proba", 2, names=np.array(["a", "b"]), where=" (fold 3)")
    with pytest.raises(
        ValueError, match=r"must have shape \(n_samples, 3\).* Got \(3, 2\) instead \(fold 0\)"
    ):
        label_scores(Canned(P), X, "predict_proba", 3, where=" (fold 0)")


@pytest.mark.parametrize(
    ("estimator", "asked", "given"),
    [
        (RandomForestClassifier(), "auto", "predict_proba"),
        (RidgeClassifier(), "auto", "decision_function"),
        (OneVsRestClassifier(LinearSVC()), "auto", "decision_function"),
        (Canned(P), "auto", "predict_proba"),
        (Canned(P), "decision_function", "decision_function"),
    ],
)
def test_response_method(estimator, asked, given):
    assert response_method_name(estimator, asked) == given


def test_estimator_without_the_method():
    with pytest.raises(
        AttributeError, match="RidgeClassifier has no predict_proba: thresholds need a score"
    ):
        response_method_name(RidgeClassifier(), "predict_proba")


def test_tree_with_a_constant_label():
    X = np.arange(6.0)[:, np.newaxis]
    y = np.column_stack([X[:, 0] > 2, np.zeros(6), np.ones(6)]).astype(int)
    scores = label_scores(DecisionTreeClassifier().fit(X, y), X, "predict_proba", 3)
    np.testing.assert_array_equal(scores, y)
