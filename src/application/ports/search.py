"""What search asks of a store."""

from abc import abstractmethod
from typing import Protocol

from application.views import Found, SearchQuery


class TaskSearch(Protocol):
    """The actor's tasks, by the words that are written in them and in their comments."""

    @abstractmethod
    async def find(self, query: SearchQuery) -> Found:
        """At most `limit` of the tasks that have all the words, the best ones first, after the query's place.

        None is in the trash, and words of a comment in the trash are not found. By whatever adapter the same.
        """
