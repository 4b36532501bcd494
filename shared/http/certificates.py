"""The certificate that a server shows, read anew when it is renewed on disk."""

import ssl
from pathlib import Path

import structlog


class CertificateError(OSError):
    """A certificate that no server can show; says which file, and what is wrong with it."""


class Certificate:
    """A chain and its key, in PEM; ``key`` is ``None`` where both are in one file.

    Files that cannot be used, as they are half written or no longer belong together, leave
    the last good ones in use, and get into the log.
    """

    def __init__(self, chain: Path, key: Path | None = None) -> None:
        self.chain = chain
        self.key = key or chain
        self._marks: tuple[int, int] | None = None
        self._context: ssl.SSLContext | None = None
        self._told = ""
        self._log = structlog.get_logger("docstage.http")

    def load(self) -> None:
        """Read it, if the files have changed; raises ``CertificateError``."""
        marks = self._look()
        if marks == self._marks:
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # Without a password at hand OpenSSL would ask whoever sits at the terminal.
            context.load_cert_chain(self.chain, self.key, password="")
        except ssl.SSLError as error:
            raise CertificateError(self._wrong(error)) from None
        self._context, self._marks = context, marks

    def context(self) -> ssl.SSLContext:
        """For new connections; raises ``CertificateError`` when none was ever good."""
        if self._context is None:
            self.load()
        else:
            self._renew()
        if self._context is None:
            raise CertificateError(f"{self.chain} cannot be used")
        return self._context

    def following_context(self) -> ssl.SSLContext:
        """For servers that keep one context: each handshake looks whether it was renewed.

        Raises ``CertificateError``.
        """
        last = self.context()

        def look(connection: ssl.SSLObject, _name: str | None, _: ssl.SSLContext) -> None:
            nonlocal last
            current = self.context()
            if current is not last:
                self._log.info("certificate_renewed")
                last = current
            connection.context = current

        asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        asked.sni_callback = look
        return asked

    def _renew(self) -> None:
        """``load``; what is wrong is told once, as each handshake comes here."""
        trouble = ""
        try:
            self.load()
        except CertificateError as error:
            trouble = str(error)
        if trouble and trouble != self._told:
            self._log.warning("certificate_not_renewed", reason=trouble)
        self._told = trouble

    def _look(self) -> tuple[int, int]:
        for path in (self.chain, self.key):
            try:
                with path.open("rb"):
                    pass
            except OSError as error:
                what = error.strerror or "it is no file"
                raise CertificateError(f"{path} cannot be read: {what}") from None
        return self.chain.stat().st_mtime_ns, self.key.stat().st_mtime_ns

    def _wrong(self, error: ssl.SSLError) -> str:
        if error.reason == "KEY_VALUES_MISMATCH":
            return f"the key in {self.key} is not that of the certificate in {self.chain}"
        files = str(self.chain) if self.key == self.chain else f"{self.chain} and {self.key}"
        return f"no certificate with its key, in PEM and without a password, is in {files}"
