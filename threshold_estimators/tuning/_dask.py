"""Tuning on dask arrays and frames: each worker counts its chunks, and counts are merged in a tree.

Nothing is loaded but one chunk at a time on each worker. A task that runs twice, because a worker
was lost, gives the same counts.
"""

from ..core import check_same_length
from ..objectives import check_objective
from ._groups import check_is_of_counts
from ._strategies import check_strategy
from ._streaming import StreamingThresholdTuner

MERGED_AT_ONCE = 8


def is_dask(*data):
    """Whether any of the data is dask's. dask is not imported for that."""
    return any(type(values).__module__.split(".")[0] in ("dask", "dask_expr") for values in data)


def tune_dask(y_true, y_score, sample_weight, scoring, strategy):
    """TunedThresholds of dask data. Parameters are checked before anything is computed."""
    check_strategy(strategy)
    names = getattr(y_score, "columns", None)
    objective = check_objective(scoring, 1, y_score.shape[1], names=names)
    check_is_of_counts(objective)
    tuner = count_dask(y_true, y_score, sample_weight)
    return tuner.tune(scoring=scoring, strategy=strategy)


def count_dask(y_true, y_score, sample_weight=None):
    """A StreamingThresholdTuner that has counted dask data, computed on the current scheduler.

    y_true, y_score, sample_weight : dask arrays or frames, or arrays
    """
    from dask import delayed

    data = [values for values in (y_true, y_score, sample_weight) if values is not None]
    chunks = _chunks_of_frames(data) if all(map(_is_frame, data)) else _chunks_of_arrays(data)
    count, merge = delayed(_count_chunk), delayed(_merge)
    tuners = [count(*chunk) for chunk in chunks]
    while len(tuners) > 1:
        starts = range(0, len(tuners), MERGED_AT_ONCE)
        tuners = [merge(tuners[start : start + MERGED_AT_ONCE]) for start in starts]
    return tuners[0].compute()


def _is_frame(values):
    return hasattr(values, "to_dask_array")


def _chunks_of_frames(frames):
    """Tuples of delayed partitions. Partitions are DataFrames, whose columns have names."""
    partitions = [frame.to_delayed() for frame in frames]
    if len(set(map(len, partitions))) > 1:
        raise ValueError(
            "'y_true', 'y_score' and 'sample_weight' must have the same partitions as dask frames. "
            f"Got {[len(parts) for parts in partitions]} of them instead."
        )
    return zip(*partitions, strict=True)


def _chunks_of_arrays(data):
    """Tuples of delayed blocks of samples; those of the scores decide where samples are divided."""
    import dask.array as da

    arrays = [
        values.to_dask_array(lengths=True) if _is_frame(values) else da.asarray(values)
        for values in data
    ]
    names = ("y_true", "y_score", "sample_weight")
    check_same_length(**dict(zip(names, arrays, strict=False)))
    samples = arrays[1].chunks[0]
    blocks = [
        array.rechunk((samples, *((-1,) * (array.ndim - 1)))).to_delayed().ravel()
        for array in arrays
    ]
    return zip(*blocks, strict=True)


def _count_chunk(*chunk):
    return StreamingThresholdTuner().partial_fit(*chunk)


def _merge(tuners):
    # A worker may run a task twice, so the tuners that it got stay as they are.
    merged = StreamingThresholdTuner()
    for tuner in tuners:
        merged.merge(tuner)
    return merged
