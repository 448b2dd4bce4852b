"""The house as docs/architecture.md draws it: imports run downwards, through the rooms' doors."""

import ast
import re
import runpy
from inspect import ismodule
from pathlib import Path

import pytest

import threshold_estimators

PACKAGE = Path(threshold_estimators.__file__).parent
DOCS = Path(__file__).parents[2] / "docs"
# Rooms from the ground up; a room imports from rooms of lower floors only.
FLOORS = [
    {"core"},
    {"objectives", "solvers", "model_selection"},
    {"pooling", "fitting"},
    {"tuning"},
    {"estimators"},
    {"inspection", "onnx"},
]
ROOMS = set().union(*FLOORS)


def floor_of(room):
    return next(floor for floor, rooms in enumerate(FLOORS) if room in rooms)


def relative_imports(path):
    """(level, module) of each relative import of a file: level 1 is the room, 2 the package."""
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


def test_public_names_of_the_package_are_those_it_lists():
    public = {
        name
        for name, value in vars(threshold_estimators).items()
        if not name.startswith("_") and not ismodule(value)
    }
    assert set(threshold_estimators.__all__) == public


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


def test_the_picture_of_the_rooms_is_current():
    script = runpy.run_path(str(DOCS / "draw_architecture.py"))
    assert {name: room.floor for name, room in script["ROOMS"].items()} == {
        room: floor_of(room) for room in ROOMS
    }
    drawn = (DOCS / "images" / "architecture.svg").read_text()
    assert script["draw"]() == drawn, "Run: python docs/draw_architecture.py"
