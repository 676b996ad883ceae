"""Classify sequences of different lengths, without padding.

The data are simulated pen drawings: clockwise, anticlockwise, or to and fro. A drawing is an array
of shape (T_i, 2), with x and y at 15 to 80 times, and X is a list of such arrays. Sequences are
neither padded nor truncated, so the prediction for a drawing does not depend on the other drawings.
"""

import numpy as np
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier
from sklstm.preprocessing import TimeDistributed


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
y = rng.choice(["clockwise", "anticlockwise", "to and fro"], size=600)
X = [draw(kind, rng) for kind in y]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# The scaler is fitted on all steps of all drawings: one mean and deviation for x, one for y.
scaler = TimeDistributed(StandardScaler())
model = make_pipeline(scaler, LSTMClassifier(max_iter=100, random_state=0))
model.fit(X_train, y_train)
print(classification_report(y_test, model.predict(X_test)))

together = model.predict_proba(X_test)
alone = np.concatenate([model.predict_proba([drawing]) for drawing in X_test])
difference = np.abs(together - alone).max()
print("Largest difference between predicting all at once and one by one:", end=" ")
print("below 1e-12" if difference < 1e-12 else f"{difference:.0e}")
