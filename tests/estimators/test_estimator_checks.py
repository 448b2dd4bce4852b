import pytest
import sklearn
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.fixes import parse_version

from threshold_estimators import (
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
)

EXPECTED_FAILED_CHECKS = dict.fromkeys(
    ["check_classifier_multioutput", "check_classifiers_train"],
    "compares predictions with a threshold of 0.5 or 0, but thresholds are tuned",
)
if parse_version(sklearn.__version__) < parse_version("1.7"):
    EXPECTED_FAILED_CHECKS |= {
        f"check_sample_weight_equivalence_on_{kind}_data": "gives the two fits other classes of y"
        for kind in ("dense", "sparse")
    }


@pytest.mark.filterwarnings("ignore")  # the checks fit nonsense on purpose
@parametrize_with_checks(
    [
        MultiLabelThresholdClassifier(LogisticRegression(), cv=3, random_state=0),
        MultiLabelThresholdClassifier(RidgeClassifier(), cv=3, random_state=0),
        MultiLabelThresholdClassifier(
            RidgeClassifier(), calibrator="sigmoid", cv=3, random_state=0
        ),
    ],
    expected_failed_checks=lambda model: EXPECTED_FAILED_CHECKS,
)
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [
        FixedThresholdsClassifier(LogisticRegression()),
        FixedThresholdsClassifier(RidgeClassifier(), 0),
    ],
    expected_failed_checks=lambda model: {
        "check_classifier_multioutput": "expects one array in 'classes_', not a list of arrays"
    },
)
def test_scikit_learn_conventions_of_fixed_thresholds(estimator, check):
    check(estimator)


def scored(estimator):
    return MultiLabelThresholdClassifier(estimator, cv=3, random_state=0)


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [
        MultiLabelRejectClassifier(scored(LogisticRegression()), abstention_cost=1, undecided=9),
        MultiLabelRejectClassifier(scored(RidgeClassifier()), precision=0.9, undecided=9),
    ],
    expected_failed_checks=lambda model: (
        EXPECTED_FAILED_CHECKS
        | (
            {"check_classifiers_one_label_sample_weights": "too few samples for precision=0.9"}
            if model.precision
            else {}
        )
    ),
)
def test_scikit_learn_conventions_of_the_reject_classifier(estimator, check):
    check(estimator)
