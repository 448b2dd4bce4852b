"""The file of a stream's counts: arrays in numpy's npz format, without code."""

import numpy as np

FORMAT = 1

# dtype.kind and number of dimensions of each array
FIELDS = {
    "format": ("i", 0),
    "resolution": ("f", 0),
    "n_labels": ("i", 0),
    "n_samples_seen": ("i", 0),
    "label_names": ("U", 1),
    "label": ("i", 1),
    "pos": ("i", 1),
    "neg": ("i", 1),
    "low": ("f", 1),
    "high": ("f", 1),
}


def write_fields(path, **fields):
    """Write all fields but ``format``."""
    arrays = {name: np.asarray(value) for name, value in fields.items()}
    np.savez_compressed(path, format=FORMAT, **arrays)


def read_fields(path):
    """Arrays by name. A ValueError tells that a file is of something else, or damaged."""
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            fields = {name: file[name] for name in FIELDS}
    except OSError:  # there is no such file, or it cannot be read
        raise
    except Exception as error:  # zipfile, zlib and numpy have many errors for damaged files
        raise ValueError(_message(path, repr(error))) from error
    if fields["format"] != FORMAT:
        raise ValueError(_message(path, f"its format is {fields['format']} and not {FORMAT}"))
    for name, (kind, ndim) in FIELDS.items():
        if fields[name].dtype.kind != kind or fields[name].ndim != ndim:
            raise ValueError(_message(path, f"{name!r} is {fields[name]!r}"))
    return fields


def _message(path, reason):
    return f"{str(path)!r} is no file of a StreamingThresholdTuner, or it is damaged: {reason}."
