"""Long short-term memory networks in NumPy, with the interface of scikit-learn."""
