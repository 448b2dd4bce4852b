"""What thresholds are tuned for.

An objective is a value of predicted labels, larger is better. It is a scorer too, so that it goes
wherever scikit-learn takes ``scoring``. Three kinds are solved exactly:

- formulas of confusion counts (``_confusion_metrics.py``), averaged over labels, over samples, or
  of the counts summed over labels ("micro"). Ratios of linear functions say their coefficients,
  from which the exact micro average follows (Dinkelbach 1967);
- costs of cells (``_cost.py``), as in cost-sensitive learning (Elkan 2001);
- an objective under a floor on another measure (``_constrained.py``), a Neyman-Pearson problem.

Every other scorer of scikit-learn is searched (``_from_scorer.py``, which also recognises the
scorers that equal one of the objectives above).

How to add an objective
-----------------------
Subclass :class:`LinearRatio` and return the coefficients of tp, fp, fn and tn, or subclass
:class:`CountObjective` and write ``formula(tp, fp, fn, tn)`` for arrays. Add it to this door, to
``tests/registry.py``, which runs all invariances over it, and to ``docs/metrics.md``. If
scikit-learn has a scorer for it, add a row to the tables of ``_from_scorer.py``. No solver changes:
``tuning/_strategies.py`` chooses it by the objective's form.
"""

from ._base import CountObjective, LinearRatio, Objective, Scorer
from ._confusion_metrics import (
    Accuracy,
    BalancedAccuracy,
    ClosestToCorner,
    CohenKappa,
    FBeta,
    GMean,
    Jaccard,
    MatthewsCorrelation,
    NegativePredictiveValue,
    Precision,
    Recall,
    Specificity,
    SubsetAccuracy,
    YoudenJ,
)
from ._constrained import Constrained
from ._cost import Cost
from ._from_scorer import (
    HammingLoss,
    OfLabels,
    OfSmallerClass,
    ScorerObjective,
    ZeroOneLoss,
    check_objective,
)
