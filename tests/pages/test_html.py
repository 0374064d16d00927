"""Markup is made in one place, and escaped there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.pages.reading import Reader
from tray_app.pages.html import element, join, style_sheet


def test_text_and_attributes_are_escaped() -> None:
    made = element("p", '<b>&"', title='"><script>')
    assert made == '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&quot;</p>'


def test_markup_in_markup_stays() -> None:
    assert element("p", element("b", "<"), " and ", None, join("&", element("i", "x"))) == (
        "<p><b>&lt;</b> and &amp;<i>x</i></p>"
    )


def test_what_has_no_content_ends_itself() -> None:
    """Else a line of SVG would contain the ones after it."""
    assert element("line", x1=0, stroke_width=1.5) == '<line x1="0" stroke-width="1.5"/>'


def test_an_attribute_may_be_left_out_or_be_empty() -> None:
    made = element("a", "Reload", href="", class_=None, aria_label="x", id="a")
    assert made == '<a href="" aria-label="x" id="a">Reload</a>'


def test_a_style_sheet_is_as_it_is() -> None:
    assert style_sheet("a > b {}") == "<style>a > b {}</style>"


def test_what_would_hide_or_reorder_text_is_shown() -> None:
    """Names of files and data sources are chosen by others."""
    assert element("b", "a\n\x1b\u202eb\udc80") == "<b>a\\n\\x1b\\u202eb\\udc80</b>"


@given(st.text(), st.text())
def test_no_text_becomes_markup(text: str, value: str) -> None:
    (node,) = Reader(element("p", text, title=value)).nodes
    assert node.attributes.keys() <= {"title"}
    assert node.children == []
