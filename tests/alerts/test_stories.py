"""Every alert does what its story tells, in all the ways that follow from it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.alerts import stories
from tests.alerts.rules_under_test import ALERTS, EACH_ALERT, GROUPS, SETTINGS, tool
from windsock.artifact import to_yaml
from windsock_alerts.inhibitors import TIED_TO
from windsock_alerts.rule import Alert, Group, Recording

# The dead man's switch knows one state.
WITHOUT = {"Watchdog"}


def rules_of(alert: Alert, *, inhibitors: bool = True) -> list[Group]:
    """The inhibitors, and the alert's own group up to the alert, without alerts that it does not read."""
    found = []
    for group in GROUPS:
        if group.subject == "inhibitors" and (inhibitors or alert in group.rules):
            found.append(group)
        elif alert in group.rules:
            before = group.rules[: group.rules.index(alert) + 1]
            rules = tuple(rule for rule in before if isinstance(rule, Recording) or rule == alert)
            found.append(Group(subject=group.subject, rules=rules))
    return found


def write(story: stories.Story, alert: Alert, folder: Path) -> list[Path]:
    """The files for promtool; what takes most of its time are the inhibitors, so only one has them."""
    files = []
    for name, inhibitors, tests in (
        ("quiet", False, stories.quiet(story, alert)),
        ("outages", True, stories.outages(story)),
    ):
        rules = []
        for group in rules_of(alert, inhibitors=inhibitors):
            rules.append(f"{name}-{group.subject}.rules.yaml")
            (folder / rules[-1]).write_text(to_yaml(group.render(SETTINGS)), encoding="utf-8")
        text = {"rule_files": rules, "evaluation_interval": f"{stories.STEP}s", "tests": tests}
        files.append(folder / f"{name}.test.yaml")
        files[-1].write_text(yaml.dump(text, Dumper=yaml.CSafeDumper, allow_unicode=True), encoding="utf-8")
    return files


@EACH_ALERT
def test_the_alert_keeps_to_its_story(alert: Alert, tmp_path: Path) -> None:
    if alert.name in WITHOUT:
        return
    story = stories.stories()[alert.name]
    files = write(story, alert, tmp_path)
    result = tool("promtool", "test", "rules", *files)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_story_is_about_an_alert_that_does_not_exist() -> None:
    assert set(stories.stories()) <= {alert.name for alert in ALERTS}


def test_the_story_of_an_inhibitor_is_about_the_inhibitor() -> None:
    assert set(TIED_TO) <= set(stories.stories())


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        ("0x2 5", ["0", "0", "0", "5", "5", "5"]),
        ("0+15x2 _x2 7", ["0", "15", "30", "_", "_", "7"]),
        ("1 stale", ["1", "stale", "_", "_", "_", "_"]),
        ("10-2.5x9", ["10", "7.5", "5", "2.5", "0", "-2.5"]),
    ],
)
def test_shorthand_is_written_out_as_promtool_reads_it(text: str, written_out: list[str]) -> None:
    assert stories.samples(text, 6) == written_out
