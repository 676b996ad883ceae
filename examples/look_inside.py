"""
What a network has learned, in pictures
=======================================

In the adding problem a sequence has two channels: random numbers, and a marker that is 1 at two of
the steps. The target is the sum of the two marked numbers. A trained network predicts it well, but
does it do so for the right reason? ``sklstm.inspection`` shows how training went, which channels
and steps the predictions depend on, and what the gates do.

Takes about 4 seconds.
"""

from importlib.util import find_spec

from sklstm import LSTMRegressor
from sklstm.datasets import make_adding_problem
from sklstm.inspection import permutation_importance, saliency

X, y = make_adding_problem(3000, 30, random_state=0)
X_test, y_test = make_adding_problem(500, 30, random_state=1)
model = LSTMRegressor(16, max_iter=40, alpha=0, batch_size=100, patch_length=1, random_state=0)
print(f"{len(X):,} sequences of {len(X[0])} steps", flush=True)
model.fit(X, y)
print(f"R2 of 500 other sequences: {model.score(X_test, y_test):.3f}")

# %%
# Importance of channels and steps
# --------------------------------
# How much lower is R2 if a channel is exchanged between sequences? Either channel is worthless
# without the other. The gradient of a prediction, in contrast, is about one sequence: it is near 1
# for the two marked numbers, as in a sum, and near 0 for all others.

found = permutation_importance(model, X_test, y_test, random_state=0)
print("\nR2 lost if a channel is permuted")
for name, mean, std in zip(
    ["number", "marker"], found.importances_mean, found.importances_std, strict=True
):
    print(f"  {name}  {mean:.2f} ± {std:.2f}")

one = X_test[0]
gradient = saliency(model, [one]).gradients[0][:, 0]
marked = one[:, 1] == 1
print("\nGradient of a prediction by the numbers of its sequence")
print(f"  marked      {' and '.join(f'{g:.2f}' for g in gradient[marked])}")
print(f"  all others  between {gradient[~marked].min():.2f} and {gradient[~marked].max():.2f}")

# %%
# Gates and states
# ----------------
# The same sequence, step by step: input and output gates of most units open at the marked steps.
# Its gradient by the markers says nothing, since a marker between 0 and 1 was never seen.

if find_spec("matplotlib") is None:
    print("\nNo picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    from sklstm.inspection import GateDisplay, LossCurveDisplay, SaliencyDisplay

    GateDisplay.from_estimator(model, [one])
    SaliencyDisplay.from_estimator(model, [one], index=0)
    LossCurveDisplay.from_estimator(model).ax_.set_yscale("log")
    plt.show()
    print("\nPictures: gates and states, gradients, loss")
