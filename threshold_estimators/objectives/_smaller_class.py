"""An objective that judges the smaller of two classes."""

from ._base import CountObjective


class OfSmallerClass(CountObjective):
    """What an objective says of the smaller of two classes, as ``pos_label`` of a scikit-learn scorer asks for.

    The same formula with the outcomes of the larger class, whose score decides, renamed: its true negatives are the
    true positives of the smaller one, and its false negatives the false positives.
    """

    def __init__(self, objective):
        self.objective = objective

    @property
    def average(self):
        """How the objective is averaged: "binary"."""
        return self.objective.average

    @property
    def monotone(self):
        """Whether the objective is: it is the same for both classes."""
        return self.objective.monotone

    @property
    def is_linear_ratio(self):
        """Whether the objective is: it is the same for both classes."""
        return self.objective.is_linear_ratio

    @property
    def one_sided(self):
        """What tuning ends in, where the objective asks for all of the smaller class and for nothing else."""
        return "nothing of the larger class" if self.objective.one_sided else None

    def check(self, n_samples, n_labels):
        """Raise an error where a parameter is invalid, or does not fit the shape of the labels."""
        self.objective.check(n_samples, n_labels)

    def formula(self, tp, fp, fn, tn):
        """The objective of the smaller class for arrays of counts of the larger one."""
        return self.objective.formula(tn, fn, fp, tp)
