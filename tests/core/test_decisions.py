from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.strategies import examples
from threshold_estimators.core import Limits, decide_within

LARGEST = np.finfo(float).max
SCORES = st.sampled_from([-LARGEST, -1e308, -1.0, 0.0, 0.5, 1e308, LARGEST])


@examples(150)
@given(st.data())
def test_limits_choose_the_largest_margins_of_any_size(data):
    y_score = data.draw(hnp.arrays(float, (2, 3), elements=SCORES))
    thresholds = data.draw(hnp.arrays(float, 3, elements=SCORES))
    n_labels = data.draw(st.integers(1, 2))
    y_pred = decide_within(y_score, thresholds, Limits(n_labels, n_labels))
    for sample, scores in enumerate(y_score):
        # The largest floats swallow small differences, which the first label wins then.
        pairs = zip(scores.tolist(), thresholds.tolist(), strict=True)
        margins = [float((Fraction(score) - Fraction(cut)) / 4) for score, cut in pairs]
        best = sorted(range(3), key=lambda label: (-margins[label], label))[:n_labels]
        assert sorted(best) == np.flatnonzero(y_pred[sample]).tolist()


@pytest.mark.parametrize("lo", [-LARGEST, -1e308])
def test_a_mask_does_not_hide_the_order_of_other_labels(lo):
    y_score, thresholds = np.array([[lo, 0.2, 0.9]]), np.array([1e308, 0.5, 0.5])
    assert decide_within(y_score, thresholds, Limits(2, 2)).tolist() == [[False, True, True]]
