"""Covariates: exogenous variables and static features at each time, as columns of windows."""

import numpy as np


def delayed(past, horizon):
    """Rows (n, p) of the past delayed by `horizon` steps, (n + horizon, p).

    The first row is repeated before it.
    """
    return np.concatenate([np.repeat(past[:1], horizon, axis=0), past])


def join_covariates(exog, static, past, horizon):
    """Exogenous rows (n, k), static features (m,) and rows of the past (n, p) as one array.

    Covariates enter windows `horizon` steps ahead. Columns of the past are delayed by `horizon`
    steps, so that they enter at their own time, and are known for the `horizon` steps after the
    last row. Without exogenous variables these rows are included, so that the array is longer.

    Returns
    -------
    ndarray of shape (n, k + m + p), or (n + horizon, m + p) if k is 0 and p is not
    """
    n_rows, columns = len(exog), [exog]
    if past.shape[1]:
        past = delayed(past, horizon)
        n_rows = len(exog) if exog.shape[1] else len(past)
        columns = [exog if exog.shape[1] else np.empty((n_rows, 0)), past[:n_rows]]
    columns.insert(1, np.broadcast_to(static, (n_rows, len(static))))
    return np.concatenate(columns, axis=1)
