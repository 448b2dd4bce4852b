"""The classifier that may leave a label of a row undecided, where a decision is not worth it."""

from dataclasses import replace
from numbers import Integral, Real

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..core import (
    UNDECIDED,
    HasMethods,
    Interval,
    StrOptions,
    check_sample_weight,
    check_target,
    decide_outside,
    fit_context,
)
from ..model_selection import splits_of_folds
from ..objectives import Cost
from ..tuning import BandProblem
from ._base import labels_of, scores_of
from ._tuned import MultiLabelThresholdClassifier

DEFAULT_COST = 0.25  # of an undecided cell, where an error costs 1


def _has(method):
    return lambda self: hasattr(getattr(self, "classifier_", None) or self._classifier(), method)


class MultiLabelRejectClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Multi-label classifier that says "don't know" where a decision is not worth it.

    Each label has two thresholds: from the upper one on a row gets the label, below the lower one it does not, and in
    between it is left undecided. They minimise what errors and undecided cells cost together, on held-out scores;
    where a precision is wanted, among the bands that reach it.

    Parameters
    ----------
    estimator : estimator instance
        A :class:`~threshold_estimators.MultiLabelThresholdClassifier`, which says how scores are held out and whether
        they are calibrated, or any estimator that can be given to one. Its scoring, strategy and limits are replaced.

    precision : float in [0, 1), array-like of shape (n_labels,) or None, default=None
        Wanted share of right ones among the cells decided as 1, and unless ``negative_precision`` says otherwise among
        those decided as 0: of each label by itself, or with ``strategy="global"`` of all labels together. 0 wants
        nothing, nor does None.

    negative_precision : float in [0, 1), array-like of shape (n_labels,) or None, default=None
        Wanted share of right ones among the cells decided as 0 (negative predictive value); None is ``precision``. Of
        a label that one row in a hundred has, 0.99 are right where all cells are decided as 0, so that only more than
        that leaves some undecided.

    cost : Cost, default=None
        What decisions cost; None means ``Cost()``, 1 for each error.

    abstention_cost : float, array-like of shape (n_labels,) or None, default=None
        What a cell left undecided costs, for all labels or for each. No cell is, where it is more than any decision is
        expected to cost: more than 0.5 of errors that cost 1. None is 0.25; where a precision is wanted it is 1, as
        much as an error, so that as many cells are decided rightly as the precision allows.

    strategy : {"per_label", "global"}, default="per_label"
        A band for each label, or one for all of them, which is safer where labels are rare.

    undecided : int or str, default=-1
        What ``predict`` gives for cells that are left undecided; none of the classes.

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

    cv_precision_, cv_negative_precision_ : float
        Share of right ones among the cells that were decided as 1, and as 0, for ``cv_score_``, all labels together;
        NaN where none were.

    classes_ : list of n_labels ndarrays, or ndarray of shape (2,)
        The classes of each label, 0 and 1; the two classes where ``y`` was one column.

    label_names_in_ : ndarray of shape (n_labels,)
        Column names of ``y``, where it had any.

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

    A wanted precision is a promise about all decided cells together, not about each: those near the band are right
    less often. Bands are found among all pairs of cuts too, exactly, but as if one more of the cells on either side
    were wrong, since the best of many cuts looks better than it is (the estimate of false discoveries of [2]_). So a
    label that lacks the rows to show a precision of 0.95, 20 decided as 1 of which none is wrong, is never decided as
    1. ``cv_precision_`` tells what to expect of new rows.

    References
    ----------
    .. [1] C. K. Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions on Information Theory 16,
       1970, https://doi.org/10.1109/TIT.1970.1054406

    .. [2] R. F. Barber and E. J. Candès, "Controlling the false discovery rate via knockoffs", Annals of Statistics 43,
       2015, https://doi.org/10.1214/15-AOS1337

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
    >>> print(f"{(y_pred == y[500:])[decided].mean():.0%} of these rightly")
    91% of these rightly
    >>> print(f"{model.cv_coverage_:.0%} and {model.cv_precision_:.0%} expected")
    43% and 90% expected

    Where an undecided cell is worth a fifth of an error:

    >>> model = MultiLabelRejectClassifier(scored, abstention_cost=0.2).fit(X[:500], y[:500])
    >>> print(f"{model.cv_coverage_:.0%} of the cells decided")
    47% of the cells decided
    """

    _parameter_constraints: dict = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "precision": [None, Interval(Real, 0, 1, closed="left"), "array-like"],
        "negative_precision": [None, Interval(Real, 0, 1, closed="left"), "array-like"],
        "cost": [None, Cost],
        "abstention_cost": [None, Real, "array-like"],
        "strategy": [StrOptions({"per_label", "global"})],
        "undecided": [Integral, str],
    }

    def __init__(
        self,
        estimator,
        *,
        precision=None,
        negative_precision=None,
        cost=None,
        abstention_cost=None,
        strategy="per_label",
        undecided=UNDECIDED,
    ):
        self.estimator = estimator
        self.precision = precision
        self.negative_precision = negative_precision
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

        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Labels as an indicator of 0 and 1; a DataFrame gives the labels their names. A single column of two
            classes is a problem of one label, the larger class.

        **params : dict
            Passed on to ``fit`` of :class:`~threshold_estimators.MultiLabelThresholdClassifier`, such as
            ``sample_weight``.

        Returns
        -------
        self : MultiLabelRejectClassifier
            The fitted classifier.
        """
        X, y = indexable(X, y)
        target = check_target(y, type(self).__name__)
        self._check_undecided(target.classes)
        self._abstention_cost(target.n_labels)
        self._floors(target.n_labels)
        if get_config()["enable_metadata_routing"]:
            params = process_routing(self, "fit", **params).classifier.fit
        self.classifier_ = self._classifier().fit(X, y, **params)
        for name in ("classes_", "label_names_in_", "n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)  # of an earlier fit
            if hasattr(self.classifier_, name):
                setattr(self, name, getattr(self.classifier_, name))
        self._set_bands(self.classifier_.cv_results_)
        return self

    def _classifier(self):
        """The classifier to be fitted, unfitted."""
        inner = self.estimator
        inner = (
            clone(inner)
            if isinstance(inner, MultiLabelThresholdClassifier)
            else MultiLabelThresholdClassifier(inner)
        )
        return inner.set_params(
            scoring=self._cost(),
            strategy=self.strategy,
            min_labels=None,
            max_labels=None,
            store_cv_results=True,
        )

    def _cost(self):
        return Cost() if self.cost is None else self.cost

    def _check_undecided(self, classes):
        classes = _values(classes).tolist()
        if self.undecided in classes:
            raise ValueError(
                f"'undecided' must be none of the classes {classes}. Got {self.undecided!r} instead."
            )

    def _abstention_cost(self, n_labels):
        """What an undecided cell costs, a float or of shape (n_labels,)."""
        if self.abstention_cost is None:
            return np.asarray(
                DEFAULT_COST if self.precision is None and self.negative_precision is None else 1.0
            )
        cost = np.asarray(self.abstention_cost, float)
        if cost.shape not in ((), (n_labels,)) or not np.all(np.isfinite(cost)):
            raise ValueError(
                f"'abstention_cost' must be a finite number, or have shape ({n_labels},). Got {self.abstention_cost!r} "
                "instead."
            )
        return cost

    def _floors(self, n_labels):
        """Wanted precision of cells decided as 0 and as 1, of shape (2, n_labels), or None where none is wanted."""
        if self.precision is None and self.negative_precision is None:
            return None
        of_yes = self._floor("precision", 0 if self.precision is None else self.precision, n_labels)
        if self.negative_precision is None:
            return np.stack([of_yes, of_yes])
        return np.stack(
            [self._floor("negative_precision", self.negative_precision, n_labels), of_yes]
        )

    def _floor(self, name, floor, n_labels):
        floor = np.asarray(floor, float)
        shapes = ((), (n_labels,)) if self.strategy == "per_label" else ((),)
        if floor.shape not in shapes or not np.all((floor >= 0) & (floor < 1)):
            of_labels = (
                f", or have shape ({n_labels},)"
                if self.strategy == "per_label"
                else " for strategy='global'"
            )
            raise ValueError(
                f"{name!r} must be a number from 0 to below 1{of_labels}. Got {floor.tolist()} instead."
            )
        return np.broadcast_to(floor, n_labels)

    def _set_bands(self, evidence):
        problem = self._problem(
            evidence["y_true"].astype(bool),
            evidence["y_score"],
            evidence["sample_weight"],
            self._cost()._take_samples(evidence["row"]),
        )
        self.bands_ = problem.best_bands()
        self.best_score_ = problem.judge(decide_outside(problem.y_score, self.bands_)).value
        expected = problem.cross_fit(splits_of_folds(evidence["row"], evidence["fold"]))
        self.cv_score_, self.cv_coverage_ = expected.value, expected.coverage
        self.cv_precision_, self.cv_negative_precision_ = (
            expected.precision,
            expected.negative_precision,
        )

    def _problem(self, y_true, y_score, sample_weight, cost):
        n_labels = y_true.shape[1]
        return BandProblem(
            y_true,
            y_score,
            sample_weight,
            cost,
            self._abstention_cost(n_labels),
            self._floors(n_labels),
            self.strategy,
        )

    def predict(self, X):
        """Predict the labels of rows, as far as that pays.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, in any form that ``estimator`` takes.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels) or (n_samples,)
            1, 0, or ``undecided``; one of the classes or ``undecided`` where ``y`` was one column. Of dtype object
            where one of these is a string and another is none.
        """
        check_is_fitted(self)
        answers = [*_values(self.classes_).tolist(), self.undecided]
        is_mixed = len({isinstance(answer, str) for answer in answers}) > 1
        decisions = decide_outside(scores_of(self.classifier_, self.classifier_, X), self.bands_)
        y_pred = np.array(answers, object if is_mixed else None)[
            decisions
        ]  # of which UNDECIDED is the last, as -1
        return y_pred if isinstance(self.classes_, list) else y_pred[:, 0]

    def score(self, X, y, sample_weight=None):
        """Mean cost of a cell, negated.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, in any form that ``estimator`` takes.

        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            True labels, in the form of the ``y`` of ``fit``.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            The larger the better.
        """
        check_is_fitted(self)
        y_true, y_score = (
            labels_of(self.classifier_, y).values,
            scores_of(self.classifier_, self.classifier_, X),
        )
        cost = self._cost()
        cost._check(*y_true.shape)
        problem = self._problem(
            y_true, y_score, check_sample_weight(sample_weight, len(y_true)), cost
        )
        return problem.judge(decide_outside(y_score, self.bands_)).value

    @available_if(_has("predict_proba"))
    def predict_proba(self, X):
        """Probabilities, as ``classifier_`` gives them."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(X)

    @available_if(_has("decision_function"))
    def decision_function(self, X):
        """Decision scores, as ``classifier_`` gives them."""
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
        tags.input_tags = replace(get_tags(self.estimator).input_tags)
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


def _values(classes):
    """What cells are decided as: 0 and 1, or the two classes of a column."""
    return np.array([0, 1]) if isinstance(classes, list) else classes
