"""Scorers that judge an estimator by what its scores could decide."""

from ._response import label_scores, response_method_name
from ._target import check_target
from .objectives import Scorer, check_objective
from .tuning import tune_thresholds


class BestThresholdsScorer(Scorer):
    """Scorer of a probabilistic estimator at its best thresholds for the rows that it is judged on.

    What an estimator could reach, so that models and their parameters can be compared before thresholds are tuned. It
    flatters, as its thresholds are chosen with the labels that judge them; use it to choose, not to report.

    Parameters
    ----------
    scoring : str, scorer or objective, default="f1_macro"
        What the thresholds maximise, as in :func:`~threshold_estimators.tune_thresholds`.

    strategy : {"per_label", "global", "pooled", "proportion"}, default="per_label"
        A threshold for each label, or one for all of them, or one for each label with shared evidence, or one that
        predicts each label as often as it occurs.

    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method of the estimator that gives the scores; "auto" is ``predict_proba`` where there is one.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import GridSearchCV
    >>> from threshold_estimators import BestThresholdsScorer
    >>> X, y = make_multilabel_classification(random_state=0)
    >>> forest = RandomForestClassifier(n_estimators=10, random_state=0)
    >>> search = GridSearchCV(forest, {"max_depth": [2, 8]}, scoring=BestThresholdsScorer("f1_micro")).fit(X, y)
    >>> bool(search.best_score_ > 0.5)
    True
    """

    def __init__(self, scoring="f1_macro", *, strategy="per_label", response_method="auto"):
        self.scoring = scoring
        self.strategy = strategy
        self.response_method = response_method

    def __call__(self, estimator, X, y, *, sample_weight=None):
        """Value of ``scoring`` at the best thresholds for the scores that a fitted estimator gives to X."""
        target = check_target(y, type(self).__name__)
        method = response_method_name(estimator, self.response_method)
        y_score = label_scores(estimator, X, method, target.n_labels, target.names)
        objective = check_objective(self.scoring, *target.values.shape, target.classes)
        return tune_thresholds(
            target.values, y_score, scoring=objective, strategy=self.strategy, sample_weight=sample_weight
        ).score
