import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import threshold_estimators
from threshold_estimators import (
    Constrained,
    FBeta,
    Recall,
    TunedThresholds,
    __version__,
    tune_thresholds,
)
from threshold_estimators import Precision as PrecisionOf
from threshold_estimators._cli import OBJECTIVES, main
from threshold_estimators.objectives import Objective

LABELS = ["cat", "dog", "cow"]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    y = (rng.random((300, 3)) < [0.4, 0.2, 0.1]).astype(int)
    score = 0.3 * y + 0.7 * rng.random((300, 3))
    table = pd.DataFrame({"id": np.arange(300), "group": np.arange(300) // 3})
    for label, name in enumerate(LABELS):
        table[f"y_{name}"] = y[:, label]
    for label in (2, 0, 1):  # in another order than the truth
        table[f"p_{LABELS[label]}"] = score[:, label]
    table["kind"] = np.where(y[:, 0], "yes", "no")
    table.to_csv("scores.csv", index=False)
    return table


def truth_and_scores(table):
    return [
        table[[f"{prefix}_{name}" for name in LABELS]].set_axis(LABELS, axis=1) for prefix in "yp"
    ]


def test_tune_writes_what_the_function_returns(table, capsys):
    assert main(["tune", "scores.csv"]) == 0
    expected = tune_thresholds(*truth_and_scores(table), cv=5)
    assert TunedThresholds.from_json("thresholds.json").to_json() == expected.to_json()
    out = capsys.readouterr().out
    assert f"Score: {expected.cv_score:.4g} held out, {expected.score:.4g} on" in out
    lower, upper = expected.cv_score_interval
    assert f"95 % interval {lower:.4g} to {upper:.4g}" in out
    assert "cross-fitted" in out
    assert "cow" in out


@pytest.mark.parametrize(
    ("options", "params"),
    [
        (["--strategy", "global", "--cv", "0"], {"strategy": "global"}),
        (["--scoring", "f1_micro", "--max-labels", "1"], {"scoring": "f1_micro", "max_labels": 1}),
        (
            ["--scoring", "FBeta:beta=2,average=micro", "--cv", "3"],
            {"scoring": FBeta(2.0, average="micro"), "cv": 3},
        ),
        (
            ["--scoring", "Recall", "--floor", "precision=0.8", "--weight", "id"],
            {"scoring": Constrained(Recall(), PrecisionOf(), 0.8), "sample_weight": np.arange(300)},
        ),
    ],
)
def test_options_of_tune(table, options, params):
    assert main(["tune", "scores.csv", "--output", "out.json", *options]) == 0
    expected = tune_thresholds(*truth_and_scores(table), **params)
    found = TunedThresholds.from_json("out.json")
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert found.limits == expected.limits


def test_groups_stay_in_one_fold(table):
    assert main(["tune", "scores.csv", "--groups", "group"]) == 0
    assert main(["tune", "scores.csv", "--output", "other.json"]) == 0
    found, other = map(TunedThresholds.from_json, ("thresholds.json", "other.json"))
    np.testing.assert_array_equal(found.thresholds, other.thresholds)
    assert found.cv_score != other.cv_score


def test_columns_by_name_are_in_order(table):
    truth, scores = [["y_cat", "y_dog"], ["p_cat", "p_dog"]]
    assert main(["tune", "scores.csv", "--truth", *truth, "--scores", *scores, "--cv", "0"]) == 0
    expected = tune_thresholds(table[truth].to_numpy(), table[scores].to_numpy())
    found = TunedThresholds.from_json("thresholds.json")
    assert found.label_names.tolist() == truth
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)


def test_apply_decides_as_predict(table, capsys, monkeypatch):
    monkeypatch.setattr("threshold_estimators._files.CHUNK", 70)
    assert main(["tune", "scores.csv", "--min-labels", "1"]) == 0
    arguments = ["apply", "thresholds.json", "scores.csv", "--keep", "id"]
    assert main([*arguments, "--output", "decisions.csv"]) == 0
    capsys.readouterr()
    assert main(arguments) == 0
    decisions = pd.read_csv("decisions.csv")
    assert capsys.readouterr().out == decisions.to_csv(index=False, lineterminator="\n")
    assert decisions.columns.tolist() == ["id", *LABELS]
    expected = TunedThresholds.from_json("thresholds.json").predict(truth_and_scores(table)[1])
    np.testing.assert_array_equal(decisions[LABELS], expected)


def test_the_file_goes_to_standard_output(table, capsys):
    assert main(["tune", "scores.csv", "--output", "-"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["kind"] == "thresholds"
    assert "Score: " in captured.err
    assert "Written" not in captured.err


def test_long_files_report_progress(table, capsys, monkeypatch):
    assert main(["tune", "scores.csv"]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("threshold_estimators._files.CHUNK", 100)
    monkeypatch.setattr("threshold_estimators._files.SECONDS", 0)
    assert main(["tune", "scores.csv"]) == 0
    err = capsys.readouterr().err
    assert "threshold-estimators: 200 samples are read\n" in err
    assert "threshold-estimators: thresholds are tuned on 300 samples\n" in err
    assert main(["apply", "thresholds.json", "scores.csv"]) == 0
    assert "threshold-estimators: 300 samples are decided\n" in capsys.readouterr().err


def test_the_objectives_of_the_help_are_all_that_need_no_other():
    others = {"Constrained", "CountObjective", "LinearRatio"}
    public = {
        name
        for name in threshold_estimators.__all__
        if isinstance(value := getattr(threshold_estimators, name), type)
        and issubclass(value, Objective)
    }
    assert set(OBJECTIVES) == public - others


def test_report_judges_other_samples(table, capsys):
    assert main(["tune", "scores.csv"]) == 0
    table.iloc[:50].to_csv("test.csv", index=False)
    capsys.readouterr()
    assert main(["report", "thresholds.json", "test.csv"]) == 0
    out = capsys.readouterr().out
    assert "on 50 samples: at 0.5, at the threshold (tuned)" in out
    assert [line.split()[0] for line in out.splitlines()[4:10:2]] == LABELS


def test_a_column_of_two_classes(table):
    options = ["--truth", "kind", "--scores", "p_cat"]
    assert main(["tune", "scores.csv", *options, "--floor", "recall=0.5"]) == 0
    apply = ["apply", "thresholds.json", "scores.csv", "--scores", "p_cat", "-o", "out.csv"]
    assert main(apply) == 0
    found = TunedThresholds.from_json("thresholds.json")
    y_pred = found.predict(table[["p_cat"]].to_numpy())
    assert pd.read_csv("out.csv")["decision"].tolist() == y_pred.tolist()
    assert main(["report", "thresholds.json", "scores.csv", *options]) == 0


def test_missing_truth_and_other_formats(table, monkeypatch):
    table.loc[:9, "y_cat"] = np.nan
    expected = tune_thresholds(*truth_and_scores(table), cv=5).to_json()
    table.to_csv("scores.tsv", sep="\t", index=False)
    assert main(["tune", "scores.tsv"]) == 0
    assert TunedThresholds.from_json("thresholds.json").to_json() == expected
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("threshold_estimators._files.CHUNK", 70)
    table.to_parquet("scores.parquet")
    assert main(["tune", "scores.parquet", "-o", "parquet.json"]) == 0
    assert TunedThresholds.from_json("parquet.json").to_json() == expected


def test_plot(table):
    pytest.importorskip("matplotlib")
    assert main(["tune", "scores.csv", "--plot", "plot.png"]) == 0
    with open("plot.png", "rb") as file:
        assert file.read(4) == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tune", "none.csv"], "No such file or directory: 'none.csv'"),
        (["tune", "scores.csv", "--truth", "z_*"], "--truth: no column matches 'z_*'. The columns"),
        (["tune", "scores.csv", "--scores", "p_cat"], "must choose as many columns. Got 3 and 1."),
        (["tune", "scores.csv", "--truth", "y_c*"], "must match the same labels. Got at, cat"),
        (["tune", "scores.csv", "--truth", "id", "--scores", "p_cat"], "Unknown label type"),
        (["tune", "scores.csv", "--scoring", "none"], "--scoring must be"),
        (["tune", "scores.csv", "--scoring", "FBeta:gamma=1"], "unknown field 'gamma'"),
        (["tune", "scores.csv", "--min-labels", "9"], "--min-labels must not exceed"),
        (["tune", "scores.csv", "--weight", "none"], "There is no column 'none'"),
        (["tune", "scores.csv", "--groups", "group", "--cv", "0"], "--groups are for folds"),
        (["tune", "scores.csv", "--scoring", "Best"], "one of Accuracy, BalancedAccuracy, "),
        (["tune", "scores.csv", "--cv", "500"], "at most the number of samples, 300. Got 500"),
        (["tune", "scores.csv", "--plot", "plot.xyz"], "--plot must end in .png, .pdf or .svg."),
        (["tune", "scores.csv", "--plot", "no/plot.png"], "No such file or directory: 'no/plot.p"),
        (["tune", "none.parquet"], "No such file or directory: 'none.parquet'"),
        (["tune", "semicolons.csv"], "columns must be separated by commas, or by tabs in a file"),
        (["tune", "text.csv"], "Got 'high' in column 'p_dog', row 3."),
        (["tune", "cut.csv.gz"], "cut.csv.gz cannot be read: Compressed file ended before"),
        (["tune", "noise.csv.gz"], "noise.csv.gz cannot be read: "),
        (["tune", "text.csv.gz"], "text.csv.gz cannot be read: Not a gzipped file"),
        (
            ["tune", "scores.csv", "--floor", "recall=0.5", "--scoring", "f1_samples"],
            "--scoring must be averaged over labels, such as f1_macro or Recall. Got 'f1_samples'",
        ),
        (["tune", "empty.csv"], "empty.csv cannot be read: No columns to parse from file"),
        (["tune", "head.csv"], "head.csv cannot be read: it has no rows."),
        (["tune", "scores.csv", "-o", "no/where.json"], "No such file or directory"),
        (["apply", "scores.csv", "scores.csv"], "scores.csv is no valid file of thresholds"),
        (["apply", "good.json", "scores.csv", "--scores", "p_c*"], "has 3 labels. Got 2 columns"),
        (["apply", "good.json", "others.csv"], "Got none for ['cow'], and ['hen'] are no labels."),
        (["apply", "good.json", "scores.csv", "--scores", "id"], "has 3 labels. Got 1 columns"),
        (["apply", "good.json", "labels.csv", "--keep", "cat"], "--keep has the column 'cat'"),
    ],
)
def test_errors_are_one_line(table, arguments, message, capsys):
    assert main(["tune", "scores.csv", "-o", "good.json"]) == 0
    table.rename(columns={"id": "cat"}).to_csv("labels.csv", index=False)
    table.rename(columns={"p_cow": "p_hen"}).to_csv("others.csv", index=False)
    table.to_csv("semicolons.csv", index=False, sep=";")
    table.astype({"p_dog": object}).replace({"p_dog": {table["p_dog"][3]: "high"}}).to_csv(
        "text.csv"
    )
    packed = gzip.compress(table.to_csv().encode(), mtime=0)
    noise = packed[:900] + b"\xff" * 50 + packed[950:]
    for name, content in (("cut", packed[:-900]), ("noise", noise), ("text", b"y_cat,p_cat")):
        Path(f"{name}.csv.gz").write_bytes(content)
    for name, text in (("empty.csv", ""), ("head.csv", "y_cat,p_cat\n")):
        with open(name, "w") as file:
            file.write(text)
    capsys.readouterr()
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("threshold-estimators: error: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["tune"],
        ["tune", "a.csv", "--floor", "f1=1"],
        ["tune", "a.csv", "--floor", "recall=x"],
        ["tune", "a.csv", "--floor", "recall=1.5"],
        ["tune", "a.csv", "--floor", "recall=nan"],
    ],
)
def test_usage_errors(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: threshold-estimators" in capsys.readouterr().err


def test_warnings_are_one_line(table, capsys):
    assert main(["tune", "scores.csv", "--floor", "precision=1", "--scoring", "Recall"]) == 0
    table.assign(y_cat=0).to_csv("never.csv", index=False)
    assert main(["tune", "never.csv", "--floor", "recall=1", "--scoring", "recall_macro"]) == 0
    err = capsys.readouterr().err
    assert err.startswith("threshold-estimators: warning: ")
    assert "Traceback" not in err


def test_the_module_runs(table):
    command = [sys.executable, "-m", "threshold_estimators"]
    run = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == f"threshold-estimators {__version__}"
    text = "y_a,p_a\n" + "0,0.1\n1,0.8\n" * 20
    run = subprocess.run([*command, "tune", "-"], input=text, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    with open("thresholds.json") as file:
        assert [label["name"] for label in json.load(file)["labels"]] == ["a"]


@pytest.mark.parametrize("command", ["tune", "apply", "report"])
def test_help_has_an_example(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert "threshold-estimators apply thresholds.json" in capsys.readouterr().out
