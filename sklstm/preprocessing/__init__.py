"""Bring data into the form of sequences, and scikit-learn transformers to their time steps."""

from sklstm.preprocessing._time_distributed import TimeDistributed
from sklstm.preprocessing._to_sequences import ToSequences
from sklstm.preprocessing._windows import sliding_windows

__all__ = ["TimeDistributed", "ToSequences", "sliding_windows"]
