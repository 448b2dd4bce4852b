"""Problems for the tests of pooling."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


def draw_set(n_samples=2000, base_rates=(0.3, 0.1, 0.03, 0.01), signal=1.5, seed=0):
    """Calibrated scores, if the signal is 1.5, of labels with these base rates."""
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, len(base_rates))) < base_rates
    log_odds = rng.normal(size=y_true.shape) + signal * y_true + np.log(base_rates)
    return y_true, 1 / (1 + np.exp(-log_odds))


@st.composite
def awkward_problems(draw):
    """Few samples with scores of any size: equal, next to equal, tiny and huge."""
    shape = draw(st.integers(2, 12)), draw(st.integers(1, 4))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    odd = st.sampled_from([0.0, 5e-324, 1e-308, 1e-300, 1e-30, 0.25, 0.5, 1 - 1e-7, 1 - 1e-16, 1.0])
    largest = 1e30 if dtype is np.float32 else 1e300
    values = draw(
        st.sampled_from(
            [odd, st.floats(-largest, largest), st.floats(-1e6, 1e6, width=32), st.just(0.3)]
        )
    )
    y_score = draw(hnp.arrays(dtype, shape, elements=values.map(lambda value: float(dtype(value)))))
    weight = draw(
        st.none() | hnp.arrays(float, shape[0], elements=st.sampled_from([0.0, 0.5, 1.0, 3.0]))
    )
    return (
        draw(hnp.arrays(bool, shape)),
        y_score,
        weight if weight is not None and weight.any() else None,
    )
