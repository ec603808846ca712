"""What a task has without being tasks of their own: checklist items, and links to where it came from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import Violation
from domain.text import text_violations

ITEMS_MAX = 100
ITEM_TITLE_MAX = 500
LINKS_MAX = 50
HREF_MAX = 2048
REL_MAX = 50
LINK_TITLE_MAX = 500
# Schemes that open a page, a mail or a message; none that runs a script or reads a file.
_HREF = re.compile(r"(https?://[^\s/?#]|mailto:|message:|mid:)[^\s]*", re.IGNORECASE)
_REL = re.compile(r"[a-z][a-z0-9.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """Something to tick off within a task."""

    title: str
    checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where something of the task is: `rel` says what it is to the task (RFC 8288), `href` is absolute."""

    href: str
    rel: str = "related"
    title: str = ""


def checked_items(items: Sequence[ChecklistItem]) -> tuple[tuple[ChecklistItem, ...], list[Violation]]:
    """The items as they are kept, and the rules that they break."""
    kept = tuple(ChecklistItem(title=item.title.strip(), checked=item.checked) for item in items)
    found = _too_many("/checklist", len(kept), ITEMS_MAX)
    for place, item in enumerate(kept):
        found += text_violations(f"/checklist/{place}/title", item.title, at_least=1, at_most=ITEM_TITLE_MAX)
    return kept, found


def checked_links(links: Sequence[Link]) -> tuple[tuple[Link, ...], list[Violation]]:
    """The links as they are kept, each `href` once, the last one of it; and the rules that they break."""
    kept = tuple({link.href: _trimmed(link) for link in links}.values())
    found = _too_many("/links", len(kept), LINKS_MAX)
    for place, link in enumerate(kept):
        found += link_violations(link, f"/links/{place}")
    return kept, found


def link_violations(link: Link, at: str = "") -> list[Violation]:
    """The rules that a link breaks which is sent at the pointer."""
    found = text_violations(f"{at}/href", link.href, at_least=1, at_most=HREF_MAX)
    found += text_violations(f"{at}/title", link.title, at_most=LINK_TITLE_MAX)
    if not _HREF.fullmatch(link.href):
        found.append(
            Violation(f"{at}/href", "not_a_link", "Must be an http, https, mailto, message or mid URI.")
        )
    if len(link.rel) > REL_MAX or not _REL.fullmatch(link.rel):
        found.append(Violation(f"{at}/rel", "not_a_relation", "Must be a link relation, such as related."))
    return found


def _trimmed(link: Link) -> Link:
    return Link(href=link.href, rel=link.rel, title=link.title.strip())


def _too_many(pointer: str, count: int, limit: int) -> list[Violation]:
    return [Violation(pointer, "too_long", f"Must have at most {limit} items.")] if count > limit else []
