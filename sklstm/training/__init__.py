"""The training loop: arrays in, arrays out; no scikit-learn."""
