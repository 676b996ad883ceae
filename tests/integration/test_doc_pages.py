"""Run the examples in the pages of doc/ that need optional packages."""

import doc_pages
import pytest

pytestmark = pytest.mark.filterwarnings("ignore")  # those of the packages


@pytest.fixture(autouse=True)
def scratch_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", doc_pages.pages(with_needs=True), ids=doc_pages.name_of)
def test_pages_that_need_optional_packages(path, pytestconfig, capsys):
    doc_pages.run(path, pytestconfig, capsys)
