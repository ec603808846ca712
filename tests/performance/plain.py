"""What people write: FastAPI, a session per request, SQLModel objects, the same rows as the answer.

Verified tokens, the same role, row security, transaction, server, event loop and driver; none of the rest.
"""

import os
from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from sqlalchemy import ARRAY, DateTime, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from adapters.postgres.engine import pool
from adapters.postgres.url import DatabaseUrl
from adapters.tokens.development import DevelopmentIssuer
from domain.ids import AccountId, account_id_for


def moment() -> Any:
    return Field(sa_type=DateTime(timezone=True))  # type: ignore[call-overload]


class TaskBase(SQLModel):
    title: str
    description: str
    status: str
    priority: str
    due_date: date | None
    project_id: UUID | None
    section_id: UUID | None
    parent_id: UUID | None
    rank: str
    labels: list[UUID] = Field(sa_type=ARRAY(Uuid))  # type: ignore[call-overload]
    blocked_by: list[UUID] = Field(sa_type=ARRAY(Uuid))  # type: ignore[call-overload]
    checklist: list[Any] = Field(sa_type=JSONB)
    links: list[Any] = Field(sa_type=JSONB)
    created_at: datetime = moment()
    updated_at: datetime = moment()
    completed_at: datetime | None = moment()
    version: int


class PlainTask(TaskBase, table=True):
    __tablename__ = "task"
    __table_args__ = {"schema": "remit"}

    account_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    deleted_at: datetime | None = moment()


class TaskPublic(TaskBase):
    id: UUID


class TasksPublic(SQLModel):
    items: list[TaskPublic]


def plain(connections: int) -> FastAPI:
    """One route: a page of 50."""
    app = FastAPI()
    engine = pool(DatabaseUrl.parse(os.environ["REMIT_DATABASE_URL"]), size=connections)
    issuer = DevelopmentIssuer.open(Path(os.environ["REMIT_DATA_DIR"]) / "issuer.jwk")
    keys = KeySet.import_key_set(_verifying(issuer.public_jwks()))
    claims = JWTClaimsRegistry(aud={"essential": True, "value": issuer.AUDIENCE}, exp={"essential": True})
    bearer = HTTPBearer()

    async def account(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> AccountId:
        try:
            token = jwt.decode(credentials.credentials, keys, algorithms=["EdDSA"])
            claims.validate(token.claims)
        except JoseError:
            raise HTTPException(401) from None
        return account_id_for(token.claims["iss"], token.claims["sub"])

    async def session(
        account_id: Annotated[AccountId, Depends(account)],
    ) -> AsyncGenerator[AsyncSession]:
        async with AsyncSession(engine) as opened:
            await opened.execute(
                text("SELECT set_config('remit.account_id', :id, true)"), {"id": str(account_id)}
            )
            yield opened

    Session = Annotated[AsyncSession, Depends(session)]  # noqa: N806 - a type
    Account = Annotated[AccountId, Depends(account)]  # noqa: N806 - a type

    @app.get("/tasks", response_model=TasksPublic)
    async def read_tasks(session: Session, account_id: Account, limit: int = 50) -> Any:
        statement = (
            select(PlainTask)
            .where(PlainTask.account_id == account_id, col(PlainTask.deleted_at).is_(None))
            .order_by(col(PlainTask.created_at).desc(), col(PlainTask.id).desc())
            .limit(limit)
        )
        found: Sequence[PlainTask] = (await session.exec(statement)).all()
        return TasksPublic(items=[TaskPublic.model_validate(task) for task in found])

    return app


def _verifying(published: dict[str, Any]) -> Any:
    """The set without `alg`, whose older name joserfc warns of at each token."""
    return {
        "keys": [{name: value for name, value in key.items() if name != "alg"} for key in published["keys"]]
    }
