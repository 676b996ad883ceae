"""Arrays in, arrays out: the numerical core, which knows NumPy but not scikit-learn."""
