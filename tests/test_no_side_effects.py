"""What SECURITY.md promises: no network, other programs or files, and no code from data."""

import pytest
from watched import MISDEEDS, PROGRAMS, deeds_of


def test_nothing_is_done_elsewhere_and_no_code_is_loaded_from_files(tmp_path):
    assert deeds_of(tmp_path, *(name for name in PROGRAMS if name != "loading")) == []
    assert len(list(tmp_path.iterdir())) > 30
    assert deeds_of(tmp_path, "loading") == []


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_it_would_be_seen(misdeed, tmp_path):
    folder = tmp_path / "named"
    folder.mkdir()
    (tmp_path / "read").touch()
    (folder / "own").touch()
    assert deeds_of(folder, misdeed)
