"""From scores and a formula of the confusion counts to the thresholds that maximise it.

A formula maps arrays (tp, fp, fn, tn) to an array of values, larger is better. Solvers know nothing of which formula it
is, so a new objective needs no new solver. Among equally good cuts the highest wins: fewest labels are predicted.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None.
"""

import numpy as np
from sklearn.isotonic import isotonic_regression

from ._cuts import between, cuts_at_all_scores, cuts_at_positives


def label_by_label(y_true, y_score, sample_weight, formula, monotone):
    """Thresholds that maximise the formula of each label alone, hence any average of it. Exact."""
    thresholds = np.empty(y_true.shape[1], y_score.dtype)
    for label, cuts in enumerate(_label_cuts(y_true, y_score, sample_weight, monotone)):
        best = _last_argmax(formula(*cuts.counts()))
        thresholds[label] = cuts.thresholds([best])[0]
    return thresholds


def pooled_counts(y_true, y_score, sample_weight, formula):
    """Thresholds that maximise the formula of the counts summed over labels.

    Whatever the labels' cuts, the summed (fp, tp) lie under the sum of the labels' convex hulls, and its corners are
    found by taking the edges of all hulls in the order of their slope. A ratio of linear functions has its maximum at
    a corner, so for F-beta, Jaccard and their like the sweep over the corners is exact; for any other formula it is
    the best corner.
    """
    hulls = [_upper_hull(cuts) for cuts in _label_cuts(y_true, y_score, sample_weight, monotone=True)]
    d_tps, d_fps = (np.concatenate([np.diff(hull[part]) for hull in hulls]) for part in (1, 2))
    label = np.repeat(np.arange(len(hulls)), [len(hull[1]) - 1 for hull in hulls])
    with np.errstate(divide="ignore"):
        order = np.argsort(-d_tps / (d_tps + d_fps), kind="stable")
    tps, fps = (np.cumsum(np.append(0.0, steps[order])) for steps in (d_tps, d_fps))
    n_pos, n_neg = _class_weights(y_true, sample_weight)
    best = np.argmax(formula(tps, fps, n_pos - tps, n_neg - fps))
    corners = np.bincount(label[order[:best]], minlength=len(hulls))
    return np.array([hull[0][corner] for hull, corner in zip(hulls, corners, strict=True)], y_score.dtype)


def one_cut(y_true, y_score, sample_weight, formula, label_weight):
    """The one threshold for all labels that maximises the weighted sum of their formulas. Exact.

    From the highest score down each cut changes the counts of few labels: the sum is cumulated from these changes.
    """
    scores, changes, start = [], [], 0.0
    for weight, cuts in zip(label_weight, _label_cuts(y_true, y_score, sample_weight, monotone=False), strict=True):
        values = weight * formula(*cuts.counts())
        scores.append(cuts.scores[:-1])
        changes.append(values[:-1] - values[1:])
        start += values[-1]
    scores, changes = np.concatenate(scores), np.concatenate(changes)
    order = np.argsort(-scores)
    scores = scores[order]
    values = np.append(start, start + np.cumsum(changes[order]))
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
    best = np.argmax(values[np.append(0, last + 1)])
    edges = np.r_[np.inf, scores[last], -np.inf].astype(scores.dtype)
    return between(edges[[best + 1]], edges[[best]])[0]


def _label_cuts(y_true, y_score, sample_weight, monotone):
    """Candidate cuts of one label after the other."""
    for positive, score in zip(y_true.T, y_score.T, strict=True):
        if monotone and sample_weight is None:
            yield cuts_at_positives(positive, score)
        else:
            yield cuts_at_all_scores(positive, score, sample_weight)


def _class_weights(y_true, sample_weight):
    """Weight of the positive and of the negative cells, all labels together."""
    n_samples, n_labels = y_true.shape
    if sample_weight is None:
        n_pos, total = float(np.count_nonzero(y_true)), float(n_samples * n_labels)
    else:
        n_pos, total = (sample_weight @ y_true).sum(), sample_weight.sum() * n_labels
    return n_pos, total - n_pos


def _upper_hull(cuts):
    """(thresholds, tps, fps) at the corners of the upper convex hull of a label's ROC curve, highest cut first.

    Pooling adjacent violators on the slopes of the curve is its convex hull: a pooled block is one edge.
    """
    tps, fps = cuts.tps[::-1], cuts.fps[::-1]
    corners = np.zeros(1, int)
    if len(tps) > 1:
        d_tps, d_fps = np.diff(tps), np.diff(fps)
        weight = d_tps + d_fps
        slope = isotonic_regression(d_tps / weight, sample_weight=weight, increasing=False)
        corners = np.r_[0, np.flatnonzero(np.diff(slope)) + 1, len(slope)]
    return cuts.thresholds(len(tps) - 1 - corners), tps[corners], fps[corners]


def _last_argmax(values):
    return len(values) - 1 - np.argmax(values[::-1])
