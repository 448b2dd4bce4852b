"""Panels, colours and legends of the displays. matplotlib is imported when something is drawn."""

from typing import NamedTuple

import numpy as np

from ..core import import_optional


class Color:
    """Colours of Okabe and Ito, which are distinguishable with every kind of colour vision."""

    BLUE = "#0072B2"
    VERMILLION = "#D55E00"
    GREEN = "#009E73"
    PURPLE = "#CC79A7"
    ORANGE = "#E69F00"
    SKY = "#56B4E9"
    GREY = "#767676"
    PALE = (0.46, 0.46, 0.46, 0.35)


DOTTED = {"color": Color.GREY, "linestyle": ":", "linewidth": 1.2}
ERROR_BAR = {"linewidth": 2.2, "marker": "_", "markersize": 8, "linestyle": "-"}
# Width of a panel in inches for each number of columns.
PANEL_WIDTH = {1: 6.4, 2: 3.8, 3: 3.2, 4: 2.6}
LONGEST_NAME = 24
LARGEST = 1e300  # matplotlib cannot scale axes to the largest floats


class Panels(NamedTuple):
    """One axes for each label, row by row.

    axes : (n_panels,) object array of Axes; n_columns : int
    legend_place : Axes in or above which the legend stands, or None for the top of the figure
    """

    figure: object
    axes: np.ndarray
    n_columns: int
    legend_place: object = None

    def is_left(self, panel):
        """Whether a panel begins a row."""
        return panel % self.n_columns == 0

    def is_bottom(self, panel):
        """Whether there is no panel below it."""
        return panel + self.n_columns >= len(self.axes)

    def is_last_row(self, panel):
        """Whether a panel is in the last row."""
        return panel // self.n_columns == (len(self.axes) - 1) // self.n_columns


def ink():
    """Colour of text, which is light in a dark style; for marks that stand out as much."""
    import matplotlib as mpl

    return mpl.rcParams["text.color"]


