"""A private Dovecot on loopback: somebody else's IMAP server, as Debian packages it."""

import imaplib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.debian import unpacked_dovecot
from tests.servers.process import HOST, ServerProcess, Unavailable, accepts, free_ports

PASSWORD = 'a "password" with \\ and ümlauts'
USERS = ("ann", "bob", "cem", "dan", "eve")
_NOBODY = 65534
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class Dovecot:
    """A server whose ``USERS`` all have the same password; mail lies in Maildirs.

    With ``tls`` it has a certificate of its own, ``certificate``, for ``localhost``. It runs as
    the tests' user, or as nobody where that is root, whose mail it would not serve.
    """

    def __init__(self, *, tls: bool = False) -> None:
        self._root = unpacked_dovecot()
        self._folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.port, self.tls_port = free_ports(2)
        self.certificate = self._folder / "certificate.pem"
        modules = self._root / "usr/lib/dovecot/modules"
        for name in ("run/login", "mail"):
            (self._folder / name).mkdir(parents=True)
        for name in ("run", "run/login"):
            (self._folder / name / "modules").symlink_to(modules)
        libraries = [
            modules / "old-stats",
            self._root / "usr/lib/dovecot",
            *self._root.glob("usr/lib/*-linux-gnu"),
            *self._root.glob("lib/*-linux-gnu"),
        ]
        self._env = {"LD_LIBRARY_PATH": os.pathsep.join(str(it) for it in libraries)}
        if tls:
            self._make_certificate()
        user, group = ("nobody", "nogroup") if os.geteuid() == 0 else _self()
        config = self._folder / "dovecot.conf"
        config.write_text(self._settings(user, group, tls=tls))
        as_user = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        if os.geteuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
        # The master asks a program for its settings, in a place that is built in: not by us.
        command = [
            *(as_user if os.geteuid() == 0 else []),
            str(self._root / "usr/bin/doveconf"),
            *("-f", "service=master", "-c", str(config), "-m", "master", "-p", "-e"),
            *(str(self._root / "usr/sbin/dovecot"), "-F", "-c", str(config)),
        ]
        self._process = ServerProcess(command, self._folder / "stdout", self._env, self._folder)

    def start(self) -> None:
        """Start, or start again, and wait until it listens."""
        self._process.start(lambda: accepts(self.port), _START_SECONDS)

    def stop(self) -> None:
        """End it; its mail stays."""
        self._process.stop(_STOP_SECONDS)

    def remove(self) -> None:
        """End it, and remove all that was its."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def client(self, user: str) -> imaplib.IMAP4:
        """Somebody else's client, logged in."""
        client = imaplib.IMAP4(HOST, self.port, timeout=10)
        client.authenticate("PLAIN", lambda _: f"\0{user}\0{PASSWORD}".encode())
        return client

    def log(self) -> str:
        """What it wrote."""
        return (self._folder / "log").read_text(errors="replace")

    def _settings(self, user: str, group: str, *, tls: bool) -> str:
        folder, root = self._folder, self._root
        certificate = (
            f"ssl_cert = <{self.certificate}\nssl_key = <{folder}/key.pem\n" if tls else ""
        )
        passwords = "".join(f"{name}:{{PLAIN}}{PASSWORD}\n" for name in USERS)
        (folder / "passwords").write_text(passwords)
        return f"""
base_dir = {folder}/run
state_dir = {folder}/run
libexec_dir = {root}/usr/lib/dovecot
mail_plugin_dir = {root}/usr/lib/dovecot/modules
login_plugin_dir = {root}/usr/lib/dovecot/modules/login
log_path = {folder}/log
instance_name = {folder.name}
import_environment = TZ LD_LIBRARY_PATH
protocols = imap
listen = {HOST}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
auth_failure_delay = 0
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
mailbox_list_index = no
ssl = {"yes" if tls else "no"}
{certificate}
passdb {{
  driver = passwd-file
  args = {folder}/passwords
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port if tls else 0}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""

    def _make_certificate(self) -> None:
        openssl = shutil.which("openssl")
        if openssl is None:
            raise Unavailable("no openssl to make a certificate with")
        subprocess.run(  # noqa: S603 - our own command line
            [
                *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
                *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
                *("-addext", "subjectAltName=DNS:localhost"),
                *("-keyout", str(self._folder / "key.pem"), "-out", str(self.certificate)),
            ],
            check=True,
            capture_output=True,
        )


def _self() -> tuple[str, str]:
    import grp  # noqa: PLC0415 - not on every system
    import pwd  # noqa: PLC0415

    return pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
