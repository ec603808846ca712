"""Checklist items and links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attached import ITEMS_MAX, LINKS_MAX, ChecklistItem, Link, checked_items, checked_links

texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(str.strip)
hrefs = st.sampled_from(
    ["https://a.test/", "http://b.test?x", "mailto:a@b.test", "message:%3Cx%3E", "mid:x@y"]
)


@given(st.lists(st.builds(ChecklistItem, title=texts, checked=st.booleans()), max_size=ITEMS_MAX))
def test_items_are_kept_trimmed_and_in_order(items: list[ChecklistItem]) -> None:
    kept, found = checked_items(items)
    assert found == []
    assert kept == tuple(ChecklistItem(title=one.title.strip(), checked=one.checked) for one in items)
    assert checked_items(kept) == (kept, [])


def test_an_item_needs_a_title_and_each_violation_says_where() -> None:
    items = [
        ChecklistItem(title="a"),
        ChecklistItem(title=" "),
        ChecklistItem(title="x" * 501),
        ChecklistItem(title="a\0"),
    ]
    _, found = checked_items(items)
    assert [(one.pointer, one.code) for one in found] == [
        ("/checklist/1/title", "too_short"),
        ("/checklist/2/title", "too_long"),
        ("/checklist/3/title", "control_character"),
    ]
    _, found = checked_items([ChecklistItem(title="a")] * (ITEMS_MAX + 1))
    assert [(one.pointer, one.code) for one in found] == [("/checklist", "too_long")]


@given(
    st.lists(st.builds(Link, href=hrefs, rel=st.sampled_from(["related", "via"]), title=texts), max_size=20)
)
def test_each_href_is_kept_once_with_what_was_said_last(links: list[Link]) -> None:
    kept, found = checked_links(links)
    assert found == []
    assert [link.href for link in kept] == list(dict.fromkeys(link.href for link in links))
    last = {link.href: link for link in links}
    assert all(
        link.title == last[link.href].title.strip() and link.rel == last[link.href].rel for link in kept
    )
    assert checked_links(kept) == (kept, [])


@pytest.mark.parametrize("href", [
    "", "x", "/path", "//a.test/", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd",
    "https://", "https:///x", "https://?x", "https://#x", "ftp://a.test/", " https://a.test/", "https://a.test/ x",
    "https://a.test/\n", "https://a.test/\tx", "vbscript:x", "https:a.test",
])  # fmt: skip
def test_what_is_no_link(href: str) -> None:
    _, found = checked_links([Link(href=href)])
    assert "/links/0/href" in {one.pointer for one in found}


@pytest.mark.parametrize("rel", ["", "Related", "a b", "1a", "-a", "x" * 51, "a\n"])
def test_what_is_no_relation(rel: str) -> None:
    _, found = checked_links([Link(href="https://a.test/", rel=rel)])
    assert [(one.pointer, one.code) for one in found] == [("/links/0/rel", "not_a_relation")]


def test_there_are_only_so_many_links() -> None:
    links = [Link(href=f"https://a.test/{number}") for number in range(LINKS_MAX + 1)]
    assert checked_links(links[:-1])[1] == []
    assert [(one.pointer, one.code) for one in checked_links(links)[1]] == [("/links", "too_long")]
