"""The 27 committed mappings, as test parameters."""

from __future__ import annotations

import pytest

from windsock.airflow_versions import VERSIONS
from windsock.statsd.options import Options
from windsock.wire import Profile

EVERY = [Options(version=version, profile=profile) for version in VERSIONS for profile in Profile]
PARAMETERS = [pytest.param(one, id=f"{one.version}-{one.profile.value}") for one in EVERY]
every_mapping = pytest.mark.parametrize("options", PARAMETERS)
