"""The user's program that type checkers read in .ci/run: it is complete, and it runs."""

import ast
import runpy
from pathlib import Path

import pytest

import threshold_estimators

SCRIPT = Path(__file__).parents[1] / "typing" / "user_script.py"


def test_it_imports_every_public_name():
    imported = [
        alias.name
        for node in ast.parse(SCRIPT.read_text()).body
        if isinstance(node, ast.ImportFrom) and node.module == "threshold_estimators"
        for alias in node.names
    ]
    assert sorted(imported) == sorted(threshold_estimators.__all__)


def test_it_runs(capsys):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    runpy.run_path(str(SCRIPT), run_name="__main__")
    pyplot.close("all")
    assert "threshold" in capsys.readouterr().out
