"""The house as docs/architecture.md draws it: imports run downwards, private scikit-learn in one file."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

import threshold_estimators

PACKAGE = Path(threshold_estimators.__file__).parent
# Rooms from the ground up; a room imports from rooms of lower floors only.
FLOORS = [
    {"core"},
    {"objectives", "solvers", "model_selection"},
    {"pooling", "fitting"},
    {"tuning"},
    {"estimators"},
    {"inspection"},
]
ROOMS = set().union(*FLOORS)


def floor_of(room):
    return next(floor for floor, rooms in enumerate(FLOORS) if room in rooms)


def relative_imports(path):
    """(room or None for the own one, module within the room or None) of each relative import of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.level, node.module or ""


def test_rooms_are_those_of_the_floors():
    assert {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()} == ROOMS


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_from_lower_floors_through_their_doors(room):
    for path in (PACKAGE / room).glob("*.py"):
        for level, module in relative_imports(path):
            if level == 1:
                assert "." not in module
                continue
            assert module in ROOMS, f"{path.name} imports {module!r}, which is no room's door"
            assert floor_of(module) < floor_of(room), (
                f"{path.name} imports {module}, which is not below {room}"
            )


def test_every_file_below_the_door_is_private():
    for path in PACKAGE.rglob("*.py"):
        assert path.stem.startswith("_"), path


@pytest.mark.parametrize("room", ["", *sorted(ROOMS)])
def test_a_door_names_exactly_what_it_imports(room):
    door = import_module(f"threshold_estimators.{room}".rstrip("."))
    imported = {
        alias.name
        for node in ast.parse(Path(door.__file__).read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(imported) == sorted(door.__all__)


def test_private_parts_of_scikit_learn_are_imported_in_one_file():
    private = re.compile(
        r"^\s*(?:from|import)\s+(sklearn\S*\._\S*|sklearn\S* import .*\b_\w+)", re.MULTILINE
    )
    for path in PACKAGE.rglob("*.py"):
        if path.name != "_compat.py":
            assert not private.search(path.read_text()), path.name


def test_callbacks_of_scikit_learn_are_known_in_one_file():
    experimental = re.compile(
        r"^\s*(?:from|import)\s+sklearn\.callback|_skl_callbacks|_callback_context\(max",
        re.MULTILINE,
    )
    for path in PACKAGE.rglob("*.py"):
        assert bool(experimental.search(path.read_text())) == (path.name == "_compat.py"), path.name


def test_headings_of_docstrings_stand_alone():
    for path in PACKAGE.rglob("*.py"):
        for line in path.read_text().splitlines():
            assert re.search(r"\w -{4,}|-{4,} \w", line) is None, f"{path.name}: {line}"
