"""
A word model with two GRU layers
================================

The model learns from the sentences in Python's help topics. It has 2,000 words with embeddings of
dimension 48, and two layers of 128 units, trained with RMSprop (decay 0.9) and truncated
back-propagation through time. During training, a callback prints the loss and sample sentences, and
saves the model.

The result is the perplexity on test sentences, compared with bigram models of the same tokens with
add-one smoothing, and with interpolation by the method of Witten and Bell, a stronger baseline.

With ``--full``, train with five seeds; the result is then the median.

Takes about 30 seconds.
"""

import re
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from pydoc_data.topics import topics

import joblib
import numpy as np

from sklstm import LSTMLanguageModel
from sklstm.optimizers import RMSprop
from sklstm.schedules import CosineDecay

# %%
# Sentences
# ---------

# A number, a word, or a punctuation mark.
TOKEN = re.compile(r"\d+(?:\.\d+)+|\w+(?:[-']\w+)*|[^\w\s]")
PROSE = re.compile(r"[A-Z](?:[\w\s,;:.()-]|\b'\b)*[.!?]")


def sentences():
    """Return the different sentences of all paragraphs, with blanks between the tokens.

    Code, tables and lists are excluded by their indentation and special characters.
    """
    found = []
    for block in re.split(r"\n\s*\n", "\n\n".join(topics.values())):
        lines = block.splitlines()
        if len({len(line) - len(line.lstrip()) for line in lines}) == 1:
            text = " ".join(line.strip() for line in lines)
            text = re.sub(r"[*\"]", "", text)
            found += re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)
    found = [s for s in found if PROSE.fullmatch(s) and 5 <= len(s.split()) <= 40]
    return list(dict.fromkeys(" ".join(TOKEN.findall(s)) for s in found))


# %%
# A callback
# ----------


class Report:
    """Callback that prints loss and sample sentences and saves the model, every `every` updates."""

    def __init__(self, folder, every):
        self.folder, self.every, self.n_updates = folder, every, 0

    def setup(self, estimator, context):
        self.n_updates = 0

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        if context.task_name == "update":
            self.n_updates += 1
            if self.n_updates % self.every == 0:
                self.write(fitted_estimator.set_callbacks(), 2)  # saved without this callback

    def teardown(self, estimator, context):
        pass

    def write(self, model, n_sentences):
        """Print the loss and sample sentences, and save the model."""
        print(f"{self.n_updates} updates: " if self.n_updates else "", end="")
        print(f"loss {model.loss_:.3f}", flush=True)
        rng = np.random.RandomState(self.n_updates)
        for _ in range(n_sentences):
            print("   ", model.sample(40, temperature=0.7, random_state=rng))
        joblib.dump(model, self.folder / f"model_{self.n_updates:05d}.joblib")


# %%
# The model
# ---------


def make_model(seed):
    return LSTMLanguageModel(
        128,
        level="word",
        max_features=2000,
        embedding_dim=48,
        num_layers=2,
        cell="gru",
        dropout=0.4,
        recurrent_dropout=0.2,
        optimizer=RMSprop(decay=0.9),
        learning_rate=CosineDecay(0.008),
        max_iter=20,
        bptt_steps=50,  # few sentences are longer; for them, the gradient is truncated
        random_state=seed,
    )


# %%
# What it is compared with
# ------------------------


def numbered(text, vocabulary):
    """Return the token numbers of a sentence, including the end token."""
    known = {word: k for k, word in enumerate(vocabulary)}
    return [known.get(word, known["<unknown>"]) for word in text.split()] + [known["<end>"]]


def check_same_outcomes(model, texts):
    """Check that `score` is the mean log-probability over all positions of all sentences."""
    logs = []
    for text in texts:
        words = text.split()
        # All prefixes of the sentence, from the empty one to the whole sentence.
        beginnings = [" ".join(words[:k]) for k in range(len(words) + 1)]
        probabilities = model.predict_proba(beginnings)
        outcomes = numbered(text, model.vocabulary_)
        assert probabilities.shape == (len(outcomes), len(model.vocabulary_))
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
        logs += np.log(probabilities[np.arange(len(outcomes)), outcomes]).tolist()
    np.testing.assert_allclose(np.mean(logs), model.score(texts), rtol=1e-4)


def bigram_perplexities(train, test, vocabulary):
    """Return perplexities with add-one smoothing and by Witten and Bell. Row K is the beginning."""
    K = len(vocabulary)
    counts = np.zeros((K + 1, K))
    for text in train:
        for pair in pairwise([K, *numbered(text, vocabulary)]):
            counts[pair] += 1
    seen = counts.sum(axis=1, keepdims=True)
    single = (counts.sum(axis=0) + 1) / (counts.sum() + K)
    n_kinds = np.maximum(np.count_nonzero(counts, axis=1, keepdims=True), 1)
    tables = (counts + 1) / (seen + K), (counts + n_kinds * single) / (seen + n_kinds)
    positions = [pair for text in test for pair in pairwise([K, *numbered(text, vocabulary)])]
    before, outcome = np.transpose(positions)
    for table in tables:
        np.testing.assert_allclose(table.sum(axis=1), 1.0)
    return [np.exp(-np.log(table[before, outcome]).mean()) for table in tables]


# %%
# Training
# --------
# The models are saved in a temporary folder.

temporary = tempfile.TemporaryDirectory()
report = Report(Path(temporary.name), every=200)
texts = sentences()
np.random.default_rng(1).shuffle(texts)  # the settings were chosen on another test set
test, train = texts[:160], texts[160:]
print(f"{len(train):,} training sentences, {len(test)} test sentences, such as:\n    {test[0]}\n")

perplexities = []
for seed in range(5 if "--full" in sys.argv[1:] else 1):
    model, began = make_model(seed), time.process_time()
    if seed == 0:
        model.set_callbacks(report)
    model.fit(train)
    perplexities.append(model.perplexity(test))
    seconds = time.process_time() - began
    print(
        f"\nseed {seed}: perplexity {perplexities[-1]:.1f} after {seconds:.0f} seconds", flush=True
    )

print("\nAfter training:", end=" ")
report.write(model, 10)
print(f"{len(list(report.folder.glob('model_*.joblib')))} models were saved")
temporary.cleanup()

# %%
# Perplexity
# ----------
# First a check that all models are compared on the same tokens.

check_same_outcomes(model, test)
add_one, witten_bell = bigram_perplexities(train, test, model.vocabulary_)
bars = {
    "two GRU layers": np.median(perplexities),
    "bigram, Witten-Bell": witten_bell,
    "bigram, add-one": add_one,
}
print("\nPerplexity on test sentences")
for name, perplexity in bars.items():
    print(f"  {name:20} {perplexity:6.1f}")

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7, 2.2), layout="constrained")
    ax.bar_label(ax.barh(list(bars), list(bars.values())), fmt="%.0f", padding=3)
    ax.set(xlabel="perplexity on test sentences: equally likely words at each step")
    ax.invert_yaxis()
    ax.margins(x=0.1)
    plt.show()
