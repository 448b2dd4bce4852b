import copy
import io
import json
import pickle
import random
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, make_scorer

from tests.registry import EXACT, EXACT_NAMES
from threshold_estimators import (
    Constrained,
    Cost,
    CountObjective,
    FBeta,
    Precision,
    Recall,
    TunedThresholds,
    tune_thresholds,
)
from threshold_estimators.objectives import OfSmallerClass
from threshold_estimators.tuning import _json

NAMES = ["fraud", 'Müller, "x"', 3]


class Own(CountObjective):
    """An objective that is not of the package."""

    def formula(self, tp, fp, fn, tn):
        return tp - fp


def samples(dtype=float):
    rng = np.random.default_rng(0)
    y = pd.DataFrame((rng.random((200, 3)) < 0.3).astype(int), columns=NAMES)
    return y, (0.2 * y.to_numpy() + rng.random((200, 3))).astype(dtype)


def tuned(dtype=float, **params):
    return tune_thresholds(*samples(dtype), cv=3, **params)


def read(text):
    return TunedThresholds.from_json(io.StringIO(text))


def read_document(document):
    return read(json.dumps(document))


def document(**fields):
    return {"format": 1, "labels": [{"name": "a", "threshold": 0.5}]} | fields


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "params", [{}, {"min_labels": 1, "max_labels": 2}, {"scoring": Cost(fn=3)}]
)
def test_a_file_has_what_was_tuned(tmp_path, dtype, params):
    expected = tuned(dtype, **params)
    path = tmp_path / "thresholds.json"
    assert expected.to_json(path) is None
    assert path.read_text(encoding="utf-8") == expected.to_json()
    found = TunedThresholds.from_json(path)
    names = ("thresholds", "low_support", "cv_thresholds", "label_names")
    for name in (*names, "predicted_share", "n_samples"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    assert (found.score, found.cv_score) == (expected.score, expected.cv_score)
    assert found.limits == expected.limits
    assert found.of_probabilities is expected.of_probabilities
    assert repr(found.objective) == repr(expected.objective)
    _, y_score = samples(dtype)
    np.testing.assert_array_equal(found.predict(y_score), expected.predict(y_score))
    assert found.to_json() == expected.to_json()


def test_infinite_thresholds_and_unknown_scores(tmp_path):
    y, y_score = samples()
    y[NAMES[0]], y[NAMES[1]] = 0, 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = tune_thresholds(y, y_score, strategy="per_label")
    assert np.isposinf(expected.thresholds[0])
    text = expected.to_json()
    assert '"threshold": "inf"' in text
    assert '"cv_score": null' in text
    found = read(text)
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert np.isnan(found.cv_score)
    assert found.cv_thresholds.shape == (0, 3)
    assert read(text.replace('"inf"', '"-inf"')).thresholds[0] == -np.inf


@pytest.mark.parametrize("classes", [["no", "yes"], [0, 1], [False, True], [-1, 1]])
def test_classes_of_a_column(classes):
    rng = np.random.default_rng(0)
    y = np.array(classes)[(rng.random(100) < 0.3).astype(int)]
    y_score = rng.random((100, 1))
    expected = tune_thresholds(y, y_score, scoring=FBeta(average="binary"))
    found = read(expected.to_json())
    np.testing.assert_array_equal(found.classes, classes)
    np.testing.assert_array_equal(found.label_names, expected.label_names)
    y_pred = found.predict(y_score)
    assert y_pred.dtype == y.dtype
    np.testing.assert_array_equal(y_pred, expected.predict(y_score))


@pytest.mark.parametrize(
    "objective",
    [
        *EXACT,
        Cost(fp=[1.0, 2.0, 3.5], tp=-1),
        Constrained(Recall(), Precision(), at_least=[0.5, 0.6, 0.7]),
    ],
    ids=[*EXACT_NAMES, "cost", "constrained"],
)
def test_objectives_are_rebuilt(objective):
    record = copy.copy(tuned())
    record.__dict__["objective"] = objective
    found = read(record.to_json()).objective
    assert type(found) is type(objective)
    assert repr(found) == repr(objective)


def test_the_objective_of_the_smaller_class_is_rebuilt():
    y_score = np.linspace(0, 1, 40)[:, np.newaxis]
    y = np.where(y_score[:, 0] > 0.6, "yes", "no")
    scoring = make_scorer(f1_score, pos_label="no")
    found = read(tune_thresholds(y, y_score, scoring=scoring).to_json()).objective
    assert repr(found) == repr(OfSmallerClass(FBeta(average="binary", zero_division=0.0)))


def test_an_objective_of_the_user_is_a_text():
    text = tuned(scoring=Own()).to_json()
    assert json.loads(text)["objective"] == {"text": "Own()"}
    assert read(text).objective is None


def test_a_file_written_by_hand():
    found = read('{"format": 1, "labels": [{"threshold": 1}, {"threshold": "inf"}]}')
    np.testing.assert_array_equal(found.thresholds, [1, np.inf])
    assert found.label_names is None
    assert found.predict([[1.0, 5.0]]).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"format": 2}, "'format' must be 1. Got 2"),
        ({"format": True}, "'format' must be 1"),
        ({"kind": "model"}, "'kind' must be 'thresholds'"),
        ({"tresholds": []}, "'the document' has an unknown field 'tresholds'"),
        ({"labels": []}, "'labels' must be a list"),
        ({"labels": [0.5]}, r"'labels\[0\]' must be an object"),
        ({"labels": [{"name": "a"}]}, r"'labels\[0\]' must have the field 'threshold'"),
        ({"labels": [{"threshold": "high"}]}, r"'labels\[0\].threshold' must be a finite number"),
        ({"labels": [{"threshold": None}]}, r"'labels\[0\].threshold' must be a finite number"),
        ({"labels": [{"threshold": 10**400}]}, r"'labels\[0\].threshold' must be a finite number"),
        ({"labels": [{"threshold": True}]}, r"'labels\[0\].threshold' must be a finite number"),
        (
            {"labels": [{"threshold": 0, "name": "a"}, {"threshold": 0}]},
            r"'labels\[1\].name' must be a string",
        ),
        (
            {"labels": [{"threshold": 0, "name": "a"}] * 2},
            r"'labels\[1\].name' must be different from the names of other labels. Got 'a'",
        ),
        (
            {"labels": [{"threshold": 0, "low_support": 0}]},
            r"'labels\[0\].low_support' must be true",
        ),
        (
            {"labels": [{"threshold": 0, "cv_thresholds": [1]}, {"threshold": 0}]},
            r"'labels\[1\].cv_thresholds' must be a list of 1 thresholds",
        ),
        (
            {"labels": [{"threshold": 0, "predicted_share": 1.5, "n_samples": 9}]},
            r"'labels\[0\].predicted_share' must be a number from 0 to 1",
        ),
        (
            {"labels": [{"threshold": 0, "predicted_share": 0.5}]},
            r"'labels\[0\].n_samples' must be a number of at least 0.*Got None",
        ),
        (
            {"labels": [{"threshold": 0, "n_samples": 10**400, "predicted_share": 0}]},
            r"'labels\[0\].n_samples' must be a number of at least 0",
        ),
        ({"limits": {"min_labels": 0}}, "'limits' must have the field 'max_labels'"),
        ({"limits": {"min_labels": 2, "max_labels": 3}}, "'min_labels' must not exceed"),
        ({"classes": ["b", "a"]}, "'classes' must be a list with the smaller class first"),
        ({"classes": ["a", 1]}, "'classes' must be a list of two"),
        ({"classes": ["0", "1"]}, r"'labels\[0\].name' must be the larger class, '1'"),
        ({"objective": {"name": "eval"}}, "'objective.name' must be one of Accuracy, "),
        ({"objective": {"name": "FBeta", "parameters": {"gamma": 1}}}, "unknown field 'gamma'"),
        (
            {"objective": {"name": "FBeta", "parameters": {"beta": "x"}}},
            "'objective.parameters' must be valid",
        ),
        (
            {"objective": {"name": "OfSmallerClass", "parameters": {"objective": 1}}},
            "'objective.parameters' must be valid",
        ),
        ({"objective": {"name": "SubsetAccuracy"}}, "'objective' must be one that has a value"),
        ({"objective": {"name": "Constrained"}}, "'objective.parameters' must be those of"),
        ({"score": "good"}, "'score' must be a finite number"),
        ({"score": np.nan}, "'score' must be a finite number"),
        ({"labels": [{"threshold": -np.inf}]}, r"'labels\[0\].threshold' must be a finite number"),
        ({"of_probabilities": 1}, "'of_probabilities' must be true or false. Got 1"),
        ({"dtype": "int8"}, "'dtype' must be 'float64' or 'float32'"),
        ({"written_by": {"threshold-estimators": 1}}, "'written_by' must be an object"),
    ],
)
def test_errors_name_the_field(damage, message):
    with pytest.raises(ValueError, match=message):
        read_document(document(**damage))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it must be JSON"),
        ('{"format": 1', "it must be JSON"),
        ("[]", "'the document' must be an object"),
        ('{"format": 1, "format": 1}', "'format' must occur once"),
        ('{"format": NaN}', "'the document' must have the field 'labels'|'format' must be 1"),
        ("[" * 200_000, "nested deeper|must be JSON"),
        ("1" * 5000, "is no valid file"),
    ],
)
def test_errors_of_the_text(text, message):
    with pytest.raises(ValueError, match=message):
        read(text)


