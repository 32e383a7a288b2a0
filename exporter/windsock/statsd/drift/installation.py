"""An Airflow on disk: where its packages lie and which releases they are. Nothing of it is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from windsock.errors import BadInput

_DIST_INFO = re.compile(r"^(?P<name>.+)-(?P<version>[^-]+)\.dist-info$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The packages of one Airflow.

    Attributes:
        root: the folder `site-packages`, or what `pip install --target` filled.
        distributions: release by distribution name, lower case with dashes.
    """

    root: Path
    distributions: Mapping[str, str]

    @property
    def version(self) -> str:
        """Airflow's release, such as `3.3.2`."""
        return self.distributions["apache-airflow"]

    @property
    def release(self) -> tuple[int, ...]:
        """The release as numbers, for comparisons; a suffix such as `rc1` is left out."""
        return numbers(self.version)


def numbers(version: str) -> tuple[int, ...]:
    """`2.10.5rc1` as (2, 10, 5)."""
    parts = [re.match(r"\d+", part) for part in version.split(".")]
    return tuple(int(part.group()) for part in parts if part)


def at_site_packages(folder: Path) -> Installation:
    """The Airflow in a folder of packages.

    Raises:
        BadInput: there is no Airflow in it.
    """
    if not folder.is_dir():
        raise BadInput(f"--site-packages: {folder} is no folder")
    found = (_DIST_INFO.match(path.name) for path in sorted(folder.iterdir()))
    distributions = {
        match["name"].lower().replace("_", "-").replace(".", "-"): match["version"]
        for match in found
        if match
    }
    # The 3.x package `apache-airflow` holds no code, so the core alone is an Airflow too.
    if core := distributions.get("apache-airflow") or distributions.get("apache-airflow-core"):
        distributions["apache-airflow"] = core
    if not core or not (folder / "airflow").is_dir():
        raise BadInput(
            f"--site-packages: no Airflow in {folder}: name the folder that holds `airflow/` and "
            "`apache_airflow-….dist-info`"
        )
    return Installation(root=folder, distributions=distributions)


def at_python(python: Path) -> Installation:
    """The Airflow of a virtual environment, found from its Python without running it.

    Raises:
        BadInput: no such file, or no Airflow beside it.
    """
    if not python.is_file():
        raise BadInput(f"--python: {python} is no file: name the interpreter that runs Airflow")
    # A virtual environment's python is a link to the system's: its own place is the one that counts.
    home = python.absolute().parent.parent
    for folder in sorted(home.glob("lib/python3*/site-packages")):
        if (folder / "airflow").is_dir():
            return at_site_packages(folder)
    raise BadInput(
        f"--python: no Airflow in {home}/lib/python3*/site-packages: "
        "name the environment's python, or the folder with --site-packages"
    )
