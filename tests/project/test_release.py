"""What is released: the wheel and the sdist, and where the version is written."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import threshold_estimators

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BUILD = """
import sys
from hatchling.build import build_sdist, build_wheel
build_wheel(sys.argv[1])
build_sdist(sys.argv[1])
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """Folder with a wheel and an sdist of this checkout."""
    pytest.importorskip("hatchling")
    if not (ROOT / "threshold_estimators").exists():
        pytest.skip("needs the sources of the package")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-c", BUILD, folder], cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_wheel_has_types_and_no_tests(dist):
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        points = next(name for name in names if name.endswith("entry_points.txt"))
        assert (
            "threshold-estimators = threshold_estimators._cli:main" in wheel.read(points).decode()
        )
    info = points.partition("/")[0]
    assert "threshold_estimators/py.typed" in names
    assert {name.partition("/")[0] for name in names} == {"threshold_estimators", info}
    assert not [name for name in names if "test" in name]
    modules = {str(p.relative_to(ROOT)) for p in ROOT.glob("threshold_estimators/**/*.py")}
    assert modules == {name for name in names if name.endswith(".py")}


def test_the_sdist_has_tests_and_docs(dist):
    with tarfile.open(next(dist.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "docs/index.md", "docs/CITATION.cff"} <= names
    assert {str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/*.py")} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith("docs/_build")]


def test_the_version_is_the_same_everywhere():
    version = threshold_estimators.__version__
    citation = (ROOT / "docs" / "CITATION.cff").read_text()
    assert f"\nversion: {version}\n" in citation
    assert re.search(r"^## (\S+)", (ROOT / "docs/changelog.md").read_text(), re.M)[1] == version


def test_the_page_has_the_oldest_versions():
    page = (ROOT / "docs" / "libraries.md").read_text()
    listed = dict(re.findall(r"^\| (\S+?),?(?: [^|]*)? \| ([\d.]+) \|", page, re.MULTILINE))
    extras = PROJECT["optional-dependencies"]
    floors = [*PROJECT["dependencies"], *extras["frames"], *extras["plots"]]
    expected = dict(floor.split(">=") for floor in floors)
    assert listed == expected | {"Python": PROJECT["requires-python"].removeprefix(">=")}
