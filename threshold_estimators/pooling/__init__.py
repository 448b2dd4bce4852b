"""pooling."""

from ._bagging import pooled_thresholds, probability_rule

__all__ = ["pooled_thresholds", "probability_rule"]