def test_thresholds_of_a_file_warn_of_logits():
    _, y_score = samples()
    found = read(tuned().to_json())
    assert found.of_probabilities is False  # scores reach 1.2 here
    y, y_score = samples()[0], samples()[1] / 2
    found = read(tune_thresholds(y, y_score).to_json())
    with pytest.warns(UserWarning, match="tuned on scores between 0 and 1, but 'y_score'"):
        found.predict(4 * y_score - 2)


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "broken.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"broken\.json is no valid file .* UTF-8"):
        TunedThresholds.from_json(path)


def places(value, path=()):
    """Paths to all values of a document."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


def test_a_thousand_damaged_files():
    """Each value is replaced by others: the file is refused by a ValueError, or still valid."""
    rng, text = random.Random(0), tuned(scoring=Cost(fp=[1, 2, 3]), max_labels=2).to_json()
    valid = json.loads(text)
    paths = list(places(valid))
    junk = [None, True, -1, 0.5, 10**400, 1e300, "", "x", "inf", [], [[]], [None], {}, {"a": {}}]
    refused = 0
    for _ in range(1000):
        damaged = valid
        for path in rng.sample(paths, rng.choice([1, 1, 2])):
            try:
                damaged = replaced(damaged, path, rng.choice(junk))
            except (IndexError, KeyError, TypeError):
                continue  # the other damage has removed the place
        refused += is_refused(json.dumps(damaged).encode())
    assert refused > 600


def test_a_thousand_damaged_texts():
    """Bytes are cut out and put in, such as quotes, braces, and what is no UTF-8."""
    rng, text = random.Random(0), tuned(scoring=FBeta(2), min_labels=1).to_json().encode()
    refused = 0
    for _ in range(1000):
        start, length = rng.randrange(len(text)), rng.choice([1, 1, 2, 10, 1000])
        noise = bytes(rng.choices(b'{}[]",:0-e.ntx\\\x00\xc3\xff', k=rng.choice([0, 1, 3])))
        refused += is_refused(text[:start] + noise + text[start + length :])
    assert refused > 600


# A field in quotes, or what is wrong with a text that has no fields.
FAULT = (
    r"is no valid file of thresholds: "
    r"('[^']+'|\"[^\"]+\") (must|has an unknown field)|it must be (JSON|text in UTF-8)"
)


def is_refused(text):
    """Whether a text is refused, by a ValueError that names the fault; others fail the test."""
    found, message = None, ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of another version
            found = TunedThresholds.from_json(io.BytesIO(text))
    except ValueError as error:
        message = str(error)
    if found is None:
        assert re.search(FAULT, message), message
        return True
    assert found.thresholds.shape == found.low_support.shape
    assert not np.isnan(found.thresholds).any()
    assert str(found)
    return False


def test_names_that_json_does_not_have():
    y, y_score = samples()
    y.columns = [("a", 1), ("a", 2), ("b", 1)]
    with pytest.raises(ValueError, match="Names of labels and classes must be strings or finite"):
        tune_thresholds(y.set_axis(pd.to_datetime([1, 2, 3]), axis=1), y_score).to_json()


def test_a_file_of_another_version_warns(monkeypatch):
    text = tuned().to_json()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(text)
    monkeypatch.setattr("threshold_estimators.core._version.__version__", "9.9")
    with pytest.warns(UserWarning, match=r"saved by version 0\.\S+ of .* loaded by version 9\.9"):
        read(text)


def test_a_pickle_of_another_version_warns_once(monkeypatch):
    saved = pickle.dumps(tuned())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "_version" not in vars(pickle.loads(saved))
    monkeypatch.setattr("threshold_estimators.core._version.__version__", "9.9")
    with pytest.warns(UserWarning, match=r"saved by version 0\.\S+ of") as caught:
        pickle.loads(saved)
    assert len(caught) == 1


def test_a_pickle_without_a_version_warns():
    record = tuned()
    state = record.__getstate__()
    del state["_version"]
    with pytest.warns(UserWarning, match="saved by an unknown version"):
        TunedThresholds.__new__(TunedThresholds).__setstate__(state)


def test_only_this_package_s_objectives_are_built():
    assert "Own" not in _json._objectives()
    assert {"FBeta", "Cost", "Constrained"} <= set(_json._objectives())


def test_scores_of_each_label_where_they_are_not_averaged():
    record = tuned(scoring=FBeta(average=None))
    text = record.to_json()
    for name in ("score", "cv_score", "cv_score_interval"):
        np.testing.assert_array_equal(getattr(read(text), name), getattr(record, name))
    with pytest.raises(ValueError, match="'score' must be a number, or a list of"):
        read_document(json.loads(text) | {"score": [1]})
