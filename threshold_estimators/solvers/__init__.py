"""solvers."""

from ._band import Floors, best_band
from ._cuts import cuts_at_all_scores, integers_of
from ._global import one_cut
from ._label_sweep import cumulated_gains, switches_of, values_of_labels, values_of_summed_counts
from ._micro import pooled_counts
from ._per_label import label_by_label, sum_of_gains
from ._samples import one_cut_by_row, row_by_row
from ._search import MAX_SWEEPS, N_QUANTILES, best_of_quantiles, candidates, coordinate_search

__all__ = [
    "MAX_SWEEPS",
    "N_QUANTILES",
    "Floors",
    "best_band",
    "best_of_quantiles",
    "candidates",
    "coordinate_search",
    "cumulated_gains",
    "cuts_at_all_scores",
    "integers_of",
    "label_by_label",
    "one_cut",
    "one_cut_by_row",
    "pooled_counts",
    "row_by_row",
    "sum_of_gains",
    "switches_of",
    "values_of_labels",
    "values_of_summed_counts",
]
