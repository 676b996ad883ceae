"""Conversion to ONNX.

From a fitted estimator to a model: `network.py` adds the nodes of the network to a `Graph`, from
its layers to its raw outputs, and `outputs.py` those from there to the results of the estimator's
methods. `convert.py` makes a model of them; `registration.py` and `transformers.py` make them a
part of what skl2onnx converts. The package onnx is imported only inside functions.

In the graph, hidden states are (T, n, H), time first, as ONNX's recurrent operators have them.
"""
