"""The parts of ``benchmarks/speed.py``.

- ``cases.py``: the networks, fits and texts that are timed
- ``contestant.py``: what a contestant has to offer; ``sklstm_.py``, ``torch_.py``, ``skorch_.py``,
  ``jax_.py`` and ``onnx_.py``: the contestants
- ``workers.py``: each contestant in a process of its own
- ``rounds.py``: times of all contestants in turn; medians, quartiles, ratios
- ``report.py``: tables in reStructuredText, and the description of the machine
- ``networks.py``, ``others.py``, ``growth.py``, ``jobs.py``: the sections of the report, with the
  tables of ``comparison.py``
- ``floor.py``: the least time in which this machine could do the arithmetic
"""
