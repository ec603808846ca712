"""All that can be asked about a task."""

from collections.abc import Mapping

from domain.filters.own import OWN
from domain.filters.related import RELATED
from domain.filters.types import Field, Type

_ALL = OWN + RELATED

FIELDS: Mapping[str, Field] = {field.name: field for field in _ALL}

TEXT_ATTRIBUTES = frozenset(
    field.attribute for field in _ALL if field.type in {Type.TEXT, Type.BODY, Type.NAME}
)
"""The attributes that are compared folded."""

ATTRIBUTES = frozenset(field.attribute for field in _ALL) | {
    field.id_attribute for field in _ALL if field.id_attribute
}
"""All that a resolved filter can read."""
