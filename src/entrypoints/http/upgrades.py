"""A WebSocket handshake is a GET that asks for another protocol. There is none here, so it is that GET."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class IgnoredUpgrades:
    """Answers handshakes as the requests they are (RFC 9110, 7.8): proved, counted and logged like others.

    Left alone they would be refused by the framework, with nothing of what every answer here has.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return

        async def received() -> Message:
            message = await receive()
            return {"type": "http.request" if message["type"] == "websocket.connect" else "http.disconnect"}

        async def sent(message: Message) -> None:
            await send({**message, "type": f"websocket.{message['type']}"})

        scheme = "https" if scope["scheme"] == "wss" else "http"
        await self._app({**scope, "type": "http", "method": "GET", "scheme": scheme}, received, sent)
