import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.pooling.problems import awkward_problems
from tests.strategies import examples
from threshold_estimators.pooling._bins import summarise
from threshold_estimators.pooling._shrinkage import SoftCounts, all_counts, fit_common_scale


@examples(100)
@given(awkward_problems())
def test_common_scale_rises_with_the_score(problem):
    y_true, y_score, _ = problem
    scale = fit_common_scale(summarise(y_true, y_score))
    scores = np.unique(y_score.astype(float))
    z = scale.from_score(scores)
    assert np.all(np.diff(z) >= 0)
    np.testing.assert_allclose(scale.to_score(z), scores, atol=1e-6 * np.ptp(scores) + 1e-300)


@given(st.data())
def test_soft_counts_are_own_samples_mixed_with_the_curve(data):
    numbers = hnp.arrays(float, (2, 5), elements=st.integers(0, 9))
    pos, neg = data.draw(numbers), data.draw(numbers)
    probability = data.draw(hnp.arrays(float, (2, 5), elements=st.floats(0, 1)))
    own = np.array([[0.3], [1.0]])
    counts = all_counts(*SoftCounts(probability, own, np.ones((2, 1))).at_cuts(pos, neg))
    for label, cut in itertools.product(range(2), range(6)):
        soft = [
            own[label, 0] * p + (1 - own[label, 0]) * q * (p + n)
            for p, n, q in zip(pos[label], neg[label], probability[label], strict=True)
        ]
        size = pos[label] + neg[label]
        tp, fp = sum(soft[:cut]), sum(size[:cut]) - sum(soft[:cut])
        expected = tp, fp, sum(soft) - tp, sum(size) - sum(soft) - fp
        assert [count[label, cut] for count in counts] == pytest.approx(expected, abs=1e-9)
