"""What can go wrong for the caller of a command: each ends as one line, never as a trace."""


class CliError(Exception):
    """A sentence for the caller; the command ends with ``exit_code``."""

    exit_code = 2


class Unreachable(CliError):
    """No server answers, or what answers is none of ours."""


class ServerRefused(CliError):
    """The server answered with an error: its HTTP status, its code and its words."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.status = status
        self.code = code
        self.detail = detail
