"""A mail server on this machine that says what a test tells it to say."""

import socketserver
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Script:
    """What the server answers; what it got."""

    replies: dict[str, str] = field(default_factory=dict)  # by command: "RCPT": "550 nobody"
    hang_up_at: str = ""  # a command, or "BODY": the connection breaks then
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    port: int = 0


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        script = self.server.script
        self.say("220 ready")
        while line := self.rfile.readline(1000):
            command = line.split()[0].decode().upper() if line.split() else ""
            if script.hang_up_at == command:
                return
            if not self.answer(command, line.decode(), script):
                return

    def answer(self, command: str, line: str, script: Script) -> bool:
        if command in script.replies:
            self.say(script.replies[command])
        elif command == "EHLO":
            self.say("250-here")
            self.say("250 AUTH PLAIN")
        elif command == "AUTH":
            script.logins.append(line)
            self.say("235 yes")
        elif command == "DATA":
            return self.data(script)
        else:
            if command == "RCPT":
                script.recipients.append(line.partition("<")[2].partition(">")[0])
            self.say("250 ok")
        return True

    def data(self, script: Script) -> bool:
        self.say("354 go on")
        body = b""
        while not body.endswith(b"\r\n.\r\n"):
            body += self.rfile.readline()
        script.mails.append(message_from_bytes(body[:-3], policy=policy.default))
        if script.hang_up_at == "BODY":
            return False
        self.say(script.replies.get("BODY", "250 taken"))
        return True

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    def handle_error(self, request, client_address) -> None:
        """A client that leaves in the middle is what the tests are about."""


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None):
    """A running server, behind TLS from the first byte if wanted; yields its Script."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        server.script = Script(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server.script
        server.shutdown()
