"""aeon: tell nine speakers apart by vowels of 7 to 29 steps.

Collections of aeon have channels before time: arrays (n, channels, T), or lists of (channels, T_i)
where the lengths differ, as here. ToSequences turns both around; nothing is padded.
"""

from aeon.datasets import load_japanese_vowels
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier
from sklstm.preprocessing import TimeDistributed, ToSequences

X_train, y_train = load_japanese_vowels("train")
X_test, y_test = load_japanese_vowels("test")
print(f"{len(X_train)} recordings of {len(X_train[0])} channels")

model = make_pipeline(
    ToSequences(layout="NCT"),
    TimeDistributed(StandardScaler()),
    LSTMClassifier(max_iter=30, random_state=0),
)
grid = {"lstmclassifier__pooling": ["last", "mean"]}
search = GridSearchCV(model, grid, cv=3).fit(X_train, y_train)
print("Best:", search.best_params_)
print(f"Accuracy on {len(X_test)} other recordings: {search.score(X_test, y_test):.1%}")
