"""The command ``threshold-estimators``: tune, apply and report thresholds of scores in a file.

Each command reads its arguments with argparse and calls one function below, ``tune``, ``apply`` or
``report``, which returns nothing. What is wrong with the user's input is an error of one line.

How to add a command: write its function and a parser for it in ``_parser``.
"""

import argparse
import os
import sys
import warnings
from contextlib import closing
from pathlib import Path

import numpy as np

from ._columns import choose, column, in_order, labelled, numbers
from ._files import PROGRAM, Progress, imported, read, read_chunks, write
from .core import __version__
from .inspection import ThresholdCurveDisplay, threshold_report
from .model_selection import MultilabelStratifiedGroupKFold
from .objectives import Constrained, Precision, Recall, check_objective
from .tuning import STRATEGIES, TunedThresholds, built_objective, tune_thresholds

# What --scoring takes besides the names of scikit-learn's scorers.
OBJECTIVES = (
    *("Accuracy", "BalancedAccuracy", "ClosestToCorner", "CohenKappa", "Cost", "FBeta", "GMean"),
    *("Jaccard", "MatthewsCorrelation", "NegativePredictiveValue", "Precision", "Recall"),
    *("Specificity", "SubsetAccuracy", "YoudenJ"),
)
FLOORS = {"precision": Precision, "recall": Recall}
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
    except OSError as error:
        _print_line("error", f"{error.strerror}: {error.filename!r}")
        return 1
    except (ImportError, TypeError, ValueError) as error:
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
    _check_outputs(arguments)
    progress, table = Progress(), read(arguments.file)
    y_true, y_score = labelled(table, arguments)
    progress(f"thresholds are tuned on {len(table)} samples")
    weight, groups = (column(table, name) for name in (arguments.weight, arguments.groups))
    cv = _folds(arguments, len(table))
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
    progress("thresholds are tuned, the report is made")
    if arguments.output == "-":
        print(tuned.to_json(), end="")
    else:
        tuned.to_json(arguments.output)
    if arguments.plot is not None:
        _plot(tuned, y_true, y_score, arguments.plot)
    # Programs that read the thresholds do not want the report.
    print(_report_of(tuned, arguments), file=sys.stderr if arguments.output == "-" else None)


def _report_of(tuned, arguments):
    lines, held_out = [str(threshold_report(tuned))], ""
    if arguments.cv:
        held_out = f"{tuned.cv_score:.4g} held out, "
    lines += [f"Score: {held_out}{tuned.score:.4g} on the samples of tuning, which is optimistic."]
    if arguments.cv:
        lower, upper = tuned.cv_score_interval
        lines += [f"Score on new samples: 95 % interval {lower:.4g} to {upper:.4g}."]
    written = [path for path in (arguments.output, arguments.plot) if path not in (None, "-")]
    if written:
        lines += [f"Written: {' and '.join(written)}"]
    return "\n".join(lines)


def _check_outputs(arguments):
    """Raise an error for files that cannot be written, before the work is done."""
    for path in (arguments.output, arguments.plot):
        if path is not None and not Path(path).parent.is_dir():
            raise FileNotFoundError(2, "No such file or directory", path)
    if arguments.plot is not None:
        formats = imported("matplotlib.figure").Figure().canvas.get_supported_filetypes()
        if Path(arguments.plot).suffix[1:].lower() not in formats:
            raise ValueError(f"--plot must end in .png, .pdf or .svg. Got {arguments.plot!r}.")


def _folds(arguments, n_samples):
    """Number of folds, or None."""
    if not arguments.cv and arguments.groups is not None:
        raise ValueError("--groups are for folds. Give --cv at least 2.")
    if arguments.cv > n_samples:
        raise ValueError(
            f"--cv must be at most the number of samples, {n_samples}. Got {arguments.cv} instead; "
            "0 leaves the evaluation out."
        )
    return arguments.cv or None


def apply(arguments: argparse.Namespace) -> None:
    """Decide scores by a file of thresholds, chunk by chunk."""
    saved = TunedThresholds.from_json(arguments.thresholds)
    with closing(read_chunks(arguments.file)) as chunks:
        write((_decisions(saved, table, arguments) for table in chunks), arguments.output)


def report(arguments: argparse.Namespace) -> None:
    """Print how thresholds of a file do on labelled scores."""
    saved = TunedThresholds.from_json(arguments.thresholds)
    table = read(arguments.file)
    y_true, y_score = labelled(table, arguments)
    y_score = in_order(saved, y_score)
    if saved.classes is None:
        y_true = in_order(saved, y_true)
    print(threshold_report(saved, y_score, y_true, sample_weight=column(table, arguments.weight)))


