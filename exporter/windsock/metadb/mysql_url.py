"""What stands after the `?` of a MySQL or MariaDB URL, in the words of our driver."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import URL

from windsock.errors import BadInput

# Parameters of Airflow's drivers that say nothing of where the server is or how it is reached.
_HARMLESS = frozenset(
    (
        *("autocommit", "binary_prefix", "charset", "client_flag", "collation", "init_command"),
        *("local_infile", "read_timeout", "sql_mode", "use_unicode", "write_timeout"),
    )
)
_TLS = frozenset(
    (
        *("ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_mode", "ssl_disabled"),
        *("ssl_check_hostname", "ssl_verify_cert", "ssl_verify_identity"),
    )
)
_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")


def options(url: URL, origin: str) -> dict[str, Any]:
    """Arguments for PyMySQL beyond host, port, user, password and database.

    Raises:
        BadInput: a parameter that we do not know, or a file that cannot be used; names it, never its value.
    """
    found: dict[str, Any] = {}
    tls: dict[str, str] = {}
    for name, value in url.query.items():
        if not isinstance(value, str):
            raise BadInput(f"{origin}: the parameter {name} stands there twice")
        if name == "unix_socket":
            found[name] = value
        elif name == "connect_timeout":
            found[name] = _seconds(value, origin)
        elif name in _TLS:
            tls[name] = value
        elif name not in _HARMLESS:
            raise BadInput(
                f"{origin}: the parameter {name} is not known; known: {', '.join(sorted(_TLS))}, "
                "connect_timeout, unix_socket"
            )
    return found | _tls(tls, origin)


def _tls(given: Mapping[str, str], origin: str) -> dict[str, Any]:
    """Without a word about TLS it is used if the server has it, and nothing is verified, like everywhere."""
    mode = _mode(given, origin)
    if mode == "DISABLED":
        return {"ssl_disabled": True}
    if mode == "PREFERRED":
        return {}
    verify = mode in {"VERIFY_CA", "VERIFY_IDENTITY"}
    try:
        context = ssl.create_default_context(cafile=given.get("ssl_ca"), capath=given.get("ssl_capath"))
        if "ssl_cert" in given:
            context.load_cert_chain(given["ssl_cert"], given.get("ssl_key"))
    except (OSError, ssl.SSLError) as error:
        names = ", ".join(sorted(set(given) & {"ssl_ca", "ssl_capath", "ssl_cert", "ssl_key"}))
        raise BadInput(f"{origin}: {names}: cannot be used: {error.strerror or error}") from error
    # What servers make for themselves does not pass the strict rules of newer Pythons.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = mode == "VERIFY_IDENTITY"
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    return {"ssl": context}


def _mode(given: Mapping[str, str], origin: str) -> str:
    """The mode in the words of MySQL; a certificate of an authority means that it shall be looked at."""
    if (mode := given.get("ssl_mode", "").upper()) and mode not in _MODES:
        raise BadInput(f"{origin}: ssl_mode is one of {', '.join(_MODES)}")
    if mode:
        return mode
    if _yes(given, "ssl_disabled"):
        return "DISABLED"
    if _yes(given, "ssl_check_hostname") or _yes(given, "ssl_verify_identity"):
        return "VERIFY_IDENTITY"
    if _yes(given, "ssl_verify_cert") or "ssl_ca" in given or "ssl_capath" in given:
        return "VERIFY_CA"
    return "REQUIRED" if "ssl_cert" in given else "PREFERRED"


def _yes(given: Mapping[str, str], name: str) -> bool:
    return given.get(name, "").lower() in {"1", "true", "yes", "on"}


def _seconds(value: str, origin: str) -> int:
    if not value.isdigit() or not 0 < int(value) < 3600:
        raise BadInput(f"{origin}: connect_timeout is a number of seconds")
    return int(value)
