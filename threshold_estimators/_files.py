"""Tables in files, for the command line: read in chunks, written as CSV, with progress on stderr.

How to add a format: yield its DataFrames in ``_of_format``.
"""

import sys
import zlib
from collections.abc import Generator, Iterable
from contextlib import nullcontext
from itertools import chain
from time import monotonic
from typing import Any

from .core import import_optional

PROGRAM = "threshold-estimators"
CHUNK = 200_000  # samples in memory at a time, where one chunk after the other is enough
SECONDS = 2  # between two lines of progress
SEPARATORS = ";\t|"  # of files that are not what their name says


class Progress:
    """Lines on stderr that say how far a command is, none if it is fast."""

    def __init__(self) -> None:
        self.next = monotonic() + SECONDS

    def __call__(self, text: str) -> None:
        if monotonic() >= self.next:
            print(f"{PROGRAM}: {text}", file=sys.stderr, flush=True)
            self.next = monotonic() + SECONDS


def imported(name: str) -> Any:
    """A package of the extra "cli"."""
    return import_optional(name, PROGRAM, "'threshold-estimators[cli]'")


def read(path: str) -> Any:
    """DataFrame of all rows of a file."""
    progress, chunks, n_rows = Progress(), [], 0
    for chunk in read_chunks(path):
        chunks.append(chunk)
        n_rows += len(chunk)
        progress(f"{n_rows} samples are read")
    return chunks[0] if len(chunks) == 1 else imported("pandas").concat(chunks, ignore_index=True)


def read_chunks(path: str) -> Generator[Any, None, None]:
    """DataFrames of the rows of a file; none is empty, and there is at least one."""
    if path != "-":
        with open(path, "rb"):  # an error that names the file
            pass
    is_empty = True
    try:
        for chunk in _of_format(path):
            if len(chunk):
                yield chunk
                is_empty = False
        if is_empty:
            raise ValueError("it has no rows.")
    except (EOFError, OSError, ValueError, zlib.error) as error:  # they do not name the file
        name = "standard input" if path == "-" else path
        raise ValueError(f"{name} cannot be read: {error}") from error


def _of_format(path):
    pandas = imported("pandas")
    if path.endswith((".parquet", ".pq")):
        with imported("pyarrow.parquet").ParquetFile(path) as file:
            for batch in file.iter_batches(CHUNK):
                yield batch.to_pandas(ignore_metadata=True)
        return
    source, separator = sys.stdin if path == "-" else path, "\t" if ".tsv" in path else ","
    # Scores are read to the last bit, as they are compared with thresholds.
    options = {"sep": separator, "float_precision": "round_trip"}
    with pandas.read_csv(source, chunksize=CHUNK, **options) as chunks:
        for chunk in chunks:
            _check_separated(chunk.columns)
            yield chunk


def _check_separated(columns):
    name = str(columns[0])
    if len(columns) == 1 and any(separator in name for separator in SEPARATORS):
        raise ValueError(
            "columns must be separated by commas, or by tabs in a file named .tsv. "
            f"Got a single column {name!r}."
        )


def write(tables: Iterable[Any], path: str) -> None:
    """Write DataFrames as one CSV file; a file is opened only if the first table exists."""
    tables, n_done, progress = iter(tables), 0, Progress()
    table = next(tables)
    with nullcontext(sys.stdout) if path == "-" else open(path, "w", encoding="utf-8") as output:
        for chunk in chain([table], tables):
            chunk.to_csv(output, index=False, header=n_done == 0, lineterminator="\n")
            n_done += len(chunk)
            progress(f"{n_done} samples are decided")
