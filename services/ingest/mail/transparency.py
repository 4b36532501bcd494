"""Where a message ends in a stream of SMTP, and what it says (RFC 5321, section 4.5.2).

Only CRLF, dot, CRLF ends a message. A bare LF or CR is a byte like any other, as is what looks
like an end but for one of them: who takes that for an end can be made to see a second
message inside the first ("SMTP smuggling").
"""

_END = b"\r\n.\r\n"
_LINE = b"\r\n"


class Transparency:
    """Takes a stream in pieces of any size; gives the message without the added dots.

    ``rest`` is what came behind the end, once it ``has_ended``.
    """

    def __init__(self) -> None:
        self.has_ended = False
        self.rest = b""
        self._held = _LINE  # as if a line had ended before: a message may begin with its end
        self._ahead = len(_LINE)

    def feed(self, piece: bytes) -> bytes:
        """What is sure to belong to the message by now."""
        stream = self._held + piece
        end = stream.find(_END)
        if end >= 0:
            self.has_ended = True
            self.rest = stream[end + len(_END) :]
            sure, self._held = stream[: end + len(_LINE)], b""
        else:
            held = _held(stream)
            sure, self._held = stream[: len(stream) - held], stream[len(stream) - held :]
        ahead = min(self._ahead, len(sure))
        self._ahead -= ahead
        return sure.replace(_LINE + b".", _LINE)[ahead:]


def _held(stream: bytes) -> int:
    """How many bytes at the end may be the beginning of the message's end."""
    longest = min(len(_END) - 1, len(stream))
    return next((n for n in range(longest, 0, -1) if stream.endswith(_END[:n])), 0)
