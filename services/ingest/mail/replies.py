"""What senders of mail are told: reply codes of RFC 5321, enhanced ones of RFC 3463."""

from shared.errors import Code, DocstageError, RetryClass

TAKEN = "250 2.0.0 Taken"
NO_SUCH_ADDRESS = "550 5.1.1 No such address"
NO_LICENCE = "450 4.2.1 The address takes no mail at present"
TOO_OFTEN = "450 4.7.1 Too many messages for this address at present, please try again"
LOOP = "554 5.4.6 Mail loop: this message was here before, or passed too many hosts"
GONE_ASTRAY = "451 4.3.0 Not stored, please try again"
BUSY = "421 4.3.2 Too many connections, please try again"
STOPPING = "421 4.3.2 Closing down, please try again"
IDLE = "421 4.4.2 Silent for too long"
OVER_TIME = "421 4.4.2 The session took too long"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"
TOO_MANY_UNKNOWN = "421 4.7.0 Too many unknown recipients"
TOO_EARLY = "503 5.5.0 The message came before it was asked for"
NO_MAIL_CLIENT = "421 5.5.0 This is no web server"
NO_LOGIN = "502 5.5.1 There is no login here"
TOO_LARGE = "552 5.3.4 The message is larger than allowed"

_OF_CODES = {
    Code.FILE_TOO_LARGE: TOO_LARGE,
    Code.FILE_EMPTY: "554 5.6.0 The message is empty",
    Code.INSUFFICIENT_STORAGE: "451 4.3.1 No room at present, please try again",
    Code.OVERLOADED: "451 4.3.2 Too much is waiting, please try again",
}
_OF_PROBLEMS = {
    Code.SENDER_NOT_AUTHENTICATED: (
        "550 5.7.1 The address takes mail only from senders whose domain vouches for it "
        "(SPF or DKIM, aligned with From)"
    ),
    Code.SENDER_NOT_ALLOWED: "550 5.7.1 The address does not take mail from this sender",
}
_UNSURE = "451 4.7.1 The sender's domain could not be looked up, please try again"


def of_error(error: DocstageError) -> str:
    """The reply to mail that ended in an error: try again, unless that cannot help."""
    known = _OF_CODES.get(error.code)
    if known is not None:
        return known
    if error.retry is RetryClass.PERMANENT:
        return f"554 5.6.0 Not taken: {error.code.value}"
    return GONE_ASTRAY


def of_problem(problem: Code, *, temporary: bool) -> str:
    """The reply to a sender whom a workspace's rules refuse."""
    return _UNSURE if temporary else _OF_PROBLEMS[problem]
