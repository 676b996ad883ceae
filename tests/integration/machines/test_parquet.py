"""A Parquet file, read and learned from batch by batch."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from jobs import X, Y

from sklstm import LSTMClassifier, LSTMRegressor

COLUMNS = [f"lag_{i}" for i in range(10, 0, -1)]
LABELS = np.where(Y > 0, "up", "down")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("parquet") / "rows.parquet"
    table = pd.DataFrame(X, columns=COLUMNS).assign(y=Y, label=LABELS)
    table.to_parquet(path, row_group_size=40)
    return path


def batches(path, target):
    for batch in pq.ParquetFile(path).iter_batches(40, columns=[*COLUMNS, target]):
        table = batch.to_pandas()
        yield table[COLUMNS], table[target]


@pytest.mark.parametrize(
    ("make", "target", "classes"),
    [(LSTMRegressor, "y", {}), (LSTMClassifier, "label", {"classes": ["down", "up"]})],
)
def test_the_same_as_in_memory(make, target, classes, path):
    model, expected = make(4, random_state=0), make(4, random_state=0)
    for _ in range(2):
        for rows, y in batches(path, target):
            model.partial_fit(rows, y, **classes)
        for start in (0, 40, 80):
            rows, y = X[start : start + 40], (Y if target == "y" else LABELS)[start : start + 40]
            expected.partial_fit(pd.DataFrame(rows, columns=COLUMNS), y, **classes)
    table = pd.DataFrame(X, columns=COLUMNS)
    assert model.feature_names_in_.tolist() == COLUMNS
    np.testing.assert_array_equal(model.predict(table), expected.predict(table))


OTHER_COLUMNS = {
    "another name": (lambda t: t.rename(columns={"lag_10": "other"}), ["other", "lag_10"]),
    "one less": (lambda t: t.drop(columns="lag_3"), ["lag_3"]),
    "one more": (lambda t: t.assign(more=1.0), ["more"]),
    "another order": (lambda t: t[t.columns[::-1]], ["same order"]),
}


@pytest.mark.parametrize(("change", "words"), OTHER_COLUMNS.values(), ids=OTHER_COLUMNS)
def test_a_batch_with_other_columns_is_refused(change, words, path):
    (first, y), (second, y_second), _ = batches(path, "y")
    model = LSTMRegressor(4, random_state=0).partial_fit(first, y)
    before = model.predict(first)
    with pytest.raises(ValueError, match="feature names") as raised:
        model.partial_fit(change(second), y_second)
    assert all(word in str(raised.value) for word in words)
    np.testing.assert_array_equal(model.predict(first), before)
