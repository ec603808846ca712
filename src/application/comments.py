"""What people and agents do with comments on tasks."""

from uuid import UUID

from application.ports import Clock, Ids, UnitsOfWork
from application.things import Versions, change, discard, read
from domain.access import Actor, Scope
from domain.change import UPDATE
from domain.comment import Comment
from domain.errors import Invalid, Violation
from domain.ids import CommentId
from domain.task import Task
from domain.thing import is_live


class Comments:
    """One method per use case; `expected` are the versions that the caller would accept."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids

    async def create(self, actor: Actor, task_id: UUID, body: str, comment_id: UUID | None = None) -> Comment:
        """A new comment of the actor's on a task. Raises Invalid, IdTaken, LimitReached."""
        async with self._units.writing(actor, Scope.TASKS_WRITE) as unit:
            task = await unit.entities.find(Task, task_id)
            if task is None or not is_live(task):
                raise Invalid([Violation("/task_id", "not_found", "Must name a task of yours.")])
            comment = Comment.create(
                actor.account_id,
                CommentId(comment_id or self._ids.new()),
                task.id,
                actor.name,
                body,
                self._clock.now(),
            )
            await unit.entities.add(comment)
            await unit.commit()
        return comment

    async def get(self, actor: Actor, comment_id: UUID) -> Comment:
        """One comment. Raises CommentNotFound."""
        return await read(self._units, actor, Comment, comment_id)

    async def edit(
        self, actor: Actor, comment_id: UUID, body: str | None, expected: Versions | None = None
    ) -> Comment:
        """Another body; None leaves it. Raises CommentNotFound, Invalid, StaleVersion, InTrash."""
        now = self._clock.now()

        def edit(comment: Comment) -> Comment:
            return comment if body is None else comment.edit(body, now)

        return await change(self._units, actor, Comment, comment_id, edit, UPDATE, expected)

    async def delete(self, actor: Actor, comment_id: UUID, expected: Versions | None = None) -> None:
        """Into the trash; repeatable. Raises CommentNotFound, StaleVersion."""
        await discard(self._units, actor, Comment, comment_id, self._clock.now(), expected)
