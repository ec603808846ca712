"""Entity tags and the conditions on them: RFC 9110, 8.8.3 and 13.1."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

from entrypoints.http.problems import malformed

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}(?:\s*,\s*{_TAG.pattern})*\s*")
_VERSION = re.compile(r"v([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Held:
    """The versions that a client says it has."""

    versions: frozenset[int] = frozenset()
    any: bool = False

    def has(self, version: int) -> bool:
        """Whether the client has it already."""
        return self.any or version in self.versions


def entity_tag(version: int) -> str:
    """The strong tag of a version."""
    return f'"v{version}"'


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description='Do it only if the entity tag is (one of) these, such as `"v3"`; `*` takes any.',
        ),
    ] = None,
) -> frozenset[int] | None:
    """The versions that the client would accept; None for any. A weak tag never matches."""
    if if_match is None or if_match.strip() == "*":
        return None
    return frozenset(version for weak, version in _versions("If-Match", if_match) if not weak)


async def _if_none_match(
    if_none_match: Annotated[
        str | None,
        Header(
            alias="If-None-Match",
            description="Answer 304 without a body if the entity tag is (one of) these.",
        ),
    ] = None,
) -> Held:
    """What the client has. Weak comparison."""
    if if_none_match is None:
        return Held()
    if if_none_match.strip() == "*":
        return Held(any=True)
    return Held(frozenset(version for _, version in _versions("If-None-Match", if_none_match)))


def _versions(header: str, value: str) -> list[tuple[bool, int]]:
    if not _LIST.fullmatch(value):
        raise malformed("malformed_header", f'{header} must hold entity tags in double quotes, such as "v3".')
    tags = ((bool(weak), _VERSION.fullmatch(opaque)) for weak, opaque in _TAG.findall(value))
    return [(weak, int(version[1])) for weak, version in tags if version]


IfMatch = Annotated[frozenset[int] | None, Depends(_if_match)]
IfNoneMatch = Annotated[Held, Depends(_if_none_match)]
