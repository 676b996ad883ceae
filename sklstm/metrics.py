"""Scorers for estimators with a target at every step."""

from ._estimators.scorers import over_steps

__all__ = ["over_steps"]
