"""For all tests: in CI, Hypothesis tries the same cases every time; elsewhere it keeps looking for new ones."""

import os

from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code: no case has to be over in time, and none has to be found in time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("patient"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "patient")
