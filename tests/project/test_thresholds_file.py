"""The programs of docs/thresholds_file.md decide as this package does."""

import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from threshold_estimators import TunedThresholds, tune_thresholds
from threshold_estimators.tuning import _json

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "thresholds_file.md").read_text()
SCHEMA = json.loads((DOCS / "thresholds.schema.json").read_text())


def program(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture(params=[{}, {"min_labels": 1, "max_labels": 2}], ids=["free", "limited"])
def tuned(request):
    rng = np.random.default_rng(0)
    y = pd.DataFrame(rng.random((200, 4)) < 0.4, columns=list("abcd"))
    tuned = tune_thresholds(y, rng.random((200, 4)).round(1), **request.param)
    document = json.loads(tuned.to_json())
    document["labels"][0]["threshold"], document["labels"][1]["threshold"] = "inf", "-inf"
    return document


def expected(document, y_score, tmp_path):
    path = tmp_path / "thresholds.json"
    path.write_text(json.dumps(document))
    return TunedThresholds.from_json(path).predict(y_score)


def test_javascript(tuned, tmp_path):
    if shutil.which("node") is None:
        pytest.skip("needs node")
    y_score = np.random.default_rng(1).random((300, 4)).round(1)
    script = program("js") + (
        f"const scores = {pd.DataFrame(y_score, columns=list('abcd')).to_json(orient='records')};"
        f"const file = {json.dumps(tuned)};"
        "console.log(JSON.stringify(scores.map((sample) => decide(file, sample))));"
    )
    run = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    found = [[int(name in names) for name in "abcd"] for names in json.loads(run.stdout)]
    np.testing.assert_array_equal(found, expected(tuned, y_score, tmp_path))


def test_sql(tuned, tmp_path):
    tuned["limits"] = None
    y_score = np.random.default_rng(1).random((300, 4)).round(1)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE thresholds(document)")
    connection.execute("INSERT INTO thresholds VALUES (?)", [json.dumps(tuned)])
    connection.execute("CREATE TABLE scores(sample, label, score)")
    rows = [(i, "abcd"[j], score) for (i, j), score in np.ndenumerate(y_score)]
    connection.executemany("INSERT INTO scores VALUES (?, ?, ?)", rows)
    found = [decision for _, _, decision in connection.execute(program("sql"))]
    connection.close()
    np.testing.assert_array_equal(
        np.reshape(found, y_score.shape), expected(tuned, y_score, tmp_path)
    )


def test_the_page_and_the_schema_have_all_fields():
    of_label = SCHEMA["$defs"]["label"]["properties"]
    assert set(SCHEMA["properties"]) == _json.FIELDS
    assert set(of_label) == _json.LABEL_FIELDS
    assert set(SCHEMA["$defs"]["objective"]["properties"]) == _json.OBJECTIVE_FIELDS
    for field in {*_json.FIELDS, *(f"labels[i].{name}" for name in of_label)}:
        assert re.search(rf"^\| .*`{re.escape(field)}`.* \|", PAGE, re.MULTILINE), field


def test_the_schema_takes_what_is_written(tuned):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(tuned, SCHEMA)
    jsonschema.validate({"format": 1, "labels": [{"threshold": 0.5}]}, SCHEMA)
    for damage in (
        {"format": 2},
        {"limit": 3},
        {"labels": []},
        {"labels": [{"threshold": "high"}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tuned | damage, SCHEMA)