def panels(n_panels, ax, caller, *, square=False):
    """Axes of labels: in a new figure, in the axes given, or as a grid in the place of the axes.

    Square panels also share the range of x.
    """
    plt = import_optional("matplotlib.pyplot", caller)
    if not isinstance(ax, plt.Axes | None):
        raise TypeError(
            f"'ax' must be one matplotlib Axes, such as plt.subplots() gives. Got {ax!r} instead."
        )
    n_columns = _n_columns(n_panels)
    n_rows = -(-n_panels // n_columns)
    if ax is not None and n_panels == 1:
        return Panels(ax.figure, np.array([ax]), 1, ax)
    if ax is None:
        width = PANEL_WIDTH[n_columns]
        height = 4.8 if n_panels == 1 else width * (1.0 if square else 0.8) * n_rows + 0.6
        layout = "compressed" if square else "constrained"
        figure = plt.figure(figsize=(width * n_columns, height), layout=layout)
        cells, legend_place = figure.add_gridspec(n_rows, n_columns), None
    else:
        figure = ax.figure
        cells, legend_place = _cells_within(ax, n_rows, n_columns)
    axes = np.empty(n_panels, object)
    for panel in range(n_panels):
        cell = cells[panel // n_columns, panel % n_columns]
        axes[panel] = figure.add_subplot(cell, sharey=axes[0], sharex=axes[0] if square else None)
    return Panels(figure, axes, n_columns, legend_place)


def _n_columns(n_panels):
    """Four columns for many panels; for few panels the number that leaves the fewest holes."""
    return {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 9: 3}.get(n_panels, 4)


def _cells_within(ax, n_rows, n_columns):
    """Cells in the place of an axes, and an axes for the legend above them."""
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            "'ax' must come from plt.subplots or Figure.add_subplot, so that several panels can "
            "take its place. Otherwise choose a single label with 'labels'."
        )
    ax.set_axis_off()
    # 0.7 inches hold two lines and a title.
    fraction = min(0.7 / (ax.bbox.height / ax.figure.dpi), 0.4)
    top, below = place.subgridspec(2, 1, height_ratios=[fraction, 1 - fraction], hspace=0.15)
    legend_place = ax.figure.add_subplot(top)
    legend_place.set_axis_off()
    # A layout engine finds the room between panels by itself.
    spaces = {"hspace": 0.5, "wspace": 0.2} if ax.figure.get_layout_engine() is None else {}
    return below.subgridspec(n_rows, n_columns, **spaces), legend_place


def padded(values, fraction):
    """(lowest, highest) of the finite values, with a margin of a fraction of their range."""
    values = np.asarray(values, float)
    values = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    if not len(values):
        values = np.zeros(1)
    largest, size = np.max(np.abs(values)), np.ptp(values)
    margin = fraction * size if size > 1e-9 * largest else max(0.5, 0.05 * largest)
    return values.min() - margin, values.max() + margin


def name_panels(drawn, names, xlabel, ylabel):
    """Write the label's name above each panel, and the names of the axes at the outer ones."""
    for panel, (axes, name) in enumerate(zip(drawn.axes, names, strict=True)):
        axes.set_title(shortened(name), fontsize="medium", parse_math=False)
        if drawn.is_left(panel):
            axes.set_ylabel(ylabel)
        else:
            axes.tick_params(labelleft=False)
        if drawn.is_last_row(panel):
            axes.set_xlabel(xlabel)


def shortened(name, longest=LONGEST_NAME):
    """The name, with an ellipsis for what does not fit."""
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


def interval_text(low, high, digits=2):
    """An interval as short text, empty if it is unknown."""
    if np.isnan(low):
        return ""
    between = "\N{EN DASH}" if low >= 0 else " to "
    return f"{low:.{digits}f}{between}{high:.{digits}f}"


def add_legend(drawn, handles, title):
    """One legend above all panels, where it hides nothing."""
    place = drawn.legend_place
    style = {"handles": handles, "title": title, "frameon": False}
    style |= {"fontsize": "small", "title_fontsize": "medium"}
    if place is None:
        width = drawn.figure.bbox.width
        return _widest_legend(drawn.figure, width, loc="outside upper center", **style)
    if place is not drawn.axes[0]:
        return _widest_legend(place, 1.2 * place.bbox.width, loc="center", **style)
    # The one axes of a user: the legend takes the place between the axes and its title.
    n_columns = 3
    height = 8 + 14 * (-(-len(handles) // n_columns) + (title is not None))  # in points
    if place.figure.get_layout_engine() is None:
        _make_room_above(place, height / 72)
    place.set_title(place.get_title(), fontsize="medium", pad=height, parse_math=False)
    return place.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), borderaxespad=0.2, ncols=n_columns, **style
    )


def _widest_legend(parent, width, **style):
    """Legend with as many columns, up to six, as fit into a width."""
    for n_columns in range(min(6, len(style["handles"])), 0, -1):
        legend = parent.legend(ncols=n_columns, **style)
        if n_columns == 1 or legend.get_window_extent().width <= width:
            break
        legend.remove()
    return legend


def _make_room_above(ax, inches):
    """Lower the top of an axes, as a colorbar would."""
    place = ax.get_position()
    inches_of_figure = ax.figure.bbox.height / ax.figure.dpi
    ax.set_position(
        [place.x0, place.y0, place.width, max(place.height - inches / inches_of_figure, 0.1)]
    )


def entry(label, **style):
    """Entry of a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **style)


def error_bar(axes, x, y, color, marker="_"):
    """An interval as a line with an end mark, behind the points."""
    style = ERROR_BAR | {"marker": marker}
    return axes.plot(x, y, color=color, zorder=3.5, clip_on=False, **style)[0]


def mark(color, *, hollow=False, size=6, **style):
    """Style of a point: filled for a chosen threshold, a ring for a reference."""
    return {
        "color": color,
        "linestyle": "none",
        "marker": "o",
        "markersize": size + 3 if hollow else size,
        "markerfacecolor": "none" if hollow else color,
        "markeredgewidth": 1.2,
        "zorder": 4,
        **style,
    }


def aligned(columns, has_text_last=True):
    """Lines of columns of text: the first, and a last one of text, flush left, others right."""
    padded = []
    for position, column in enumerate(columns):
        width = max(map(len, column))
        is_text = position == 0 or (has_text_last and position == len(columns) - 1)
        padded.append([f"{cell:{'<' if is_text else '>'}{width}}" for cell in column])
    return ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]
