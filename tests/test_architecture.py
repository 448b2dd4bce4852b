"""The house as docs/architecture.md draws it: imports run downwards, private scikit-learn in one file."""

import ast
import re
from pathlib import Path

import threshold_estimators

PACKAGE = Path(threshold_estimators.__file__).parent
FROM_TOP_TO_BOTTOM = [
    "__init__",
    "display",
    "report",
    "_judging",
    "reject",
    "_tuned_model",
    "classifier",
    "fixed",
    "_thresholded",
    "scorers",
    "_calibration",
    "_cross_fit",
    "_progress",
    "_fitting",
    "_response",
    "_target",
    "tuning",
    "_band_tuning",
    "model_selection",
    "_stratification",
    "_limited_search",
    "_strategies",
    "objectives",
    "_pooling",
    "_evidence",
    "_bins",
    "_switches",
    "_common_cut",
    "_row_solver",
    "_rows",
    "_solvers",
    "_corners",
    "_hulls",
    "_narrowing",
    "_buckets",
    "_keys",
    "_bands",
    "_cuts",
    "_limits",
    "_validation",
    "_counts",
    "_labels",
    "_compat",
]


def floor(path):
    part = path.relative_to(PACKAGE).parts[0]
    return FROM_TOP_TO_BOTTOM.index(part.removesuffix(".py"))


def imported_floors(path):
    """Floors of the modules of this package that a file imports at its top or within."""
    depth = len(path.relative_to(PACKAGE).parts) - 1
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth + 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (FROM_TOP_TO_BOTTOM.index(name.split(".")[0]) for name in names)


def test_imports_run_downwards():
    for path in PACKAGE.rglob("*.py"):
        for imported in imported_floors(path):
            assert imported > floor(path), f"{path.name} imports {FROM_TOP_TO_BOTTOM[imported]}, which is above it"


def test_every_module_has_its_floor():
    parts = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    assert parts == set(FROM_TOP_TO_BOTTOM)


def test_private_parts_of_scikit_learn_are_imported_in_one_file():
    private = re.compile(r"^\s*(?:from|import)\s+(sklearn\S*\._\S*|sklearn\S* import .*\b_\w+)", re.MULTILINE)
    for path in PACKAGE.rglob("*.py"):
        if path.name != "_compat.py":
            assert not private.search(path.read_text()), path.name


def test_callbacks_of_scikit_learn_are_known_in_one_file():
    experimental = re.compile(
        r"^\s*(?:from|import)\s+sklearn\.callback|_skl_callbacks|_callback_context\(max", re.MULTILINE
    )
    for path in PACKAGE.rglob("*.py"):
        assert bool(experimental.search(path.read_text())) == (path.name == "_compat.py"), path.name


def test_headings_of_docstrings_stand_alone():
    for path in PACKAGE.rglob("*.py"):
        for line in path.read_text().splitlines():
            assert re.search(r"\w -{4,}|-{4,} \w", line) is None, f"{path.name}: {line}"


def test_public_names_are_exactly_all():
    public = {name for name in vars(threshold_estimators) if not name.startswith("_")}
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {"display", "objectives"}
    assert set(threshold_estimators.__all__) == public - modules
