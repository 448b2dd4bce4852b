import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.strategies import examples
from threshold_estimators.pooling._fingerprints import fingerprints, with_random_signs

VALUES = st.sampled_from([0.0, -0.0, 1.0, 2.0, 1e-300])


def slow_fingerprint(rows):
    """Splitmix64 in whole numbers of Python, for the values of one label."""
    mask, total = 2**64 - 1, 0
    for bin, values in enumerate(zip(*rows, strict=True), start=1):
        mixed = 0
        for value in values:
            bits = int(np.float64(0 if value == 0 else value).view(np.uint64))
            mixed = slow_mixed((mixed + bits) & mask)
        total += slow_mixed((mixed + bin * 0x9E3779B97F4A7C15) & mask)
    return total & mask


def slow_mixed(bits):
    mask = 2**64 - 1
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & mask
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & mask
    return bits ^ (bits >> 31)


@examples(60)
@given(st.data())
def test_fingerprints_are_those_of_each_label(data):
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 5)))
    one, other = (data.draw(hnp.arrays(float, shape, elements=VALUES)) for _ in range(2))
    found = fingerprints(one, other)
    assert found.tolist() == [slow_fingerprint(rows) for rows in zip(one, other, strict=True)]


def test_fingerprints_of_other_values_differ():
    values = np.arange(10_000.0).reshape(-1, 2)
    found = np.concatenate([fingerprints(values), fingerprints(values[:, ::-1])])
    assert len(np.unique(found)) == 10_000


def test_signs_are_random():
    seeds = np.arange(3000, dtype=np.uint64)
    signs = np.concatenate(
        [with_random_signs(np.ones((3000, 4)), seeds, first, 6) for first in (0, 6)]
    )
    assert set(signs.ravel()) == {-1.0, 1.0}
    # Means and correlations of 3,000 signs are within four standard errors of zero.
    columns = signs.transpose(1, 0, 2).reshape(3000, -1)
    assert np.abs(columns.mean(axis=0)).max() < 0.075
    assert np.abs(np.corrcoef(columns.T) - np.eye(48)).max() < 0.075


def test_signs_belong_to_the_label():
    values, seeds = np.arange(1.0, 7).reshape(2, 3), np.array([5, 9], np.uint64)
    both = with_random_signs(values, seeds, 2, 4)
    np.testing.assert_array_equal(both[:, 1:], with_random_signs(values[1:], seeds[1:], 2, 4))
    np.testing.assert_array_equal(np.abs(both), np.broadcast_to(values, both.shape))
