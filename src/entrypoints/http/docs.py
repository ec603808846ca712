"""The API page: Swagger UI out of a package, served from here, under a policy of its own."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from entrypoints.http.strict import StrictRoute

router = APIRouter(include_in_schema=False, route_class=StrictRoute)

_FOREVER = "public, max-age=86400"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Remit API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#api",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
});
"""
_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}


@router.get("/docs")
async def page() -> Response:
    """The page."""
    return Response(_PAGE, media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@router.get("/openapi.json")
async def document(request: Request) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = request.app.openapi()
    return found


@router.get("/docs/start.js")
async def start() -> Response:
    """The page's own script: a strict policy allows none inside the page."""
    return Response(_START, media_type="text/javascript")


def _serve(name: str, media_type: str) -> None:
    source = Path(str(files("fastapi_swagger"))) / "resources" / name

    @router.get(f"/docs/{name}")
    async def asset() -> Response:
        return Response(source.read_bytes(), media_type=media_type, headers={"Cache-Control": _FOREVER})


for _name, _media_type in _ASSETS.items():
    _serve(_name, _media_type)
