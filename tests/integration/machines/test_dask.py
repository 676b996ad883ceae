"""joblib's work on Dask workers, one of which is killed; and arrays of Dask."""

import os
import signal

import dask
import dask.array as da
import joblib
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from dask_ml.wrappers import Incremental
from jobs import X, Y, check_same_on_all_cores, search
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMClassifier, LSTMRegressor

pytestmark = pytest.mark.filterwarnings("default")
BLOCKS = [slice(0, 40), slice(40, 80), slice(80, 120)]


@pytest.fixture(scope="module")
def client():
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    )
    with cluster, Client(cluster) as client:
        yield client


def test_jobs_on_two_workers(client):
    with joblib.parallel_config("dask"):
        check_same_on_all_cores()


def close(found, expected):
    """Equal but for rounding: of float32, and by the number of rows that are predicted at once."""
    if expected.dtype.kind == "f":
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    else:
        np.testing.assert_array_equal(found, expected)


def dying_once(path):
    """A transformer that kills its process, once in all processes, and otherwise does nothing."""

    def transform(X):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return X
        os.kill(os.getpid(), signal.SIGKILL)

    return FunctionTransformer(transform)


def test_a_search_in_which_a_worker_is_killed(client, tmp_path):
    path = tmp_path / "died"
    steps = [("die", dying_once(str(path))), ("lstm", LSTMRegressor(max_iter=3, random_state=0))]
    before = set(client.run(os.getpid).values())
    with joblib.parallel_config("dask", scatter=[X, Y]):  # to both: the other has them, too
        found = search(n_jobs=-1, estimator=Pipeline(steps), prefix="lstm__")
    assert path.exists()
    client.wait_for_workers(2, timeout=60)
    assert len(before - set(client.run(os.getpid).values())) == 1
    assert found == search()


def test_an_array_of_dask_is_the_same_as_an_array():
    expected = LSTMRegressor(4, max_iter=2, random_state=0).fit(X, Y).predict(X)
    lazy = da.from_array(X, chunks=(40, 10))
    model = LSTMRegressor(4, max_iter=2, random_state=0).fit(lazy, da.from_array(Y, chunks=40))
    np.testing.assert_array_equal(model.predict(lazy), expected)


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
def test_incremental_is_partial_fit_block_by_block(make):
    y, classes = (Y, {}) if make is LSTMRegressor else (Y > 0, {"classes": [False, True]})
    lazy, lazy_y = da.from_array(X, chunks=(40, 10)), da.from_array(y, chunks=40)
    model = Incremental(make(4, random_state=0), shuffle_blocks=False, assume_equal_chunks=True)
    model.fit(lazy, lazy_y, **classes)
    expected = make(4, random_state=0)
    for rows in BLOCKS:
        expected.partial_fit(X[rows], y[rows], **classes)
    np.testing.assert_array_equal(model.estimator_.predict(X), expected.predict(X))
    close(model.predict(lazy).compute(), expected.predict(X))


def test_predictions_block_by_block():
    """In three dimensions Incremental.predict cannot; this can."""
    sequences = X.reshape(120, 5, 2)
    model = LSTMRegressor(4, max_iter=2, random_state=0).fit(sequences, Y)
    lazy = da.from_array(sequences, chunks=(40, 5, 2))
    found = lazy.map_blocks(model.predict, drop_axis=(1, 2), dtype=lazy.dtype).compute()
    close(found, model.predict(sequences))


def test_an_array_of_dask_in_a_file_mapped_to_memory(tmp_path):
    """The way to train on shuffled rows of an array that is larger than memory."""
    path = tmp_path / "X.npy"
    lazy = da.from_array(X, chunks=(40, 10))
    file = np.lib.format.open_memmap(path, "w+", lazy.dtype, lazy.shape)
    with dask.config.set(scheduler="threads"):  # other processes would write to copies
        da.store(lazy, file)
    file.flush()
    model = LSTMRegressor(4, max_iter=2, random_state=0).fit(np.load(path, mmap_mode="r"), Y)
    expected = LSTMRegressor(4, max_iter=2, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))
