"""Exact and searched thresholds: from scores and a formula of confusion counts to thresholds.

The files are the averages and strategies of ``docs/metrics.md``:

- ``_per_label.py``: each label by itself, the optimum of macro and weighted averages;
- ``_micro.py``: the counts summed over labels, by the convex hulls of the ROC curves (Provost and
  Fawcett 2001) and the prices of fractional programming (Dinkelbach 1967);
- ``_global.py``: one threshold for all labels;
- ``_samples.py``: averages over samples, where labels cannot be tuned apart, by coordinate ascent;
- ``_label_sweep.py``: one label's threshold where samples have limits on their number of labels;
- ``_band.py``: the cheapest band of undecided scores of one label (Chow 1970);
- ``_floors.py``: thresholds that keep a floor on new samples, with confidence;
- ``_search.py``: any metric, over quantiles of the scores;
- ``_groups.py``: labels, "micro" and one threshold from counts of groups of scores, for streams
  and sparse scores; ``_open_groups.py``: which groups may hold better thresholds.

They share ``_cuts.py``, confusion counts at candidate thresholds, and ``_histogram.py``, counts in
bins that bound the best threshold, so that few scores are sorted (branch and bound).

Conventions of this room
------------------------
A *cut* is an index into candidate thresholds, which are ordered from the highest down: the first
predicts nothing. Among equally good cuts the first, highest one wins. Arrays of one block of labels
are called ``positive, score``, of shape (n_labels, n_samples); arrays of all data ``y_true,
y_score``, of shape (n_samples, n_labels). Kernels trust their input.

How to add a solver
-------------------
Write a function ``(objective, y_true, y_score, sample_weight) -> thresholds`` in a file of its own,
its slow twin in ``tests/naive.py`` and a hypothesis test that compares the two. Then name it in the
table ``SOLVERS`` of ``tuning/_strategies.py``. It calls ``objective.formula(tp, fp, fn, tn)`` with
arrays, and ``objective._for_labels(labels)`` where parameters differ between labels.

References
----------
F. Provost and T. Fawcett, "Robust Classification for Imprecise Environments", Machine Learning 42,
2001, https://doi.org/10.1023/A:1007601015854
"""

from ._band import Floors, best_band
from ._cuts import cuts_at_all_scores, integers_of, scores_of
from ._floors import (
    FloorTest,
    in_parts_of_samples,
    missing_positives,
    promised_label_by_label,
    promised_on_path,
    unpromised,
)
from ._global import one_threshold
from ._groups import (
    ScoreGroups,
    Solved,
    blocks_of_labels,
    labels_of_groups,
    one_threshold_of_groups,
    summed_counts_of_groups,
)
from ._label_sweep import cell_values, label_values, micro_values, sample_values, sweep_label
from ._micro import summed_counts
from ._open_groups import open_of_labels, open_of_one_threshold, open_of_summed_counts, optimistic
from ._per_label import label_by_label, sum_of_gains
from ._samples import one_threshold_for_samples, thresholds_for_samples
from ._search import (
    MAX_SWEEPS,
    N_QUANTILES,
    best_common_threshold,
    candidate_thresholds,
    coordinate_search,
)
