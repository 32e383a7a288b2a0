"""The part of Markdown that runbooks use."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.pages.markdown import render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        pytest.param("# One\n## Two", "<h1>One</h1><h2>Two</h2>", id="headings"),
        pytest.param("a\nb\n\nc", "<p>a b</p><p>c</p>", id="paragraphs"),
        pytest.param("`x < y` **z**", "<p><code>x &lt; y</code> <strong>z</strong></p>", id="code and bold"),
        pytest.param(
            "[t](https://a.example/?x=1&y)", '<p><a href="https://a.example/?x=1&amp;y">t</a></p>', id="link"
        ),
        pytest.param(
            "the *Run* of shop_* and a * b", "<p>the <em>Run</em> of shop_* and a * b</p>", id="stress"
        ),
        pytest.param("[t](Other.md)", '<p><a href="Other.md">t</a></p>', id="link to a neighbour"),
        pytest.param("[t](javascript:alert(1))", "<p>[t](javascript:alert(1))</p>", id="link that runs"),
        pytest.param("<b>x</b> & y", "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>", id="HTML stays text"),
        pytest.param(
            "```sh\na  <b>\n\n# c\n```\nd",
            "<pre><code>a  &lt;b&gt;\n\n# c</code></pre><p>d</p>",
            id="code block",
        ),
        pytest.param("```\nopen", "<pre><code>open</code></pre>", id="code block without end"),
        pytest.param("- a\n- b\n  more\n", "<ul><li>a</li><li>b more</li></ul>", id="list"),
        pytest.param("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>", id="numbered list"),
        pytest.param(
            "1. a\n   - x\n   - y\n2. b",
            "<ol><li>a<ul><li>x</li><li>y</li></ul></li><li>b</li></ol>",
            id="list in a list",
        ),
        pytest.param(
            "1. a\n\n   ```\n   cmd\n   ```\n\n2. b\n\nend",
            "<ol><li>a<pre><code>cmd</code></pre></li><li>b</li></ol><p>end</p>",
            id="code in a list",
        ),
        pytest.param("text\n- a", "<p>text</p><ul><li>a</li></ul>", id="list right after text"),
        pytest.param(
            "| a | b |\n|---|---|\n| `1` | 2 |",
            "<table><tr><th>a</th><th>b</th></tr><tr><td><code>1</code></td><td>2</td></tr></table>",
            id="table",
        ),
        pytest.param("a | b", "<p>a | b</p>", id="a bar is no table"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_render(text: str, html: str) -> None:
    assert render(text) == html


@given(
    text=st.lists(
        st.sampled_from(
            ["# ", "- ", "1. ", "  ", "\n", "\n\n", "```", "a", "**", "`", "|", "---", "[x](y)", "<i>"]
        )
    ).map("".join)
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_rendered_and_nothing_becomes_html(text: str) -> None:
    assert "<i>" not in render(text)
