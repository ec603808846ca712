"""What pydantic refused, in this API's words: codes that stay, and never the value itself."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from application.sorting import SORT_RULE
from application.view_tasks import NOT_GROUPED
from domain.search import NO_WORDS, WORDS_MAX

Words = Callable[[Mapping[str, Any]], str]
# What pydantic calls the types of a union. No member of any body here has such a name.
_TYPE = re.compile(r"(str|uuid|literal|dict|list|function)(\[.*\]|-.*)?")

_MUST_BE = "Must be "


def _least(context: Mapping[str, Any]) -> str:
    """Of a text or a list: pydantic does not say of which."""
    return f"Must have a length of at least {context.get('min_length')}."


def _most(context: Mapping[str, Any]) -> str:
    return f"Must have a length of at most {context.get('max_length')}."


def _expected(context: Mapping[str, Any]) -> str:
    return f"Must be one of {context.get('expected', 'the documented values')}."


# pydantic's error types (https://docs.pydantic.dev/latest/errors/validation_errors/) as code and words.
_KNOWN: Mapping[str, tuple[str, Words]] = {
    "missing": ("required", lambda _: "Is required."),
    "extra_forbidden": (
        "unknown_field",
        lambda context: (
            "There is no such parameter." if context["in"] == "query" else "There is no such member."
        ),
    ),
    "no_body": ("unknown_field", lambda _: "There is no body here."),
    "not_together": ("not_together", lambda context: f"Cannot be sent together with {context['with']}."),
    "enum": ("not_one_of", _expected),
    "literal_error": ("not_one_of", _expected),
    "union_tag_invalid": ("not_one_of", lambda context: f"Must be one of {context['expected_tags']}."),
    "union_tag_not_found": ("required", lambda _: "Is required."),
    "bool_type": ("wrong_type", lambda _: "Must be true or false."),
    "bool_parsing": ("not_one_of", lambda _: "Must be true or false."),
    "exactly_one": ("exactly_one", lambda _: "Must name exactly one of request_id, batch_id and token_id."),
    "repeated": ("repeated", lambda _: "Must be given once."),
    "duplicate": ("duplicate", lambda _: "Must be another one than those before it."),
    "uuid_parsing": ("not_a_uuid", lambda _: "Must be a UUID."),
    "not_a_view": ("not_a_uuid", lambda context: f"Must be a UUID or one of {context['known']}."),
    "uuid_type": ("not_a_uuid", lambda _: "Must be a UUID."),
    "string_type": ("wrong_type", lambda _: "Must be a string."),
    "string_unicode": ("control_character", lambda _: "Must not hold lone surrogates."),
    "control_character": ("control_character", lambda _: "Must not hold control characters or surrogates."),
    "not_a_time": ("not_a_time", lambda _: "Must be a time with an offset, as 2026-11-24T09:00:00Z."),
    "timezone_aware": ("not_a_time", lambda _: "Must be a time with an offset, as 2026-11-24T09:00:00Z."),
    "not_a_date": ("not_a_date", lambda _: "Must be a date, as 2026-11-24."),
    "date_from_datetime_parsing": ("not_a_date", lambda _: "Must be a date, as 2026-11-24."),
    "not_a_sort": ("not_a_sort", lambda _: SORT_RULE),
    "not_names": ("not_names", lambda context: f"Must be some of {context['known']}, each once."),
    "not_grouped": ("not_grouped", lambda _: NOT_GROUPED),
    "no_words": ("no_words", lambda _: NO_WORDS),
    "too_many_words": ("too_many_words", lambda _: f"Must have at most {WORDS_MAX} words."),
    "not_digits": ("wrong_type", lambda _: "Must be written in digits."),
    "int_type": ("wrong_type", lambda _: "Must be an integer."),
    "int_parsing": ("wrong_type", lambda _: "Must be an integer."),
    "greater_than_equal": ("out_of_range", lambda context: f"Must be at least {context.get('ge')}."),
    "less_than_equal": ("out_of_range", lambda context: f"Must be at most {context.get('le')}."),
    "too_short": ("too_short", _least),
    "string_too_short": ("too_short", _least),
    "too_long": ("too_long", _most),
    "string_too_long": ("too_long", _most),
    "dict_type": ("wrong_type", lambda _: "Must be a JSON object."),
    "model_attributes_type": ("wrong_type", lambda _: "Must be a JSON object."),
    "model_type": ("wrong_type", lambda _: "Must be a JSON object."),
}


def described(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The `errors` member of a problem: one for each place, which names all types that a value may be of."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for error in errors:
        one = _one(error)
        place = (one["in"], one["pointer"])
        found[place] = _either(found[place], one) if place in found else one
    return [*found.values()]


def _either(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """The first, which also says what else the value may be."""
    more = other["message"].removeprefix(_MUST_BE).removeprefix("one of ")
    told = all(each["message"].startswith(_MUST_BE) for each in (one, other)) and more not in one["message"]
    listed = one["message"].rstrip(".").replace(" or ", ", ")
    return {**one, "message": f"{listed} or {more}" if told else one["message"]}


def _one(error: Mapping[str, Any]) -> dict[str, str]:
    code, words = _KNOWN.get(str(error["type"]), ("invalid", lambda _: "Is not valid."))
    where, *path = error["loc"]
    context: Mapping[str, Any] = {**(error.get("ctx") or {}), "in": where}
    if str(error["type"]).startswith("union_tag_"):  # where the member that chooses should be
        path.append(str(context["discriminator"]).strip("'"))
    return {
        "in": str(where),
        "pointer": "".join(f"/{_token(part)}" for part in _sent(path, error)),
        "code": code,
        "message": words(context),
    }


def _sent(path: list[object], error: Mapping[str, Any]) -> list[object]:
    """Without what pydantic adds: the verb that chose a command's model, and the type that was tried.

    A member that is missing or unknown is the last part, whatever it is called.
    """
    named = str(error["type"]) in {"missing", "extra_forbidden"} or len(path) == 1
    before, last = (path[:-1], path[-1:]) if named else (path, [])
    kept = [part for part in before if not (isinstance(part, str) and ("." in part or _TYPE.fullmatch(part)))]
    return [*kept, *last]


def _token(part: object) -> str:
    """A reference token of RFC 6901. A field's name may be the client's own: kept printable and short."""
    text = str(part).replace("~", "~0").replace("/", "~1")[:100]
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
