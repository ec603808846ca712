"""Entity tags and the conditions on them: RFC 9110, 8.8.3 and 13.1."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header
from fastapi.dependencies.models import Dependant
from starlette.datastructures import Headers

from entrypoints.http.problems import malformed

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}(?:\s*,\s*{_TAG.pattern})*\s*")
_VERSION = re.compile(r"v(0|[1-9][0-9]{0,17})(?:\.[0-9.]{1,60})?")


@dataclass(frozen=True, slots=True)
class Held:
    """The entity tags, without quotes, that a client says it has."""

    tags: frozenset[str] = frozenset()
    any: bool = False

    def has(self, tag: str) -> bool:
        """Whether the client has what has this tag."""
        return self.any or tag.strip('"') in self.tags


def entity_tag(version: int, *follows: int) -> str:
    """The strong tag of a version. `follows` is what else is shown, where it is not nothing."""
    more = "." + ".".join(map(str, follows)) if any(follows) else ""
    return f'"v{version}{more}"'


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description='Do it only if the entity tag is (one of) these, such as `"v3"`; `*` takes any.',
        ),
    ] = None,
) -> frozenset[int] | None:
    """The versions that the client would accept; None for any. A weak tag never matches.

    Of a tag the version counts alone: what else is shown follows from other things.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = ((weak, _VERSION.fullmatch(opaque)) for weak, opaque in _tags("If-Match", if_match))
    return frozenset(int(version[1]) for weak, version in tags if version and not weak)


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
    return Held(frozenset(opaque for _, opaque in _tags("If-None-Match", if_none_match)))


def _tags(header: str, value: str) -> list[tuple[bool, str]]:
    if not _LIST.fullmatch(value):
        raise malformed("malformed_header", f'{header} must hold entity tags in double quotes, such as "v3".')
    return [(bool(weak), opaque) for weak, opaque in _TAG.findall(value)]


IfMatch = Annotated[frozenset[int] | None, Depends(_if_match)]
IfNoneMatch = Annotated[Held, Depends(_if_none_match)]
_CONDITIONS = frozenset({"if-match", "if-none-match"})


def untaken_conditions(dependant: Dependant) -> frozenset[str]:
    """The conditions that a route does not compare with anything."""
    return _CONDITIONS - set(_header_names(dependant))


def refuse_conditions(headers: Headers, untaken: frozenset[str]) -> None:
    """To do it whatever the condition says would be the lost update that the client guards against."""
    for name in sorted(untaken & set(headers.keys())):
        raise malformed("malformed_header", f"{name}: there is no one entity tag here to compare with.")


def _header_names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias.lower() for field in dependant.header_params)
    for inner in dependant.dependencies:
        yield from _header_names(inner)
