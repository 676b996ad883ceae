"""
Nine variants of the LSTM in one grid search
============================================

After "LSTM: A Search Space Odyssey" (Greff et al., 2017, arXiv:1503.04069), which changed the LSTM
with peepholes ("vanilla", V) in one respect at a time, and tuned each variant separately. They
found that the forget gate and the output activation matter most, and that two simpler variants,
CIFG and NP, are not worse. The task in this example is that of their music data: predict the next
element at every step of a long sequence. The measure is the negative log-likelihood in nats. The
sequences are passages of 600 characters of Python's help topics (``pydoc_data``).

A single grid search covers cell, hidden size, learning rate and seed. Hidden size and rate are
chosen by the median over seeds on the validation passages; the reported losses are on separate test
passages. With ``--full``, use the whole text, larger networks, three rates and more seeds (20
minutes, in two processes).

Takes about 34 seconds.
"""

import re
import sys
import warnings
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pydoc_data.topics import topics
from typing import Any

import numpy as np
from scipy.stats import ttest_ind
from sklearn.model_selection import GridSearchCV, ShuffleSplit, train_test_split

from sklstm import LSTMLanguageModel
from sklstm.cells import CIFG, FGR, LSTM, NFG, NIAF, NIG, NOAF, NOG

# In the order of the paper's figures. Forget gates have an initial bias of 1.
CELLS = {
    "V": LSTM(peepholes=True, forget_bias=1.0),
    "CIFG": CIFG(forget_bias=1.0),
    "FGR": FGR(forget_bias=1.0),
    "NP": LSTM(forget_bias=1.0),
    "NOG": NOG(forget_bias=1.0),
    "NIAF": NIAF(forget_bias=1.0),
    "NIG": NIG(forget_bias=1.0),
    "NFG": NFG(),
    "NOAF": NOAF(forget_bias=1.0),
}
NO_DROPOUT: dict[str, Any] = {"dropout": 0.0, "recurrent_dropout": 0.0}
SIGNIFICANT = 0.05  # Welch's test for each variant, as in the paper
QUICK = {"passages": 120, "epochs": 3, "hidden": [16, 32], "rates": [0.03], "seeds": 3}
FULL = {"passages": None, "epochs": 5, "hidden": [32, 64], "rates": [0.003, 0.01, 0.03], "seeds": 5}


# %%
# The search
# ----------


@dataclass
class Variant:
    """Losses of a variant over seeds, size and time, at its best hidden size and rate."""

    hidden_size: int
    learning_rate: float
    losses: np.ndarray
    n_weights: int
    time_ratio: float
    p: float = 1.0

    @property
    def median(self):
        return np.median(self.losses)

    def spreads_from(self, other):
        """Return the difference of the medians in units of the pooled standard deviation."""
        pooled = np.sqrt((self.losses.var(ddof=1) + other.losses.var(ddof=1)) / 2)
        return (self.median - other.median) / pooled


def read_passages(length=600):
    """Return passages of Python's help topics, without repeated paragraphs."""
    paragraphs = (p for name in sorted(topics) for p in re.split(r"\n\s*\n", topics[name]))
    text = "\n".join(dict.fromkeys(paragraphs)).lower()
    text = re.sub(r"\s+", " ", re.sub(r"[^a-z0-9 .,:;()'\"=\[\]-]", " ", text))
    return [text[i : i + length] for i in range(0, len(text) - length + 1, length)]


def measure(model, validation, y=None, *, test):
    """Return the scores of the search: validation score, test score, and number of weights."""
    print(".", end="", flush=True)
    return {
        "validation": model.score(validation),
        "test": model.score(test),
        "n_weights": sum(w.size for w in model.weights_.values()),
    }


def search(setting, n_jobs):
    """Run the grid search. Return the grid and the results."""
    passages, test = train_test_split(read_passages(), test_size=0.2, random_state=0)
    passages = passages[: setting["passages"]]
    grid = {
        "cell": list(CELLS.values()),
        "hidden_size": setting["hidden"],
        "learning_rate": setting["rates"],
        "random_state": list(range(setting["seeds"])),
    }
    found = GridSearchCV(
        LSTMLanguageModel(batch_size=16, max_iter=setting["epochs"], **NO_DROPOUT),
        grid,
        scoring=partial(measure, test=test),
        cv=ShuffleSplit(1, test_size=0.2, random_state=0),
        refit=False,
        n_jobs=n_jobs,
    ).fit(passages)
    return grid, found.cv_results_


def as_table(grid, results, column):
    """Return a score of all fits as an array with one axis per parameter of the grid."""
    table = np.empty([len(values) for values in grid.values()])
    for parameters, value in zip(results["params"], results[column], strict=True):
        table[tuple(values.index(parameters[name]) for name, values in grid.items())] = value
    return table


