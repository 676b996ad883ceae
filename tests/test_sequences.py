"""Sequences in any form -> arrays: ragged input, dtypes, and errors that name the sequence."""

import numpy as np
import pandas as pd
import pytest
from preprocessing_cases import NTC, RAGGED, cells
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.preprocessing import PolynomialFeatures

from sklstm._validation.sequences import as_sequences, is_ragged
from sklstm.preprocessing import TimeDistributed, ToSequences

FORMS = {
    "2-D array": (np.zeros((2, 3)), False),
    "3-D array": (np.zeros((2, 3, 1)), False),
    "1-D array": (np.zeros(3), False),
    "2-D object array": (np.zeros((2, 3), dtype=object), False),
    "1-D object array of numbers": (np.zeros(3, dtype=object), False),
    "DataFrame": (pd.DataFrame(np.zeros((2, 3))), False),
    "sparse": (csr_array((2, 3)), False),
    "empty list": ([], False),
    "list of numbers": ([1, 2], False),
    "list of strings": (["ab", "c"], False),
    "2-D nested list": ([[1, 2], [3, 4]], False),
    "3-D nested list": ([[[1], [2]], [[3], [4]]], False),
    "2-D nested tuple": (((1, 2), (3, 4)), False),
    "list of lists of different lengths": ([[1, 2], [3]], True),
    "tuple of lists of different lengths": (([1, 2], [3]), True),
    "nested lists of different lengths": ([[[1], [2]], [[3]]], True),
    "list of equally long 1-D arrays": ([np.zeros(3), np.zeros(3)], True),
    "list of one 2-D array": ([np.zeros((3, 2))], True),
    "list of DataFrames": ([pd.DataFrame(np.zeros((3, 2)))], True),
    "list of Series": ([pd.Series([1.0])], True),
    "object array of arrays": (cells(np.zeros(2), np.zeros(3)), True),
    "object array of one list": (cells([1.0, 2.0]), True),
    "Series of arrays": (pd.Series([np.zeros(2), np.zeros(3)]), True),
    "Series of strings": (pd.Series(["a", "b"]), False),
    "Series of numbers": (pd.Series([1.0, 2.0]), False),
    "a number": (1.0, False),
    "None": (None, False),
}


@pytest.mark.parametrize("form", FORMS)
def test_is_ragged(form):
    X, expected = FORMS[form]
    assert is_ragged(X) is expected


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        ((np.float32, np.float32), np.float32),
        ((np.float32, np.float64), np.float64),
        ((np.float32, np.uint8), np.float64),
        ((np.int64, np.int64), np.float64),
        ((np.float16, np.float16), np.float64),
        ((bool, object), np.float64),
    ],
)
def test_sequences_share_one_float_type(dtypes, expected):
    sequences = as_sequences([np.ones(2, dtype=dtypes[0]), np.ones((3, 1), dtype=dtypes[1])])
    assert [s.dtype for s in sequences] == [expected, expected]
    assert [s.shape for s in sequences] == [(2, 1), (3, 1)]


def test_sequences_are_not_copied_without_need():
    assert all(np.shares_memory(a, b) for a, b in zip(as_sequences(RAGGED), RAGGED, strict=True))


STRICT = TimeDistributed(PolynomialFeatures())  # lets no NaN through
GOOD = np.ones((3, 2))
BAD_SEQUENCES = {
    "sparse": (csr_array(GOOD), TypeError, r"X\[1\] is sparse.*toarray"),
    "complex": (GOOD * 1j, ValueError, r"Complex data not supported: X\[1\]"),
    "strings": (np.array([["a", "b"]]), ValueError, r"X\[1\] has dtype <U1"),
    "objects": (
        np.array([["a", None]], dtype=object),
        ValueError,
        r"X\[1\] has dtype object: it holds strings",
    ),
    "dates": (np.array(["2020-01-01"], "M8[D]"), ValueError, r"X\[1\] has dtype datetime64"),
    "NaN": (np.where([[1, 1], [0, 1]], GOOD[:2], np.nan), ValueError, r"X\[1\].*NaN at step 1"),
    "inf": (GOOD * -np.inf, ValueError, r"X\[1\] contains infinity at step 0"),
    "no step": (GOOD[:0], ValueError, r"X\[1\] is empty: 0 step\(s\) of 2 channel\(s\)"),
    "no channel": (GOOD[:, :0], ValueError, r"X\[1\] is empty: 3 step\(s\) of 0 channel\(s\)"),
    "3-D": (GOOD[np.newaxis], ValueError, r"X\[1\] has shape \(1, 3, 2\); a sequence is \(T,\)"),
    "a number": (1.0, ValueError, r"X\[1\] has shape \(\)"),
    "irregular": ([[1.0, 2.0], [3.0]], ValueError, r"X\[1\] is not a regular array"),
    "channels": (GOOD[:, :1], ValueError, r"X\[1\] has 1 channel\(s\) per step, but X\[0\] has 2"),
}


@pytest.mark.parametrize("case", BAD_SEQUENCES)
@pytest.mark.parametrize("transformer", [ToSequences(), STRICT], ids=repr)
def test_bad_sequences_are_named(case, transformer):
    bad, error, message = BAD_SEQUENCES[case]
    transformer = clone(transformer)
    with pytest.raises(error, match=message):
        transformer.fit([GOOD, bad])
    transformer.fit([GOOD])
    with pytest.raises(error, match=message):
        transformer.transform([GOOD, bad])


BAD_ARRAYS = {
    "sparse": (csr_array(GOOD), TypeError, "Sparse data was passed"),
    "complex": (NTC * 1j, ValueError, "Complex data not supported"),
    "NaN": (NTC * np.nan, ValueError, "Input X contains NaN"),
    "inf": (NTC * np.inf, ValueError, "Input X contains infinity"),
    "no sequence": (NTC[:0], ValueError, r"0 sample\(s\)"),
    "no row": (NTC[:0, 0], ValueError, r"0 sample\(s\)"),
    "no step": (NTC[:, :0], ValueError, r"X is empty: it has shape \(2, 0, 2\)"),
    "no channel": (NTC[:, :, :0], ValueError, r"X is empty: it has shape \(2, 3, 0\)"),
    "no column": (NTC[:, 0, :0], ValueError, r"0 feature\(s\)"),
    "4-D": (NTC[np.newaxis], ValueError, r"X has shape \(1, 2, 3, 2\); expected a table"),
    "1-D": (NTC[0, 0], ValueError, "Reshape your data"),
    "strings": ([["a", "b"]], ValueError, "X has dtype .* strings, .*expected numbers"),
    "empty list": ([], ValueError, "X is empty; expected a table"),
    "None": (None, TypeError, "X is None; expected a table"),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
@pytest.mark.parametrize("transformer", [ToSequences(), STRICT], ids=repr)
def test_bad_arrays_are_named(case, transformer):
    bad, error, message = BAD_ARRAYS[case]
    with pytest.raises(error, match=message):
        clone(transformer).fit(bad)
