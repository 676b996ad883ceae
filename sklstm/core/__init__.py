"""The numerical core: functions and classes on arrays, independent of scikit-learn."""
