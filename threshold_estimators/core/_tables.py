"""Containers of users' data as numpy arrays, with the names of their columns.

The packages of the containers are not imported. An object is recognised by what it offers.
"""

import sys
from collections.abc import Mapping, Set
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import sparse

FLOATS = np.dtype(np.float64), np.dtype(np.float32)
BINARIZER = (
    "sklearn.preprocessing.MultiLabelBinarizer().fit_transform turns lists of labels into an "
    "indicator."
)


class Table(NamedTuple):
    """The content of a container.

    values : ndarray of any shape and dtype
    names : (n_columns,) names of the columns, or None
    masked : bool like ``values``, cells that a mask hides or that hold None or NA; or None
    """

    values: np.ndarray
    names: np.ndarray | None = None
    masked: np.ndarray | None = None

    def unknown(self):
        """Cells without a value, as a boolean array like ``values``; None if there are none."""
        unknown = self.masked
        if self.values.dtype.kind == "f":
            is_nan = np.isnan(self.values)
            unknown = is_nan if unknown is None else unknown | is_nan
        return unknown if unknown is not None and unknown.any() else None

    def known_values(self):
        """(n_known,) the values that are known of a table in one dimension."""
        unknown = self.unknown()
        values = self.values if unknown is None else self.values[~unknown]
        if values.dtype == object and not any(isinstance(value, str) for value in values):
            return np.array(values.tolist())  # numbers again, without the missing ones
        return values

    def as_column(self):
        """The table of shape (n,) in shape (n, 1)."""
        masked = None if self.masked is None else self.masked[:, np.newaxis]
        return Table(self.values[:, np.newaxis], masked=masked)

    def take_columns(self, columns):
        """The columns at some positions; all of them for None."""
        if columns is None:
            return self
        masked = None if self.masked is None else self.masked[:, columns]
        return Table(self.values[:, columns], self.names[columns], masked)


def read_table(data, name):
    """Table of an array-like, a data frame, a tensor or a sparse matrix; a table is returned.

    name : parameter that error messages mention
    """
    if isinstance(data, Table):
        return data
    if type(data) is np.ndarray and data.dtype.kind in "biuf":
        return Table(data)
    if data is None or isinstance(data, str | bytes | Mapping | Set):
        raise TypeError(
            f"{name!r} must be an array, a data frame, a tensor or a list of rows. "
            f"Got {_shown(data)} instead."
        )
    if isinstance(data, np.ma.MaskedArray):
        return Table(data.data, masked=np.ma.getmaskarray(data))
    names, values = column_names(data), _as_array(data, name)
    _check_unique(names, name)
    if values.dtype.names is not None or (values.dtype == object and values.ndim == 0):
        raise TypeError(
            f"{name!r} must be an array, a data frame, a tensor or a list of rows. "
            f"Got {_shown(data)} instead, which numpy cannot turn into an array of numbers."
        )
    if values.dtype != object:
        return Table(values, names)
    masked = _is_missing(values)
    return Table(np.where(masked, None, values) if masked.any() else values, names, masked)


def as_floats(table, name, where=""):
    """The table with values of float32 or float64, NaN where they are masked."""
    values = table.values
    if values.dtype.kind not in "biufO":
        raise ValueError(f"{name!r} must hold numbers. Got {values.dtype} instead{where}.")
    if values.dtype not in FLOATS:
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name!r} must hold numbers{where}: {error}.") from error
    if table.masked is not None and table.masked.any():
        values = np.where(table.masked, values.dtype.type(np.nan), values)
    return Table(values, table.names)


def _shown(data):
    return "None" if data is None else f"a {type(data).__name__}"


def _as_array(data, name):
    if sparse.issparse(data):
        return _from_sparse(data)
    if is_pandas(data):
        return _from_pandas(data)
    if hasattr(data, "detach") and hasattr(data, "device"):
        return _from_torch(data, name)
    if hasattr(data, "column_names"):  # a table of pyarrow
        return np.column_stack([np.asarray(column) for column in data.columns])
    if isinstance(data, list | tuple):
        _check_not_ragged(data, name)
    try:
        values = np.asarray(data)
    except Exception as error:  # each package raises its own, cupy a TypeError
        raise ValueError(f"{name!r} cannot be read as an array: {error}") from error
    # numpy does not know the type bfloat16 of JAX and TensorFlow, and calls its kind void.
    is_bfloat16 = values.dtype.kind == "V" and values.dtype.names is None
    return values.astype(np.float32) if is_bfloat16 else values


def _from_sparse(matrix):
    """Dense values, as booleans where they are 0 and 1: those of labels take a byte then."""
    matrix = sparse.csr_array(matrix, copy=True)
    matrix.sum_duplicates()
    is_indicator = np.all((matrix.data == 0) | (matrix.data == 1))
    return (matrix.astype(bool) if is_indicator else matrix).toarray()


def _from_pandas(data):
    """Values of a DataFrame or Series; NA of nullable numbers becomes NaN."""
    dtypes = list(data.dtypes) if data.ndim == 2 else [data.dtype]
    kinds = {dtype.kind for dtype in dtypes}
    if kinds - set("biuf") or all(isinstance(dtype, np.dtype) for dtype in dtypes):
        return data.to_numpy()
    if "f" in kinds or np.any(data.isna()):
        return data.to_numpy(dtype=np.float64, na_value=np.nan)
    return data.to_numpy(dtype=bool if kinds == {"b"} else np.int64)


