"""The meta-estimator: fit a model, learn its thresholds in cross-validation, decide by them."""

import warnings
from numbers import Integral

import numpy as np
from sklearn import get_config
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Bunch, check_random_state, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted, check_memory

from ..core import (
    CallbackSupportMixin,
    HasMethods,
    Interval,
    RealNotInt,
    StrOptions,
    as_fitted,
    check_limits,
    check_method_params,
    check_sample_weight,
    check_target,
    fit_context,
)
from ..fitting import (
    METHODS,
    as_calibrator,
    calibrator_params,
    check_fit_params,
    fit_and_hold_out,
    fit_calibrator,
    fit_task,
    label_scores,
    one_vs_rest_if_needed,
    response_method_name,
    seeded,
    takes_fit_param,
    warn_of_constant_labels,
)
from ..model_selection import (
    check_multilabel_cv,
    evaluation_folds,
    materialise_splits,
    splits_of_folds,
)
from ..objectives import check_objective
from ..tuning import STRATEGIES, check_strategy, tune, warn_of_outcome
from ._base import ThresholdedClassifier


def _evidence(held_out, target, sample_weight, random_state):
    """What thresholds are tuned on, as ``cv_results_`` tells it."""
    y_true = target.values[held_out.rows]
    return {
        "y_true": y_true.astype(np.int8),
        "y_score": held_out.y_score,
        "sample_weight": None if sample_weight is None else sample_weight[held_out.rows],
        "row": held_out.rows,
        "fold": evaluation_folds(held_out.fold, y_true, random_state),
    }


