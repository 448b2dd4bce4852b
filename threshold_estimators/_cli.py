"""The command ``threshold-estimators``: tune, apply and report thresholds of scores in a file.

Each command reads its arguments with argparse and calls one function below, ``tune``, ``apply`` or
``report``, which returns nothing. What is wrong with the user's input is an error of one line.

How to add a command: write its function and a parser for it in ``_parser``.
"""

import argparse
import os
import re
import sys
import warnings
from contextlib import closing, nullcontext
from itertools import chain
from typing import NamedTuple

import numpy as np

from .core import __version__
from .inspection import ThresholdCurveDisplay, threshold_report
from .model_selection import MultilabelStratifiedGroupKFold
from .objectives import Constrained, Precision, Recall, check_objective
from .tuning import STRATEGIES, TunedThresholds, built_objective, tune_thresholds

PROGRAM = "threshold-estimators"
CHUNK = 200_000  # samples of a CSV file that `apply` holds in memory
# What the package calls the input of a command, in error messages.
OPTIONS = {"y_true": "--truth", "y": "--truth", "y_score": "--scores", "X": "--scores"} | {
    name: f"--{name.replace('_', '-')}"
    for name in ("scoring", "strategy", "cv", "min_labels", "max_labels", "sample_weight", "groups")
}
EXAMPLE = """
example:
  A file scores.csv with the true labels y_cat and y_dog (0 or 1) and a model's scores p_cat and
  p_dog, a sample in each row:

      id,y_cat,y_dog,p_cat,p_dog
      1,1,0,0.81,0.22
      2,0,1,0.35,0.41

  Tune thresholds, judge them on other samples, and decide new scores:

      threshold-estimators tune scores.csv --truth 'y_*' --scores 'p_*' --output thresholds.json
      threshold-estimators report thresholds.json test.csv --truth 'y_*' --scores 'p_*'
      threshold-estimators apply thresholds.json new.csv --scores 'p_*' --keep id > decisions.csv

exit status: 0 if all went well, 1 if the input is wrong, 2 if the command line is.
"""


def main(argv: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = _print_warning
            arguments.run(arguments)
            sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ImportError, OSError, TypeError, ValueError) as error:
        _print_line("error", str(error))
        return 1
    except KeyboardInterrupt:
        _print_line("error", "interrupted")
        return 1
    return 0


def _print_warning(message, *_):
    _print_line("warning", str(message))


def _print_line(kind, message):
    """One line on stderr, in the words of the command line."""
    for name, option in OPTIONS.items():
        message = message.replace(f"'{name}'", option)
    print(f"{PROGRAM}: {kind}: {' '.join(message.split())}", file=sys.stderr)


def tune(arguments: argparse.Namespace) -> None:
    """Tune thresholds, print the report and write the file."""
    table = _read(arguments.file)
    y_true, y_score = _samples(table, arguments)
    weight, groups = (_column(table, name) for name in (arguments.weight, arguments.groups))
    cv = arguments.cv or None
    if cv is None and groups is not None:
        raise ValueError("--groups are for folds. Give --cv at least 2.")
    tuned = tune_thresholds(
        y_true,
        y_score,
        scoring=_scoring(arguments, y_true),
        strategy=arguments.strategy,
        min_labels=arguments.min_labels,
        max_labels=arguments.max_labels,
        sample_weight=weight,
        groups=groups,
        cv=cv if groups is None else MultilabelStratifiedGroupKFold(cv),
        store_cv_results=True,
    )
    tuned.to_json(arguments.output)
    if arguments.plot is not None:
        _plot(tuned, y_true, y_score, arguments.plot)
    print(threshold_report(tuned))
    plot = "" if arguments.plot is None else f" and {arguments.plot}"
    held_out = f"{tuned.cv_score:.4g} held out, " if cv else ""
    print(f"Score: {held_out}{tuned.score:.4g} on the samples of tuning, which is optimistic.")
    if cv:
        lower, upper = tuned.cv_score_interval
        print(f"Score on new samples: 95 % interval {lower:.4g} to {upper:.4g}.")
    print(f"Written: {arguments.output}{plot}")


def apply(arguments: argparse.Namespace) -> None:
    """Decide scores by a file of thresholds, chunk by chunk."""
    saved = TunedThresholds.from_json(arguments.thresholds)
    with closing(_chunks(arguments.file)) as chunks:
        _write((_decisions(saved, table, arguments) for table in chunks), arguments.output)


def report(arguments: argparse.Namespace) -> None:
    """Print how thresholds of a file do on labelled scores."""
    saved = TunedThresholds.from_json(arguments.thresholds)
    table = _read(arguments.file)
    y_true, y_score = _samples(table, arguments)
    y_score = _in_order(saved, y_score)
    if saved.classes is None:
        y_true = _in_order(saved, y_true)
    print(threshold_report(saved, y_score, y_true, sample_weight=_column(table, arguments.weight)))


