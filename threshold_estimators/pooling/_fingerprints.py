"""Numbers that depend on what a label is, never on its place among the labels.

Fingerprints put the labels into one order, whatever order they are given in. Random signs of a
label follow from its fingerprint, so that equal labels have equal ones.

Shapes: arrays of bins (n_labels, n_bins).
"""

import numpy as np

SIGN_BIT = np.uint64(2**63)
# Constants of splitmix64 (Steele, Lea and Flood 2014), whose bits pass tests of randomness.
STEP = np.uint64(0x9E3779B97F4A7C15)
SHIFTS = np.array([30, 27, 31], np.uint64)
FACTORS = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)


def fingerprints(*arrays):
    """(n_labels,) uint64, one number for the values of all arrays of bins."""
    mixed = np.zeros(arrays[0].shape, np.uint64)
    for values in arrays:
        # Adding 0 makes one number of -0 and 0.
        mixed = _mixed(mixed + (values + 0.0).view(np.uint64))
    return _mixed(mixed + _steps(mixed.shape[1])).sum(axis=1, dtype=np.uint64)


def with_random_signs(values, fingerprint, first, n_copies):
    """(n_copies, n_labels, n_bins) copies of values, each with a random sign.

    fingerprint : (n_labels,); first : int, the first of the 64 sets of signs that is taken
    """
    words = _mixed(fingerprint[:, np.newaxis] + _steps(values.shape[1]))
    shifts = np.arange(first, first + n_copies, dtype=np.uint64)[:, np.newaxis, np.newaxis]
    signs = (words << shifts) & SIGN_BIT
    return (values.view(np.uint64) ^ signs).view(float)


def _steps(n_bins):
    return np.arange(1, n_bins + 1, dtype=np.uint64) * STEP


def _mixed(bits):
    """Bits in which every input bit changes half of the output bits."""
    bits = (bits ^ (bits >> SHIFTS[0])) * FACTORS[0]
    bits = (bits ^ (bits >> SHIFTS[1])) * FACTORS[1]
    return bits ^ (bits >> SHIFTS[2])
