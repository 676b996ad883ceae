"""What `SequenceForecaster` is made of: data in, examples, paths into the future, intervals.

Letters: N series, n_i times of series i, S values at a time, K variables known in the future (k
exogenous ones of the user, and static ones repeated at every time), T steps of a window, h steps
that the regressor predicts at once, B paths side by side.

Four scales, in this order: *values* as the user gave them; *levels*, after the user's transformer;
*changes*, after differencing; and standardised changes, which the regressor sees.
"""
