"""Sizes so small that a few samples fill several tiles and bins."""

from threshold_estimators.solvers._cuts import Sizes

_ALL_SAMPLES = Sizes(
    samples_per_positive=2,
    max_fraction=0,
    sampling=1,
    tile_cells=3,
    samples_per_bin=4,
    min_bins=3,
    sampled_for_scale=3,
)

# Whether labels are solved from their highest scores first, or from all scores.
SMALL = {"all samples": _ALL_SAMPLES, "highest": _ALL_SAMPLES._replace(max_fraction=0.9)}
