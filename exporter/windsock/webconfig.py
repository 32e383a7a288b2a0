"""The file of `--web.config.file`: TLS and users, in the format that every Prometheus exporter has.

What of that format is not here is refused by name: ciphers and curves, TLS below 1.2, certificates inside it.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from windsock.yamlfile import Entry, Lines, load_with_lines

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_CLIENTS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
Hash = Annotated[str, StringConstraints(pattern=r"^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$")]
User = Annotated[str, StringConstraints(pattern=r"^[^:\x00-\x1f]+$")]
Version = Literal["TLS12", "TLS13"]


class TlsServer(Entry):
    """The certificate, and whether clients need one of their own."""

    cert_file: Path
    key_file: Path
    client_auth_type: Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"] = (
        "NoClientCert"
    )
    client_ca_file: Path | None = None
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"

    @model_validator(mode="after")
    def _clients_are_known(self) -> TlsServer:
        if (self.client_auth_type == "NoClientCert") != (self.client_ca_file is None):
            message = "client_ca_file and a client_auth_type other than NoClientCert belong together"
            raise ValueError(message)
        return self

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, as the configuration names them."""
        return tuple(each for each in (self.cert_file, self.key_file, self.client_ca_file) if each)


class Headers(Entry):
    """Headers of every answer, over those that the pages have."""

    content_security_policy: str | None = Field(None, alias="Content-Security-Policy")
    strict_transport_security: str | None = Field(None, alias="Strict-Transport-Security")
    x_content_type_options: str | None = Field(None, alias="X-Content-Type-Options")
    x_frame_options: str | None = Field(None, alias="X-Frame-Options")
    x_xss_protection: str | None = Field(None, alias="X-XSS-Protection")


class HttpServer(Entry):
    """What goes with every answer; HTTP/2 is not spoken, whatever is said."""

    http2: bool = True
    headers: Headers = Headers.model_validate({})


class WebConfig(Entry):
    """The whole file."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer.model_validate({})
    basic_auth_users: dict[User, Hash] = Field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """Header to value."""
        return self.http_server_config.headers.model_dump(by_alias=True, exclude_none=True)


def read(path: Path) -> tuple[WebConfig, ssl.SSLContext | None]:
    """The file, and what TLS needs of it. Paths in it are relative to its folder.

    Raises:
        BadInput: see `windsock.yamlfile.load`; or a certificate that cannot be used.
    """
    config, lines = load_with_lines(path, WebConfig)
    tls = config.tls_server_config
    return config, None if tls is None else _context(tls, path.parent, lines)


def _context(tls: TlsServer, folder: Path, lines: Lines) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = _VERSIONS[tls.min_version], _VERSIONS[tls.max_version]
    for name in ("cert_file", "key_file", "client_ca_file"):
        file = getattr(tls, name)
        if file is not None and not (folder / file).is_file():
            raise lines.wrong("tls_server_config", name, why=f"{folder / file}: no such file")
    try:
        context.load_cert_chain(folder / tls.cert_file, folder / tls.key_file)
    except (OSError, ssl.SSLError) as error:
        why = f"{folder / tls.cert_file} and its key cannot be used: {_reason(error)}"
        raise lines.wrong("tls_server_config", "cert_file", why=why) from error
    if tls.client_ca_file is not None:
        try:
            context.load_verify_locations(folder / tls.client_ca_file)
        except (OSError, ssl.SSLError) as error:
            why = f"{folder / tls.client_ca_file} cannot be used: {_reason(error)}"
            raise lines.wrong("tls_server_config", "client_ca_file", why=why) from error
    context.verify_mode = _CLIENTS[tls.client_auth_type]
    return context


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
