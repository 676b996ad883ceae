"""
A character model of a short text
=================================

The model predicts the next character at every step of a text of 2,450 characters. Every window of
100 characters is one update, and the hidden state is carried over from window to window.

1. 100 hidden units. With Adam, the loss decreases. With plain gradient descent at rate 0.1 and
   without clipping, it hardly changes if the loss is the mean over the characters of a window, and
   increases if it is the sum. (sklstm uses the mean: for the sum, the rate is 10.)
2. 128 hidden units, with Adam. Number of updates until the cross-entropy of the trained model on
   the whole text is below 0.1233 nats per character, for three seeds.

With ``--full``, there are five seeds, and a longer text, Python's help topics, with a test on the
last tenth.

Takes about 15 seconds.
"""

import lzma
import sys
import time
import warnings
from importlib.util import find_spec

import numpy as np

from sklstm import DivergenceError, LSTMLanguageModel
from sklstm.cells import LSTM
from sklstm.optimizers import SGD
from sklstm.schedules import Constant, CosineDecay

PARAGRAPHS = """
Long short-term memory is a kind of recurrent neural network. A recurrent network reads a
sequence one step at a time, and what it has read so far is summed up in a vector of numbers,
the hidden state. At every step the network combines the new input with the old state and
computes a new state from both. In principle such a network can relate an event to another one
that lies far back in time. In practice the simple form of it forgets quickly, and it is hard to
train.

The reason lies in the gradient. To learn, the network must find out how a small change of each
weight would have changed the error at the end. The error is therefore sent backwards through
all the steps, and at each of them it is multiplied by the same matrix. After a few dozen steps
the product has either faded to nothing or grown beyond all bounds. When it fades, the early
steps have no say in what is learned; when it grows, a single update can spoil the weights. The
second trouble can be cured by cutting long gradients down to size. The first one asks for a
different network.

The answer of 1997 was a memory cell. Beside its hidden state the network keeps a second vector,
the cell state, which is carried from step to step by addition rather than by multiplication.
What is added is chosen by an input gate, and what is shown to the rest of the network is chosen
by an output gate. A gate is a small layer of its own, whose values lie between zero and one:
zero shuts the gate, one opens it, and anything between lets a part of the signal pass. Three
years later a forget gate was added, by which the cell can empty itself when a chapter has come
to an end. It proved to be the most useful of the three.

Many variants followed. Peephole connections let the gates look at the cell state itself.
Coupled gates forget exactly as much as they take in. The gated recurrent unit does without a
separate cell state and has two gates instead of three. A large study compared eight such
variants on speech, handwriting and music, and found that none of them was much better than the
plain form.

For about twenty years networks of this kind were the usual choice for speech recognition, for
translation and for handwriting. Larger texts are now mostly read by networks built on
attention, which look at all words at once. Where data come one at a time, where memory is
short, or where the sequences are long and the machine is small, the old cell still does its
work well.
"""

TEXT = "\n\n".join(" ".join(p.split()) for p in PARAGRAPHS.split("\n\n")) + "\n"
WINDOW = 100
CARRIED = {"batch_size": 1, "bptt_steps": WINDOW, "dropout": 0.0, "recurrent_dropout": 0.0}
full = "--full" in sys.argv[1:]
print(f"A text of {len(TEXT):,} characters, {len(set(TEXT))} different ones")

# %%
# Three rules of training
# -----------------------
# The last one makes the loss larger, and the model warns of it; here this is what we want to show.

warnings.filterwarnings("ignore", message="Training learned nothing")
plain = SGD(momentum=0.0)
descent = {"optimizer": plain, "max_grad_norm": None}
rules = {
    "Adam, rate 0.01, clipped": {},
    "descent, 0.1 of the mean": {**descent, "learning_rate": Constant(0.1)},
    "descent, 0.1 of the sum": {**descent, "learning_rate": Constant(0.1 * WINDOW)},
}
epochs, curves = [1, 2, 3, 5, 10, 20, 30], {}
print("\nTraining loss in epoch    " + "".join(f"{epoch:8d}" for epoch in epochs))
for name, rule in rules.items():
    model = LSTMLanguageModel(
        100, cell=LSTM(forget_bias=1.0), max_iter=30, random_state=0, **CARRIED, **rule
    )
    try:
        curves[name] = model.fit([TEXT]).loss_curve_
    except DivergenceError as error:
        print(f"{name:26}{error}")
    else:
        values = "".join(f"{curves[name][epoch - 1]:8.3f}" for epoch in epochs)
        print(f"{name:26}{values}", flush=True)

