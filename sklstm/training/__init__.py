"""Training of networks on arrays, independent of scikit-learn."""
