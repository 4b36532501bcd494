"""Which keys a blob may have; checked alike by every adapter, before the store is asked."""

from shared.models.pictures import PictureSize

_MAX_KEY = 1024
_MAX_PART = 255


def check_key(key: str) -> str:
    """Return a key that every store can hold.

    Raises:
        ValueError: it is empty, absolute, too long (1,024 characters, 255 a part), has an
            empty, ``.`` or ``..`` part, or a character that is not printable ASCII.
    """
    if not key or len(key) > _MAX_KEY:
        raise ValueError("a blob key has 1 to 1,024 characters")
    # Stores disagree on the normal form of other letters, so that one key could be two files.
    if not key.isascii() or not key.isprintable() or "\\" in key:
        raise ValueError("a blob key is printable ASCII without backslashes")
    if any(part in {"", ".", ".."} or len(part) > _MAX_PART for part in key.split("/")):
        raise ValueError("a blob key is relative, with no empty, '.' or '..' part")
    return key


def check_prefix(prefix: str) -> str:
    """Return a prefix that names whole parts, so that ``a/1/`` never matches ``a/10``.

    Raises:
        ValueError: it does not end with ``/``, or is no key without it.
    """
    if not prefix.endswith("/"):
        raise ValueError("a blob prefix ends with '/'")
    check_key(prefix.removesuffix("/"))
    return prefix


def document_prefix(organization: str, document: str) -> str:
    """Where everything of a document lies."""
    return f"{organization}/{document}/"


def original_key(organization: str, document: str) -> str:
    """The file as it came in."""
    return f"{organization}/{document}/original"


def given_key(organization: str, document: str, version: str) -> str:
    """Data that somebody gave in place of what is found, as JSON; each version is written once."""
    return f"{organization}/{document}/given/{version}.json"


def fetched_key(organization: str, document: str, sha256: str) -> str:
    """A file that was fetched.

    Named by its content, so that a fetch that has lost its lease, and finds another file at
    the URL by now, cannot change the one on record.
    """
    return f"{organization}/{document}/fetched/{sha256}"


def page_prefix(organization: str, document: str, revision: int) -> str:
    """Where the pages of a revision lie, as JSON of ``shared.models.page.Page``."""
    return f"{organization}/{document}/{revision}/pages/"


def page_key(organization: str, document: str, revision: int, number: int) -> str:
    """One page as read; ``number`` counts from 0."""
    return f"{organization}/{document}/{revision}/pages/{number:05d}.json"


def preview_key(
    organization: str,
    document: str,
    revision: int,
    number: int,
    size: PictureSize = PictureSize.NORMAL,
) -> str:
    """The picture of a page, as WebP; ``number`` counts from 0.

    Empty where the page cannot be drawn, so that nobody tries again.
    """
    ending = "" if size is PictureSize.NORMAL else f"-{size.value}"
    return f"{organization}/{document}/{revision}/previews/{number:05d}{ending}.webp"


def searchable_key(organization: str, document: str, revision: int) -> str:
    """The searchable PDF; empty where none can be made, so that nobody tries again."""
    return f"{organization}/{document}/{revision}/searchable.pdf"


def redacted_key(organization: str, document: str, revision: int, digest: str) -> str:
    """The PDF without what is personal, of which ``digest`` is the digest.

    Empty where none can be made, so that nobody tries again.
    """
    return f"{organization}/{document}/{revision}/redacted/{digest}.pdf"


def head_shot_key(organization: str, document: str, revision: int) -> str:
    """The photo of a person, as JPEG; empty where there is none."""
    return f"{organization}/{document}/{revision}/head-shot.jpg"


def schema_key(organization: str, document: str, revision: int, version: int) -> str:
    """The schema of what stands on the document, as ``version`` of the algorithm makes it.

    As JSON of ``shared.models.schema.Schema``; empty where none can be made.
    """
    return f"{organization}/{document}/{revision}/schema-{version}.json"


def training_prefix(organization: str, workspace: str) -> str:
    """Where all that was learned in a workspace lies."""
    return f"{organization}/trainings/{workspace}/"


def avatar_key(organization: str, sha256: str) -> str:
    """An organization's picture, named by its content, so that links to it can be kept."""
    return f"{organization}/avatar/{sha256}"


def training_key(organization: str, workspace: str, training: str) -> str:
    """What a training has learned; empty where there was too little to learn from."""
    return f"{organization}/trainings/{workspace}/{training}.json"


def embedded_key(organization: str, document: str, revision: int) -> str:
    """What the file carries beside its pages, as JSON of ``shared.models.embedded.Embedded``."""
    return f"{organization}/{document}/{revision}/embedded.json"
