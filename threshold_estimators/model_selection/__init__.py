"""model_selection."""

from ._folds import check_multilabel_cv, evaluation_folds, materialise_splits, splits_of_folds
from ._split import (
    MultilabelStratifiedGroupKFold,
    MultilabelStratifiedKFold,
    MultilabelStratifiedShuffleSplit,
)

__all__ = [
    "MultilabelStratifiedGroupKFold",
    "MultilabelStratifiedKFold",
    "MultilabelStratifiedShuffleSplit",
    "check_multilabel_cv",
    "evaluation_folds",
    "materialise_splits",
    "splits_of_folds",
]
