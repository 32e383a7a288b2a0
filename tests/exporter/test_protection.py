"""TLS and basic authentication of `windsock serve`: who gets an answer, and what a wrong file says."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import bcrypt
import pytest

from demo.stack import programs
from windsock.errors import BadInput
from windsock.protection import OPEN, Protection
from windsock.web import App, Route, Server, text
from windsock.webconfig import read

PASSWORD = "correct horse"
# As few rounds as there can be: tests try often.
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
TLS = "tls_server_config: {cert_file: cert.pem, key_file: cert.key}\n"
USERS = f'basic_auth_users: {{prometheus: "{HASH}"}}\n'


def certificate(folder: Path, name: str = "cert") -> None:
    subprocess.run(
        [
            programs.openssl(),
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")),
        ],
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    certificate(folder)
    certificate(folder, "client")
    return folder


@pytest.fixture
def folder(certificates: Path, tmp_path: Path) -> Path:
    for each in certificates.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    return tmp_path


def config(folder: Path, content: str) -> Path:
    path = folder / "web.yml"
    path.write_text(content, encoding="utf-8")
    return path


class Serving:
    def __init__(self, path: Path) -> None:
        protection = Protection(path)
        routes = [Route(path, lambda _request: text("here\n")) for path in ("/metrics", *OPEN)]
        self.server = Server("127.0.0.1:0", App(routes, protection), protection)
        self.server.start()

    def ask(
        self, path: str = "/metrics", *, tls: ssl.SSLContext | None = None, user: str = "", password: str = ""
    ) -> http.client.HTTPResponse:
        host, port = "localhost", self.server.port
        connection = (
            http.client.HTTPSConnection(host, port, timeout=60, context=tls)
            if tls
            else http.client.HTTPConnection(host, port, timeout=60)
        )
        mark = base64.b64encode(f"{user}:{password}".encode()).decode()
        with closing(connection):
            connection.request("GET", path, headers={"Authorization": f"Basic {mark}"} if user else {})
            answer = connection.getresponse()
            answer.read()
            return answer


@pytest.fixture
def serve(folder: Path) -> Iterator[object]:
    made: list[Serving] = []

    def start(content: str) -> Serving:
        made.append(Serving(config(folder, content)))
        return made[-1]

    yield start
    for each in made:
        each.server.stop()


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


def test_without_the_password_nothing_is_answered_but_whether_it_lives(serve: type[Serving]) -> None:
    serving = serve(USERS)  # type: ignore[arg-type]
    refused = serving.ask()
    assert refused.status == 401
    assert refused.getheader("WWW-Authenticate") == 'Basic realm="windsock"'
    assert serving.ask(user="prometheus", password="wrong").status == 401
    assert serving.ask(user="nobody", password="x").status == 401
    assert serving.ask(user="prometheus", password=PASSWORD * 20).status == 401
    assert serving.ask("/nowhere").status == 401
    for path in OPEN:
        assert serving.ask(path).status == 200
    for _ in range(2):
        assert serving.ask(user="prometheus", password=PASSWORD).status == 200
    # What was right once is known, and what is wrong stays wrong.
    assert serving.ask(user="prometheus", password="wrong").status == 401


@pytest.mark.parametrize("header", ["Basic", "Basic ???", "Basic /w==", "Bearer x", "basic"])
def test_a_header_that_is_none_is_refused(header: str, tmp_path: Path) -> None:
    assert not Protection(config(tmp_path, USERS)).allows("/metrics", header)


def test_over_tls_only_who_trusts_the_certificate_is_answered(serve: type[Serving], folder: Path) -> None:
    serving = serve(TLS + USERS)  # type: ignore[arg-type]
    answer = serving.ask(tls=trusting(folder), user="prometheus", password=PASSWORD)
    assert answer.status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        serving.ask(tls=ssl.create_default_context())
    with pytest.raises((http.client.HTTPException, OSError)):
        serving.ask()
    old = trusting(folder)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert serving.ask(tls=old).status == 401


def test_tls_1_2_is_refused_where_1_3_is_the_least(serve: type[Serving], folder: Path) -> None:
    serving = serve(TLS.replace("}", ", min_version: TLS13}"))  # type: ignore[arg-type]
    old = trusting(folder)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, OSError)):
        serving.ask(tls=old)
    assert serving.ask(tls=trusting(folder)).status == 200


def test_a_client_without_a_certificate_is_refused_where_one_is_required(
    serve: type[Serving], folder: Path
) -> None:
    wanted = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: client.pem}"
    serving = serve(TLS.replace("}", wanted))  # type: ignore[arg-type]
    with pytest.raises((ssl.SSLError, OSError, http.client.HTTPException)):
        serving.ask(tls=trusting(folder))
    known = trusting(folder)
    known.load_cert_chain(folder / "client.pem", folder / "client.key")
    assert serving.ask(tls=known).status == 200


def test_a_client_that_says_nothing_holds_up_nobody(serve: type[Serving], folder: Path) -> None:
    serving = serve(TLS)  # type: ignore[arg-type]
    with socket.create_connection(("127.0.0.1", serving.server.port)):
        assert serving.ask(tls=trusting(folder)).status == 200


def test_a_renewed_certificate_counts_at_the_next_connection(serve: type[Serving], folder: Path) -> None:
    serving = serve(TLS)  # type: ignore[arg-type]
    before = trusting(folder)
    assert serving.ask(tls=before).status == 200
    certificate(folder)
    os.utime(folder / "cert.pem", (time.time() + 5, time.time() + 5))
    with pytest.raises(ssl.SSLCertVerificationError):
        serving.ask(tls=before)
    assert serving.ask(tls=trusting(folder)).status == 200


def test_a_file_that_becomes_wrong_does_not_count(serve: type[Serving], folder: Path) -> None:
    serving = serve(TLS + USERS)  # type: ignore[arg-type]
    config(folder, "nonsense: true\n")
    assert serving.ask(tls=trusting(folder)).status == 401
    assert serving.ask(tls=trusting(folder), user="prometheus", password=PASSWORD).status == 200


def test_headers_go_with_every_answer(serve: type[Serving]) -> None:
    text = "http_server_config: {headers: {Strict-Transport-Security: max-age=60}}\n"
    answer = serve(text).ask()  # type: ignore[arg-type]
    assert answer.getheader("Strict-Transport-Security") == "max-age=60"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("basic_auth_users: {a: secret}\n", "web.yml:1: basic_auth_users.a: string should match pattern"),
        ("basic_auth_users: {'a:b': x}\n", "web.yml:1: basic_auth_users.a:b"),
        ("tls_server_config: {cert_file: x}\n", "web.yml:1: tls_server_config.key_file: is missing"),
        (TLS.replace("cert.pem", "x.pem"), "tls_server_config.cert_file: .*x.pem: no such file"),
        (TLS.replace("cert.key", "web.yml"), "tls_server_config.cert_file: .* and its key cannot be used"),
        (TLS.replace("cert.key", "client.key"), "and its key cannot be used: KEY_VALUES_MISMATCH"),
        (
            TLS.replace("}", ", client_auth_type: NeedClientCert}"),
            "client_auth_type: input should be 'NoClientCert'",
        ),
        (TLS.replace("}", ", client_ca_file: client.pem}"), "belong together"),
        (TLS.replace("}", ", min_version: TLS10}"), "min_version: input should be 'TLS12' or 'TLS13'"),
        (TLS.replace("}", ", cipher_suites: [x]}"), "cipher_suites: unknown key .known: cert_file, key_file"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Path, content: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        read(config(folder, content))
    assert "secret" not in str(caught.value)


def test_promtool_takes_the_same_file(folder: Path) -> None:
    content = TLS + USERS + "http_server_config: {headers: {X-Frame-Options: deny}}\n"
    path = config(folder, content)
    done = subprocess.run(
        ["promtool", "check", "web-config", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert read(path)[0].headers == {"X-Frame-Options": "deny"}
