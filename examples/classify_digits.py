"""Classify handwritten digits as sequences of rows.

Each of the 1,797 images of scikit-learn's digits data set has 8 x 8 pixels: a sequence of 8 steps
(rows, from the top) with 8 channels (pixels of a row). The accuracy is estimated by 5-fold
cross-validation.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from sklstm import LSTMClassifier

digits = load_digits()
X = (digits.images / 16).astype(np.float32)  # (1797, 8, 8), from 0 to 1; float32 is faster
y = digits.target

# Bidirectional: the rows are processed from the top and from the bottom.
model = LSTMClassifier(hidden_size=32, bidirectional=True, random_state=0)
cv = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
probabilities = cross_val_predict(model, X, y, cv=cv, n_jobs=2, method="predict_proba")
predicted = probabilities.argmax(axis=1)  # the labels 0 to 9 are the column indices

folds = [np.mean(predicted[test] == y[test]) for _, test in cv.split(X, y)]
print(f"Accuracy: {np.mean(folds):.3f} (folds: {', '.join(f'{fold:.3f}' for fold in folds)})")

print("Most confident errors:")
confidence = np.where(predicted == y, 0, probabilities.max(axis=1))
for i in np.argsort(confidence)[:-4:-1]:
    print(f"  image {i}: {y[i]} classified as {predicted[i]}, probability {confidence[i]:.2f}")
