"""Tuning on dask arrays: each worker counts its chunks, and the counts are merged in a tree."""

from ._streaming import StreamingThresholdTuner

MERGED_AT_ONCE = 8


def is_dask(array):
    """Whether an array is dask's. dask is not imported for that."""
    return type(array).__module__.split(".")[0] == "dask"


def count_dask(y_true, y_score, sample_weight=None, *, resolution=1e-3):
    """A StreamingThresholdTuner of dask arrays, computed on the current scheduler.

    y_true, y_score : dask arrays of shape (n_samples, n_labels)
    sample_weight : array of shape (n_samples,) or None
    """
    import dask.array as da
    from dask import delayed

    y_score = da.asarray(y_score).rechunk({1: -1})
    y_true = da.asarray(y_true).rechunk(y_score.chunks)
    parts = [y_true.to_delayed()[:, 0], y_score.to_delayed()[:, 0]]
    if sample_weight is not None:
        weight = da.asarray(sample_weight).rechunk(y_score.chunks[:1])
        parts.append(weight.to_delayed())
    count = delayed(_count_chunk)
    tuners = [count(resolution, *chunk) for chunk in zip(*parts, strict=True)]
    while len(tuners) > 1:
        groups = [tuners[i : i + MERGED_AT_ONCE] for i in range(0, len(tuners), MERGED_AT_ONCE)]
        tuners = [delayed(_merge)(group) for group in groups]
    return tuners[0].compute()


def _count_chunk(resolution, *chunk):
    return StreamingThresholdTuner(resolution=resolution).partial_fit(*chunk)


def _merge(tuners):
    # A worker may run a task twice, so the tuners that it got stay as they are.
    merged = StreamingThresholdTuner(resolution=tuners[0].resolution)
    for tuner in tuners:
        merged.merge(tuner)
    return merged
