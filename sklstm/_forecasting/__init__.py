"""Implementation of `SequenceForecaster` and `VotingForecaster`.

Letters in shapes: N series, n_i times of series i, S values per time, k exogenous variables, K
covariates (the exogenous variables and the static features), T steps of a window, h steps that the
regressor predicts at once, Q quantiles, B paths forecast side by side.

Four scales, in this order: *values*, as given by the user; *levels*, after the transformer;
*changes*, after differencing; and standardised changes, the inputs and targets of the regressor.
"""
