"""Meta-estimator: fit a model, tune its thresholds in cross-validation, decide by them."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Bunch, check_random_state, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted, check_memory

from ..core import (
    CallbackSupportMixin,
    HasMethods,
    Interval,
    MatrixLike,
    RealNotInt,
    StrOptions,
    check_limits,
    check_method_params,
    check_same_index,
    check_same_length,
    finite_scores,
    fit_context,
    learn_labels,
    num_samples,
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
from ..objectives import Objective, check_objective
from ..tuning import (
    STRATEGIES,
    Problem,
    Samples,
    TunedThresholds,
    check_strategy,
    samples_at,
    tune,
    units_of,
)
from ._base import ThresholdedClassifier, tuned_response

LARGEST_SCORE = 1e30  # that a calibrator gets in the place of an infinite one
KEPT_BYTES = 2**24  # of held-out scores, by default


class MultiLabelThresholdClassifier(CallbackSupportMixin, ThresholdedClassifier):
    """Multi-label classifier that tunes its decision thresholds in cross-validation.

    A sample gets a label if the score of ``estimator`` is at least the threshold of that label.
    The thresholds maximise ``scoring`` on held-out scores: those of samples that were left out
    while ``estimator`` was fitted. Afterwards ``estimator`` is fitted to all samples.

    Parameters
    ----------
    estimator : estimator instance
        Estimator with ``predict_proba`` or ``decision_function``. An estimator for a single label
        is fitted once for each label by :class:`~sklearn.multiclass.OneVsRestClassifier`; of a
        pipeline, only the last step is, where the other steps take several labels. A
        :class:`~sklearn.frozen.FrozenEstimator` is not fitted; its thresholds are tuned on the
        samples given to ``fit``, which must not be the samples that it was fitted on.
    scoring : str, scorer or objective, default="f1_macro"
        What to maximise: a scikit-learn scorer or its name, or an objective of this package such
        as :class:`~threshold_estimators.FBeta`.
    strategy : {"pooled", "per_label", "global", "proportion"}, default="pooled"
        How thresholds are tuned:

        - "pooled": a threshold for each label, shrunk towards what all labels have in common.
          It generalises best where labels are rare.
        - "per_label": a threshold for each label, the exact optimum on the held-out scores.
        - "global": one threshold for all labels.
        - "proportion": a threshold for each label that predicts it as often as it occurs;
          ``scoring`` only evaluates.
    calibrator : {"sigmoid", "isotonic"}, estimator or None, default=None
        Model that maps held-out scores to probabilities before thresholds are tuned:

        - "sigmoid" or "isotonic" calibrates each label separately, as
          :class:`~sklearn.calibration.CalibratedClassifierCV` does;
        - an estimator with ``predict_proba`` is fitted to the labels with the scores of all labels
          as features, so that it can use correlations between labels. An estimator for a single
          label is fitted once for each label.

        The scores of each fold are calibrated by a model fitted to the other folds, with sample
        weights if it takes them. Then ``predict_proba`` gives calibrated scores, and there is no
        ``decision_function``.
    min_labels, max_labels : int or None, default=None
        Smallest and largest number of labels of a sample. A sample with too many labels keeps
        those whose scores are highest above their thresholds; a sample with too few gets those
        that come nearest. Thresholds are tuned and evaluated with these limits.
    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method of ``estimator`` that gives the scores; "auto" is ``predict_proba`` if it exists.
    cv : int, float, cross-validation generator or iterable, default=None
        How samples are held out:

        - None, for 5 folds;
        - an int, for that number of folds, shuffled and stratified over all labels as by
          :class:`~threshold_estimators.MultilabelStratifiedKFold`;
        - a float between 0 and 1, for a single stratified split that holds out this fraction of
          the samples;
        - a splitter, or an iterable of (train, test) indices. Splits may overlap and need not
          cover all samples.
    refit : bool, default=True
        Whether ``estimator`` is fitted to all samples after the cross-validation. False requires a
        ``cv`` with a single split, whose model is kept.
    memory : str or object with the joblib.Memory interface, default=None
        Cache of fitted models, calibrators and their held-out scores, so that a search over
        ``scoring`` and ``strategy`` fits each of them once. Set ``random_state`` to an int with
        it; otherwise no two fits are the same.
    n_jobs : int, default=None
        Number of fits that run in parallel, over folds and, for labels that are fitted one by one,
        over labels; also the number of threads that tune thresholds of many samples.
        None means 1 unless in a :obj:`joblib.parallel_backend` context; -1 means all processors.
    random_state : int, RandomState instance or None, default=None
        Shuffles the samples, and seeds each ``random_state`` of ``estimator`` that is None. Pass
        an int for reproducible fits.
    store_cv_results : bool or "auto", default="auto"
        Whether to keep the held-out scores in ``cv_results_``, for :meth:`retune` and
        :func:`threshold_report`. "auto" keeps scores of up to 16 MiB, and leaves them out of
        pickles. True keeps them in any case, in pickles too.

    Attributes
    ----------
    estimator_ : estimator instance
        The fitted clone of ``estimator``. It, or the last step of a pipeline, is in a
        :class:`~sklearn.multiclass.OneVsRestClassifier` for several labels, and in a wrapper for
        constant labels, if it needs these.
    calibrator_ : estimator or None
        The calibrator, fitted to all held-out scores; None without one.
    tuned_ : TunedThresholds
        The thresholds and how they were tuned, as one record. The attributes ``thresholds_`` to
        ``cv_results_`` are copies of its fields.
    thresholds_ : ndarray of shape (n_labels,)
        A sample gets a label if its score is at least the threshold; ``inf`` means never, ``-inf``
        always.
    limits_ : tuple of (min_labels, max_labels) or None
        Smallest and largest number of labels of a sample, if it is limited.
    best_score_ : float
        ``scoring`` at ``thresholds_`` on the held-out scores. It is optimistic: the same samples
        chose the thresholds. The rarer the labels, the more optimistic it is.
    cv_score_ : float
        ``scoring`` with each fold decided by thresholds tuned on the other folds: an estimate for
        new samples.
    cv_score_interval_ : ndarray of shape (2,)
        95 % interval for the score that ``thresholds_`` have on new samples; see
        :class:`TunedThresholds`. It does not know how the scores of ``estimator_``, fitted to all
        samples, differ from those of the folds. It assumes that samples are independent of each
        other, or the ``groups`` that metadata routing passes to the splitter.
    cv_thresholds_ : ndarray of shape (n_folds, n_labels)
        The thresholds that decided each fold for ``cv_score_``. Their spread shows how uncertain
        ``thresholds_`` are.
    low_support_ : ndarray of shape (n_labels,)
        Whether the label has fewer than 15 positive or fewer than 15 negative samples, so that
        its own threshold is largely chance.
    best_threshold_ : float
        The only threshold, for the score of the larger class. Exists only if ``y`` was a column.
    cv_results_ : dict
        The samples that the thresholds were tuned on, if ``store_cv_results`` keeps them: those of
        ``fit``, or the last new ones of :meth:`retune`. "y_score", the held-out scores of shape
        (n_scored, n_labels), calibrated if there is a calibrator; for each of these samples
        "y_true", "sample_weight" (or None; for each label if ``frequencies`` were given), "row",
        its index in ``X``, and "groups" (or None); "splits", a list of pairs (tuned on, evaluated)
        of positions, one for each row of ``cv_thresholds_``.
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
    tune_thresholds : The same for scores that exist already.
    FixedThresholdsClassifier : The same with known thresholds.
    sklearn.model_selection.TunedThresholdClassifierCV : A threshold for one label.

    Notes
    -----
    A ``fit`` or ``retune`` that raises an error leaves the classifier as it was.

    From scikit-learn 1.9 on, ``set_callbacks(sklearn.callback.ProgressBar())`` shows the progress
    of ``fit``. Its tasks are the folds (or portions of their labels, if these are fitted in
    parallel), the last fit and the tuning. Callbacks are not passed to ``estimator``.

    A label without positive samples gets the threshold ``inf`` and is never predicted, unless
    there is one threshold for all labels. A warning names labels that do not vary in the training
    samples of a fold.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.metrics import f1_score
    >>> from sklearn.model_selection import train_test_split
    >>> from threshold_estimators import MultiLabelThresholdClassifier
    >>> X, y = make_multilabel_classification(2000, n_classes=8, length=10, random_state=0)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    >>> model = model.fit(X_train, y_train)
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

    estimator_: Any
    calibrator_: Any
    tuned_: TunedThresholds
    thresholds_: np.ndarray
    limits_: tuple[int, int] | None
    best_score_: float
    cv_score_: float
    cv_score_interval_: np.ndarray
    cv_thresholds_: np.ndarray
    low_support_: np.ndarray
    cv_results_: dict

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
        "store_cv_results": ["boolean", StrOptions({"auto"})],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        scoring: str | Objective | Callable[..., float] = "f1_macro",
        strategy: str = "pooled",
        calibrator: Any = None,
        min_labels: int | None = None,
        max_labels: int | None = None,
        response_method: str = "auto",
        cv: Any = None,
        refit: bool = True,
        memory: Any = None,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        store_cv_results: bool | str = "auto",
    ) -> None:
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
    def fit(
        self, X: MatrixLike, y: MatrixLike, sample_weight: ArrayLike | None = None, **params: Any
    ) -> Self:
        """Fit the estimator and tune its thresholds.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data, in any form that ``estimator`` takes.
        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            Labels as an indicator of 0 and 1; the columns of a DataFrame name the labels. A column
            of two classes is one label, predicted as scikit-learn's binary classifiers do. Its
            threshold is for the larger class, also if ``pos_label`` of a scorer is the other one.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights, for the thresholds and, if it takes them, for ``estimator``.
        **params : dict
            Passed to ``fit`` of ``estimator``. With metadata routing passed to where they were
            requested, for example ``groups`` to the splitter.

        Returns
        -------
        self : MultiLabelThresholdClassifier
            The fitted classifier.
        """
        check_same_index(X=X, y=y, sample_weight=sample_weight)
        space, labels = learn_labels(y, type(self).__name__)
        objective = self._check_parameters(space, len(labels.y_true), sample_weight)
        weight = labels.weights(sample_weight)
        X, y = indexable(X, y)
        target = space.as_fitted(y, labels)
        estimator = one_vs_rest_if_needed(self.estimator, X, target)
        routed = self._route(estimator, sample_weight, params)
        random_state = None if self.random_state is None else check_random_state(self.random_state)
        splits = self._splits(X, labels.y_true, random_state, routed)
        if not isinstance(estimator, FrozenEstimator):
            warn_of_constant_labels(target, splits, space.names)

        # At most four parts: cross-fit, refit, perhaps calibrate, tune.
        with fit_task(self, 3 if self.calibrator is None else 4) as progress:
            held_out, fitted = self._hold_out(
                seeded(estimator, random_state), X, target, splits, space, routed, progress
            )
            row = held_out.rows
            samples, calibrator = _held_out_samples(held_out, labels, weight), None
            fold = evaluation_folds(held_out.fold, samples.y_true, random_state)
            if self.calibrator is not None:
                with progress.part("calibrate"):
                    samples, calibrator = self._calibrate(
                        samples, row, fold, X, sample_weight, routed, space, random_state
                    )
            splits = splits_of_folds(row, fold)
            cv_results = _cv_results(samples, row, splits, routed.splitter.split.get("groups"))
            with progress.part("tune"):
                tuned = self._tune(cv_results, objective, self.strategy, space)
        self._set_fitted(
            fitted,
            space,
            estimator_=fitted,
            calibrator_=calibrator,
            _n_samples=len(target),
            # What was fitted decides, if parameters are set afterwards.
            _objective=objective,
            _response_method=response_method_name(estimator, self.response_method),
            **_attributes_of(tuned, self._keeps(samples)),
        )
        return self

    def _check_parameters(self, space, n_samples, sample_weight):
        """The objective, after a check of what can be wrong before anything is fitted."""
        if sample_weight is not None and np.asarray(sample_weight).ndim == 2:
            raise ValueError(
                "'sample_weight' of 'fit' must have shape (n_samples,). 'tune_thresholds' takes "
                "weights of cells. Got two dimensions instead."
            )
        if self.memory == "":
            raise ValueError("'memory' must name a folder. Got '' instead: None caches nothing.")
        check_limits(self.min_labels, self.max_labels, space.n_labels)
        return check_objective(
            self.scoring, n_samples, space.n_labels, classes=space.classes, names=space.names
        )

    def _keeps(self, samples):
        """Whether to keep held-out scores."""
        if self.store_cv_results == "auto":
            return samples.y_score.nbytes <= KEPT_BYTES
        return self.store_cv_results

    def __getstate__(self):
        """State for pickle, without held-out scores that were kept by default."""
        state = super().__getstate__()
        if state.get("store_cv_results") == "auto" and "cv_results_" in state:
            tuned = replace(state["tuned_"], cv_results=None)
            state = {name: state[name] for name in state if name != "cv_results_"}
            state["tuned_"] = tuned
        return state

    def score(self, X: MatrixLike, y: MatrixLike, sample_weight: ArrayLike | None = None) -> float:
        """Value of what the thresholds were tuned for, as ``GridSearchCV.score`` gives it.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, in any form that ``estimator`` takes.
        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,)
            True labels, in the form of the ``y`` of ``fit``.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            Weights of the samples, or of each label of a sample.

        Returns
        -------
        score : float
            ``scoring`` of ``fit``, or of the last ``retune``; larger is better. Other classifiers
            return their accuracy here.
        """
        check_is_fitted(self)
        return self._objective(self, X, y, sample_weight=sample_weight)

    def _splits(self, X, y_true, random_state, routed):
        cv = check_multilabel_cv(self.cv, random_state)
        splits = materialise_splits(cv, X, y_true.astype(int), **routed.splitter.split)
        if len(splits) > 1 and not self.refit:
            raise ValueError(
                "'refit' can be False only where 'cv' has a single split. "
                f"Got {len(splits)} splits instead."
            )
        return splits

    def _hold_out(self, estimator, X, target, splits, space, routed, progress):
        """(held-out scores, fitted estimator), from the cache if there is one."""
        cached_fit = check_memory(self.memory).cache(
            fit_and_hold_out, ignore=["n_jobs", "progress"]
        )
        return cached_fit(
            estimator,
            X,
            target,
            splits,
            refit=self.refit,
            response_method=response_method_name(estimator, self.response_method),
            fit_params=routed.estimator.fit,
            classes=space.classes,
            names=space.names,
            n_jobs=self.n_jobs,
            progress=progress,
        )

    def _calibrate(self, samples, row, fold, X, sample_weight, routed, space, random_state):
        """(samples with calibrated scores, fitted calibrator), from the cache if there is one."""
        calibrator = as_calibrator(self.calibrator, samples.y_score, samples.known_labels())
        default = Bunch(fit=calibrator_params(calibrator, sample_weight))
        params = routed.get("calibrator", default).fit
        cached_fit = check_memory(self.memory).cache(fit_calibrator, ignore=["n_jobs"])
        y_score, calibrator = cached_fit(
            seeded(calibrator, random_state),
            y_score=samples.y_score,
            y_true=samples.known_labels(),
            row=row,
            fold=fold,
            has_weight=samples.has_weight(),
            fit_params=check_method_params(X, params, indices=row),
            names=space.names,
            n_jobs=self.n_jobs,
        )
        return samples._replace(y_score=y_score), calibrator

    def _tune(self, cv_results, objective, strategy, space):
        """The record of thresholds tuned on held-out scores."""
        samples = Samples(*[cv_results[name] for name in Samples._fields])
        limits = check_limits(self.min_labels, self.max_labels, space.n_labels)
        objective = objective._take_samples(cv_results["row"])
        return tune(
            Problem(samples, objective, strategy, limits),
            cv_results["splits"],
            space,
            units_of(cv_results),
            cv_results=cv_results,
            n_jobs=self.n_jobs,
        )

    def retune(
        self,
        *,
        scoring: str | Objective | Callable[..., float] | None = None,
        strategy: str | None = None,
        X: MatrixLike = None,
        y: MatrixLike = None,
        sample_weight: ArrayLike | None = None,
        frequencies: ArrayLike | Mapping[Any, float] | None = None,
    ) -> Self:
        """Tune other thresholds without fitting the estimator again.

        The thresholds are tuned on the samples in ``cv_results_``, which are the held-out samples
        of ``fit``, or on new samples ``X`` and ``y``, which take their place. Change the objective,
        the strategy, the samples or the frequencies of the labels, or several of them.

        The parameters of the classifier do not change: a later ``fit``, a clone, or a ``retune``
        without arguments use ``scoring`` and ``strategy`` of the constructor. The estimator and the
        calibrator stay the same; limits are those of the parameters.

        Parameters
        ----------
        scoring : str, scorer or objective, default=None
            What to maximise; None means the parameter ``scoring``.
        strategy : {"pooled", "per_label", "global", "proportion"}, default=None
            How to tune; None means the parameter ``strategy``.
        X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
            New samples, on which ``estimator`` was not fitted. They replace those of ``fit``: the
            two are not mixed, as they may differ.
        y : {array-like, sparse matrix} of shape (n_samples, n_labels) or (n_samples,), default=None
            True labels of the new samples, in the form of the ``y`` of ``fit``.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            Weights of the new samples, or of each label of a sample.
        frequencies : array-like of shape (n_labels,) or mapping, default=None
            How frequent each label is where the thresholds are for, as a share of the samples: in
            the order of the labels, or by their names. The positive and the negative samples of
            each label are weighted accordingly. None means as in the samples.
            :func:`~threshold_estimators.estimate_frequencies` estimates them without labels.

        Returns
        -------
        self : MultiLabelThresholdClassifier
            The classifier with new ``thresholds_`` and scores.

        Raises
        ------
        ValueError
            If held-out scores are needed and were not kept: fit with ``store_cv_results=True``. If
            only one of ``X`` and ``y`` is given. If ``frequencies`` are given for an objective that
            compares the labels of a sample, as averages over samples do.

        Notes
        -----
        New samples are scored by ``estimator_`` and ``calibrator_``. ``cv_score_`` is for new
        samples too: thresholds tuned on four fifths of them decide the last fifth. The folds are
        stratified, as many as ``cv`` if it is an int, else 5. ``cv_results_`` then has the new
        samples, so that a later ``retune`` uses them. Groups are not kept together: for these give
        scores to :func:`tune_thresholds`.

        With ``frequencies``, ``best_score_`` and ``cv_score_`` are estimates for samples with these
        frequencies. They hold if nothing but the frequencies has changed: the positive samples of
        a label have scores as before, and so have the negative ones.

        To see the change label by label, keep the old thresholds and compare them on the samples of
        the tuning: ``threshold_report(model, reference=old_thresholds)``.

        Examples
        --------
        >>> from sklearn.datasets import make_multilabel_classification
        >>> from sklearn.linear_model import LogisticRegression
        >>> from threshold_estimators import Cost, MultiLabelThresholdClassifier
        >>> X, y = make_multilabel_classification(600, n_classes=3, random_state=0)
        >>> model = MultiLabelThresholdClassifier(
        ...     LogisticRegression(max_iter=1000), random_state=0, store_cv_results=True
        ... )
        >>> f1 = model.fit(X[:400], y[:400]).best_score_
        >>> cost = -model.retune(scoring=Cost(fp=1, fn=5)).best_score_

        Labels that became rarer have higher thresholds for F1:

        >>> often = model.retune().thresholds_
        >>> rarely = model.retune(frequencies=[0.1, 0.1, 0.1]).thresholds_
        >>> bool((rarely > often).all())
        True

        New labelled samples:

        >>> model.retune(X=X[400:], y=y[400:]).cv_results_["y_true"].shape
        (200, 3)
        """
        check_is_fitted(self)
        strategy = self.strategy if strategy is None else strategy
        check_strategy(strategy)
        cv_results = self._results_to_retune(X, y, sample_weight)
        space, n_samples = self.label_space_, self._n_samples if X is None else num_samples(X)
        objective = check_objective(
            self.scoring if scoring is None else scoring,
            n_samples,
            space.n_labels,
            classes=space.classes,
            names=space.names,
        )
        samples = Samples(*[cv_results[name] for name in Samples._fields])
        if frequencies is not None:
            samples = samples_at(frequencies, samples, objective, space)
            cv_results = cv_results | samples._asdict()
        tuned = self._tune(cv_results, objective, strategy, space)
        keeps = X is None or self._keeps(samples)
        attributes = _attributes_of(tuned, keeps)
        if not keeps:
            self.__dict__.pop("cv_results_", None)  # of earlier samples
        attributes |= {"_objective": objective, "_n_samples": n_samples}
        for name, value in attributes.items():
            setattr(self, name, value)
        return self

    def _results_to_retune(self, X, y, sample_weight):
        """``cv_results_``, or the same of new samples."""
        if X is None and y is None:
            if sample_weight is not None:
                raise ValueError("'sample_weight' is for new samples. Give 'X' and 'y' with it.")
            if not hasattr(self, "cv_results_"):
                raise ValueError(
                    "'retune' needs the held-out scores of 'fit'. Fit with "
                    "'store_cv_results=True', or give new samples as 'X' and 'y'."
                )
            return self.cv_results_
        if X is None or y is None:
            raise ValueError(
                "'X' and 'y' go together. Without labels of new samples, give 'frequencies', which "
                "estimate_frequencies finds from 'X'."
            )
        check_same_index(X=X, y=y, sample_weight=sample_weight)
        labels = self.label_space_.encode(y)
        y_score = finite_scores(self._scores(X, tuned_response(self)))
        check_same_length(y=labels.y_true, X=y_score)
        samples = Samples(labels.y_true, y_score, labels.weights(sample_weight))
        n_folds = self.cv if isinstance(self.cv, Integral) else None
        random_state = None if self.random_state is None else check_random_state(self.random_state)
        cv = check_multilabel_cv(n_folds, random_state)
        splits = materialise_splits(cv, y_score, labels.y_true.astype(int))
        return _cv_results(samples, np.arange(len(y_score)), splits, groups=None)

    def _route(self, estimator, sample_weight, params):
        """Parameters of ``fit`` that go to the estimator, and those that go to the splitter."""
        if get_config()["enable_metadata_routing"]:
            return process_routing(self, "fit", sample_weight=sample_weight, **params)
        check_fit_params(estimator, params, type(self.estimator).__name__)
        if sample_weight is not None and takes_fit_param(estimator, "sample_weight"):
            params = {**params, "sample_weight": sample_weight}
        elif sample_weight is not None and not isinstance(estimator, FrozenEstimator):
            warnings.warn(
                f"{type(self.estimator).__name__} does not take 'sample_weight', so the weights "
                "are used for the thresholds only. To pass them on, enable metadata routing.",
                UserWarning,
                stacklevel=4,
            )
        return Bunch(estimator=Bunch(fit=params), splitter=Bunch(split={}))

    @property
    def best_threshold_(self) -> float:
        """The threshold for the score of the larger class, if ``y`` was a column."""
        check_is_fitted(self)
        if self.label_space_.classes is None:
            raise AttributeError(
                "'best_threshold_' exists only where 'y' was a column. The thresholds of the "
                "labels of an indicator are in 'thresholds_'."
            )
        return self.thresholds_[0]

    def _has(self, method):
        is_calibrated = getattr(self, "calibrator_", self.calibrator) is not None
        return method == "predict_proba" if is_calibrated else super()._has(method)

    def _scores(self, X, response_method):
        if self.calibrator_ is None:
            return super()._scores(X, response_method)
        # Calibrated probabilities come from the scores that the calibrator was fitted to.
        y_score = super()._scores(X, self._response_method)
        y_score = np.clip(y_score, -LARGEST_SCORE, LARGEST_SCORE)
        return label_scores(self.calibrator_, y_score, "predict_proba", y_score.shape[1])

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of ``fit``.

        Returns
        -------
        routing : MetadataRouter
            To this classifier, ``estimator``, the splitter and an estimator as ``calibrator``.
        """
        fit_to_fit = MethodMapping().add(caller="fit", callee="fit")
        fit_to_split = MethodMapping().add(caller="fit", callee="split")
        router = MetadataRouter(owner=self).add_self_request(self)
        router.add(estimator=self.estimator, method_mapping=fit_to_fit)
        router.add(splitter=self.cv, method_mapping=fit_to_split)
        if hasattr(self.calibrator, "fit"):
            router.add(calibrator=self.calibrator, method_mapping=fit_to_fit)
        return router


def _held_out_samples(held_out, labels, weight):
    """Samples with held-out scores: some of those that ``fit`` was given."""
    row = held_out.rows
    return Samples(
        labels.y_true[row], finite_scores(held_out.y_score), None if weight is None else weight[row]
    )


def _cv_results(samples, row, splits, groups):
    """The attribute ``cv_results_``.

    row : (n_samples,) their places in what was given; groups : those of all that was given, or None
    """
    groups = None if groups is None else np.asarray(groups)[row]
    return samples._asdict() | {"row": row, "groups": groups, "splits": splits}


def _attributes_of(tuned, store_cv_results):
    """The attributes of a fitted classifier that its record of thresholds gives."""
    if not store_cv_results:
        tuned = replace(tuned, cv_results=None)
    attributes = {
        "tuned_": tuned,
        "thresholds_": tuned.thresholds,
        "limits_": tuned.limits,
        "best_score_": tuned.score,
        "cv_score_": tuned.cv_score,
        "cv_score_interval_": tuned.cv_score_interval,
        "cv_thresholds_": tuned.cv_thresholds,
        "low_support_": tuned.low_support,
    }
    return attributes | ({"cv_results_": tuned.cv_results} if store_cv_results else {})
