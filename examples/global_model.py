"""
One model for many series, and for a new one
============================================

The daily sales of 40 shops are forecast by a single network that learns from all of them, by one
network for each shop, and by repeating the last week. The shops differ in their level and in the
length of their series. The weekly pattern and the effect of public holidays, an exogenous variable,
depend on the kind of the shop, a static feature. The series of a single shop contains few holidays.
The global model learns from the holidays of all shops, and can forecast those of a shop that opened
three weeks ago.

Takes about 18 seconds.
"""

from importlib.util import find_spec

import numpy as np
import pandas as pd
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster

# %%
# Shops, simulated
# ----------------

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


rng = np.random.default_rng(2)  # the first seed with holidays among the days to forecast
holiday = rng.random(len(DAYS)) < 0.03
kinds = rng.choice(list(KINDS), N_SHOPS + 1)
static = pd.get_dummies(pd.Series(kinds), dtype=float)  # one row per shop
ages = [*rng.integers(100, 400, N_SHOPS), 3 * 7 + AHEAD]  # the last shop opened three weeks ago
shops = [make_shop(rng, i, kinds[i], holiday, n) for i, n in enumerate(ages)]
past, future = [shop[:-AHEAD] for shop in shops], [shop[-AHEAD:] for shop in shops]
X, y = [shop[["holiday"]] for shop in past], [shop.sales for shop in past]
X_ahead = [shop[["holiday"]] for shop in future]
known = [len(sales) for sales in y]
print(
    f"{N_SHOPS} shops with {min(known[:-1])} to {max(known[:-1])} days, a new one with {known[-1]}"
)
print(f"{AHEAD} days to forecast, {holiday[-AHEAD:].sum()} of them holidays")

# %%
# One network for all
# -------------------
# The series are a list, or a table of all shops in the long form, here sorted by day. The new shop
# is not among the shops of ``fit``: ``update`` adds its days, without training.


def make_forecaster(**params):
    return SequenceForecaster(
        LSTMRegressor(max_iter=30, random_state=0, **params),
        window=14,
        strategy="recursive",
        level=None,
        transformer=FunctionTransformer(np.log, np.exp),  # the effects are multiplicative
        calibration_fraction=None,
    )


print("\nOne network for all shops, from a list ...", flush=True)
one = make_forecaster().fit(X[:-1], y[:-1], static=static[:-1])
from_list = one.forecast(AHEAD, X_ahead[:-1])

print("... and from a table ...", flush=True)
table, ahead, new = pd.concat(past[:-1]).sort_index(), pd.concat(future), past[-1]
one.fit(table[["holiday"]], table.sales, series_id=table.shop, static=static)
one.update(new.sales, new[["holiday"]], series_id=new.shop, static=static)
by_shop = one.forecast(AHEAD, ahead[["holiday"]], series_id=ahead.shop)
same = all(np.array_equal(by_shop[i], from_list[i]) for i in range(N_SHOPS))
print(f"... which gives {'the same' if same else 'OTHER'} forecasts.")

# %%
# A network for each
# ------------------

print("A network for each shop ...", flush=True)
own = [make_forecaster(batch_size=32).fit(*shop) for shop in zip(X[:-1], y[:-1], strict=True)]
forecasts = {
    "one network for all": [by_shop[i] for i in range(N_SHOPS + 1)],
    "a network for each": [m.forecast(AHEAD, X) for m, X in zip(own, X_ahead[:-1], strict=True)],
    "last week again": [np.tile(sales[-7:], AHEAD // 7) for sales in y],
}
print("\nMean absolute error, relative to the sales of a shop")
print("                       40 shops   new shop")
for name, each in forecasts.items():
    actual = [shop.sales for shop in future[: len(each)]]
    errors = [np.abs(f - a).mean() / a.mean() for f, a in zip(each, actual, strict=True)]
    of_new = f"{errors[N_SHOPS]:11.1%}" if len(errors) > N_SHOPS else "          -"
    print(f"  {name:20} {np.mean(errors[:N_SHOPS]):8.1%}{of_new}")

# %%
# The new shop: three weeks are enough, and its first holidays are foreseen.

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(9, 3.5), layout="constrained")
    ax.plot(y[-1], color="black", label="sales of the new shop, known")
    ax.plot(future[-1].sales, color="0.6", label="not yet known")
    ax.plot(future[-1].index, by_shop[N_SHOPS], color="C0", label="forecast")
    for k, day in enumerate(future[-1].index[future[-1].holiday]):
        ax.axvline(day, color="C3", ls=":", label=None if k else "holiday")
    ax.set(ylabel="sales a day", ylim=(0, None))
    ax.tick_params(axis="x", rotation=20)
    figure.legend(loc="outside upper center", ncols=4)
    plt.show()
