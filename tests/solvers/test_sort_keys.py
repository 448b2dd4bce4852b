import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp

from threshold_estimators.solvers._cuts import encode


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(st.data())
def test_keys_sort_as_scores_with_positives_first(dtype, data):
    floats = stnp.from_dtype(np.dtype(dtype), allow_nan=False, allow_infinity=False)
    some = floats | st.sampled_from([0.0, -0.0, 1.0, -1.0])
    scores = np.array(data.draw(st.lists(some, max_size=20)), dtype)
    positive = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))), bool
    )
    keys, decode = encode(scores, positive)
    np.testing.assert_array_equal(decode(keys), scores)
    order = np.argsort(keys, kind="stable")
    expected = np.lexsort((~positive, scores))
    np.testing.assert_array_equal(scores[order], scores[expected])
    np.testing.assert_array_equal(positive[order], positive[expected])
    np.testing.assert_array_equal(keys & 1, ~positive)
    assert decode(keys).dtype == dtype
