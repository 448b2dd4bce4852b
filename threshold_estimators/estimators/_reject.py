"""Classifier that may leave a label of a sample undecided, where abstaining is cheaper."""

from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import clone
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted

from ..core import (
    UNDECIDED,
    HasMethods,
    Interval,
    MatrixLike,
    StrOptions,
    check_same_index,
    check_same_length,
    decide_outside,
    finite_scores,
    fit_context,
    learn_labels,
)
from ..objectives import Cost
from ..tuning import BandProblem, Samples, units_of
from ._base import LabelsClassifier, scores_of
from ._tuned import MultiLabelThresholdClassifier

LARGEST_COST = 1e100  # sums of which do not overflow
DEFAULT_COST = 0.25  # of an undecided cell, where an error costs 1


class MultiLabelRejectClassifier(LabelsClassifier):
    """Multi-label classifier that abstains where a decision is too uncertain.

    Each label has a band of scores between two thresholds. A sample gets the label if its score
    is at or above the upper threshold, does not get it below the lower one, and is left undecided
    within the band. The bands minimise the total cost of errors and undecided cells on held-out
    scores; with ``precision``, among the bands that reach it.

    Parameters
    ----------
    estimator : estimator instance
        A :class:`~threshold_estimators.MultiLabelThresholdClassifier`, which defines how scores
        are held out and calibrated, or any estimator that it accepts. Scoring, strategy and limits
        of the given classifier are replaced.
    precision : float in [0, 1), array-like of shape (n_labels,) or None, default=None
        Least fraction of correct decisions among the cells decided as 1 and, unless
        ``negative_precision`` is given, among those decided as 0. It holds for each label, or
        with ``strategy="global"`` for all labels together. 0 and None set no constraint.
    negative_precision : float in [0, 1), array-like of shape (n_labels,) or None, default=None
        Least fraction of correct decisions among the cells decided as 0 (negative predictive
        value); None means ``precision``. For a label present in 1 % of samples, predicting 0
        everywhere already reaches 0.99; only a higher value makes the classifier abstain.
    confidence : float in (0, 1) or None, default=None
        Probability that each wanted precision holds on new samples, by the choice of the samples
        to tune on: for each label by itself, or with ``strategy="global"`` for all together. None
        demands the precision on the held-out samples, as if one more decision were wrong; on new
        samples it then holds about on average, not label by label.
    cost : Cost, default=None
        Cost of decisions; None means ``Cost()``, 1 for each error.
    abstention_cost : float, array-like of shape (n_labels,) or None, default=None
        Cost of an undecided cell, for all labels or for each. No cell is undecided if it exceeds
        the expected cost of every decision, which is at most 0.5 for errors of cost 1. None means
        0.25; with ``precision`` or ``negative_precision`` it means 1, the cost of an error, so
        that as many cells are decided correctly as the precision allows.
    strategy : {"per_label", "global"}, default="per_label"
        A band for each label, or one band for all labels, which overfits less if labels are rare.
    undecided : int or str, default=-1
        Prediction for undecided cells; must not be one of the classes.

    Attributes
    ----------
    classifier_ : MultiLabelThresholdClassifier
        The fitted classifier that gives the scores. It decides every cell by the best thresholds
        for ``cost``: the difference of the two ``cv_score_`` is the gain of abstaining.
    bands_ : ndarray of shape (2, n_labels)
        The lower and the upper threshold of each label.
    best_score_ : float
        Mean cost of a cell, negated, on the held-out scores that ``bands_`` were tuned on. It is
        optimistic: the same samples chose the bands.
    cv_score_ : float
        The same where each fold is decided by bands tuned on the other folds. It estimates the
        score on new samples.
    cv_score_interval_ : ndarray of shape (2,)
        95 % interval for the score of ``bands_`` on new samples, as that of
        :class:`~threshold_estimators.TunedThresholds`.
    cv_coverage_ : float
        Fraction of the cells that were decided for ``cv_score_``.
    cv_precision_, cv_negative_precision_ : float
        Fraction of correct decisions among the cells that were decided as 1, and as 0, for
        ``cv_score_``, all labels together; NaN without such cells.
    label_space_ : LabelSpace
        Names and classes of the labels.
    classes_ : ndarray of shape (n_labels, 2) or (2,)
        The classes 0 and 1 of each label; the two classes if ``y`` was a column.
    label_names_in_ : ndarray of shape (n_labels,)
        Column names of ``y``, if it had any.
    n_features_in_, feature_names_in_ : int and ndarray of shape (`n_features_in_`,)
        Number and names of the features, if ``estimator_`` has them.

    See Also
    --------
    CoverageScorer : The fraction of cells that are decided.
    DecidedScorer : An objective on the cells that are decided.

    Notes
    -----
    For a probability p, errors of cost 1 and an abstention cost a, abstaining is optimal if
    a < p < 1 - a [1]_. The bands are not computed from p but tuned: they are the cheapest of all
    pairs of distinct scores on the held-out samples. So scores need not be probabilities. Bands
    of rare labels overfit as their thresholds do.

    A precision holds for all decided cells together, not for each of them: cells near the band
    are correct less often. Bands with a precision are the cheapest among all pairs of distinct
    scores too, but as if one more of the cells on either side were wrong, because the best of
    many bands is optimistic (the estimate of false discoveries of [2]_). So a label is never
    decided as 1 with a precision of 0.95 unless 20 samples are, all correctly. ``cv_precision_``
    estimates the precision on new samples.

    With ``confidence``, a precision is promised by the exact tests of
    :class:`~threshold_estimators.Constrained` with ``strategy="per_label"``; see
    :doc:`/promises`. For each threshold of a band the error is 1 - ``confidence``. The cells of a
    sample depend on each other, so one band for all labels counts them as their effective number.
    A promise needs more samples: for a precision of 0.9 at least 22 decisions, all correct.

    References
    ----------
    .. [1] C. K. Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions on
       Information Theory 16, 1970, https://doi.org/10.1109/TIT.1970.1054406

    .. [2] R. F. Barber and E. J. Candès, "Controlling the false discovery rate via knockoffs",
       Annals of Statistics 43, 2015, https://doi.org/10.1214/15-AOS1337

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import MultiLabelRejectClassifier, MultiLabelThresholdClassifier
    >>> X, y = make_multilabel_classification(n_samples=1000, random_state=0)
    >>> scored = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    >>> model = MultiLabelRejectClassifier(scored, precision=0.9).fit(X[:500], y[:500])
    >>> y_pred = model.predict(X[500:])
    >>> decided = y_pred != -1
    >>> print(f"{decided.mean():.0%} of the cells decided")
    41% of the cells decided
    >>> print(f"{(y_pred == y[500:])[decided].mean():.0%} of them correctly")
    91% of them correctly
    >>> print(f"{model.cv_coverage_:.0%} and {model.cv_precision_:.0%} expected")
    43% and 90% expected

    With an undecided cell that costs a fifth of an error:

    >>> model = MultiLabelRejectClassifier(scored, abstention_cost=0.2).fit(X[:500], y[:500])
    >>> print(f"{model.cv_coverage_:.0%} of the cells decided")
    47% of the cells decided
    """

    classifier_: MultiLabelThresholdClassifier
    bands_: np.ndarray
    best_score_: float
    cv_score_: float
    cv_score_interval_: np.ndarray
    cv_coverage_: float
    cv_precision_: float
    cv_negative_precision_: float

    _parameter_constraints: dict = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "precision": [None, Interval(Real, 0, 1, closed="left"), "array-like"],
        "negative_precision": [None, Interval(Real, 0, 1, closed="left"), "array-like"],
        "confidence": [None, Interval(Real, 0, 1, closed="neither")],
        "cost": [None, Cost],
        "abstention_cost": [None, Real, "array-like"],
        "strategy": [StrOptions({"per_label", "global"})],
        "undecided": [Integral, str],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        precision: float | ArrayLike | None = None,
        negative_precision: float | ArrayLike | None = None,
        confidence: float | None = None,
        cost: Cost | None = None,
        abstention_cost: float | ArrayLike | None = None,
        strategy: str = "per_label",
        undecided: int | str = UNDECIDED,
    ) -> None:
        self.estimator = estimator
        self.precision = precision
        self.negative_precision = negative_precision
        self.confidence = confidence
        self.cost = cost
        self.abstention_cost = abstention_cost
        self.strategy = strategy
        self.undecided = undecided

    @fit_context(prefer_skip_nested_validation=False)  # estimator is not validated yet
    def fit(self, X: MatrixLike, y: MatrixLike, **params: Any) -> Self:
        """Fit the estimator and tune the bands.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data, in any form that ``estimator`` takes.
        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Labels as an indicator of 0 and 1; the columns of a DataFrame name the labels. A column
            of two classes is one label, the larger class.
        **params : dict
            Passed to ``fit`` of :class:`~threshold_estimators.MultiLabelThresholdClassifier`,
            such as ``sample_weight``.

        Returns
        -------
        self : MultiLabelRejectClassifier
            The fitted classifier.
        """
        space, _ = learn_labels(y, type(self).__name__)
        X, y = indexable(X, y)
        self._check_parameters(space)
        if get_config()["enable_metadata_routing"]:
            params = process_routing(self, "fit", **params).classifier.fit
        classifier = self._classifier().fit(X, y, **params)
        results = classifier.cv_results_
        samples = Samples(*[results[name] for name in Samples._fields])
        cost = self._cost()._for_names(space.names)
        problem = self._problem(samples, cost._take_samples(results["row"]))
        bands = problem.best_bands()
        expected, interval = problem.cross_fit(results["splits"], units_of(results))
        self._set_fitted(
            classifier,
            space,
            classifier_=classifier,
            bands_=bands,
            best_score_=problem.evaluate(decide_outside(samples.y_score, bands)).value,
            cv_score_=expected.value,
            cv_score_interval_=interval,
            cv_coverage_=expected.coverage,
            cv_precision_=expected.precision,
            cv_negative_precision_=expected.negative_precision,
            # What was fitted decides, if parameters are set afterwards.
            _fitted_cost=cost,
            _fitted_abstention_cost=problem.abstention_cost,
            _fitted_undecided=self.undecided,
        )
        return self

    def _check_parameters(self, space):
        classes = space.decisions.tolist()
        if self.undecided in classes:
            raise ValueError(
                f"'undecided' must be none of the classes {classes}. "
                f"Got {self.undecided!r} instead."
            )
        self._check_abstention_cost(space.n_labels)
        self._check_floors(space.n_labels)

    def _classifier(self):
        """The unfitted classifier that gives the scores."""
        classifier = self.estimator
        if isinstance(classifier, MultiLabelThresholdClassifier):
            classifier = clone(classifier)
        else:
            classifier = MultiLabelThresholdClassifier(classifier)
        return classifier.set_params(
            scoring=self._cost(),
            strategy=self.strategy,
            min_labels=None,
            max_labels=None,
            store_cv_results=True,
        )

    def _cost(self):
        return Cost() if self.cost is None else self.cost

    def _wants_precision(self):
        return self.precision is not None or self.negative_precision is not None

    def _check_abstention_cost(self, n_labels):
        """Cost of an undecided cell, of shape () or (n_labels,)."""
        if self.abstention_cost is None:
            return np.asarray(1.0 if self._wants_precision() else DEFAULT_COST)
        cost = np.asarray(self.abstention_cost, float)
        if cost.shape not in ((), (n_labels,)) or not np.all(np.abs(cost) <= LARGEST_COST):
            raise ValueError(
                f"'abstention_cost' must be a number of at most {LARGEST_COST:g}, or have shape "
                f"({n_labels},). "
                f"Got {self.abstention_cost!r} instead."
            )
        return cost

    def _check_floors(self, n_labels):
        """Least precision of cells decided as 0 and as 1, of shape (2, n_labels), or None."""
        if not self._wants_precision():
            return None
        precision = 0 if self.precision is None else self.precision
        positive = negative = self._check_floor("precision", precision, n_labels)
        if self.negative_precision is not None:
            negative = self._check_floor("negative_precision", self.negative_precision, n_labels)
        return np.stack([negative, positive])

    def _check_floor(self, name, floor, n_labels):
        floor = np.asarray(floor, float)
        shapes, rule = [()], " for strategy='global'"
        if self.strategy == "per_label":
            shapes, rule = [(), (n_labels,)], f", or have shape ({n_labels},)"
        if floor.shape not in shapes or not np.all((floor >= 0) & (floor < 1)):
            raise ValueError(
                f"{name!r} must be a number from 0 to below 1{rule}. Got {floor.tolist()} instead."
            )
        return np.broadcast_to(floor, n_labels)

    def _problem(self, samples, cost):
        n_labels = samples.y_true.shape[1]
        return BandProblem(
            samples,
            cost,
            self._check_abstention_cost(n_labels),
            self._check_floors(n_labels),
            self.strategy,
            self.confidence,
        )

    def predict(self, X: MatrixLike) -> np.ndarray:
        """Predict the labels of samples, or abstain.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, in any form that ``estimator`` takes.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels) or (n_samples,)
            1, 0 or ``undecided``; a class or ``undecided`` if the fitted ``y`` was a column. Of
            dtype object if some of these are strings and others are not.
        """
        check_is_fitted(self)
        known = [*self.label_space_.decisions.tolist(), self._fitted_undecided]
        is_mixed = len({isinstance(answer, str) for answer in known}) > 1
        answers = np.array(known, object if is_mixed else None)
        decisions = decide_outside(self._finite_scores(X), self.bands_)
        return self.label_space_.squeeze(answers[decisions])  # UNDECIDED, -1, is the last answer

    def score(self, X: MatrixLike, y: MatrixLike, sample_weight: ArrayLike | None = None) -> float:
        """Mean cost of a cell, negated.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, in any form that ``estimator`` takes.
        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            True labels, in the form of the ``y`` of ``fit``.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        Returns
        -------
        score : float
            Larger is better.
        """
        check_is_fitted(self)
        check_same_index(X=X, y=y, sample_weight=sample_weight)
        labels = self.label_space_.encode(y)
        y_score = self._finite_scores(X)
        check_same_length(y=labels.y_true, X=y_score)
        cost = self._fitted_cost
        cost._check(*y_score.shape)
        samples = Samples(labels.y_true, y_score, labels.weights(sample_weight))
        problem = BandProblem(samples, cost, self._fitted_abstention_cost, None, self.strategy)
        return problem.evaluate(decide_outside(y_score, self.bands_)).value

    def _finite_scores(self, X):
        return finite_scores(scores_of(self.classifier_, self.classifier_, X), self.bands_)

    def _has(self, method):
        classifier = getattr(self, "classifier_", None)
        return hasattr(self._classifier() if classifier is None else classifier, method)

    def _scores(self, X, response_method):
        return self.classifier_._scores(X, response_method)

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of ``fit``.

        Returns
        -------
        routing : MetadataRouter
            To the :class:`~threshold_estimators.MultiLabelThresholdClassifier`.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return MetadataRouter(owner=self).add(classifier=self._classifier(), method_mapping=mapping)
