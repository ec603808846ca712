"""What an account likes: its time zone, its language, its week, and where new tasks go."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.errors import Invalid, Violation
from domain.ids import AccountId, ProjectId
from domain.thing import revised

# BCP 47, as far as people need it: language, script, region, variants.
_LOCALE = re.compile("[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*")


class PreferenceChanges(TypedDict, total=False):
    """A merge patch (RFC 7396): an absent field stays, None takes the default."""

    time_zone: str | None
    locale: str | None
    first_day_of_week: int | None
    default_project_id: ProjectId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """An account's preferences, under the account's own id. Version 0 are those that nobody has changed.

    `time_zone` is a name of the IANA database, `locale` a language tag (BCP 47), `first_day_of_week` a day
    from 1 (Monday) to 7 as in ISO 8601; `default_project_id` None is the Inbox.
    """

    account_id: AccountId
    id: UUID
    time_zone: str = "UTC"
    locale: str = "en"
    first_day_of_week: int = 1
    default_project_id: ProjectId | None = None
    updated_at: datetime | None = None
    version: int = 0

    @classmethod
    def of(cls, account_id: AccountId) -> "Preferences":
        """Those of an account that has changed nothing."""
        return cls(account_id=account_id, id=account_id)

    def edit(self, changes: PreferenceChanges, now: datetime) -> "Preferences":
        """The preferences with the changes; the very same where nothing differs. Raises Invalid."""
        return revised(self, now, **_checked(changes))


_DEFAULTS = {"time_zone": "UTC", "locale": "en", "first_day_of_week": 1, "default_project_id": None}


def _checked(changes: PreferenceChanges) -> dict[str, Any]:
    values = {name: _DEFAULTS[name] if value is None else value for name, value in changes.items()}
    found: list[Violation] = []
    if "time_zone" in values and not _is_zone(values["time_zone"]):
        found.append(
            Violation("/time_zone", "not_a_time_zone", "Must be an IANA name, such as Europe/Berlin.")
        )
    if "locale" in values and not _LOCALE.fullmatch(str(values["locale"])):
        found.append(Violation("/locale", "not_a_locale", "Must be a language tag, such as en or pt-BR."))
    if "first_day_of_week" in values and values["first_day_of_week"] not in range(1, 8):
        found.append(
            Violation("/first_day_of_week", "out_of_range", "Must be from 1 (Monday) to 7 (Sunday).")
        )
    if found:
        raise Invalid(found)
    return values


# Files beside the zones: what a machine's own zone is, and the zones with leap seconds counted.
_NO_ZONES = re.compile("localtime|posixrules|Factory|(posix|right)/.*")


def _is_zone(name: object) -> bool:
    if _NO_ZONES.fullmatch(str(name)):
        return False
    try:
        ZoneInfo(str(name))
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True
