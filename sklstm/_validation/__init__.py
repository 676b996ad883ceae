"""X, y, sample weights and parameters: every error message about what the user passed."""
