"""Gradient boosting: converters that skl2onnx lacks or that newer libraries break."""

import json
import sys
from importlib import import_module

import skl2onnx
from skl2onnx.common._registration import register_converter
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from skl2onnx.operator_converters.random_forest import convert_sklearn_random_forest_classifier


def register_boosters():
    """Register the converters of onnxmltools for XGBoost and LightGBM, if these are imported."""
    if "xgboost" in sys.modules:
        _register_booster("xgboost", "XGBClassifier", "XGBoost", "convert_xgboost")
    if "lightgbm" in sys.modules:
        _register_booster("lightgbm", "LGBMClassifier", "LightGbm", "convert_lightgbm")


def _register_booster(package, name, module, function):
    model = getattr(sys.modules[package], name)
    try:
        converters = import_module(f"onnxmltools.convert.{package}.operator_converters.{module}")
    except ImportError:
        return
    skl2onnx.update_registered_converter(
        model,
        f"{package}{name}",
        calculate_linear_classifier_output_shapes,
        getattr(converters, function),
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
    )


def is_of_xgboost(estimator):
    """Whether an estimator is of XGBoost, whose trees of several labels onnxmltools confuses."""
    return type(estimator).__module__.startswith("xgboost.")


def xgboost_labels(estimator):
    """XGBClassifier of each label, with the trees that one of several labels has for it."""
    booster = estimator.get_booster()
    if hasattr(estimator, "best_iteration"):  # of early stopping
        booster = booster[: estimator.best_iteration + 1]
    saved = bytes(booster.save_raw("json"))
    n_labels = int(json.loads(saved)["learner"]["learner_model_param"]["num_target"])
    return [_xgboost_label(type(estimator), json.loads(saved), label) for label in range(n_labels)]


def _xgboost_label(classifier, saved, label):
    learner = saved["learner"]
    params, model = learner["learner_model_param"], learner["gradient_booster"].get("model")
    if model is None or any(_has_vector_leaves(tree) for tree in model["trees"]):
        raise NotImplementedError(
            "XGBoost for several labels can be converted to ONNX only with booster='gbtree' and "
            "multi_strategy='one_output_per_tree'. Wrap other boosters in "
            "sklearn.multiclass.OneVsRestClassifier."
        )
    base = json.loads(params["base_score"])
    params["base_score"] = json.dumps([base[label]] if isinstance(base, list) else base)
    params["num_target"] = "1"
    trees = [
        tree for tree, of in zip(model["trees"], model["tree_info"], strict=True) if of == label
    ]
    model["trees"] = [tree | {"id": position} for position, tree in enumerate(trees)]
    model["tree_info"] = [0] * len(trees)
    model["iteration_indptr"] = list(range(len(trees) + 1))
    model["gbtree_model_param"]["num_trees"] = str(len(trees))
    of_label = classifier()
    of_label.load_model(bytearray(json.dumps(saved).encode()))
    return of_label


def _has_vector_leaves(tree):
    return int(tree["tree_param"]["size_leaf_vector"]) > 1


def register_trees():
    """Register the converter for histogram boosting of scikit-learn again, mended."""
    register_converter(
        "SklearnHistGradientBoostingClassifier",
        _convert_histogram_trees,
        overwrite=True,
        options={
            "zipmap": [True, False, "columns"],
            "raw_scores": [True, False],
            "output_class_labels": [False, True],
            "nocl": [True, False],
        },
    )


def _convert_histogram_trees(scope, operator, container):
    """The converter of skl2onnx, whose booleans newer versions of protobuf refuse."""
    add_node = container.add_node

    def add_node_with_integers(*arguments, **attributes):
        name = "nodes_missing_value_tracks_true"
        if name in attributes:
            attributes[name] = [int(value) for value in attributes[name]]
        return add_node(*arguments, **attributes)

    container.add_node = add_node_with_integers
    try:
        convert_sklearn_random_forest_classifier(scope, operator, container)
    finally:
        container.add_node = add_node
