"""ToSequences: the data layouts of other libraries."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from preprocessing_cases import NTC, RAGGED, cells

from sklstm.preprocessing import ToSequences

STATIC = np.array([[1.0, 2.0], [3.0, 4.0]])
WITH_STATIC = np.concatenate([NTC, np.repeat(STATIC[:, np.newaxis], 3, axis=1)], axis=2)
LAGS = {f"lag{i + 1}": NTC[:, 2 - i, 0] for i in range(3)}
READ_ONLY = NTC[:, :, 0].copy()
READ_ONLY.flags.writeable = False
CLIENTS = {
    "darts, C order": ({"n_channels": 2}, NTC.reshape(2, 6), NTC),
    "darts, F order": ({"n_channels": 2}, np.asfortranarray(NTC.reshape(2, 6)), NTC),
    "darts with static covariates": (
        {"n_channels": 2, "n_static": 2},
        np.hstack([NTC.reshape(2, 6), STATIC]),
        WITH_STATIC,
    ),
    "darts with covariates": (
        {"n_channels": [1, 2], "n_static": 2},
        np.hstack([NTC[:, :, 0], WITH_STATIC[:, :, [1, 2]].reshape(2, 6), STATIC]),
        WITH_STATIC[:, :, [0, 1, 2, 2, 3]],
    ),
    "groups, newest first": (
        {"n_channels": (2, 1), "time_order": "newest_first"},
        np.hstack([NTC[:, ::-1].reshape(2, 6), NTC[:, ::-1, 0]]),
        NTC[:, :, [0, 1, 0]],
    ),
    "skforecast": ({"time_order": "newest_first"}, READ_ONLY[:, ::-1], NTC[:, :, :1]),
    "skforecast with exog": (
        {"time_order": "newest_first", "n_static": 2},
        np.hstack([NTC[:, ::-1, 0], STATIC]),
        WITH_STATIC[:, :, [0, 2, 3]],
    ),
    "skforecast bootstrapping": (
        {"time_order": "newest_first"},
        np.asfortranarray(NTC[:, ::-1, 0]),
        NTC[:, :, :1],
    ),
    "skforecast multi-series": (
        {"time_order": "newest_first", "n_static": 1},
        pd.DataFrame(LAGS | {"_level_skforecast": [1, 3]}),
        WITH_STATIC[:, :, [0, 2]],
    ),
    "mlforecast": (
        {"time_order": "newest_first", "n_static": 1},
        pd.DataFrame(LAGS | {"month": np.array([1, 3], dtype=np.uint8)}),
        WITH_STATIC[:, :, [0, 2]],
    ),
    "sktime tabular": ({}, NTC[:, :, 0], NTC[:, :, :1]),
    "sktime tabular with exog": (
        {"n_channels": 2, "layout": "NCT"},
        NTC.transpose(0, 2, 1).reshape(2, 6),
        NTC,
    ),
    "sktime time-series": ({"layout": "NCT"}, NTC.transpose(0, 2, 1), NTC),
    "aeon": ({"layout": "NCT"}, NTC.transpose(0, 2, 1).tolist(), NTC),
    "3-D": ({}, NTC, NTC),
    "3-D newest first": ({"time_order": "newest_first"}, NTC[:, ::-1], NTC),
    "channels first, newest first, static": (
        {"n_channels": 2, "layout": "NCT", "time_order": "newest_first", "n_static": 2},
        np.hstack([NTC[:, ::-1].transpose(0, 2, 1).reshape(2, 6), STATIC]),
        WITH_STATIC,
    ),
    "ragged": ({}, RAGGED, RAGGED),
    "object array": ({}, cells(*RAGGED), RAGGED),
    "aeon ragged": ({"layout": "NCT"}, [s.T for s in RAGGED], RAGGED),
    "ragged newest first": ({"time_order": "newest_first"}, [s[::-1] for s in RAGGED], RAGGED),
    "ragged, one channel": ({}, [s[:, 0] for s in RAGGED], [s[:, :1] for s in RAGGED]),
    "ragged, one channel, channels first": (
        {"layout": "NCT"},
        [s[:, 0].tolist() for s in RAGGED],
        [s[:, :1] for s in RAGGED],
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_layouts_of_the_clients(client):
    params, X, expected = CLIENTS[client]
    transformer = ToSequences(**params)
    for result in (transformer.fit_transform(X), transformer.transform(X)):
        assert isinstance(result, list) == isinstance(expected, list)
        assert len(result) == len(expected)
        for sequence, expected_sequence in zip(result, expected, strict=True):
            assert_array_equal(sequence, expected_sequence)


def test_one_row_is_enough():
    transformer = ToSequences(2, n_static=2).fit(np.hstack([NTC.reshape(2, 6), STATIC]))
    row = np.hstack([NTC[1].ravel(), STATIC[1]])[np.newaxis]
    assert_array_equal(transformer.transform(row), WITH_STATIC[1:])


@pytest.mark.parametrize(
    ("params", "X", "message"),
    [
        ({"n_channels": 0}, NTC, "n_channels=0 is not valid; expected an integer >= 1"),
        ({"n_channels": True}, NTC, "n_channels=True"),
        ({"n_channels": 2.0}, NTC, "n_channels=2.0"),
        ({"n_static": -1}, NTC, "n_static=-1 is not valid; expected an integer >= 0"),
        ({"layout": "nct"}, NTC, "'nct' is not a valid layout; did you mean 'NCT'"),
        ({"time_order": "newest"}, NTC, "did you mean 'newest_first'"),
        ({"n_static": 1}, NTC, "n_static=1 needs a table"),
        ({"n_static": 1}, RAGGED, "n_static=1 needs a table"),
        ({"n_channels": 2}, NTC[:, :, 0], r"X has 3 column\(s\), expected .* T \* 2 \+ 0"),
        ({"n_channels": 2, "n_static": 3}, NTC[:, :, 0], r"T \* 2 \+ 3 with a whole number T >= 1"),
        ({"n_static": 4}, NTC[:, :, 0], r"T \* 1 \+ 4"),
        ({"n_channels": [1, 1]}, NTC[:, :, 0], r"T \* 2 \+ 0"),
        ({"n_channels": [1, 0]}, NTC, "an entry of n_channels=0"),
        ({"n_channels": []}, NTC, r"n_channels=\[\] with layout='NTC' .* at least one"),
        ({"n_channels": [1, 1], "layout": "NCT"}, NTC, "with layout='NCT' is not valid"),
    ],
)
def test_parameters_that_do_not_fit(params, X, message):
    with pytest.raises(ValueError, match=message):
        ToSequences(**params).fit(X)


def test_layout_is_a_name():
    with pytest.raises(TypeError, match="layout must be one of 'NCT', 'NTC'; got None"):
        ToSequences(layout=None).fit(NTC)