def _decisions(saved, table, arguments):
    """DataFrame of the columns to keep and of the decisions."""
    chosen = _choose(table.columns, arguments.scores, "--scores")
    y_pred = saved.predict(_in_order(saved, _named(table, chosen)))
    kept = [_choose(table.columns, [name], "--keep").columns for name in arguments.keep]
    decisions = table[[column for columns in kept for column in columns]].copy()
    if saved.classes is not None:
        y_pred, names = y_pred[:, np.newaxis], ["decision"]
    elif saved.label_names is None:
        names = chosen.names
    else:
        names = list(map(str, saved.label_names))
    for name, of_label in zip(names, y_pred.T, strict=True):
        if name in decisions:
            raise ValueError(f"--keep has the column {name!r}, which is a label too. Rename it.")
        decisions[name] = of_label
    return decisions


def _in_order(saved, table):
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


class _Chosen(NamedTuple):
    """Columns that patterns choose, and the names of their labels."""

    columns: list[str]
    names: list[str]
    has_pattern: bool


def _choose(columns, patterns, option):
    """_Chosen of patterns: a ``*`` is the name of a label, else the column is the name."""
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
    return _Chosen([c for c, _ in chosen], names, any(p not in columns for p in patterns))


def _named(table, chosen):
    return table[chosen.columns].set_axis(chosen.names, axis=1)


def _samples(table, arguments):
    """(truth, scores) as DataFrames with the same columns; truth may be a column of two classes."""
    truth = _choose(table.columns, arguments.truth, "--truth")
    scores = _choose(table.columns, arguments.scores, "--scores")
    if truth.has_pattern and scores.has_pattern:
        without = sorted(set(truth.names) ^ set(scores.names))
        if without:
            raise ValueError(
                "--truth and --scores must match the same labels. "
                f"Got {', '.join(without[:10])} in one of them only."
            )
        y_score = _named(table, scores)[truth.names]
    elif len(truth.names) != len(scores.names):
        raise ValueError(
            "--truth and --scores must choose as many columns. "
            f"Got {len(truth.names)} and {len(scores.names)}."
        )
    else:
        y_score = _named(table, scores._replace(names=truth.names))
    y_true = _named(table, truth)
    if len(truth.names) == 1 and not y_true.iloc[:, 0].dropna().isin([0, 1]).all():
        y_true = y_true.iloc[:, 0]
    return y_true, y_score


def _column(table, name):
    if name is None:
        return None
    if name not in table.columns:
        raise ValueError(f"There is no column {name!r} in the file.")
    return table[name].to_numpy()


def _scoring(arguments, y_true):
    """The objective of --scoring and --floor."""
    scoring, floor = arguments.scoring, arguments.floor
    if ":" in scoring or scoring[:1].isupper():
        name, _, parameters = scoring.partition(":")
        parameters = dict(map(_parameter, filter(None, parameters.split(","))))
        scoring = built_objective({"name": name, "parameters": parameters}, "--scoring")
    if floor is None:
        return scoring
    measure, at_least = floor
    if y_true.ndim == 1:
        classes = np.unique(y_true.dropna())
        objective = check_objective(scoring, len(y_true), 1, classes)
    else:
        objective = check_objective(scoring, *y_true.shape)
    average = getattr(objective, "average", None)
    return Constrained(objective, FLOORS[measure](average=average), at_least)


FLOORS = {"precision": Precision, "recall": Recall}


def _parameter(text):
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        return name.strip(), value.strip()


def _plot(tuned, y_true, y_score, path):
    os.environ.setdefault("MPLBACKEND", "agg")
    display = ThresholdCurveDisplay.from_predictions(
        y_true, y_score, tuned.thresholds, cv_thresholds=tuned.cv_thresholds, reference=None
    )
    display.figure_.savefig(path, bbox_inches="tight")


def _pandas():
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            f"{PROGRAM} needs pandas. Install it: pip install 'threshold-estimators[cli]'"
        ) from error
    return pd


def _read(path):
    """DataFrame of all rows of a file."""
    chunks = list(_chunks(path))
    return chunks[0] if len(chunks) == 1 else _pandas().concat(chunks, ignore_index=True)


def _chunks(path):
    """DataFrames of the rows of a file, none of which is empty."""
    try:
        yield from _read_chunks(_pandas(), path)
    except ValueError as error:  # of pandas and pyarrow, which do not name the file
        raise ValueError(f"{path} cannot be read: {error}") from error


