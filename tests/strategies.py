"""Small multi-label problems full of ties, weights, empty and full labels."""

from typing import NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


class Problem(NamedTuple):
    y_true: np.ndarray
    y_score: np.ndarray
    sample_weight: np.ndarray | None


def examples(thorough):
    """Decorator: `thorough` examples in the thorough profile, and fewer in the light one."""
    share = settings().max_examples / settings.get_profile("thorough").max_examples
    return settings(max_examples=max(5, round(share * thorough)))


SCORE_DTYPES = st.sampled_from([np.float64, np.float32])


@st.composite
def problems(draw, max_samples=7, max_labels=3, min_labels=1, weighted=True):
    """Problem whose scores come from few values, some of them neighbouring floats."""
    shape = draw(st.integers(1, max_samples)), draw(st.integers(min_labels, max_labels))
    dtype = draw(SCORE_DTYPES)
    values = np.array(
        [-1.5, 0.0, 0.25, np.nextafter(dtype(0.25), dtype(1)), 0.5, 1.0, 1e-300], dtype
    )
    y_score = values[draw(hnp.arrays(np.int64, shape, elements=st.integers(0, len(values) - 1)))]
    y_true = draw(hnp.arrays(bool, shape))
    weight = None
    if weighted and draw(st.booleans()):
        choices = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.7])
        weight = draw(hnp.arrays(float, shape[0], elements=choices).filter(np.any))
    return Problem(y_true, y_score, weight)
