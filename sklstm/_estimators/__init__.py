"""What the network estimators share: build, train, keep what was learned, predict."""
