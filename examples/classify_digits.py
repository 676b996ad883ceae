"""Recognise handwritten digits that are read row by row.

Each of scikit-learn's 1,797 pictures has 8 x 8 pixels: a sequence of 8 steps (rows, from the top)
of 8 channels (the pixels of a row). Nothing in X says which pixels are neighbours in a column; the
network has to remember the rows above. The accuracy is that of 5-fold cross-validation.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from sklstm import LSTMClassifier

digits = load_digits()
X = (digits.images / 16).astype(np.float32)  # (1797, 8, 8), from 0 to 1; float32 is faster
y = digits.target

# One direction reads from the top, the other from the bottom.
model = LSTMClassifier(hidden_size=32, bidirectional=True, random_state=0)
cv = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
probabilities = cross_val_predict(model, X, y, cv=cv, n_jobs=2, method="predict_proba")
predicted = probabilities.argmax(axis=1)  # the labels are 0 to 9, as the columns are

folds = [np.mean(predicted[test] == y[test]) for _, test in cv.split(X, y)]
print(f"Accuracy: {np.mean(folds):.3f} (folds: {', '.join(f'{fold:.3f}' for fold in folds)})")

print("Wrong with the most certainty:")
certainty = np.where(predicted == y, 0, probabilities.max(axis=1))
for i in np.argsort(certainty)[:-4:-1]:
    print(f"  picture {i}: {y[i]} taken for {predicted[i]}, probability {certainty[i]:.2f}")