class MultiLabelThresholdClassifier(CallbackSupportMixin, ThresholdedClassifier):
    """Multi-label classifier that learns its decision thresholds in cross-validation.

    A row gets a label where the score of ``estimator`` is at least the threshold of that label. The thresholds
    maximise ``scoring`` on the scores of rows that were held out while ``estimator`` was fitted; after that it is
    fitted to all rows.

    Parameters
    ----------
    estimator : estimator instance
        Anything with ``predict_proba`` or ``decision_function``. An estimator for a single label is fitted once for
        each label by :class:`~sklearn.multiclass.OneVsRestClassifier`. A :class:`~sklearn.frozen.FrozenEstimator` is
        used as it is and its thresholds are tuned on the rows given to ``fit``: these must not be the rows that it
        was fitted on.

    scoring : str, scorer or objective, default="f1_macro"
        What to maximise: the name of a scikit-learn scorer, a scorer from :func:`sklearn.metrics.make_scorer`, or an
        objective of this package such as :class:`~threshold_estimators.FBeta`.

    strategy : {"pooled", "per_label", "global", "proportion"}, default="pooled"
        "pooled" learns a threshold for each label from evidence that is shrunk towards what all labels say together,
        so that it holds up on new rows; "per_label" takes the exact optimum on the held-out scores, each label for
        itself; "global" is one threshold for all of them; "proportion" predicts each label as often as it occurs, and
        leaves it to ``scoring`` to judge.

    calibrator : {"sigmoid", "isotonic"}, estimator or None, default=None
        What maps held-out scores to better ones before thresholds are tuned:

        - "sigmoid" or "isotonic" calibrates each label by itself, as
          :class:`~sklearn.calibration.CalibratedClassifierCV` does;
        - an estimator with ``predict_proba`` is fitted to the labels with the scores of all labels as features, so that
          it can use what the score of one label says about another, for example an
          :class:`~sklearn.neural_network.MLPClassifier`. One for a single label is fitted once for each label.

        The scores of a fold are calibrated by what was fitted to those of the other folds. With a calibrator there is
        ``predict_proba``, which gives calibrated scores, and no ``decision_function``. Weights of rows go to the
        calibrator where its ``fit`` takes them, with metadata routing where it requests them.

    min_labels, max_labels : int or None, default=None
        Least and largest number of labels of a row; ``min_labels=1`` leaves no row without a label. A row with too many
        keeps those whose scores are highest above their thresholds, one with too few gets those that come nearest.
        Thresholds are tuned, and judged, for decisions within the limits.

    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method of ``estimator`` that gives the scores; "auto" is ``predict_proba`` where there is one.

    cv : int, float, cross-validation generator or iterable, default=None
        How rows are held out to get the scores that thresholds are tuned on:

        - None, for 5 folds;
        - an int, for that number of folds, shuffled and stratified over all labels as by
          :class:`~threshold_estimators.MultilabelStratifiedKFold`;
        - a float between 0 and 1, for a single split, stratified likewise, that holds out this share of the rows;
        - a splitter, or an iterable of (train, test) indices. Splits may overlap and need not cover all rows.

    refit : bool, default=True
        Whether ``estimator`` is fitted to all rows once the thresholds are known. False is for a ``cv`` with a single
        split, whose model is then kept.

    memory : str or object with the joblib.Memory interface, default=None
        Where fitted models, calibrators and their held-out scores are cached, so that a search over ``scoring`` and
        ``strategy`` fits each of them once. Give ``random_state`` an int along with it, or no two fits are the same.

    n_jobs : int, default=None
        Number of fits that run in parallel, over folds and, where labels are fitted one by one, over labels together;
        and of threads in which thresholds of many rows are tuned.
        None means 1 unless in a :obj:`joblib.parallel_backend` context; -1 means all processors.

    random_state : int, RandomState instance or None, default=None
        Shuffles the rows, and seeds each ``random_state`` of ``estimator`` that is None. Pass an int for equal results
        of several fits.

    store_cv_results : bool, default=False
        Whether to keep the held-out scores in ``cv_results_``.

    Attributes
    ----------
    estimator_ : estimator instance
        The fitted estimator that predictions come from: ``estimator``, in a
        :class:`~sklearn.multiclass.OneVsRestClassifier` where it knows a single label, and in a wrapper that sets
        constant labels aside where it cannot be fitted to them.

    calibrator_ : estimator or None
        The calibrator, fitted to all held-out scores; None without one.

    thresholds_ : ndarray of shape (n_labels,)
        A row gets a label where its score is at least the threshold; ``inf`` stands for never, ``-inf`` for always.

    limits_ : tuple of (min_labels, max_labels) or None
        How many labels a row may have, where that is limited.

    best_score_ : float
        ``scoring`` at ``thresholds_`` on the held-out scores that they were tuned on. It flatters, the more so the
        rarer the labels.

    cv_score_ : float
        ``scoring`` where each fold is decided by thresholds tuned on the other folds: what to expect of new rows.

    cv_thresholds_ : ndarray of shape (n_folds, n_labels)
        The thresholds that decided each fold for ``cv_score_``. How far they spread is how uncertain ``thresholds_``
        are.

    low_support_ : ndarray of shape (n_labels,)
        Whether the label has fewer than 15 positive or fewer than 15 negative rows, so that a threshold of its own is
        largely chance.

    best_threshold_ : float
        The one threshold, only where ``y`` was one column: for the score of the larger class.

    cv_results_ : dict of ndarrays
        Only with ``store_cv_results=True``: what the thresholds were tuned on. "y_score", the held-out scores of
        shape (n_scored, n_labels), calibrated where there is a calibrator, and for each of their rows "y_true",
        "sample_weight" (or None), "row", its index in ``X``, and "fold", the fold in which ``cv_score_`` judges it.

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
    tune_thresholds : The same for scores that exist already.
    FixedThresholdsClassifier : The same with thresholds that are known already.
    sklearn.model_selection.TunedThresholdClassifierCV : A threshold for one label.

    Notes
    -----
    From scikit-learn 1.9 on, ``set_callbacks(sklearn.callback.ProgressBar())`` shows how far ``fit`` is: its tasks are
    the folds, or portions of the labels in them where these run in parallel, the last fit and the tuning. Callbacks are
    not handed on to ``estimator``.

    A label without a positive row has the threshold ``inf``, unless there is one for all labels: it is never predicted.
    Labels that do not vary in the training rows of a fold are named in a warning.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.metrics import f1_score
    >>> from sklearn.model_selection import train_test_split
    >>> from threshold_estimators import MultiLabelThresholdClassifier
    >>> X, y = make_multilabel_classification(n_samples=2000, n_classes=8, length=10, random_state=0)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(X_train, y_train)
    >>> bool(model.thresholds_.max() < 0.5)
    True
    >>> y_half = model.predict_proba(X_test) >= 0.5
    >>> print(f"{f1_score(y_test, y_half, average='macro', zero_division=0):.2f}")
    0.23
    >>> print(f"{f1_score(y_test, model.predict(X_test), average='macro'):.2f}")
    0.45
    >>> print(f"{model.cv_score_:.2f}")
    0.47
    """

    _parameter_constraints: dict = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "scoring": [str, callable],
        "strategy": [StrOptions(set(STRATEGIES))],
        "calibrator": [None, StrOptions(set(METHODS)), HasMethods(["fit", "predict_proba"])],
        "min_labels": [None, Interval(Integral, 0, None, closed="left")],
        "max_labels": [None, Interval(Integral, 1, None, closed="left")],
        "response_method": [StrOptions({"auto", "predict_proba", "decision_function"})],
        "cv": ["cv_object", Interval(RealNotInt, 0.0, 1.0, closed="neither")],
        "refit": ["boolean"],
        "memory": [None, str, HasMethods(["cache"])],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "store_cv_results": ["boolean"],
    }

    def __init__(
        self,
        estimator,
        *,
        scoring="f1_macro",
        strategy="pooled",
        calibrator=None,
        min_labels=None,
        max_labels=None,
        response_method="auto",
        cv=None,
        refit=True,
        memory=None,
        n_jobs=None,
        random_state=None,
        store_cv_results=False,
    ):
        self.estimator = estimator
        self.scoring = scoring
        self.strategy = strategy
        self.calibrator = calibrator
        self.min_labels = min_labels
        self.max_labels = max_labels
        self.response_method = response_method
        self.cv = cv
        self.refit = refit
        self.memory = memory
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.store_cv_results = store_cv_results

    @fit_context(prefer_skip_nested_validation=False)  # estimator is not validated yet
    def fit(self, X, y, sample_weight=None, **params):
        """Fit the estimator and learn its thresholds.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data, in any form that ``estimator`` takes.

        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Labels as an indicator of 0 and 1; a DataFrame gives the labels their names. A single column of two
            classes is a problem of one label, and is answered as scikit-learn's binary classifiers do: the threshold
            is one for the larger class, whichever class ``pos_label`` of a scorer has judged.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, for the thresholds and, where it takes them, for ``estimator``.

        **params : dict
            Passed on to the ``fit`` of ``estimator``, or with metadata routing to where they were requested: for
            example ``groups`` to the splitter.

        Returns
        -------
        self : MultiLabelThresholdClassifier
            The fitted classifier.
        """
        X, y = indexable(X, y)
        target = check_target(y, type(self).__name__)
        weight = check_sample_weight(sample_weight, len(target.values))
        objective = check_objective(self.scoring, *target.values.shape, target.classes)
        check_limits(self.min_labels, self.max_labels, target.n_labels)
        estimator = one_vs_rest_if_needed(self.estimator, target.n_labels)
        routed = self._route(estimator, sample_weight, params)

        random_state = None if self.random_state is None else check_random_state(self.random_state)
        cv = check_multilabel_cv(self.cv, random_state)
        splits = materialise_splits(cv, X, target.values.astype(int), **routed.splitter.split)
        if len(splits) > 1 and not self.refit:
            raise ValueError(
                f"'refit' can be False only where 'cv' has a single split. Got {len(splits)} splits instead."
            )

        if not isinstance(estimator, FrozenEstimator):
            warn_of_constant_labels(target.values, splits, target.names)
        cached_fit = check_memory(self.memory).cache(
            fit_and_hold_out, ignore=["n_jobs", "progress"]
        )
        n_parts = 3 if self.calibrator is None else 4
        with fit_task(self, n_parts) as progress:  # cross-fit, refit, perhaps calibrate, tune
            held_out, self.estimator_ = cached_fit(
                seeded(estimator, random_state),
                X,
                as_fitted(y, target),
                splits,
                refit=self.refit,
                response_method=response_method_name(estimator, self.response_method),
                fit_params=routed.estimator.fit,
                classes=target.column_classes,
                names=target.names,
                n_jobs=self.n_jobs,
                progress=progress,
            )
            self._set_input_attributes(target)
            evidence = _evidence(held_out, target, weight, random_state)
            self.calibrator_ = None
            if self.calibrator is not None:
                with progress.part("calibrate"):
                    self._calibrate(evidence, X, routed, sample_weight, random_state)
            if self.store_cv_results:
                self.cv_results_ = evidence
            with progress.part("tune"):
                self._set_thresholds(evidence, objective, self.strategy)
        return self

    def _calibrate(self, evidence, X, routed, sample_weight, random_state):
        """Fit the calibrator, and put calibrated scores in the place of the evidence's own."""
        calibrator = as_calibrator(self.calibrator, evidence["y_true"].shape[1])
        params = routed.get(
            "calibrator", Bunch(fit=calibrator_params(calibrator, sample_weight))
        ).fit
        cached_fit = check_memory(self.memory).cache(fit_calibrator, ignore=["n_jobs"])
        evidence["y_score"], self.calibrator_ = cached_fit(
            seeded(calibrator, random_state),
            **evidence,
            fit_params=check_method_params(X, params, indices=evidence["row"]),
            names=getattr(self, "label_names_in_", None),
            n_jobs=self.n_jobs,
        )

    def retune(self, *, scoring=None, strategy=None):
        """Learn other thresholds from the held-out scores of ``fit``, without fitting ``estimator`` again.

        The calibrator stays what it is; limits are those that the parameters now say.

        Parameters
        ----------
        scoring : str, scorer or objective, default=None
            What to maximise from now on; None keeps the parameter ``scoring``.

        strategy : {"pooled", "per_label", "global", "proportion"}, default=None
            How to tune from now on; None keeps the parameter ``strategy``.

        Returns
        -------
        self : MultiLabelThresholdClassifier
            The classifier with new parameters, ``thresholds_`` and scores.

        Raises
        ------
        ValueError
            If the classifier was fitted without ``store_cv_results=True``.

        Examples
        --------
        >>> from sklearn.datasets import make_multilabel_classification
        >>> from sklearn.linear_model import LogisticRegression
        >>> from threshold_estimators import Cost, MultiLabelThresholdClassifier
        >>> X, y = make_multilabel_classification(random_state=0)
        >>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0, store_cv_results=True)
        >>> f1 = model.fit(X, y).best_score_
        >>> cost = -model.retune(scoring=Cost(fp=1, fn=5)).best_score_
        """
        check_is_fitted(self)
        if not hasattr(self, "cv_results_"):
            raise ValueError(
                "'retune' needs the held-out scores of 'fit'. Fit with 'store_cv_results=True'."
            )
        scoring, strategy = scoring or self.scoring, strategy or self.strategy
        check_strategy(strategy)
        objective = check_objective(scoring, *self._target_shape, self.classes_)
        self._set_thresholds(self.cv_results_, objective, strategy)
        return self.set_params(scoring=scoring, strategy=strategy)

    def _route(self, estimator, sample_weight, params):
        """Which parameters of ``fit`` go to the estimator and which to the splitter."""
        if get_config()["enable_metadata_routing"]:
            return process_routing(self, "fit", sample_weight=sample_weight, **params)
        check_fit_params(estimator, params, type(self.estimator).__name__)
        if sample_weight is not None and takes_fit_param(estimator, "sample_weight"):
            params = {**params, "sample_weight": sample_weight}
        elif sample_weight is not None and not isinstance(estimator, FrozenEstimator):
            warnings.warn(
                f"{type(self.estimator).__name__} does not take 'sample_weight', so the weights are used for the "
                "thresholds only. To send them further in, enable metadata routing.",
                UserWarning,
                stacklevel=4,
            )
        return Bunch(estimator=Bunch(fit=params), splitter=Bunch(split={}))

    def _set_thresholds(self, evidence, objective, strategy):
        objective = objective._take_samples(evidence["row"])
        y_true, y_score, weight = (
            evidence["y_true"].astype(bool),
            evidence["y_score"],
            evidence["sample_weight"],
        )
        splits = splits_of_folds(evidence["row"], evidence["fold"])
        self.limits_ = check_limits(self.min_labels, self.max_labels, y_true.shape[1])
        tuned = tune(
            y_true, y_score, weight, objective, strategy, splits, self.limits_, self.n_jobs
        )
        if strategy != "proportion":  # which has the objective judge only
            names = getattr(self, "label_names_in_", None)
            warn_of_outcome(y_true, y_score, weight, objective, tuned, names)
        self.thresholds_, self.best_score_, self.low_support_ = (
            tuned.thresholds,
            tuned.score,
            tuned.low_support,
        )
        self.cv_score_, self.cv_thresholds_ = tuned.cv_score, tuned.cv_thresholds

    def _set_input_attributes(self, target):
        self.__dict__.pop("cv_results_", None)  # of an earlier fit
        super()._set_input_attributes(target)
        self._target_shape = target.values.shape

    @property
    def best_threshold_(self):
        """The threshold for the score of the larger class, where ``y`` was one column."""
        check_is_fitted(self)
        if isinstance(self.classes_, list):
            raise AttributeError(
                "There is one threshold for each label of an indicator, in 'thresholds_'."
            )
        return self.thresholds_[0]

    def _has(self, method):
        is_calibrated = getattr(self, "calibrator_", self.calibrator) is not None
        return method == "predict_proba" if is_calibrated else super()._has(method)

    def _probabilities(self, X):
        return super()._probabilities(X) if self.calibrator_ is None else self._tuned_scores(X)

    def _tuned_scores(self, X):
        """Scores that the thresholds are for."""
        y_score = super()._tuned_scores(X)
        if self.calibrator_ is None:
            return y_score
        return label_scores(self.calibrator_, y_score, "predict_proba", len(self.thresholds_))

    def get_metadata_routing(self):
        """Where the parameters of ``fit`` go when metadata routing is enabled.

        Returns
        -------
        routing : MetadataRouter
            To this classifier itself, to ``estimator``, to the splitter and to an estimator as ``calibrator``.
        """
        router = (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                estimator=self.estimator,
                method_mapping=MethodMapping().add(caller="fit", callee="fit"),
            )
            .add(splitter=self.cv, method_mapping=MethodMapping().add(caller="fit", callee="split"))
        )
        if hasattr(self.calibrator, "fit"):
            router.add(
                calibrator=self.calibrator,
                method_mapping=MethodMapping().add(caller="fit", callee="fit"),
            )
        return router
