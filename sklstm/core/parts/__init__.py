"""The parts of a network: one file each, all with the interface of `base.Part`.

`sklstm.core.network` arranges them. No part knows another one; each receives the result of
the one before:

=================  ============================================  ===============================
file               part                                          returns
=================  ============================================  ===============================
inputs.py          the input: vectors, tokens or an embedding    a function that writes a span
layer.py           a recurrent layer, of one or two directions   `base.HiddenStates`
dropout.py         dropout between two layers                    a function that writes a span
pooling/           pooling over the steps                        features (D, N)
dropout.py         dropout before the head                       features (D, N)
head.py            the dense head                                raw outputs (n_raw, N)
=================  ============================================  ===============================

The *features* have a column for each sequence, or for each step of each sequence in packed order
(`packing.Batch.step_index`). D is the width of the top layer over all directions.
"""
