from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_backend
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from threshold_estimators import MultiLabelThresholdClassifier

callback = pytest.importorskip("sklearn.callback", reason="callbacks are of scikit-learn 1.9")


class Recorder:
    """Callback that writes what it is told to a file, from whichever process."""

    max_propagation_depth = 1

    def __init__(self, path):
        self.path = Path(path)
        self.path.touch()

    def _write(self, event, context):
        parent = "" if context.parent is None else context.parent.task_name
        with self.path.open("a") as file:
            file.write(f"{event}|{parent}|{context.task_name}\n")

    def setup(self, estimator, context):
        self._write("setup", context)

    def teardown(self, estimator, context):
        self._write("teardown", context)

    def on_fit_task_begin(self, estimator, context):
        self._write("begin", context)

    def on_fit_task_end(self, estimator, context):
        self._write("end", context)

    def events(self):
        return [tuple(line.split("|")) for line in self.path.read_text().splitlines()]

    def tasks(self):
        """(parent, task) of all tasks in the order of their ends, each of which has begun."""
        ended = [task for event, *task in self.events() if event == "end"]
        begun = [task for event, *task in self.events() if event == "begin"]
        assert Counter(map(tuple, begun)) == Counter(map(tuple, ended))
        return [tuple(task) for task in ended]


@pytest.fixture
def recorder(tmp_path):
    return Recorder(tmp_path / "events")


def test_folds_refit_and_tuning_are_tasks(recorder, multilabel):
    MultiLabelThresholdClassifier(LogisticRegression(), cv=3).set_callbacks(recorder).fit(
        *multilabel
    )
    folds = [("cross-fit", f"fold {fold}, labels 0 to 3") for fold in range(3)]
    expected = [*folds, ("fit", "cross-fit"), ("fit", "refit"), ("fit", "tune"), ("", "fit")]
    assert recorder.tasks() == expected
    assert recorder.events()[0][0] == "setup"
    assert recorder.events()[-1][0] == "teardown"


def test_calibration_is_a_task(recorder, multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression(), calibrator="sigmoid", cv=3)
    model.set_callbacks(recorder).fit(*multilabel)
    assert recorder.tasks()[-4:] == [
        ("fit", "refit"),
        ("fit", "calibrate"),
        ("fit", "tune"),
        ("", "fit"),
    ]


def test_portions_of_labels_are_tasks_of_workers(recorder, multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=3, n_jobs=2, random_state=0)
    silent = clone(model).fit(*multilabel)
    model.set_callbacks(recorder).fit(*multilabel)
    np.testing.assert_array_equal(model.thresholds_, silent.thresholds_)
    portions = {task for parent, task in recorder.tasks() if parent == "cross-fit"}
    assert len(portions) == 9
    assert "fold 2, labels 2 to 3" in portions


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_any_backend(backend, recorder, multilabel):
    with parallel_backend(backend, n_jobs=2):
        MultiLabelThresholdClassifier(LogisticRegression(), cv=2).set_callbacks(recorder).fit(
            *multilabel
        )
    assert recorder.tasks()[-1] == ("", "fit")


def test_callbacks_hit_the_cache(recorder, multilabel, tmp_path):
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), cv=3, memory=str(tmp_path / "cache"), random_state=0
    ).fit(*multilabel)
    heard = clone(model).set_callbacks(recorder).fit(*multilabel)
    assert recorder.tasks() == [("fit", "tune"), ("", "fit")]
    np.testing.assert_array_equal(model.thresholds_, heard.thresholds_)


def test_what_was_cached_with_callbacks_serves_without(recorder, multilabel, tmp_path):
    estimator = RandomForestClassifier(n_estimators=5)
    model = MultiLabelThresholdClassifier(
        estimator, cv=3, memory=str(tmp_path / "cache"), random_state=0
    )
    heard = clone(model).set_callbacks(recorder).fit(*multilabel)
    assert ("fit", "refit") in recorder.tasks()
    other = Recorder(tmp_path / "other")
    clone(model).set_callbacks(other).fit(*multilabel)
    assert other.tasks() == [("fit", "tune"), ("", "fit")]
    np.testing.assert_array_equal(heard.thresholds_, model.fit(*multilabel).thresholds_)


def test_fits_of_one_part(recorder, multilabel, tmp_path):
    X, y = multilabel
    MultiLabelThresholdClassifier(LogisticRegression(), cv=0.3, refit=False).set_callbacks(
        recorder
    ).fit(X, y)
    assert recorder.tasks() == [("fit", "fit"), ("fit", "tune"), ("", "fit")]
    frozen = Recorder(tmp_path / "frozen")
    forest = FrozenEstimator(RandomForestClassifier(n_estimators=5).fit(X[:99], y[:99]))
    MultiLabelThresholdClassifier(forest).set_callbacks(frozen).fit(X[99:], y[99:])
    assert frozen.tasks() == [("fit", "tune"), ("", "fit")]


def test_a_search_shows_the_fits_in_it(recorder, multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=2, random_state=0)
    search = GridSearchCV(model, {"strategy": ["per_label", "global"]}, cv=2).set_callbacks(
        recorder
    )
    search.fit(*multilabel)
    assert recorder.tasks().count(("search", "fit")) == 4
    assert [event for event, *_ in recorder.events()].count("setup") == 1
    assert not hasattr(search.best_estimator_, "_skl_callbacks")


def test_callbacks_are_torn_down_after_an_error(recorder, multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(LogisticRegression(C=-1), cv=2).set_callbacks(recorder)
    with pytest.raises(ValueError, match="'C' parameter"):
        model.fit(X, y)
    assert recorder.events()[-1][0] == "teardown"
    model.set_params(estimator__C=1).fit(X, y)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_bar(n_jobs, multilabel, capsys):
    pytest.importorskip("rich")
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=3, n_jobs=n_jobs)
    model.set_callbacks(callback.ProgressBar()).fit(*multilabel)
    shown = capsys.readouterr().out
    assert "MultiLabelThresholdClassifier - cross-fit" in shown
    assert "100%" in shown
