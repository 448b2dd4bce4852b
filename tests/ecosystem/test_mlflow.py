"""The program of docs/production.md logs and loads a model."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mlflow")
pytest.importorskip("skops.io")
pytest.importorskip("sqlalchemy")
PAGE = (Path(__file__).parents[2] / "docs" / "production.md").read_text()
FIT = """
import numpy as np
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from threshold_estimators import MultiLabelThresholdClassifier
X, y = make_multilabel_classification(200, n_classes=3, random_state=0)
model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(X, y)
"""
CHECK = """
for again in (loaded, served):
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
run = mlflow.last_active_run()
assert run.data.metrics["cv_score"] == model.cv_score_
text = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/thresholds.json")
assert text == model.tuned_.to_json()
"""


def test_the_program_of_the_page(tmp_path):
    program = re.search(r"```python\n(import mlflow\n.*?)```", PAGE, re.DOTALL)[1]
    # MLflow has state of its process, warns, and writes into the working directory.
    environment = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"}
    command = [sys.executable, "-c", FIT + program + CHECK]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