# %%
# How many updates?
# -----------------
# One of the write-ups that led to this library needed 52,800 updates.


def memorise(seed, goal=0.1233, max_epochs=100):
    """Train a model of 128 units until its cross-entropy is below `goal`; return both."""
    model = LSTMLanguageModel(128, random_state=seed, **CARRIED)
    for _ in range(max_epochs):
        loss = -model.partial_fit([TEXT]).score([TEXT])
        if loss < goal:
            return model, loss
    raise RuntimeError(f"seed {seed}: the cross-entropy is {loss:.4f} after {max_epochs} epochs")


per_epoch = -(-len(TEXT) // WINDOW)
updates = []
print("\nUntil the cross-entropy is below 0.1233 nats per character")
print("seed   updates   seconds   in training   of the trained model")
for seed in range(5 if full else 3):
    began = time.process_time()
    model, loss = memorise(seed)
    seconds = time.process_time() - began
    updates.append(model.n_iter_ * per_epoch)
    print(f"{seed:4} {updates[-1]:9} {seconds:9.1f} {model.loss_:13.4f} {loss:22.4f}", flush=True)
print(f"Median: {np.median(updates):.0f} updates, a window each")
for temperature in (0.5, 1.0):
    sample = model.sample(100, temperature=temperature, random_state=0)
    print(f"\nNew text, temperature {temperature}:\n  {' '.join(sample.split())}")

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for name, curve in curves.items():
        ax.semilogy(range(1, len(curve) + 1), curve, label=name)
    ax.axhline(np.log(len(set(TEXT))), color="0.6", ls=":")
    ax.text(30, np.log(len(set(TEXT))), "all characters equally likely", ha="right", va="bottom")
    ax.set(xlabel="epoch", ylabel="training loss, nats per character")
    figure.legend(loc="outside upper center", ncols=3, fontsize="small")
    plt.show()

# %%
# A longer text
# -------------
# Only with ``--full``.


def help_topics():
    """Return Python's help topics as one text, without repeated paragraphs."""
    from pydoc_data.topics import topics

    paragraphs = "\n\n".join(topics.values()).split("\n\n")
    return "\n\n".join(dict.fromkeys(p.rstrip() for p in paragraphs if p.strip()))


def test_longer_text(n_epochs):
    """Train on nine tenths of the help topics; print the bits per character of the last tenth."""
    text = help_topics()
    train = text[: len(text) * 9 // 10]
    known = set(train)  # level "char" has no token for unknown characters
    test = "".join(character for character in text[len(train) :] if character in known)
    model = LSTMLanguageModel(
        256,
        recurrent_dropout=0.0,
        learning_rate=CosineDecay(0.005),
        batch_size=16,
        bptt_steps=50,
        max_iter=n_epochs,
        random_state=0,
    )
    began = time.perf_counter()
    model.fit([train])
    bits = -model.score([test]) / np.log(2)
    packed = [len(lzma.compress(part.encode(), preset=9)) for part in (train, train + test)]
    print(f"\nHelp topics, {len(train)} characters for training, {len(test)} for the test:")
    print(f"LSTM, {n_epochs} epochs  {bits:.3f} bits per character", end="")
    print(f", {(time.perf_counter() - began) / 60:.1f} minutes")
    print(f"xz -9            {8 * (packed[1] - packed[0]) / len(test):.3f} bits per character")
    print(model.sample(300, temperature=0.7, random_state=0))


if full:
    test_longer_text(n_epochs=10)
