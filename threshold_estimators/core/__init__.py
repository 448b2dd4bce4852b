"""What all rooms share: labels, decisions, confusion counts, blocks of work and validation.

Inside the package, labels are ``y_true``, a boolean indicator of shape (n_samples, n_labels).
Scores are ``y_score``, finite floats of the same shape. A sample gets a label if its score is at
least the label's threshold. The threshold ``inf`` predicts a label never, ``-inf`` always.

- ``_validation.py`` turns what users pass into these arrays or raises an error that names the
  parameter, the row and the label. NaN scores are refused in ``check_scores``.
- ``_labels.py`` remembers what the target was: names of labels, or the two classes of a column. It
  translates to the indicator and back.
- ``_decisions.py`` compares scores with thresholds, within limits on the number of labels.
- ``_confusion.py`` counts true and false positives and negatives, with sample weights.
- ``_blocks.py`` divides arrays into blocks that fit into the processor's cache, and shares blocks
  among threads.
- ``_compat.py`` imports everything of scikit-learn that is private or differs between versions.

How to accept another kind of input: convert it in ``_validation.py`` and nowhere else. No other
room looks at the types of what users pass.
"""

from ._blocks import blocks, each_block, each_label, tiles
from ._compat import (
    BaseSearchCV,
    CallbackSupportMixin,
    HasMethods,
    Interval,
    Options,
    RealNotInt,
    StrOptions,
    callback_context,
    check_method_params,
    fit_context,
    safe_split,
    scorer_parts,
)
from ._confusion import (
    blocks_of_samples,
    class_weights,
    confusion_counts,
    count_true,
    weight_of_label,
)
from ._decisions import (
    NO,
    UNDECIDED,
    YES,
    Decisions,
    Limits,
    check_limits,
    decide,
    decide_outside,
    decide_within,
)
from ._labels import LabelSpace, learn_labels
from ._validation import (
    MatrixLike,
    as_numbers_of_rows,
    check_indicator,
    check_label_names,
    check_sample_weight,
    check_scores,
    check_thresholds,
    column_names,
    label_name,
)
