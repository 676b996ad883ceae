"""Why a fit measured no errors for intervals."""


def reason_against(fraction, lengths):
    """Why there are no calibration rows in series of these lengths."""
    longest = max(lengths)
    n_rows = round((fraction or 0) * longest)
    if fraction is None:
        return (
            "fit had calibration_fraction=None. Fit with a fraction such as 0.2, or a regressor "
            "with a loss of several quantiles, such as losses.Quantile([.05, .5, .95])."
        )
    if n_rows == 0:
        return (
            f"calibration_fraction={fraction} of {longest} time point(s) is less than one. Use a "
            "larger calibration_fraction."
        )
    return (
        f"calibration_fraction={fraction} leaves {longest - n_rows} of {longest} time point(s), "
        "too few to train on. Use a longer series or a smaller calibration_fraction."
    )


def check_calibrated(errors, reason):
    """Raise if no errors were measured."""
    if errors is None:
        raise ValueError(f"No errors were calibrated: {reason}")