def _read_chunks(pd, path):
    if path.endswith((".parquet", ".pq")):
        yield _not_empty(pd.read_parquet(path))
        return
    source, separator = sys.stdin if path == "-" else path, "\t" if ".tsv" in path else ","
    # Scores are read to the last bit, as they are compared with thresholds.
    options = {"sep": separator, "float_precision": "round_trip"}
    n_chunks = 0
    with pd.read_csv(source, chunksize=CHUNK, **options) as chunks:
        for chunk in chunks:
            n_chunks += 1
            yield _not_empty(chunk)
    if not n_chunks:
        raise ValueError("it has no rows.")


def _not_empty(table):
    if not len(table):
        raise ValueError("it has no rows.")
    return table


def _write(tables, path):
    """Write DataFrames as one CSV file; a file is opened only if the first table exists."""
    tables, n_done = iter(tables), 0
    table = next(tables)
    with nullcontext(sys.stdout) if path == "-" else open(path, "w", encoding="utf-8") as output:
        for chunk in chain([table], tables):
            chunk.to_csv(output, index=False, header=n_done == 0, lineterminator="\n")
            n_done += len(chunk)
            if len(chunk) == CHUNK:
                print(f"{n_done} samples are decided", file=sys.stderr)


def _measure(text):
    """Pair of a measure and its floor, of an argument such as precision=0.9."""
    name, _, floor = text.partition("=")
    if name not in FLOORS:
        raise argparse.ArgumentTypeError(f"must be precision=... or recall=..., not {text!r}")
    try:
        return name, float(floor)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"needs a number, as in {name}=0.9") from error


def _parser():
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Thresholds that turn the scores of a multi-label model into decisions.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_tune(commands)
    _add_apply(commands)
    _add_report(commands)
    return parser


def _add_command(commands, run, summary, *, takes_truth, takes_thresholds):
    parser = commands.add_parser(
        run.__name__,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    if takes_thresholds:
        parser.add_argument("thresholds", help="file of thresholds that `tune` wrote")
    parser.add_argument(
        "file", help="scores: .csv (also .csv.gz), .tsv or .parquet; - is a CSV file on stdin"
    )
    add = parser.add_argument
    if takes_truth:
        text = "columns of true labels, 0 or 1, empty if unknown: names, or a pattern whose * is"
        add("--truth", nargs="+", default=["y_*"], help=f"{text} the label (default: 'y_*')")
    text = "columns of scores, as --truth; labels are matched by the * if both are patterns, else"
    add("--scores", nargs="+", default=["p_*"], help=f"{text} in order (default: 'p_*')")
    if takes_truth:
        add("--weight", metavar="COLUMN", help="column with the weight of each sample")
    return parser


def _add_tune(commands):
    summary = "tune thresholds, print a report on them, and write them as JSON"
    parser = _add_command(commands, tune, summary, takes_truth=True, takes_thresholds=False)
    add = parser.add_argument
    add("-o", "--output", default="thresholds.json", help="file to write (default: %(default)s)")
    add("--plot", metavar="FILE", help="picture of the metrics against the thresholds (.png, .pdf)")
    add(
        "--scoring",
        default="f1_macro",
        help="what to maximise: a scorer of scikit-learn, such as f1_micro; or an objective with "
        "its parameters, such as FBeta:beta=2 or Cost:fp=1,fn=5 (default: %(default)s)",
    )
    add(
        "--strategy",
        default="pooled",
        choices=STRATEGIES,
        help="how to tune: pooled suits rare labels, per_label is the optimum on these samples, "
        "global is one threshold for all labels, proportion keeps how often labels occur "
        "(default: %(default)s)",
    )
    add(
        "--floor",
        type=_measure,
        metavar="MEASURE=NUMBER",
        help="precision=0.9 or recall=0.9: what each label must reach; the best --scoring "
        "under it is chosen, for example with --scoring Recall",
    )
    add("--min-labels", type=int, help="smallest number of labels of a sample")
    add("--max-labels", type=int, help="largest number of labels of a sample")
    add("--cv", type=int, default=5, help="folds that evaluate; 0 for none (default: %(default)s)")
    add("--groups", metavar="COLUMN", help="samples of a group stay in one fold")


def _add_apply(commands):
    summary = "decide new scores, and write 0 and 1 for each label as CSV"
    parser = _add_command(commands, apply, summary, takes_truth=False, takes_thresholds=True)
    add = parser.add_argument
    add("-o", "--output", default="-", help="file to write (default: standard output)")
    add("--keep", nargs="+", default=[], metavar="COLUMN", help="columns to copy, such as an id")


def _add_report(commands):
    summary = "judge thresholds on labelled scores that they were not tuned on"
    _add_command(commands, report, summary, takes_truth=True, takes_thresholds=True)
