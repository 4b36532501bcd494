"""Keys of organizations that their webhooks are signed with: sealed in the store."""

from shared.http.sealing import Seal


class SigningKeys:
    """Seals and opens them under a secret that all processes share."""

    def __init__(self, secret: bytes) -> None:
        self._seal = Seal(secret, "signing keys")

    def close(self, organization: str, key: str) -> str:
        """A key's text, sealed for one organization."""
        return self._seal.close(organization, key.encode())

    def open(self, organization: str, sealed: str) -> str:
        """The key's text; raises ``ValueError`` where our secret is no longer the same."""
        return self._seal.open(organization, sealed).decode()
