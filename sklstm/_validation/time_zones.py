"""Names of time zones."""

import datetime
import warnings


def zone_to_plain(zone):
    """The name from which pandas rebuilds a time zone; None for None.

    Parameters
    ----------
    zone : tzinfo or None

    Returns
    -------
    str or None

    Raises
    ------
    ValueError
        If there is no such name.

    Examples
    --------
    >>> import datetime
    >>> from sklstm._validation.time_zones import zone_to_plain
    >>> zone_to_plain(datetime.timezone.utc)
    'UTC'
    """
    import pandas as pd

    if zone is None:
        return None
    path = str(zone).partition("zoneinfo/")[2].strip("')\"")  # dateutil's zones are files
    names = [getattr(zone, "key", None), getattr(zone, "zone", None), path, str(zone)]
    seconds = [zone.utcoffset(datetime.datetime(2024, m, 1)).total_seconds() for m in (1, 7)]
    if len(set(seconds)) == 1:
        sign, minutes = "+-"[seconds[0] < 0], int(abs(seconds[0]) // 60)
        names.append(f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}")
    for name in filter(None, names):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pd.Timestamp("2024-01-01", tz=name)
        except Exception:  # of the package that has the zones
            continue
        return name
    raise ValueError(
        f"The time zone {zone} of the index has no name from which it can be rebuilt. Use a named "
        'one: y.index = y.index.tz_convert("Europe/Berlin").'
    )
