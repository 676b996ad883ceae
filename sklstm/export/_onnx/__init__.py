"""Conversion to ONNX.

From a fitted estimator to a model: `network.py` adds the nodes of the network to a `Graph`, and
`outputs.py` those from its raw outputs to the results of the estimator's methods. `convert.py` makes
a model of them; `registration.py` makes the same nodes a part of what skl2onnx converts. The package
onnx is imported only inside functions.

Arrays in the graph have the shapes (T, n, C): time, sequences, channels, as ONNX's recurrent
operators take them. The networks of ONNX are in float32.
"""
