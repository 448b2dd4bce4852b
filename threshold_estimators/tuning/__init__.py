"""From labels and scores to thresholds.

``tune_thresholds`` and the classifiers end up here, with the same steps:

1. ``_problem.py`` holds the samples and the objective as a ``Problem``, which can be solved,
   evaluated and restricted to some samples.
2. ``_strategies.py`` has the table of solvers: the strategy ("pooled", "per_label", "global",
   "proportion") and the form of the objective select one.
3. ``_limits.py`` searches thresholds that suit limits on the number of labels of a sample.
4. ``cross_fit`` in ``_problem.py`` repeats steps 2 and 3 on the training samples of each split and
   evaluates the thresholds on its test samples. This gives the score to report, and
   ``_intervals.py`` its interval.
5. ``_tune.py`` collects thresholds and scores in ``TunedThresholds`` of ``_record.py``, the only
   record of them.

``_json.py`` writes the record as a file and reads it.

``_reject.py`` is the same for bands of undecided scores.

Scores that are too many for these steps are counted in groups, and ``_groups.py`` tunes on the
counts. ``_streaming.py`` counts chunks of scores in the bins of ``_score_bins.py``, and
``_dask.py`` chunks of dask data on its workers. ``_refine.py`` counts the scores of open bins in a
second pass. ``_chunks.py`` reads what these files count. ``_sparse.py`` groups the stored scores of
sparse matrices.

How to add a strategy: write its solver in ``solvers/`` or a room of its own, add a row to
``SOLVERS`` in ``_strategies.py``, and describe it in the docstring of ``tune_thresholds``.
"""

from ._intervals import Redraw, interval_of_draws, quiet, sample_extremes, variance_of_splits
from ._json import built_objective
from ._problem import MIN_SUPPORT, Problem, Samples, has_low_support, units_of
from ._record import TunedThresholds, given_thresholds
from ._refine import ThresholdRefiner
from ._reject import BandProblem
from ._strategies import STRATEGIES, check_strategy
from ._streaming import StreamingThresholdTuner
from ._tune import samples_at, tune, tune_thresholds
