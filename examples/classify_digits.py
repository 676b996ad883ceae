"""
Handwritten digits as sequences of rows
=======================================

Each of the 1,797 images of scikit-learn's digits has 8 x 8 pixels. Here it is a sequence of eight
steps, the rows from the top, with eight channels, the pixels of a row. The network is an estimator
like any other, and is cross-validated in five folds beside two more.

Takes about 12 seconds.
"""

from importlib.util import find_spec

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.svm import SVC

from sklstm import LSTMClassifier

digits = load_digits()
X = (digits.images / 16).astype(np.float32)  # (1797, 8, 8), from 0 to 1; float32 is faster
y = digits.target
print(f"{len(X):,} images, each a sequence of {X.shape[1]} rows of {X.shape[2]} pixels")

# %%
# Cross-validation
# ----------------
# The LSTM is bidirectional: it reads the rows from the top and from the bottom. The other models
# read the 64 pixels as columns.

lstm = LSTMClassifier(hidden_size=32, bidirectional=True, random_state=0)
cv = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
table = X.reshape(len(X), 64)

print("Five fits of the LSTM ...", flush=True)
probabilities = cross_val_predict(lstm, X, y, cv=cv, method="predict_proba")
predicted = {
    "LSTM": probabilities.argmax(axis=1),  # the labels 0 to 9 are the column indices
    "logistic regression": cross_val_predict(LogisticRegression(max_iter=1000), table, y, cv=cv),
    "support vector machine": cross_val_predict(SVC(), table, y, cv=cv),
}
print("\nAccuracy                  mean    worst and best fold")
for name, labels in predicted.items():
    folds = [np.mean(labels[test] == y[test]) for _, test in cv.split(X, y)]
    print(f"{name:23} {np.mean(folds):6.1%}    {min(folds):.1%} to {max(folds):.1%}")

# %%
# What is confused
# ----------------
# The errors of the LSTM of which it was surest:

labels = predicted["LSTM"]
confidence = np.where(labels == y, 0, probabilities.max(axis=1))
worst = np.argsort(-confidence)[:6]
print("\nMost confident errors of the LSTM\n  image  digit  classified as  probability")
for i in worst:
    print(f"  {i:5}  {y[i]:5}  {labels[i]:13}  {confidence[i]:11.2f}")

if find_spec("matplotlib") is None:
    print("\nNo picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 6, figsize=(9, 2.1), layout="constrained")
    for ax, i in zip(axes, worst, strict=True):
        ax.imshow(X[i], cmap="gray_r")
        ax.set(title=f"{y[i]}, taken for {labels[i]}", xticks=[], yticks=[])
    plt.show()
