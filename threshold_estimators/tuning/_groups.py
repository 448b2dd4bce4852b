"""Tuning of thresholds on counts of groups of scores, for streams and sparse scores."""

import numpy as np

from ..objectives import Constrained, CountObjective
from ..solvers import labels_of_groups, one_threshold_of_groups, summed_counts_of_groups
from ._problem import MIN_SUPPORT
from ._strategies import closeness
from ._tune import TunedThresholds, warn_of_objective
