"""Whatever owners are called, here and in Airflow: a team or default, never a broken configuration."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.alerts.rules_under_test import tool
from windsock.errors import BadInput
from windsock.owners import Owners
from windsock.unknown_owners import Seen, unknown_owners
from windsock.yamlfile import parse
from windsock_alerts.routing import alertmanager
from windsock_alerts.settings import Settings

# What people call themselves, and what breaks files: quotes, commas, braces, templates, other alphabets.
WORDS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="a\"'`,;:#{}[]$*?|\\/%@&!~<>= \n\té漢🛫-_.", max_size=16),
    st.sampled_from(["finance", "cfo, data", 'the "A" team', "{{ .Labels }}", "null", "1.0", "a]b", "[!x]"]),
)


def usually(right: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Mostly right, so that a whole file can be, and sometimes anything."""
    return st.integers(0, 11).flatmap(lambda number: right if number else WORDS)


NAMES = usually(st.from_regex(r"[A-Za-z0-9_.-]{1,8}", fullmatch=True))
FILES = usually(st.just("/run/secrets/x"))
CHANNELS = usually(st.text("#@abc-é漢", min_size=1, max_size=8))
ADDRESSES = usually(st.from_regex(r"[a-z!#$%&'*+/=?^_`{|}~-]{1,6}@[a-zé漢-]{1,9}[.]org", fullmatch=True))
PLACES = usually(st.from_regex(r"https?://[a-z.-]{1,9}(:[0-9]{1,6})?(/[!-~]{0,9})?", fullmatch=True))
WAYS = st.fixed_dictionaries(
    {"webhook": st.fixed_dictionaries({"url": PLACES})},
    optional={
        "slack": st.fixed_dictionaries({"api_url_file": FILES, "channel": CHANNELS}),
        "pagerduty": st.fixed_dictionaries({"routing_key_file": FILES}),
        "opsgenie": st.fixed_dictionaries({"api_key_file": FILES}),
        "email": st.fixed_dictionaries({"to": ADDRESSES}),
    },
)
URLS = parse(
    "urls: {windsock: https://w.org, grafana: https://g.org, prometheus: https://p.org}",
    Settings,
    name="alerts.yaml",
)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """An owners file that is mostly right and may be wrong anywhere."""
    teams = draw(st.lists(NAMES, max_size=3))
    return {
        "platform": draw(usually(st.sampled_from([*teams, "default"]))),
        "teams": [{"team": team, "owners": draw(st.lists(WORDS, max_size=3))} for team in teams],
        "smtp": {"smarthost": "mail.example.org:25", "from": draw(ADDRESSES)},
        "receivers": {
            "default": {"page": draw(WAYS)},
            **{team: draw(st.just("default") | st.fixed_dictionaries({"page": WAYS})) for team in teams},
        },
    }


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(file=files())
def test_a_file_is_refused_or_alertmanager_takes_its_configuration(
    folder: Path, file: dict[str, Any]
) -> None:
    try:
        owners = parse(yaml.safe_dump(file, allow_unicode=True), Owners, name="owners.yaml")
        config = alertmanager(URLS, owners, name="owners.yaml")
    except BadInput:
        return
    path = folder / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    result = tool("amtool", "check-config", path)
    assert result.returncode == 0, result.stdout + result.stderr


@settings(max_examples=300, deadline=None)
@given(globs=st.lists(WORDS, max_size=4), owners=st.lists(WORDS, max_size=4), dag_id=WORDS)
def test_any_owner_belongs_to_a_team_of_the_file_or_to_default(
    globs: list[str], owners: list[str], dag_id: str
) -> None:
    text = yaml.safe_dump({"teams": [{"team": "finance", "owners": globs}]}, allow_unicode=True)
    try:
        file = parse(text, Owners, name="owners.yaml")
    except BadInput:
        return
    assert file.team_for(dag_id=dag_id, owners=owners) in {"finance", "default"}


@settings(max_examples=300, deadline=None)
@given(owner=st.text(min_size=1, max_size=12).filter(lambda text: text.strip()))
def test_a_stranger_is_written_so_that_it_can_be_pasted_into_the_file(owner: str) -> None:
    nobody = Owners()
    line = unknown_owners(nobody, [Seen("load", (owner,))])[0]
    quoted = line.removesuffix(": 1 DAG (load)")
    try:
        file = parse(f"teams: [{{team: finance, owners: [{quoted}]}}]", Owners, name="owners.yaml")
    except BadInput:
        # A lone half of a character, or one that no file may hold.
        assert not owner.isprintable()
        return
    if owner.isprintable():
        assert file.team_for(owners=[owner]) == "finance"
        assert unknown_owners(file, [Seen("load", (owner,))]) == []