def compare(grid, results):
    """Return the variants by name, at their best settings, with p-values of the test against V."""
    validation, test, n_weights, seconds = (
        as_table(grid, results, f"mean_{column}")
        for column in ("test_validation", "test_test", "test_n_weights", "fit_time")
    )
    variants = {}
    for i, name in enumerate(CELLS):
        # Never choose a setting at which training failed (NaN).
        by_setting = np.nan_to_num(np.median(validation[i], axis=-1), nan=-np.inf)
        h, r = np.unravel_index(by_setting.argmax(), by_setting.shape)
        variants[name] = Variant(
            hidden_size=grid["hidden_size"][h],
            learning_rate=grid["learning_rate"][r],
            losses=-test[i, h, r],
            n_weights=int(n_weights[i, h, r, 0]),
            time_ratio=np.median(seconds[i] / seconds[0]),  # at equal settings
        )
        variants[name].p = ttest_ind(
            variants[name].losses, variants["V"].losses, equal_var=False
        ).pvalue
    return variants


# %%
# Results
# -------


def print_table(variants):
    vanilla = variants["V"]
    print("variant hidden  rate weights  time  nats per character    from V  in spreads       p")
    for name, v in variants.items():
        print(
            f"{name:7} {v.hidden_size:6} {v.learning_rate:5} {v.n_weights:7,} {v.time_ratio:5.2f}"
            f"  {v.median:.3f} [{v.losses.min():.3f}, {v.losses.max():.3f}]"
            f"  {v.median - vanilla.median:+.3f}  {v.spreads_from(vanilla):+10.1f}  {v.p:6.1g}"
        )


def in_words(name, variants):
    difference = variants[name].median - variants["V"].median
    significant = "significant" if variants[name].p < SIGNIFICANT else "not significant"
    return f"{name} {difference:+.3f} nats ({significant}, p = {variants[name].p:.1g})"


def print_findings(variants):
    """Print whether the two findings of the paper hold in this run."""
    vanilla, n_seeds = variants["V"].median, len(variants["V"].losses)
    worse = {n for n, v in variants.items() if v.p < SIGNIFICANT and v.median > vanilla}
    ranking = sorted(variants, key=lambda name: -variants[name].median)
    print("\n1. 'The forget gate and the output activation matter most.'")
    for name in ("NFG", "NOAF"):
        place = ranking.index(name) + 1
        holds = "holds" if name in worse and place <= 2 else "does not hold"
        print(f"   {in_words(name, variants)}, place {place} from the worst: {holds}.")
    print("2. 'CIFG and NP cost nothing.'")
    for name in ("CIFG", "NP"):
        # With few seeds, the absence of a significant difference does not prove equality.
        cost = "a cost" if name in worse else f"no cost found with {n_seeds} seeds"
        print(f"   {in_words(name, variants)}: {cost}.")
    print(f"Significantly worse than V: {', '.join(n for n in ranking if n in worse) or 'none'}.")


setting, n_jobs = (FULL, 2) if "--full" in sys.argv[1:] else (QUICK, 1)
n_settings = len(setting["hidden"]) * len(setting["rates"])
n_fits = len(CELLS) * n_settings * setting["seeds"]
print(f"{len(CELLS)} cells, {n_settings} settings, {setting['seeds']} seeds: {n_fits} fits")
# In three epochs, one of the variants learns little more than how frequent each character is.
warnings.filterwarnings("ignore", message="Training learned nothing")
variants = compare(*search(setting, n_jobs))
print("\n")
print_table(variants)
print_findings(variants)

# %%
# As in figure 3 of the paper: a box for each variant, blue if it differs from V, and bars for the
# number of weights.

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, losses = plt.subplots(figsize=(7, 4), layout="constrained")
    weights = losses.twinx()
    weights.bar(list(variants), [v.n_weights for v in variants.values()], color="0.9")
    weights.set_ylabel("weights (bars)")
    boxes = losses.boxplot(
        [v.losses for v in variants.values()],
        positions=range(len(variants)),
        patch_artist=True,
        medianprops={"color": "black"},
    )
    for box, v in zip(boxes["boxes"], variants.values(), strict=True):
        box.set_facecolor("tab:blue" if v.p < SIGNIFICANT else "white")
    losses.set_xticks(range(len(variants)), list(variants))
    losses.set_ylabel("test loss, nats per character")
    losses.set_title(f"Blue: differs from V (Welch's test, p < {SIGNIFICANT})")
    losses.set_zorder(weights.get_zorder() + 1)
    losses.patch.set_visible(False)
    plt.show()
