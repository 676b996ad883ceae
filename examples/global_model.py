"""A global model of the daily sales of 40 shops, compared with a separate model for each shop.

The shops differ in their level and in the length of their series. The weekly pattern and the effect
of public holidays, an exogenous variable, depend on the type of the shop, a static feature. The
series of a single shop contains few holidays. The global model learns from the holidays of all
shops, and can forecast those of a new shop.
"""

import numpy as np
import pandas as pd
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster

N_SHOPS, AHEAD = 40, 28  # number of training shops, and of days to forecast
DAYS = pd.date_range("2024-01-01", periods=400)
KINDS = {  # factors of the sales from Monday to Sunday, and on holidays
    "office": ([1.3, 1.3, 1.3, 1.3, 1.3, 0.25, 0.25], 0.2),
    "street": ([0.8, 0.8, 0.9, 1.0, 1.2, 1.6, 0.7], 0.5),
    "tourist": ([0.7, 0.7, 0.7, 0.8, 1.1, 1.5, 1.5], 1.8),
}


def make_shop(rng, shop, kind, holiday, n_days):
    """Return a table of the last `n_days` days of a shop."""
    week, factor = KINDS[kind]
    level = np.exp(rng.normal(5, 1) + rng.normal(0, 0.01, len(DAYS)).cumsum())
    sales = level * np.array(week)[DAYS.day_of_week] * np.where(holiday, factor, 1)
    sales *= rng.lognormal(0, 0.1, len(DAYS))
    return pd.DataFrame({"shop": shop, "sales": sales, "holiday": holiday}, index=DAYS)[-n_days:]


def forecaster(**params):
    lstm = LSTMRegressor(max_iter=30, random_state=0, **params)
    logs = FunctionTransformer(np.log, np.exp)  # the effects are multiplicative
    return SequenceForecaster(
        lstm,
        window=14,
        strategy="recursive",
        level=None,
        transformer=logs,
        calibration_fraction=None,
    )


rng = np.random.default_rng(0)
holiday = rng.random(len(DAYS)) < 0.03
kinds = rng.choice(list(KINDS), N_SHOPS + 1)
static = pd.get_dummies(pd.Series(kinds), dtype=float)  # one row per shop
ages = [*rng.integers(100, 400, N_SHOPS), 3 * 7 + AHEAD]  # the last shop opened three weeks ago
shops = [make_shop(rng, i, kinds[i], holiday, n) for i, n in enumerate(ages)]
past, future = [shop[:-AHEAD] for shop in shops], [shop[-AHEAD:] for shop in shops]
X, y = [shop[["holiday"]] for shop in past], [shop.sales for shop in past]
X_ahead = [shop[["holiday"]] for shop in future]

# A global model from a list of series ...
one = forecaster().fit(X[:-1], y[:-1], static=static[:-1])
first = one.forecast(AHEAD, X_ahead[:-1])
# ... or from a table of all shops, here sorted by day. A new shop needs no training.
table, ahead, new = pd.concat(past[:-1]).sort_index(), pd.concat(future), past[-1]
one.fit(table[["holiday"]], table.sales, series_id=table.shop, static=static)
one.update(new.sales, new[["holiday"]], series_id=new.shop, static=static)
by_shop = one.forecast(AHEAD, ahead[["holiday"]], series_id=ahead.shop)
assert all(np.array_equal(by_shop[i], first[i]) for i in range(N_SHOPS))

own = [forecaster(batch_size=32).fit(*shop) for shop in zip(X[:-1], y[:-1], strict=True)]
rows = {
    "global model": [by_shop[i] for i in range(N_SHOPS + 1)],
    "separate models": [m.forecast(AHEAD, X) for m, X in zip(own, X_ahead[:-1], strict=True)],
    "repeat the last week": [np.tile(sales[-7:], AHEAD // 7) for sales in y],
}
print("mean absolute error / mean sales of a shop:  40 shops  new shop")
for name, each in rows.items():
    actual = [shop.sales for shop in future[: len(each)]]
    errors = [np.abs(f - a).mean() / a.mean() for f, a in zip(each, actual, strict=True)]
    print(f"{name:45}{np.mean(errors[:N_SHOPS]):8.1%}", *(f"{e:9.1%}" for e in errors[N_SHOPS:]))
