"""Writes the network as an ONNX file: the same bytes for the same parameters.

The graph begins with the gray values as the decoder gives them (uint8), so normalization is part of the hashed model.
"""

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from edge_agents.surface_defects.network import LAYERS, SCALE, Parameters

OPSET = 17
"""ONNX operator set; old enough for any onnxruntime of the last years."""

IR_VERSION = 8
"""ONNX file format that goes with the operator set."""


def onnx_bytes(parameters: Parameters, side: int) -> bytes:
    """Returns the model file: `frame` uint8 [1, 1, side, side] to `probabilities` float32 [1, classes]."""
    classes = parameters["b"].size
    nodes = [
        helper.make_node("Cast", ["frame"], ["gray"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["gray"], ["mean"], axes=[2, 3], keepdims=1),
        helper.make_node("Sub", ["gray", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "scale"], ["values0"]),
        *_convolutions(),
        helper.make_node("GlobalAveragePool", [f"values{len(LAYERS)}"], ["means"]),
        helper.make_node("GlobalMaxPool", [f"values{len(LAYERS)}"], ["maxima"]),
        helper.make_node("Concat", ["means", "maxima"], ["pooled"], axis=1),
        helper.make_node("Flatten", ["pooled"], ["features"], axis=1),
        helper.make_node("Gemm", ["features", "w", "b"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    constants = [numpy_helper.from_array(np.asarray(SCALE), "scale")]
    constants += [numpy_helper.from_array(parameters[name], name) for name in sorted(parameters)]
    graph = helper.make_graph(
        nodes,
        "surface-defects",
        [helper.make_tensor_value_info("frame", TensorProto.UINT8, [1, 1, side, side])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, classes])],
        constants,
    )
    model: ModelProto = helper.make_model(
        graph, producer_name="aios", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _convolutions() -> list[NodeProto]:
    """Returns convolution and rectifier of every layer."""
    nodes = []
    for index, layer in enumerate(LAYERS):
        nodes += [
            helper.make_node(
                "Conv",
                [f"values{index}", f"w{index}", f"b{index}"],
                [f"summed{index}"],
                kernel_shape=[layer.size] * 2,
                pads=[layer.size // 2] * 4,
                strides=[layer.stride] * 2,
            ),
            helper.make_node("Relu", [f"summed{index}"], [f"values{index + 1}"]),
        ]
    return nodes
