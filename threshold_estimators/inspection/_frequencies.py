"""How frequent labels are among samples without labels."""

import warnings
from typing import Any

import numpy as np

from ..core import MatrixLike, label_name
from ..pooling import shifted_frequencies
from ..tuning import Samples
from ._input import model_that_decides, scores_to_decide


def estimate_frequencies(model: Any, X: MatrixLike) -> np.ndarray:
    """Estimate how frequent labels are among new samples without labels.

    The estimate is for ``retune`` of
    :class:`~threshold_estimators.MultiLabelThresholdClassifier` and for
    :func:`~threshold_estimators.tune_thresholds`, whose ``frequencies`` it can be.

    Parameters
    ----------
    model : fitted MultiLabelThresholdClassifier, or TunedThresholds
        With the scores of the tuning, so tuned with ``store_cv_results=True``; or a pipeline or a
        search that ends in such a classifier.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        New samples, as ``model.predict`` takes them: features for a classifier, scores of shape
        (n_samples, n_labels) for :class:`~threshold_estimators.TunedThresholds`.

    Returns
    -------
    frequencies : ndarray of shape (n_labels,)
        Share of the new samples that have each label. A label keeps its frequency in the samples of
        the tuning where chance explains the difference, and where no frequency explains the new
        scores.

    Raises
    ------
    ValueError
        If the scores of the tuning were not kept, or shapes or names disagree.

    Warns
    -----
    UserWarning
        Names the labels whose new scores no frequency explains: the scores of their positive or of
        their negative samples have changed. Label new samples and tune again on these.

    See Also
    --------
    drift_report : Whether labels are predicted as often as expected.

    Notes
    -----
    The estimate assumes a prior shift: the positive samples of a label have scores as before, and
    so have the negative ones; there are only more or fewer of them. Then the frequency is the one
    that makes the new scores most likely, to which the EM algorithm of Saerens et al. [1]_
    converges. The probabilities that it needs come from curves fitted to the samples of the tuning,
    so the scores need not be calibrated [2]_.

    The assumption fails where models get worse, or where the scores of a label depend on other
    labels whose frequencies change. Not every failure is noticed: fewer high scores can mean fewer
    positives, or positives that are harder to recognise. Where you know the frequencies, or can
    count them on a few hundred labelled samples, do not estimate them.

    A change that is just significant at 5 % for its label counts as none, and one that is hardly
    more is shrunk.

    References
    ----------
    .. [1] M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the Outputs of a Classifier to New a
       Priori Probabilities", Neural Computation 14, 2002.
       https://doi.org/10.1162/089976602753284446
    .. [2] A. Alexandari, A. Kundaje, A. Shrikumar, "Maximum Likelihood with Bias-Corrected
       Calibration is Hard-To-Beat at Label Shift Adaptation", ICML 2020.
       https://proceedings.mlr.press/v119/alexandari20a.html

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import estimate_frequencies, tune_thresholds
    >>> rng = np.random.default_rng(0)
    >>> def draw(n_samples, frequencies):
    ...     y_true = rng.random((n_samples, 3)) < frequencies
    ...     return y_true, rng.normal(size=y_true.shape) + 3 * y_true
    >>> y_true, y_score = draw(2000, [0.3, 0.1, 0.05])
    >>> tuned = tune_thresholds(y_true, y_score, store_cv_results=True)
    >>> _, new_score = draw(2000, [0.3, 0.1, 0.15])
    >>> frequencies = estimate_frequencies(tuned, new_score)
    >>> frequencies.round(2)
    array([0.29, 0.1 , 0.13])
    >>> tuned = tune_thresholds(y_true, y_score, frequencies=frequencies)
    """
    fitted = model_that_decides(model)
    results = fitted.tuned.cv_results
    if results is None:
        raise ValueError(
            "The scores of the tuning are needed, and 'model' has not kept them. Tune with "
            "'store_cv_results=True'."
        )
    samples = Samples(*[results[name] for name in Samples._fields])
    frequencies, is_explained = shifted_frequencies(*samples, scores_to_decide(fitted, X))
    unexplained = np.flatnonzero(~is_explained)
    if len(unexplained):
        names = fitted.tuned.label_names
        labels = ", ".join(label_name(label, names) for label in unexplained[:10])
        more = f" and {len(unexplained) - 10} more" if len(unexplained) > 10 else ""
        warnings.warn(
            f"No frequency explains the new scores of label {labels}{more}: those of its positive "
            "or negative samples have changed. Their frequencies are left as they were. Label new "
            "samples, and tune on these.",
            UserWarning,
            stacklevel=2,
        )
    return frequencies
