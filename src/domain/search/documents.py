"""What can be found in a thing: its terms, each with what the best place where it stands is worth."""

from collections.abc import Mapping

from domain.comment import Comment
from domain.search.sought import Where
from domain.search.words import terms
from domain.task import Task
from domain.thing import is_live

Document = Mapping[str, int]


def document_of_task(task: Task) -> Document:
    """Of its title, checklist and description; nothing while it is in the trash."""
    if not is_live(task):
        return {}
    found = dict.fromkeys(terms(task.description), int(Where.DESCRIPTION))
    for item in task.checklist:
        found |= dict.fromkeys(terms(item.title), int(Where.CHECKLIST))
    return found | dict.fromkeys(terms(task.title), int(Where.TITLE))


def document_of_comment(comment: Comment) -> Document:
    """Of its body; nothing while it is in the trash."""
    return dict.fromkeys(terms(comment.body), int(Where.COMMENT)) if is_live(comment) else {}
