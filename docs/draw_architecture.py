"""Draw the rooms of the package and their imports: `python docs/draw_architecture.py`.

The arrows come from the imports. A test redraws the picture, so that it stays current.
"""

import ast
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import threshold_estimators

PACKAGE = Path(threshold_estimators.__file__).parent
PICTURE = Path(__file__).parent / "images" / "architecture.svg"


class Room(NamedTuple):
    """Where a box stands: its floor, counted from the ground, and its edges in columns."""

    floor: int
    left: float
    right: float
    work: str


ROOMS = {
    "inspection": Room(5, 0, 7.8, "report and displays"),
    "onnx": Room(5, 8.1, 12, "classifiers as ONNX graphs"),
    "estimators": Room(4, 0, 12, "classifiers and scorers"),
    "tuning": Room(3, 3.5, 12, "labels and scores in, thresholds out"),
    "fitting": Room(2, 0, 3.2, "out-of-fold scores"),
    "pooling": Room(2, 5.5, 12, "shares data between labels"),
    "model_selection": Room(1, 0, 4, "stratified splitters"),
    "objectives": Room(1, 4.3, 7.8, "what is maximised"),
    "solvers": Room(1, 8.1, 12, "exact and searched optima"),
    "core": Room(0, 0, 12, "labels, decisions, confusion counts, validation"),
}
COLUMN, BOX, GAP, MARGIN = 60, 58, 34, 20
WIDTH = 12 * COLUMN + 2 * MARGIN
N_FLOORS = 1 + max(room.floor for room in ROOMS.values())
HEIGHT = N_FLOORS * BOX + (N_FLOORS - 1) * GAP + 2 * MARGIN
STYLE = """
  text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
  .name { font-size: 16px; font-weight: 600; fill: #16324f; }
  .work { font-size: 13px; fill: #45566a; }
  .room { fill: #eef4fa; stroke: #9db8d2; }
  .arrow { stroke: #5d7a96; stroke-width: 1.5; fill: none; marker-end: url(#head); }
"""


def imports():
    """Rooms that each room imports: dict of sets."""
    return {room: set().union(*map(rooms_of, (PACKAGE / room).glob("*.py"))) for room in ROOMS}


def rooms_of(path):
    """Rooms that a file imports by `from ..room import name`."""
    return {
        node.module.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level == 2
    }


def without_detours(imported):
    """Leave out an import from A to C if A also reaches C through another room."""
    return {
        room: direct - set().union(*(reached_from(other, imported) for other in direct))
        for room, direct in imported.items()
    }


def reached_from(room, imported):
    """Rooms that a room imports, directly or through others."""
    direct = imported[room]
    return direct.union(*(reached_from(other, imported) for other in direct))


def arrow(upper, lower):
    """A vertical line from one box to another, through the widest space between the boxes."""
    start, end = ROOMS[upper], ROOMS[lower]
    between = [room for room in ROOMS.values() if end.floor < room.floor < start.floor]
    left, right = max(start.left, end.left), min(start.right, end.right)
    edges = sorted({left, right, *(edge for room in between for edge in (room.left, room.right))})
    edges = [edge for edge in edges if left <= edge <= right]
    spaces = [
        (low, high)
        for low, high in pairwise(edges)
        if not any(room.left < high and low < room.right for room in between)
    ]
    if not spaces:
        raise ValueError(f"No vertical line leads from {upper!r} to {lower!r}. Move the boxes.")
    low, high = max(spaces, key=lambda space: space[1] - space[0])
    x = MARGIN + COLUMN * (low + high) / 2
    y_start, y_end = top(start.floor) + BOX, top(end.floor)
    return f'<path class="arrow" d="M{x:.0f} {y_start} V{y_end - 3}"/>'


def top(floor):
    """Distance of a floor's boxes from the upper edge of the picture."""
    return MARGIN + (N_FLOORS - 1 - floor) * (BOX + GAP)


def box(name, room):
    """A rectangle with the name of the room and what it does."""
    x, y = MARGIN + COLUMN * room.left, top(room.floor)
    width = COLUMN * (room.right - room.left)
    middle = x + width / 2
    return (
        f'<rect class="room" x="{x:.0f}" y="{y}" width="{width:.0f}" height="{BOX}" rx="6"/>\n'
        f'<text class="name" x="{middle:.0f}" y="{y + 25}" text-anchor="middle">{name}</text>\n'
        f'<text class="work" x="{middle:.0f}" y="{y + 45}" text-anchor="middle">{room.work}</text>'
    )


def draw():
    """The picture as the text of an SVG file."""
    arrows = [
        arrow(upper, lower)
        for upper, lowers in without_detours(imports()).items()
        for lower in sorted(lowers)
    ]
    boxes = [box(name, room) for name, room in ROOMS.items()]
    head = (
        '<marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#5d7a96"/></marker>'
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img">',
            "<title>The rooms of threshold_estimators and their imports</title>",
            f"<style>{STYLE}</style>",
            f"<defs>{head}</defs>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff"/>',
            *arrows,
            *boxes,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(draw())
