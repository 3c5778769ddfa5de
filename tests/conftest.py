"""For all tests: in CI, Hypothesis tries the same cases every time; elsewhere it keeps looking for new ones."""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
