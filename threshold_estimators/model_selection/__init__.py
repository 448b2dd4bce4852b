"""Splitting samples that have several labels.

A fold of KFold may have no positive of a rare label. Nothing can be learnt or measured about the
label there. The splitters of this room are scikit-learn's with another assignment of samples to
folds, which follows iterative stratification (Sechidis et al. 2011) and its second-order variant
(Szymański and Kajdanowicz 2017):

1. Samples with the same labels are dealt out in equal numbers.
2. Each remaining sample goes to the fold that lacks its labels most, rare labels first.
3. Samples are exchanged until each fold has both classes of each label, where this is possible.

`_stratify.py` has these steps as functions of arrays. `_split.py` makes splitters of them.
`_folds.py` turns the parameter ``cv`` into splits. The spelling ``Multilabel...`` is that of the
package iterative-stratification, which users know.

How to add a splitter: inherit from a splitter of scikit-learn in `_split.py`. Override
`_iter_test_indices` (or `_iter_indices` if test sets overlap) and nothing else, so that `split`,
its checks and metadata routing are scikit-learn's. Write the assignment of samples to folds in
`_stratify.py`. Add the class to ``SPLITTERS`` in tests/model_selection/test_split.py.
"""

from ._folds import check_multilabel_cv, evaluation_folds, materialise_splits, splits_of_folds
from ._split import (
    MultilabelStratifiedGroupKFold,
    MultilabelStratifiedKFold,
    MultilabelStratifiedShuffleSplit,
)
