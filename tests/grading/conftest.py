"""What the tests of grading share."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def needs_sandbox():
    """Skips where bubblewrap is not installed; on CI that is a failure."""
    if shutil.which("bwrap") is None and not os.environ.get("CI"):
        pytest.skip("bubblewrap is not installed")
