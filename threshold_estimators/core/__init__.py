"""What all rooms share: labels, decisions, confusion counts, blocks of work and validation.

Inside the package, labels are ``y_true``, a boolean indicator of shape (n_samples, n_labels).
Scores are ``y_score``, finite floats of the same shape. A sample gets a label if its score is at
least the label's threshold. The threshold ``inf`` predicts a label never, ``-inf`` always.

- ``_tables.py`` reads containers: arrays, data frames, tensors, sparse matrices. It matches columns
  by name, and refuses rows in different orders.
- ``_labels.py`` reads labels, some of which may be missing. It remembers what the target was, names
  of labels or the two classes of a column, and translates to the indicator and back.
- ``_scores.py`` reads scores in any layout. NaN scores are refused in ``read_scores``.
- ``_sparse.py`` reads sparse scores and labels and decides them, without making them dense.
- ``_validation.py`` checks thresholds, weights and names.
- ``_decisions.py`` compares scores with thresholds, within limits on the number of labels.
- ``_confusion.py`` counts true and false positives and negatives, with sample weights.
- ``_blocks.py`` divides arrays into blocks that fit into the processor's cache, and shares blocks
  among threads.
- ``_optional.py`` imports packages that only some functions need.
- ``_version.py`` has the version of this package, which saved models and files name.
- ``_compat.py`` imports everything of scikit-learn that is private or differs between versions.

Missing labels are cells with ``y_true`` False and weight 0; ``Labels.weights`` gives the weights.

How to accept another container: convert it in ``_as_array`` of ``_tables.py``. Another layout of
scores: ``_scores.py``. No other room looks at the types of what users pass. Errors name the
parameter, the row and the label.
"""

from ._blocks import blocks, each_block, each_label, tiles
from ._compat import (
    BaseSearchCV,
    CallbackSupportMixin,
    ConstantPredictor,
    HasMethods,
    Interval,
    Options,
    RealNotInt,
    StrOptions,
    callback_context,
    check_method_params,
    fit_context,
    num_samples,
    safe_split,
    scorer_parts,
)
from ._confusion import (
    blocks_of_samples,
    class_weights,
    confusion_counts,
    count_true,
    weighs_labels_alike,
    weight_of_label,
    weight_of_samples,
    weights_of_labels,
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
from ._labels import Labels, LabelSpace, label_names_of, learn_labels, learn_shares, read_labels
from ._optional import import_optional
from ._scores import classes_last, finite_scores, read_scores
from ._sparse import decide_sparse, filled_below, read_sparse_labels, read_sparse_scores
from ._tables import check_same_index, check_same_length, column_names, order_of_columns, read_table
from ._validation import (
    MatrixLike,
    as_numbers_of_rows,
    check_frequencies,
    check_label_names,
    check_sample_weight,
    check_thresholds,
    in_order_of_labels,
    label_name,
)
from ._version import __version__, warn_of_other_version
