"""Files that users write: whatever is in them, an answer or one line that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.errors import BadInput
from windsock.owners import Owners
from windsock.yamlfile import Entry, load, load_with_lines, parse


class Leaf(Entry):
    name: str
    count: int = 0


class Tree(Entry):
    leaves: tuple[Leaf, ...] = ()
    best: Leaf | None = None
    texts: dict[str, str] | None = None


def _error(text: str) -> str:
    with pytest.raises(BadInput) as caught:
        parse(text, Tree, name="f.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(
            "leafs: []",
            "f.yaml:1: leafs: unknown key; did you mean leaves? (known: leaves, best, texts)",
            id="unknown key",
        ),
        pytest.param(
            "\n\nleaves:\n- name: a\n- nam: b", "f.yaml:5: leaves.1.name: is missing", id="missing key"
        ),
        pytest.param(
            "leaves:\n- name: a\n  count: many",
            "f.yaml:3: leaves.0.count: input should be a valid integer",
            id="wrong value",
        ),
        pytest.param(
            "best:\n  name: a\n  name: b",
            "f.yaml:3: best.name: stands twice, first in line 2",
            id="key twice",
        ),
        pytest.param("leaves: [\n", "f.yaml:2: not valid YAML", id="open bracket"),
        pytest.param(
            "a: b\n c: d", "f.yaml:2: not valid YAML: mapping values are not allowed here", id="indent"
        ),
        pytest.param("best: *nowhere", "f.yaml:1: not valid YAML: found undefined alias", id="alias"),
        pytest.param(
            "best:\n  name: !!int x", "f.yaml:1: not valid YAML: a value cannot be read", id="tagged value"
        ),
        pytest.param(
            "best:\n  name: !!bool x", "f.yaml:1: not valid YAML: a value cannot be read", id="tagged word"
        ),
        pytest.param(
            "best:\n  name: 2024-13-45",
            "f.yaml:1: not valid YAML: a value cannot be read: month must be",
            id="no such day",
        ),
        pytest.param(
            "best: !!python/name:os.system x",
            "f.yaml:1: not valid YAML: could not determine a constructor",
            id="python tag",
        ),
        pytest.param(
            "best:\n\n  name: \x07",
            "f.yaml:3: not valid YAML: the character #x0007 is not allowed",
            id="control character",
        ),
        pytest.param(
            "a: 1\n---\nb: 2", "f.yaml:2: not valid YAML: but found another document", id="two documents"
        ),
        pytest.param("[" * 5000, "f.yaml:1: not valid YAML: nested too deeply", id="deep"),
        pytest.param(
            "5", "f.yaml:1: the file: expected a mapping with the keys leaves, best, texts", id="a number"
        ),
        pytest.param('"a\\nb": 1', "f.yaml:1: a\\nb: unknown key", id="key with a line feed"),
        pytest.param('"\\ud800": 1', "f.yaml:1:", id="key with half a character"),
        pytest.param("&a [*a]", "f.yaml:1:", id="list in itself"),
        pytest.param(
            "leaves: &a [*a]", "f.yaml:1: leaves.0: input should be a valid dictionary", id="item in itself"
        ),
        pytest.param("? [a]\n: 1", "f.yaml:1: not valid YAML: found unhashable key", id="list as a key"),
        pytest.param("1: 2", "f.yaml:1: 1:", id="number as a key"),
    ],
)
def test_mistake_is_one_line_with_its_place(text: str, error: str) -> None:
    message = _error(text)
    assert message.startswith(error)
    assert message.isprintable()


def test_first_mistake_of_the_file_is_named() -> None:
    assert _error("leaves:\n- count: x\n  name: a\n- name: 1").startswith("f.yaml:2:")


def test_aliases_that_multiply_end_soon() -> None:
    text = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
    )
    assert _error(text).startswith("f.yaml:1: a0: unknown key")


def test_merge_keys_work() -> None:
    tree = parse("best: &b {name: a, count: 1}\nleaves: [{<<: *b, count: 2}]", Tree, name="f")
    assert tree.leaves[0] == Leaf(name="a", count=2)


def test_values_never_change_afterwards() -> None:
    leaf = parse("best: {name: a}", Tree, name="f").best
    assert leaf is not None
    with pytest.raises(ValueError, match="frozen"):
        setattr(leaf, "name", "b")  # noqa: B010 (mypy knows that it cannot be set)


def test_line_of_any_key_is_known(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("\ufeff# note\nleaves:\n- name: a\n\n- name: b\n  count: 2\n", encoding="utf-8")
    tree, lines = load_with_lines(path, Tree)
    assert tree.leaves[1].count == 2
    assert [
        lines.line(),
        lines.line("leaves"),
        lines.line("leaves", 1),
        lines.line("leaves", 1, "count"),
    ] == [2, 2, 5, 6]
    assert lines.line("leaves", 1, "count", "deeper") == 6
    assert str(lines.wrong("leaves", 1, "name", why="bad")) == f"{path}:5: leaves.1.name: bad"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(None, "No such file or directory", id="missing"),
        pytest.param(b"\xff\xfe\xfa", "it is not UTF-8 text", id="binary"),
    ],
)
def test_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "f.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        load(path, Tree)
    assert str(caught.value) == f"{path}: cannot be read: {reason}"


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Is a directory"):
        load(tmp_path, Tree)


YAMLISH = st.lists(
    st.sampled_from(
        [
            *"[]{}:,-?&*!|>'\"%@#\n\t ab1.~=<",
            "\n  ",
            ": ",
            "- ",
            "leaves",
            "name",
            "best",
            "&a",
            "*a",
            "<<: *a",
            "!!int ",
            "!!set ",
            "!!binary ",
            "---\n",
        ]
    ),
    max_size=40,
).map("".join)


@given(text=st.one_of(st.text(), YAMLISH), model=st.sampled_from([Tree, Owners]))
@settings(max_examples=600, deadline=None)
def test_no_text_ends_in_a_stack_trace(text: str, model: type[Entry]) -> None:
    message = "f.yaml:1: fine"
    try:
        parse(text, model, name="f.yaml")
    except BadInput as error:
        message = str(error)
    name, line, _ = message.split(":", 2)
    assert name == "f.yaml"
    assert 1 <= int(line) <= len(text.splitlines()) + 1
    assert message.isprintable()


@given(content=st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_end_in_a_stack_trace(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(content)
    message = ""
    try:
        load(path, Tree)
    except BadInput as error:
        message = str(error)
    assert not message or message.isprintable()


@given(before=st.integers(0, 20), index=st.integers(0, 5))
def test_line_number_is_right_wherever_the_mistake_is(before: int, index: int) -> None:
    leaves = [f"- name: leaf{n}\n  count: {'x' if n == index else n}\n" for n in range(6)]
    text = "# note\n" * before + "leaves:\n" + "".join(leaves)
    assert _error(text).startswith(f"f.yaml:{before + 1 + 2 * index + 2}: leaves.{index}.count:")
