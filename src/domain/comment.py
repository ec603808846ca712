"""Comments on tasks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import Invalid
from domain.ids import AccountId, CommentId, TaskId
from domain.text import text_violations
from domain.thing import revised

BODY_MAX = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment in Markdown. `author` is who the journal says wrote it; `edited_at` is None until it is."""

    account_id: AccountId
    id: CommentId
    task_id: TaskId
    author: str
    body: str
    edited_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    deleted_with: UUID | None = None
    version: int = 1

    @classmethod
    def create(
        cls,
        account_id: AccountId,
        comment_id: CommentId,
        task_id: TaskId,
        author: str,
        body: str,
        now: datetime,
    ) -> "Comment":
        """A new comment. Raises Invalid."""
        return cls(
            account_id=account_id,
            id=comment_id,
            task_id=task_id,
            author=author,
            body=_checked(body),
            created_at=now,
            updated_at=now,
        )

    def edit(self, body: str, now: datetime) -> "Comment":
        """The comment with another body; the very same where it does not differ. Raises Invalid."""
        checked = _checked(body)
        return self if checked == self.body else revised(self, now, body=checked, edited_at=now)


def _checked(body: str) -> str:
    body = body.strip()
    violations = text_violations("/body", body, at_least=1, at_most=BODY_MAX, lines=True)
    if violations:
        raise Invalid(violations)
    return body
