"""The strategy "pooled": thresholds for new samples, from data that the labels share.

The best threshold of a label on few samples is optimistic: it fits their noise. Here labels borrow
strength from each other, and the noise that remains is averaged out.

1. ``_bins.py`` summarises the scores of each label in about a hundred bins.
2. ``_shrinkage.py`` puts the scores of all labels on a common scale, by isotonic calibration.
3. ``_shrinkage.py`` fits a curve P(positive | score) to each label, shrunk towards the curve of all
   labels (partial pooling, empirical Bayes [1]_ [2]_), and mixes it with the label's own samples.
4. ``_bagging.py`` makes the part of the objective that couples the labels linear in their counts,
   so that each label can be optimised by itself.
5. ``_lift.py`` tells the labels whose scores say something. ``_bagging.py`` limits how often the
   others are predicted, since some objectives pay for predictions by chance.
6. ``_bagging.py`` finds the best candidate of each label in bootstrap samples and averages them on
   the common scale (bootstrap aggregation [3]_).
7. ``_bagging.py`` searches single samples where the best candidate is certain.

Objectives that do not decompose over labels get ``probability_rule``: steps 1 to 3 and 6 turn one
probability into thresholds, and the caller chooses the probability.

``_fingerprints.py`` gives numbers that depend on what a label is: the order of the labels and the
random signs of the bootstrap follow from them.

``_floors.py`` uses steps 1 to 3, and the uncertainty of the curves, for thresholds that keep a
floor on new samples.

``_frequencies.py`` uses the curves to estimate how frequent labels are among samples without
labels.

One order of candidates holds in this room: from the highest score down. A *cut* is an index into
candidates. Cut k predicts the k bins with the highest scores: cut 0 predicts nothing, cut n_bins
everything. Among equally good cuts the first one wins.

How to change a step
--------------------
Each step is a function from arrays to arrays that the next one knows only by its result. A new
step goes into ``Pool.fit`` if it changes the counts, or between the bootstrap and the thresholds in
``pooled_thresholds`` if it changes the decision. ``docs/new_samples.md`` says how steps and
constants were judged: by scores on new samples, against the spread of seeds.

References
----------
.. [1] H. Robbins, "An Empirical Bayes Approach to Statistics", Proceedings of the Third Berkeley
   Symposium, 1956
.. [2] B. Efron and C. Morris, "Data Analysis Using Stein's Estimator and its Generalizations",
   Journal of the American Statistical Association 70, 1975
.. [3] L. Breiman, "Bagging Predictors", Machine Learning 24, 1996,
   https://doi.org/10.1007/BF00058655
"""

from ._bagging import pooled_thresholds, probability_rule
from ._floors import promised_thresholds
from ._frequencies import shifted_frequencies
