"""Shared by the network estimators: build, train, store the fitted attributes, predict."""
