"""
Sequences of different lengths, without padding
===============================================

The data are simulated pen drawings: clockwise, anticlockwise, or to and fro. A drawing is an array
of shape (T_i, 2), with x and y at 15 to 80 times, and X is a list of such arrays. Sequences are
neither padded nor truncated, so the prediction for a drawing does not depend on the other drawings.

Takes about 6 seconds.
"""

from importlib.util import find_spec

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier
from sklstm.preprocessing import TimeDistributed

KINDS = ["clockwise", "anticlockwise", "to and fro"]


def draw(kind, rng):
    """Return a drawing, in pixels, with random position, size, start and speed."""
    n_steps = rng.integers(15, 81)
    angle = rng.uniform(0, 2 * np.pi) + rng.uniform(0.3, 0.6) * np.arange(n_steps)
    if kind == "clockwise":
        angle = -angle
    pen = np.column_stack([np.cos(angle), np.sin(angle)])
    if kind == "to and fro":
        pen[:, 1] = pen[:, 0] * rng.uniform(-1, 1)
    drawing = rng.uniform(350, 450, size=2) + rng.uniform(50, 100) * pen
    return drawing + rng.normal(scale=3, size=drawing.shape)


rng = np.random.default_rng(0)
y = rng.choice(KINDS, size=600)
X = [draw(kind, rng) for kind in y]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
lengths = [len(x) for x in X]
print(f"{len(X)} drawings of {min(lengths)} to {max(lengths)} points")

# %%
# A pipeline
# ----------
# The scaler is fitted on all steps of all drawings: one mean and deviation for x, one for y.

scaler = TimeDistributed(StandardScaler())
model = make_pipeline(scaler, LSTMClassifier(max_iter=100, random_state=0))
print("Training ...", flush=True)
model.fit(X_train, y_train)
print(classification_report(y_test, model.predict(X_test)))

# %%
# What a summary loses
# --------------------
# The usual way to make a table of ragged sequences are means, deviations and ranges. They do not
# know the order of the points, which is all that tells clockwise from anticlockwise.


def summaries(drawings):
    """Return mean, deviation, minimum, maximum and correlation of each drawing, and its length."""
    rows = []
    for x in drawings:
        correlation = np.corrcoef(x.T)[0, 1]
        rows.append([*x.mean(0), *x.std(0), *x.min(0), *x.max(0), correlation, len(x)])
    return np.array(rows)


boosting = HistGradientBoostingClassifier(random_state=0).fit(summaries(X_train), y_train)
print("Accuracy of the LSTM:                           ", f"{model.score(X_test, y_test):.1%}")
accuracy = boosting.score(summaries(X_test), y_test)
print("Accuracy of gradient boosting on ten summaries: ", f"{accuracy:.1%}")

# %%
# No padding
# ----------

together = model.predict_proba(X_test)
alone = np.concatenate([model.predict_proba([drawing]) for drawing in X_test])
difference = np.abs(together - alone).max()
print("\nLargest difference between predicting all at once and one by one:", end=" ")
print("below 1e-12" if difference < 1e-12 else f"{difference:.0e}")

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
    for ax, kind in zip(axes, KINDS, strict=True):
        x = X_test[np.flatnonzero(y_test == kind)[0]]
        ax.plot(*x.T, color="0.85", lw=1)
        ax.plot(*x[:9].T, color="C0", lw=1)
        ax.scatter(*x[:9].T, color="C0", s=8 * np.arange(1, 10))
        ax.set(title=f"{kind}, {len(x)} points", xticks=[], yticks=[])
        ax.set_aspect("equal", adjustable="datalim")
    figure.suptitle("The first nine points, from small to large")
    plt.show()
