"""The code of docs/scale.md that needs other libraries, as it stands there."""

import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from threshold_estimators import StreamingThresholdTuner, tune_thresholds

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
LABELS = ["cat", "dog", "fox"]


def run(heading, **names):
    """Names that are defined after the code below a heading has run."""
    section = re.search(rf"^## {heading}$(.*?)^## ", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    for code in re.findall(r"```python\n(.*?)```", section[1], re.DOTALL):
        exec(compile(code, f"{PAGE}, {heading}", "exec"), names)
    return names


@pytest.fixture
def samples(tmp_path, monkeypatch):
    """Labels, and scores of single precision; the code runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    y_true = rng.random((3000, 3)) < [0.3, 0.1, 0.02]
    return y_true, rng.beta(1 + 2 * y_true, 8).astype(np.float32)


def table(y_true, y_score):
    truth = pd.DataFrame(y_true, columns=[f"y_{label}" for label in LABELS])
    return truth.join(pd.DataFrame(y_score, columns=[f"p_{label}" for label in LABELS]))


def assert_same_counts(found, expected):
    for field, value in zip(found.bins_, expected.bins_, strict=True):
        np.testing.assert_array_equal(field, value)


def test_parquet(samples):
    pytest.importorskip("pyarrow")
    table(*samples).to_parquet("scores.parquet", row_group_size=700)
    found = run("Parquet")
    assert_same_counts(found["tuner"], StreamingThresholdTuner().partial_fit(*samples))
    assert found["tuned"].label_names.tolist() == LABELS


def test_dask(samples):
    pytest.importorskip("dask.dataframe")
    table(*samples).to_parquet("scores", row_group_size=700)
    expected = StreamingThresholdTuner().partial_fit(*(data[:, :2] for data in samples)).tune()
    np.testing.assert_array_equal(run("Dask")["tuned"].thresholds, expected.thresholds)


def test_duckdb(samples):
    duckdb = pytest.importorskip("duckdb")
    y_true, y_score = samples
    label = np.broadcast_to(np.arange(3), y_true.shape)
    rows = pd.DataFrame({"label": label.ravel(), "y": y_true.ravel(), "p": y_score.ravel()})
    with duckdb.connect("warehouse.db") as database:
        database.execute("CREATE TABLE scores AS SELECT * FROM rows")
        assert len(rows) == y_true.size
    found = run("SQL")
    found["database"].close()
    expected = tune_thresholds(y_true, y_score, strategy="per_label")
    np.testing.assert_array_equal(found["exact"].predict(y_score), expected.predict(y_score))
    assert found["exact"].score == expected.score
    assert found["tuner"].n_samples_seen_ == len(y_true)


def test_torch(samples):
    torch = pytest.importorskip("torch")
    samples[1][:4] = np.array([[0, 1, 0.5, 1e-42]]).T
    parts = (np.array_split(data, 4) for data in samples)
    batches = [tuple(map(torch.from_numpy, batch)) for batch in zip(*parts, strict=True)]
    found = run("Torch", batches=batches)
    assert_same_counts(found["tuner"], StreamingThresholdTuner().partial_fit(*samples))


def test_spark_with_a_stand_in_for_a_data_frame(samples):
    class Scores:
        """Two partitions, of which one is empty."""

        def mapInPandas(self, work, schema):  # noqa: N802 (the name of Spark)
            assert schema == "tuner binary"
            self.rows = [*work(iter([table(*samples)[:2000], table(*samples)[2000:]])), *work([])]
            return self

        def toLocalIterator(self):  # noqa: N802 (the name of Spark)
            for frame in self.rows:
                yield from frame.itertuples()

    found = run("Spark", scores=Scores())
    assert_same_counts(found["tuner"], StreamingThresholdTuner().partial_fit(*samples))
    assert pickle.loads(pickle.dumps(found["tuner"])).n_samples_seen_ == 3000
