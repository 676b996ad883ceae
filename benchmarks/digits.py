"""scikit-learn's digits as 8 steps of 8 channels, 10-fold cross-validation on all 1,797 images.

Run ``python benchmarks/digits.py``. Prints the mean accuracy over the folds for each of 5 seeds (of
folds and weights), and the seconds per fold.
"""

import argparse
import statistics
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_validate

from sklstm import LSTMClassifier
from sklstm.core.schedules import CosineDecay

SETTINGS = {
    "hidden_size": 64,
    "bidirectional": True,
    "dropout": 0.3,
    "max_iter": 60,
    "batch_size": 50,
    "learning_rate": CosineDecay(0.005),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    images, labels = load_digits(return_X_y=True)
    X = (images.reshape(-1, 8, 8) / 8 - 1).astype(np.float32)
    print(f"settings: {SETTINGS}")
    means = []
    for seed in range(args.seeds):
        began = time.perf_counter()
        folds = StratifiedKFold(10, shuffle=True, random_state=seed)
        model = LSTMClassifier(**SETTINGS, random_state=seed)
        result = cross_validate(model, X, labels, cv=folds, n_jobs=args.jobs)
        scores = result["test_score"]
        means.append(scores.mean())
        print(
            f"seed {seed}: mean accuracy {scores.mean():.4f}, folds {scores.min():.3f} to "
            f"{scores.max():.3f}, {statistics.median(result['fit_time']):.1f} s a fold "
            f"({time.perf_counter() - began:.0f} s in all)",
            flush=True,
        )
    if args.seeds > 1:
        print(f"mean {np.mean(means):.4f}, deviation over seeds {np.std(means, ddof=1):.4f}")


if __name__ == "__main__":
    main()
