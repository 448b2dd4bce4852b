"""The classifier that may leave a label of a row undecided, where a decision is expected to cost more."""

from copy import deepcopy
from numbers import Integral, Real

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ._bands import UNDECIDED, best_band, decide_outside
from ._calibration import tuned_response
from ._compat import HasMethods, StrOptions, fit_context
from ._response import label_scores
from ._validation import check_indicator, check_sample_weight
from .classifier import MultiLabelThresholdClassifier
from .model_selection import splits_of_folds
from .objectives import Cost


def _has(method):
    return lambda self: hasattr(getattr(self, "classifier_", None) or self._classifier(), method)


class MultiLabelRejectClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Multi-label classifier that says "don't know" where a decision is expected to cost more than to say so.

    Each label has two thresholds: from the upper one on a row gets the label, below the lower one it does not, and in
    between it is left undecided. They minimise what errors and undecided cells cost together, on held-out scores.

    Parameters
    ----------
    estimator : estimator instance
        A :class:`~threshold_estimators.MultiLabelThresholdClassifier`, which says how scores are held out and whether
        they are calibrated, or any estimator that can be given to one. Its scoring, strategy and limits are replaced.

    cost : Cost, default=None
        What decisions cost; None means ``Cost()``, 1 for each error.

    abstention_cost : float or array-like of shape (n_labels,), default=0.25
        What a cell left undecided costs, for all labels or for each. No cell is, where it is more than any decision is
        expected to cost: more than 0.5 of errors that cost 1.

    strategy : {"per_label", "global"}, default="per_label"
        A band for each label, or one for all of them, which is safer where labels are rare.

    undecided : int, default=-1
        What ``predict`` gives for cells that are left undecided; neither 0 nor 1.

    Attributes
    ----------
    classifier_ : MultiLabelThresholdClassifier
        The fitted classifier that scores come from. It decides every cell, at the best thresholds for ``cost``: its
        ``cv_score_`` beside this one's is what abstaining gains.

    bands_ : ndarray of shape (2, n_labels)
        The lower and the upper threshold of each label.

    best_score_ : float
        The mean cost of a cell, negated, on the held-out scores that ``bands_`` were tuned on.

    cv_score_ : float
        The same where each fold is decided by bands tuned on the other folds: what to expect of new rows.

    cv_coverage_ : float
        Share of the cells that were decided for ``cv_score_``.

    classes_ : list of n_labels ndarrays
        The classes of each label, 0 and 1.

    n_features_in_ : int
        Number of features seen during ``fit``, where ``estimator`` tells.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen during ``fit``, where ``estimator`` tells.

    See Also
    --------
    CoverageScorer : The share of cells that are decided.
    DecidedScorer : An objective on the cells that are decided.

    Notes
    -----
    For probabilities p, a false label that costs 1 and a missed one that costs 1, abstaining at the cost a is best
    where a < p < 1 - a [1]_. The bands are not computed from p but tuned: those that cost least on the held-out rows,
    exactly, among all pairs of distinct scores. So scores need not be probabilities. Bands of rare labels overfit as
    their thresholds do.

    A wanted precision q is stated as ``abstention_cost=1 - q``: cells are decided where a decision is right with at
    least that probability, so that those decided are right more often than that.

    References
    ----------
    .. [1] C. K. Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions on Information Theory 16,
       1970, https://doi.org/10.1109/TIT.1970.1054406

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import MultiLabelRejectClassifier, MultiLabelThresholdClassifier
    >>> X, y = make_multilabel_classification(n_samples=1000, random_state=0)
    >>> scored = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    >>> model = MultiLabelRejectClassifier(scored, abstention_cost=0.2).fit(X[:500], y[:500])
    >>> y_pred = model.predict(X[500:])
    >>> decided = y_pred != -1
    >>> print(f"{decided.mean():.0%} of the cells decided")
    43% of the cells decided
    >>> print(f"{(y_pred == y[500:])[decided].mean():.0%} of these rightly")
    90% of these rightly
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict_proba"]), HasMethods(["fit", "decision_function"])],
        "cost": [None, Cost],
        "abstention_cost": [Real, "array-like"],
        "strategy": [StrOptions({"per_label", "global"})],
        "undecided": [Integral],
    }

    def __init__(self, estimator, *, cost=None, abstention_cost=0.25, strategy="per_label", undecided=UNDECIDED):
        self.estimator = estimator
        self.cost = cost
        self.abstention_cost = abstention_cost
        self.strategy = strategy
        self.undecided = undecided

    @fit_context(prefer_skip_nested_validation=False)  # estimator is not validated yet
    def fit(self, X, y, **params):
        """Fit the estimator and learn the bands.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data, in any form that ``estimator`` takes.

        y : {array-like, sparse matrix} of shape (n_samples, n_labels)
            Labels as an indicator of 0 and 1.

        **params : dict
            Passed on to ``fit`` of :class:`~threshold_estimators.MultiLabelThresholdClassifier`, such as
            ``sample_weight``.

        Returns
        -------
        self : MultiLabelRejectClassifier
            The fitted classifier.
        """
        if self.undecided in (0, 1):
            raise ValueError(f"'undecided' must be neither 0 nor 1. Got {self.undecided!r} instead.")
        n_labels = check_indicator(y).n_labels
        self._check_abstention_cost(n_labels)
        if get_config()["enable_metadata_routing"]:
            params = process_routing(self, "fit", **params).classifier.fit
        self.classifier_ = self._classifier().fit(X, y, **params)
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)  # of an earlier fit
            if hasattr(self.classifier_, name):
                setattr(self, name, getattr(self.classifier_, name))
        self._set_bands(self.classifier_.cv_results_)
        return self

    def _classifier(self):
        """The classifier to be fitted, unfitted."""
        inner = self.estimator
        inner = (
            clone(inner) if isinstance(inner, MultiLabelThresholdClassifier) else MultiLabelThresholdClassifier(inner)
        )
        return inner.set_params(
            scoring=self._cost(), strategy=self.strategy, min_labels=None, max_labels=None, store_cv_results=True
        )

    def _cost(self):
        return Cost() if self.cost is None else self.cost

    def _check_abstention_cost(self, n_labels):
        cost = np.asarray(self.abstention_cost, float)
        if cost.shape not in ((), (n_labels,)) or not np.all(np.isfinite(cost)):
            raise ValueError(
                f"'abstention_cost' must be a finite number, or have shape ({n_labels},). Got {self.abstention_cost!r} "
                "instead."
            )

    def _set_bands(self, evidence):
        data = evidence["y_true"].astype(bool), evidence["y_score"], evidence["sample_weight"]
        cost = self._cost().of_rows(evidence["row"])
        self.bands_ = self._best_bands(np.arange(len(data[0])), cost, *data)
        self.best_score_ = self._value(cost, data[0], decide_outside(data[1], self.bands_), data[2])
        splits = splits_of_folds(evidence["row"], evidence["fold"])
        self.cv_score_, self.cv_coverage_ = self._cross_fit(splits, cost, *data)

    def _best_bands(self, rows, cost, y_true, y_score, sample_weight):
        """Bands of shape (2, n_labels) for some of the rows; those without weight are as good as not there."""
        rows = rows if sample_weight is None else rows[sample_weight[rows] > 0]
        cost, y_true, y_score = cost.of_rows(rows), y_true[rows], y_score[rows]
        weight = 1 if sample_weight is None else sample_weight[rows, np.newaxis]
        costs = cost.cells(y_true, False), cost.cells(y_true, True), self.abstention_cost
        parts = [y_score, *(np.broadcast_to(part * np.asarray(weight), y_true.shape) for part in costs)]
        if self.strategy == "global":
            return np.tile(best_band(*(part.ravel() for part in parts))[:, np.newaxis], y_true.shape[1])
        return np.column_stack([best_band(*label) for label in zip(*(part.T for part in parts), strict=True)])

    def _cross_fit(self, splits, cost, y_true, y_score, sample_weight):
        """(score, coverage) where each fold is decided by bands of the other rows; NaN where there are none."""
        has_rows = (len(train) if sample_weight is None else np.any(sample_weight[train]) for train, _ in splits)
        if not all(has_rows):
            return np.nan, np.nan
        y_pred = np.concatenate(
            [
                decide_outside(y_score[test], self._best_bands(train, cost, y_true, y_score, sample_weight))
                for train, test in splits
            ]
        )
        test = np.concatenate([test for _, test in splits])
        weight = None if sample_weight is None else sample_weight[test]
        coverage = np.average(np.mean(y_pred != UNDECIDED, axis=1), weights=weight)
        return self._value(cost.of_rows(test), y_true[test], y_pred, weight), float(coverage)

    def _value(self, cost, y_true, y_pred, sample_weight):
        """Mean cost of a cell, negated."""
        cells = np.where(y_pred == UNDECIDED, self.abstention_cost, cost.cells(y_true, y_pred == 1))
        return -float(np.average(np.mean(cells, axis=1), weights=sample_weight))

    def predict(self, X):
        """Predict the labels of rows, as far as that pays.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, in any form that ``estimator`` takes.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels)
            1, 0, or ``undecided``.
        """
        y_pred = self._decisions(X)
        return np.where(y_pred == UNDECIDED, self.undecided, y_pred)

    def _decisions(self, X):
        check_is_fitted(self)
        y_score = label_scores(self.classifier_, X, tuned_response(self.classifier_), self.bands_.shape[1])
        return decide_outside(y_score, self.bands_)

    def score(self, X, y, sample_weight=None):
        """Mean cost of a cell, negated.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, in any form that ``estimator`` takes.

        y : {array-like, sparse matrix} of shape (n_samples, n_labels)
            True labels as an indicator of 0 and 1.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            The larger the better.
        """
        y_true = check_indicator(y).values
        cost = self._cost()
        cost.check(*y_true.shape)
        return self._value(cost, y_true, self._decisions(X), check_sample_weight(sample_weight, len(y_true)))

    @available_if(_has("predict_proba"))
    def predict_proba(self, X):
        """Probabilities of shape (n_samples, n_labels), as ``classifier_`` gives them."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(X)

    @available_if(_has("decision_function"))
    def decision_function(self, X):
        """Decision scores of shape (n_samples, n_labels), as ``classifier_`` gives them."""
        check_is_fitted(self)
        return self.classifier_.decision_function(X)

    def get_metadata_routing(self):
        """Where the parameters of ``fit`` go when metadata routing is enabled.

        Returns
        -------
        routing : MetadataRouter
            To the :class:`~threshold_estimators.MultiLabelThresholdClassifier`.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return MetadataRouter(owner=self).add(classifier=self._classifier(), method_mapping=mapping)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = deepcopy(get_tags(self.estimator).input_tags)
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags
