"""Columns of a table, for the command line: which are chosen, and their labels in order."""

import re
from typing import Any, NamedTuple

import numpy as np

from ._files import imported


class Chosen(NamedTuple):
    """Columns that patterns choose, and the names of their labels."""

    columns: list[str]
    names: list[str]
    has_pattern: bool


def choose(columns: Any, patterns: list[str], option: str) -> Chosen:
    """Chosen columns of patterns: a ``*`` is the name of a label, else the column is the name."""
    chosen = []
    for pattern in patterns:
        if pattern in columns:
            found = [(pattern, pattern)]
        else:
            expression = re.compile(re.escape(pattern).replace(r"\*", "(.*)", 1))
            matches = [(name, expression.fullmatch(name)) for name in map(str, columns)]
            found = [(name, match[1]) for name, match in matches if match and match.groups()]
        if not found:
            known = ", ".join(map(str, columns[:10])) + (", ..." if len(columns) > 10 else "")
            raise ValueError(f"{option}: no column matches {pattern!r}. The columns are {known}.")
        chosen += found
    names = [name for _, name in chosen]
    if len(set(names)) < len(names):
        raise ValueError(f"{option} must choose each label once. Got {', '.join(names)}.")
    return Chosen([c for c, _ in chosen], names, any(p not in columns for p in patterns))


def _named(table, chosen):
    return table[chosen.columns].set_axis(chosen.names, axis=1)


def numbers(table: Any, chosen: Chosen) -> Any:
    """As _named, for columns that must hold numbers."""
    for name in chosen.columns:
        found = imported("pandas").to_numeric(table[name], errors="coerce")
        wrong = np.flatnonzero(found.isna() & table[name].notna())
        if len(wrong):
            value, row = table[name].iloc[wrong[0]], table.index[wrong[0]]
            raise ValueError(
                f"--scores must be numbers. Got {value!r} in column {name!r}, row {row}."
            )
    return _named(table, chosen)


def labelled(table: Any, arguments: Any) -> tuple[Any, Any]:
    """(truth, scores) as DataFrames with the same columns; truth may be a column of two classes."""
    truth = choose(table.columns, arguments.truth, "--truth")
    scores = choose(table.columns, arguments.scores, "--scores")
    if truth.has_pattern and scores.has_pattern:
        without = sorted(set(truth.names) ^ set(scores.names))
        if without:
            raise ValueError(
                "--truth and --scores must match the same labels. "
                f"Got {', '.join(without[:10])} in one of them only."
            )
        y_score = numbers(table, scores)[truth.names]
    elif len(truth.names) != len(scores.names):
        raise ValueError(
            "--truth and --scores must choose as many columns. "
            f"Got {len(truth.names)} and {len(scores.names)}."
        )
    else:
        y_score = numbers(table, scores._replace(names=truth.names))
    y_true = _named(table, truth)
    if len(truth.names) == 1 and not y_true.iloc[:, 0].dropna().isin([0, 1]).all():
        y_true = y_true.iloc[:, 0]
    return y_true, y_score


def column(table: Any, name: str | None) -> Any:
    """Values of a column, or None without a name."""
    if name is None:
        return None
    if name not in table.columns:
        raise ValueError(f"There is no column {name!r} in the file.")
    return table[name].to_numpy()


def in_order(saved: Any, table: Any) -> np.ndarray:
    """The columns of a table as the labels of a file: by name if all have one, else in order."""
    n_labels = len(saved.thresholds)
    names = None if saved.label_names is None else list(map(str, saved.label_names))
    if saved.classes is None and names is not None and set(names) & set(table.columns):
        missing = [name for name in names if name not in table.columns]
        unknown = [name for name in table.columns if name not in names]
        if missing or unknown:
            raise ValueError(
                "The columns must be the labels of the file of thresholds. "
                f"Got none for {missing[:10]}, and {unknown[:10]} are no labels."
            )
        table = table[names]
    if table.shape[1] != n_labels:
        raise ValueError(
            f"The file of thresholds has {n_labels} labels. Got {table.shape[1]} columns instead."
        )
    return table.to_numpy()
