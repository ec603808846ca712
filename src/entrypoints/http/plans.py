"""Plans over REST."""

from fastapi import APIRouter
from pydantic import BaseModel

from application.plans import Plans
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import problems
from entrypoints.http.strict import StrictRoute
from entrypoints.http.told import ChangeOut

router = APIRouter(prefix="/api/v1/plans", tags=["journal"], route_class=StrictRoute)


class Applied(BaseModel):
    """What a plan has done."""

    changes: list[ChangeOut]


@router.post("/{plan}/apply", responses=problems(400, 403, 404, 409, 413))
async def apply_plan(plan: str, caller: Caller, plans: Plans = use(lambda c: c.plans)) -> Applied:
    """Make the changes that were shown with the plan, if nothing that it looked at has moved. Once."""
    return Applied(changes=[ChangeOut.model_validate(change) for change in await plans.apply(caller, plan)])
