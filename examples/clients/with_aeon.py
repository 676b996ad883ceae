"""
aeon: nine speakers, by recordings of different lengths
=======================================================

Recordings of a vowel, of 7 to 29 steps, are classified by speaker. Collections of aeon have
channels before time: arrays (n, channels, T), or lists of (channels, T_i) for different lengths,
as in this example. ``ToSequences`` converts both, without padding.

Takes about 5 seconds.
"""

from aeon.datasets import load_japanese_vowels
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier
from sklstm.preprocessing import TimeDistributed, ToSequences

X_train, y_train = load_japanese_vowels("train")
X_test, y_test = load_japanese_vowels("test")
print(
    f"{len(X_train)} recordings of {len(X_train[0])} channels; a search with 3 folds ...",
    flush=True,
)

model = make_pipeline(
    ToSequences(layout="NCT"),
    TimeDistributed(StandardScaler()),
    LSTMClassifier(max_iter=30, random_state=0),
)
grid = {"lstmclassifier__pooling": ["last", "mean"]}
search = GridSearchCV(model, grid, cv=3).fit(X_train, y_train)
print("Pooling   accuracy in the folds")
for name, accuracy in zip(["last", "mean"], search.cv_results_["mean_test_score"], strict=True):
    print(f"{name:8} {accuracy:8.1%}")
best = search.best_params_["lstmclassifier__pooling"]
accuracy = search.score(X_test, y_test)
print(f"Accuracy on {len(X_test)} test recordings, with the pooling {best!r}: {accuracy:.1%}")