def _decisions(saved, table, arguments):
    """DataFrame of the columns to keep and of the decisions."""
    chosen = choose(table.columns, arguments.scores, "--scores")
    y_pred = saved.predict(in_order(saved, numbers(table, chosen)))
    kept = [choose(table.columns, [name], "--keep").columns for name in arguments.keep]
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


def _scoring(arguments, y_true):
    """The objective of --scoring and --floor."""
    scoring, floor = arguments.scoring, arguments.floor
    if ":" in scoring or scoring[:1].isupper():
        name, _, parameters = scoring.partition(":")
        if name not in OBJECTIVES:
            raise ValueError(
                "--scoring must be the name of a scikit-learn scorer, such as f1_macro, or one of "
                f"{', '.join(OBJECTIVES)}. Got {name!r} instead."
            )
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
    if average == "samples":
        raise ValueError(
            "--floor is for each label, so --scoring must be averaged over labels, such as "
            f"f1_macro or Recall. Got {arguments.scoring!r} instead."
        )
    return Constrained(objective, FLOORS[measure](average=average), at_least)


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


def _measure(text):
    """Pair of a measure and its floor, of an argument such as precision=0.9."""
    name, _, floor = text.partition("=")
    if name not in FLOORS:
        raise argparse.ArgumentTypeError(f"must be precision=... or recall=..., not {text!r}")
    try:
        at_least = float(floor)
    except ValueError:
        at_least = np.nan
    if not 0 <= at_least <= 1:
        raise argparse.ArgumentTypeError(f"needs a number from 0 to 1, as in {name}=0.9")
    return name, at_least


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
        # The file stands first, as options that take several columns would take it too.
        usage=f"{PROGRAM} {run.__name__} {'thresholds ' * takes_thresholds}file [options]",
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
    add, columns = parser.add_argument, {"nargs": "+", "metavar": "COLUMN"}
    if takes_truth:
        text = "columns of true labels, 0 or 1, empty if unknown: names, or a pattern whose * is"
        add("--truth", **columns, default=["y_*"], help=f"{text} the label (default: 'y_*')")
    text = "columns of scores, as --truth; labels are matched by the * if both are patterns, else"
    add("--scores", **columns, default=["p_*"], help=f"{text} in order (default: 'p_*')")
    if takes_truth:
        add("--weight", metavar="COLUMN", help="column with the weight of each sample")
    return parser


def _add_tune(commands):
    summary = "tune thresholds, print a report on them, and write them as JSON"
    parser = _add_command(commands, tune, summary, takes_truth=True, takes_thresholds=False)
    add = parser.add_argument
    text = "file to write; - is standard output, with the report on standard error"
    output = ("-o", "--output")
    add(*output, default="thresholds.json", metavar="FILE", help=f"{text} (default: %(default)s)")
    add("--plot", metavar="FILE", help="picture of the metrics against the thresholds (.png, .pdf)")
    add(
        "--scoring",
        default="f1_macro",
        help="what to maximise: a scorer of scikit-learn, such as f1_micro; or an objective with "
        "its parameters, such as FBeta:beta=2,average=micro or Cost:fp=1,fn=5. The objectives are "
        f"{', '.join(OBJECTIVES)} (default: %(default)s)",
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
        help="precision=0.9 or recall=0.9: what each label must reach on new samples, with a "
        "confidence of 0.9; the best --scoring under it is chosen, for example --scoring Recall",
    )
    add("--min-labels", type=int, metavar="N", help="smallest number of labels of a sample")
    add("--max-labels", type=int, metavar="N", help="largest number of labels of a sample")
    text = "folds that evaluate; 0 for none (default: %(default)s)"
    add("--cv", type=int, metavar="N", default=5, help=text)
    add("--groups", metavar="COLUMN", help="samples of a group stay in one fold")


def _add_apply(commands):
    summary = "decide new scores, and write 0 and 1 for each label as CSV"
    parser = _add_command(commands, apply, summary, takes_truth=False, takes_thresholds=True)
    add = parser.add_argument
    text = "CSV file to write (default: standard output)"
    add("-o", "--output", default="-", metavar="FILE", help=text)
    add("--keep", nargs="+", default=[], metavar="COLUMN", help="columns to copy, such as an id")


def _add_report(commands):
    summary = "judge thresholds on labelled scores that they were not tuned on"
    _add_command(commands, report, summary, takes_truth=True, takes_thresholds=True)