def _from_torch(tensor, name):
    if tensor.device.type != "cpu":
        raise TypeError(
            f"{name!r} is a tensor on the device {str(tensor.device)!r}. Move it to the CPU with "
            f"{name}.cpu()."
        )
    tensor = tensor.detach()
    if tensor.layout != sys.modules["torch"].strided:
        tensor = tensor.to_dense()
    if tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()  # numpy has no bfloat16
    return tensor.numpy()


def _check_not_ragged(rows, name):
    """Raise a ValueError for rows of different lengths, of which old numpy only warns."""
    has_sets = any(isinstance(row, set | frozenset) for row in rows)
    if has_sets or len({_length(row) for row in rows}) > 1:
        raise ValueError(
            f"{name!r} must be an array of shape (n_samples, n_labels), but its rows are sets or "
            f"differ in length. {BINARIZER}"
        )


def _length(row):
    """Length of a row; None for a single value."""
    try:
        return None if isinstance(row, str) else len(row)
    except TypeError:
        return None


def _is_missing(values):
    """Which cells of an array of objects hold None, NaN or pandas' NA."""
    if "pandas" in sys.modules:
        return np.asarray(sys.modules["pandas"].isna(values))
    missing = [value is None or (type(value) is float and value != value) for value in values.flat]
    return np.array(missing, bool).reshape(values.shape)


def column_names(data):
    """Names of the columns of a data frame, (n_columns,); None for anything else.

    The numbers that pandas gives to columns without names, and such names of polars, are none.
    """
    names = getattr(data, "column_names", None)  # of pyarrow, whose columns are arrays
    names = getattr(data, "columns", None) if names is None else names
    if names is None or not hasattr(names, "__len__"):
        return None
    names = np.fromiter(names, object, len(names))
    numbers = range(len(names))
    defaults = list(numbers), [f"column_{number}" for number in numbers]
    return None if names.tolist() in defaults else names


def _check_unique(names, name):
    if names is None or len(set(names)) == len(names):
        return
    names = names.tolist()
    repeated = next(label for label in names if names.count(label) > 1)
    raise ValueError(
        f"{name!r} must name each column once. Got {names.count(repeated)} columns {repeated!r} "
        "instead."
    )


def order_of_columns(names, labels, name):
    """Positions of the columns of the ``labels`` among ``names``; None where they are in order.

    Raises a ValueError where both have names that differ.

    Without names on either side, columns are matched by position. Columns with the numbers of
    labels that have no names are matched by number.

    names, labels : (n_labels,) names or None; name : parameter that has the columns ``names``
    """
    if names is None:
        return None
    known = names.tolist()
    if labels is None:
        labels = range(len(known))
        if any(type(column) is bool for column in known) or set(known) != set(labels):
            return None
    labels = list(labels)
    if known == labels:
        return None
    missing = [label for label in labels if label not in set(known)]
    unknown = [column for column in known if column not in set(labels)]
    if missing or unknown:
        raise ValueError(
            f"The columns of {name!r} must have the names of the labels. Missing are "
            f"{missing[:10]}, and unknown are {unknown[:10]}. Rename or select columns, or give "
            "an array without names, whose columns are in the order of the labels."
        )
    return np.array([known.index(label) for label in labels])


def check_same_length(**arrays):
    """Raise a ValueError if arrays differ in length.

    arrays : arrays by the parameter that error messages mention
    """
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        names = " and ".join(map(repr, lengths))
        found = " and ".join(map(str, lengths.values()))
        raise ValueError(f"{names} must have the same number of samples. Got {found} instead.")


def is_pandas(data):
    """Whether data is a DataFrame or a Series, which have an index."""
    return hasattr(data, "iloc") and hasattr(data, "index")


def check_same_index(**tables):
    """Raise a ValueError if the rows of pandas objects are in different orders.

    Rows are matched by position. Where indexes have no key in common, or one of them only numbers
    the rows, this is what scikit-learn does too.

    tables : data by the parameter that error messages mention
    """
    indexes = {name: data.index for name, data in tables.items() if is_pandas(data)}
    for first, second in combinations(indexes, 2):
        if _is_rearranged(indexes[first], indexes[second]):
            raise ValueError(
                f"The index of {second!r} has the keys of {first!r} in another order, but rows "
                f"are matched by position. Align them with {second}.loc[{first}.index], or drop "
                "both indexes with reset_index(drop=True) if the order of the rows is right."
            )


def _is_rearranged(first, second):
    if len(first) != len(second) or first.equals(second):
        return False
    is_shared = first.isin(second)
    if is_shared.all() and second.isin(first).all():
        return True
    return bool(is_shared.any()) and not (only_numbers_rows(first) or only_numbers_rows(second))


def only_numbers_rows(index):
    """Whether the index of a pandas object is 0, 1, 2, ..., so that it names nothing."""
    return np.array_equal(index, np.arange(len(index)))
