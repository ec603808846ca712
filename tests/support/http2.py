"""A client that speaks HTTP/2 from the first byte, and one request after the other on one connection."""

import asyncio
from urllib.parse import urlsplit

from h2.connection import H2Connection
from h2.events import DataReceived, Event, ResponseReceived, StreamEnded, StreamReset, WindowUpdated


class Http2:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, authority: str) -> None:
        self._reader = reader
        self._writer = writer
        self._authority = authority
        self._h2 = H2Connection()
        self._h2.initiate_connection()

    @classmethod
    async def open(cls, url: str) -> "Http2":
        place = urlsplit(url)
        return cls(*await asyncio.open_connection(place.hostname, place.port), place.netloc)

    async def request(self, method: str, path: str, body: bytes = b"") -> int:
        """The status; 0 where the connection or the stream was ended."""
        stream = self._h2.get_next_available_stream_id()
        head = [(":method", method), (":path", path), (":scheme", "http"), (":authority", self._authority)]
        self._h2.send_headers(stream, head, end_stream=not body)
        status, ended = 0, False
        while not ended:
            body = self._send(stream, body)
            for event in await self._receive():
                match event:
                    case ResponseReceived(stream_id=one, headers=headers) if one == stream:
                        status = int(dict(headers)[b":status"])
                    case DataReceived(flow_controlled_length=length, stream_id=one):
                        self._h2.acknowledge_received_data(length, one)
                    case StreamEnded(stream_id=one) | StreamReset(stream_id=one) if one == stream:
                        ended = True
                    case WindowUpdated():
                        pass
                    case _:
                        pass
            if self._reader.at_eof():
                return 0
        return status

    def _send(self, stream: int, body: bytes) -> bytes:
        """As much as the server takes by now; answers the rest."""
        while body:
            size = min(
                len(body), self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size
            )
            if size <= 0:
                break
            self._h2.send_data(stream, body[:size], end_stream=size == len(body))
            body = body[size:]
        self._writer.write(self._h2.data_to_send())
        return body

    async def _receive(self) -> list[Event]:
        data = await asyncio.wait_for(self._reader.read(65536), 20)
        events = list(self._h2.receive_data(data))
        self._writer.write(self._h2.data_to_send())
        return events

    def close(self) -> None:
        self._writer.close()
