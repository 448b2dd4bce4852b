"""Do thresholds still hold? How often labels are predicted on samples without labels."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from ..core import MatrixLike, check_label_names, decide, import_optional
from ._drift_table import Decided, error_of_mean, holm, p_values, tolerated
from ._input import model_that_decides, scores_to_decide
from ._panels import aligned, shortened

LONGEST_NAME = 40
ALL_LABELS = "labels per sample"


@dataclass(frozen=True, eq=False, repr=False)
class DriftReport:
    """How often each label is predicted, compared with what is expected.

    :func:`drift_report` returns it; ``print(report)`` shows it.

    Attributes
    ----------
    columns : dict of str to ndarray of shape (n_labels + 1,)
        The columns by name, for each label and then for the mean number of labels of a sample:
        "expected" and "observed", "lowest" and "highest" tolerated value, "p_value" (adjusted for
        the number of tests), and "moved", whether the observed value is not tolerated.
    label_names : ndarray of shape (n_labels,)
        Names of the labels.
    n_samples : int
        Number of new samples.
    confidence : float
        Probability that nothing counts as moved if nothing has changed.
    """

    columns: dict[str, np.ndarray]
    label_names: np.ndarray
    n_samples: int
    confidence: float

    @property
    def moved(self) -> np.ndarray:
        """Names of the labels that moved."""
        return self.label_names[self.columns["moved"][:-1]]

    @property
    def has_moved(self) -> bool:
        """Whether a label or the mean number of labels moved."""
        return bool(self.columns["moved"].any())

    def to_frame(self) -> Any:
        """Convert the report to a DataFrame.

        Returns
        -------
        report : pandas.DataFrame
            A row for each label, and a last one for the mean number of labels of a sample.

        Raises
        ------
        ImportError
            Without pandas.
        """
        pd = import_optional("pandas", "DriftReport.to_frame")
        index = pd.Index([*self.label_names, ALL_LABELS], name="label", dtype=object)
        return pd.DataFrame(self.columns, index=index)

    def __str__(self):
        names = [shortened(str(name), LONGEST_NAME) for name in self.label_names]
        columns = [["", *names, ALL_LABELS]]
        columns += [
            [name.replace("_", "-"), *[f"{value:.3g}" for value in column]]
            for name, column in self.columns.items()
            if name != "moved"
        ]
        columns.append(["", *["moved" if moved else "" for moved in self.columns["moved"]]])
        head = (
            f"Share of {self.n_samples} new samples that get each label. It is as expected from "
            f"lowest to\nhighest (confidence {self.confidence:g} for all rows together)."
        )
        verdict = f"{len(self.moved)} of {len(self.label_names)} labels moved."
        return "\n".join([head, "", *aligned(columns), "", verdict])

    def __repr__(self):
        return str(self)


def drift_report(
    model: Any,
    X: MatrixLike,
    X_reference: MatrixLike = None,
    *,
    confidence: float = 0.95,
    label_names: Any = None,
) -> DriftReport:
    """Check whether labels are predicted as often as expected, on new samples without labels.

    Thresholds are tuned for one distribution of scores. If a label is predicted much more or less
    often than on the samples of the tuning, its threshold may no longer be the best one.

    Parameters
    ----------
    model : fitted classifier of this package, or TunedThresholds
        A :class:`~threshold_estimators.MultiLabelThresholdClassifier` or
        :class:`~threshold_estimators.FixedThresholdsClassifier`, a pipeline or search that ends in
        one, or the result of :func:`~threshold_estimators.tune_thresholds`.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        New samples, as ``model.predict`` takes them: features for a classifier, scores of shape
        (n_samples, n_labels) for :class:`~threshold_estimators.TunedThresholds`.
    X_reference : {array-like, sparse matrix} of shape (n_reference, n_features), default=None
        Samples that ``model`` was not fitted on, from a time when the thresholds held. None
        compares with the samples of the tuning.
    confidence : float, default=0.95
        Probability that nothing counts as moved if nothing has changed.
    label_names : array-like of shape (n_labels,) or mapping, default=None
        Names of the labels, as for :func:`~threshold_estimators.threshold_report`.

    Returns
    -------
    report : DriftReport
        ``print`` shows it, ``report.moved`` names the labels that moved, and ``to_frame`` converts
        it.

    Raises
    ------
    ValueError
        If the thresholds were given or tuned on counts, so that no expected shares are known, and
        there is no ``X_reference``; if shapes or names disagree.
    TypeError
        For a :class:`~threshold_estimators.MultiLabelRejectClassifier`.

    See Also
    --------
    estimate_frequencies : How frequent the labels have become.
    threshold_report : Precision and recall, where new samples have labels.

    Notes
    -----
    Each label is tested by Fisher's exact test, which takes into account that both samples are
    finite. The mean number of labels of a sample is tested by its standard error. Holm's method
    corrects for the number of tests.

    Samples count as independent. Repeated and related samples, such as frames of one video, cause
    false alarms. So do thresholds tuned by cross-validation, because the expected shares come from
    models fitted to fewer samples than the final model. The effect is small for stable models and
    large for overfitted ones; ``X_reference`` avoids it.

    The check sees only how often labels are predicted. Scores can lose their quality while labels
    are predicted as often as before.

    References
    ----------
    S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
    Statistics 6, 1979. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import drift_report, tune_thresholds
    >>> rng = np.random.default_rng(0)
    >>> def draw(n_samples, frequencies):
    ...     y_true = rng.random((n_samples, 3)) < frequencies
    ...     return y_true, rng.normal(size=y_true.shape) + 3 * y_true
    >>> tuned = tune_thresholds(*draw(1000, [0.3, 0.1, 0.05]))
    >>> _, y_score = draw(2000, [0.3, 0.1, 0.15])
    >>> report = drift_report(tuned, y_score, label_names=["cat", "dog", "fox"])
    >>> print(report)
    Share of 2000 new samples that get each label. It is as expected from lowest to
    highest (confidence 0.95 for all rows together).
    <BLANKLINE>
                       expected  observed  lowest  highest   p-value
    cat                   0.309     0.301   0.267    0.353     0.683
    dog                   0.101    0.0885  0.0745    0.132     0.591
    fox                   0.047     0.107   0.029   0.0695  5.25e-08  moved
    labels per sample     0.457     0.496   0.399    0.515     0.301
    <BLANKLINE>
    1 of 3 labels moved.
    >>> report.moved.tolist()
    ['fox']
    """
    fitted = model_that_decides(model)
    _check_confidence(confidence)
    names = _names(fitted, label_names)
    y_pred = _decisions(fitted, X)
    expected, n_expected = _expected(fitted, X_reference)
    observed, n_samples = y_pred.mean(axis=0), len(y_pred)
    columns = _columns(expected, n_expected, observed, y_pred.sum(axis=1), 1 - confidence)
    return DriftReport(columns, names, n_samples, confidence)


def _columns(expected, n_expected, observed, n_labels_of_sample, error):
    """The columns of the report, of labels and then of the mean number of labels."""
    n_samples = len(n_labels_of_sample)
    before = Decided.of_shares(expected, n_expected)
    after = Decided.of_shares(observed, np.full(len(observed), n_samples))
    standard_error = error_of_mean(expected, observed, n_expected.min(), n_labels_of_sample)
    change = observed.sum() - expected.sum()
    of_mean = 2 * ndtr(-abs(change) / standard_error) if standard_error > 0 else 1.0
    adjusted, level = holm(np.append(p_values(before, after), of_mean), error)
    margin = -ndtri(level / 2) * standard_error
    lowest, highest = (count / n_samples for count in tolerated(before, after.n_samples, level))
    total = expected.sum()
    return {
        "expected": np.append(expected, total),
        "observed": np.append(observed, observed.sum()),
        "lowest": np.append(lowest, max(total - margin, 0)),
        "highest": np.append(highest, min(total + margin, len(expected))),
        "p_value": adjusted,
        "moved": adjusted <= error,
    }


def _names(fitted, label_names):
    n_labels, known = len(fitted.tuned.thresholds), fitted.tuned.label_names
    names = check_label_names(label_names, n_labels, known)
    names = known if names is None else names
    return np.arange(n_labels) if names is None else np.asarray(names)


def _decisions(fitted, X):
    """Decisions (n_samples, n_labels) on new samples."""
    y_score = scores_to_decide(fitted, X)
    return decide(y_score, fitted.tuned.thresholds, fitted.tuned.limits)


def _expected(fitted, X_reference):
    """(share of the samples that get each label, number of samples), (n_labels,) each."""
    tuned = fitted.tuned
    if X_reference is not None:
        y_pred = _decisions(fitted, X_reference)
        return y_pred.mean(axis=0), np.full(len(tuned.thresholds), len(y_pred))
    if tuned.predicted_share is None:
        raise ValueError(
            "How often the labels are expected is not known, as the thresholds were given, or "
            "tuned on counts. Give samples from a time when they held as 'X_reference'."
        )
    return tuned.predicted_share, tuned.n_samples


def _check_confidence(confidence):
    """Raise a ValueError unless a confidence lies between 0 and 1."""
    is_number = isinstance(confidence, Real) and not isinstance(confidence, bool)
    if not is_number or not 0 < confidence < 1:
        raise ValueError(
            f"'confidence' must be a number between 0 and 1. Got {confidence!r} instead."
        )
