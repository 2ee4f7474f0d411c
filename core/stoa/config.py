"""Settings: every knob of an installation, read once from ``STOA_…`` at the top and passed down."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvError

__all__ = ["OUR_PLUGINS", "Settings", "read_settings", "weak_secret"]

OUR_PLUGINS = ("standard", "parking", "fuel", "transit", "dining", "remote")
_MIN_SECRET_BYTES = 32
_MIN_LETTERS = 10  # of a random hex text some are missing now and then, never most
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_WORST = ("secret", "changeme", "password", "default", "example", "stoa")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs.

    Attributes:
        data_dir: where the embedded database and generated secrets live (``STOA_DATA_DIR``).
        database_url: the owner's PostgreSQL URL (``STOA_DATABASE_URL``); empty for
            the embedded one.
        app_database_url: the application role's URL (``STOA_APP_DATABASE_URL``); empty to take on
            the role ``stoa_app`` after connecting with `database_url`.
        secret_key: signs staff sessions (``STOA_SECRET_KEY``); at least 32 random bytes.
        public_url: the address partners and staff use, without a slash at the end
            (``STOA_PUBLIC_URL``); also the OAuth issuer.
        host: where `stoa serve` listens (``STOA_HOST``).
        port: and on which port (``STOA_PORT``).
        workers: server processes (``STOA_WORKERS``).
        threads: requests that one server process handles at once (``STOA_THREADS``).
        pool_size: database connections of one process (``STOA_POOL_SIZE``).
        statement_timeout_ms: longest statement (``STOA_STATEMENT_TIMEOUT_MS``).
        lock_timeout_ms: longest wait for a lock (``STOA_LOCK_TIMEOUT_MS``).
        idle_timeout_ms: longest idle transaction (``STOA_IDLE_TIMEOUT_MS``).
        programme_zone: IANA zone in which points expire (``STOA_PROGRAMME_ZONE``).
        currency: code of the alliance's points (``STOA_CURRENCY``).
        money_currency: ISO 4217 code of the programme's own money (``STOA_MONEY_CURRENCY``).
        token_ttl_s: life of an access token (``STOA_TOKEN_TTL_S``), at most 600 s.
        require_dpop: ``points`` binds every token that moves points to a key of its client
            (``STOA_REQUIRE_DPOP``, RFC 9449); ``off`` leaves it to each client.
        hold_ttl_s: longest life of a hold (``STOA_HOLD_TTL_S``).
        transfer_daily_points: what a member may give away in a day
            (``STOA_TRANSFER_DAILY_POINTS``).
        log_origin: the name of the transparency log (``STOA_LOG_ORIGIN``): a word that is nobody
            else's, by default the host of the public address and ``/log``; its first key keeps it.
        adjustment_limit: points that one person may adjust alone, at a time and for one member on
            one day (``STOA_ADJUSTMENT_LIMIT``); 0 always asks for a second person.
        rule_delay_s: how long after its activation a rule begins to hold (``STOA_RULE_DELAY_S``).
        budget_limit: points of a rule's budget up to which one person may activate it alone
            (``STOA_BUDGET_LIMIT``).
        whatif_hands: processes of a worker that carry out a what-if (``STOA_WHATIF_HANDS``).
        batch_rows_per_s: the most rows of one partner's batches that are carried out in a second
            (``STOA_BATCH_ROWS_PER_S``); 0 for any number.
        smtp_url: the mail server that letters to members go to (``STOA_SMTP_URL``), such as
            ``smtps://user:password@mail.example:465``, or ``file:DIR``; empty for no letters, and
            no sign-in by e-mail.
        second_factor_roles: roles of the staff that need a second factor
            (``STOA_SECOND_FACTOR_ROLES``), between commas; none by default.
        mail_from: the address that letters come from (``STOA_MAIL_FROM``).
        egress_allow: places that requests to partners may go to whatever their address, for
            development (``STOA_EGRESS_ALLOW``): hosts with their ports, between commas.
        egress_deny: host names and networks that no request goes to (``STOA_EGRESS_DENY``);
            the host of the public address besides.
        plugins_in_place: names of the plugins that are asked in the server's own process
            (``STOA_PLUGINS_IN_PLACE``); every other one runs in processes of its own.
        plugin_deadline_ms: how long a question to a plugin apart may take
            (``STOA_PLUGIN_DEADLINE_MS``).
        plugin_processes: processes that one server process keeps for the questions to one plugin
            (``STOA_PLUGIN_PROCESSES``).
        partner_rate: requests a second that a partner may send (``STOA_PARTNER_RATE``); 0 for any.
        partner_burst: and at once after a rest (``STOA_PARTNER_BURST``).
        partner_at_once: requests of a partner that are answered at the same time
            (``STOA_PARTNER_AT_ONCE``), over all processes of a server.
        request_log_days: how long partners' requests are kept, masked, for the people who write
            their software (``STOA_REQUEST_LOG_DAYS``); 0 keeps none.
        request_log_rate: of a partner, the most requests that one server process keeps in a second
            (``STOA_REQUEST_LOG_RATE``), and as many refusals besides.
        sandbox_template: an empty, migrated database that sandboxes are copied from
            (``STOA_SANDBOX_TEMPLATE``); by default one that is made beside the live one.
        trusted_hops: proxies in front whose ``X-Forwarded-…`` is believed (``STOA_TRUSTED_HOPS``).
        trusted_hosts: hosts that requests may name (``STOA_TRUSTED_HOSTS``), between commas: by
            default any where the public address is http, and its host and the machine's own else.
        log_json: structured logs as JSON lines rather than for people (``STOA_LOG_JSON``).
        secure_cookies: cookies only over TLS (``STOA_SECURE_COOKIES``); on unless the public
            address is http.
    """

    data_dir: Path
    database_url: str
    app_database_url: str
    secret_key: str
    public_url: str
    host: str
    port: int
    workers: int
    threads: int
    pool_size: int
    statement_timeout_ms: int
    lock_timeout_ms: int
    idle_timeout_ms: int
    programme_zone: str
    currency: str
    money_currency: str
    token_ttl_s: int
    require_dpop: str
    hold_ttl_s: int
    transfer_daily_points: int
    log_origin: str
    adjustment_limit: int
    rule_delay_s: int
    budget_limit: int
    whatif_hands: int
    batch_rows_per_s: int
    smtp_url: str
    second_factor_roles: tuple[str, ...]
    mail_from: str
    egress_allow: tuple[str, ...]
    egress_deny: tuple[str, ...]
    plugins_in_place: tuple[str, ...]
    plugin_deadline_ms: int
    plugin_processes: int
    partner_rate: int
    partner_burst: int
    partner_at_once: int
    request_log_days: int
    request_log_rate: int
    sandbox_template: str
    trusted_hops: int
    trusted_hosts: tuple[str, ...]
    log_json: bool
    secure_cookies: bool


def read_settings() -> Settings:
    """Read the environment.

    Raises:
        environs.EnvError: a variable is no number or out of range.
    """
    env = Env()
    with env.prefixed("STOA_"):
        port = env.int("PORT", 8600)
        host = env.str("HOST", "127.0.0.1")
        public_url = env.str("PUBLIC_URL", f"http://{host}:{port}").rstrip("/")
        return Settings(
            data_dir=Path(env.str("DATA_DIR", str(_default_data_dir()))),
            database_url=env.str("DATABASE_URL", ""),
            app_database_url=env.str("APP_DATABASE_URL", ""),
            secret_key=env.str("SECRET_KEY", ""),
            public_url=public_url,
            host=host,
            port=port,
            workers=env.int("WORKERS", max(2, min(4, os.cpu_count() or 2))),
            threads=env.int("THREADS", 8),
            pool_size=env.int("POOL_SIZE", 8),
            statement_timeout_ms=env.int("STATEMENT_TIMEOUT_MS", 5_000),
            lock_timeout_ms=env.int("LOCK_TIMEOUT_MS", 2_000),
            idle_timeout_ms=env.int("IDLE_TIMEOUT_MS", 10_000),
            programme_zone=env.str("PROGRAMME_ZONE", "Asia/Shanghai"),
            currency=env.str("CURRENCY", "STAR"),
            money_currency=env.str("MONEY_CURRENCY", "CNY"),
            token_ttl_s=min(env.int("TOKEN_TTL_S", 600), 600),
            require_dpop=_choice(env.str("REQUIRE_DPOP", "off")),
            hold_ttl_s=env.int("HOLD_TTL_S", 900),
            transfer_daily_points=env.int("TRANSFER_DAILY_POINTS", 100_000),
            log_origin=_word(env.str("LOG_ORIGIN", f"{urlsplit(public_url).netloc}/log")),
            adjustment_limit=max(0, env.int("ADJUSTMENT_LIMIT", 5_000)),
            rule_delay_s=max(0, env.int("RULE_DELAY_S", 900)),
            budget_limit=max(0, env.int("BUDGET_LIMIT", 100_000)),
            whatif_hands=max(1, env.int("WHATIF_HANDS", 2)),
            batch_rows_per_s=max(0, env.int("BATCH_ROWS_PER_S", 500)),
            smtp_url=env.str("SMTP_URL", ""),
            second_factor_roles=tuple(env.list("SECOND_FACTOR_ROLES", [])),
            mail_from=env.str("MAIL_FROM", f"no-reply@{urlsplit(public_url).hostname}"),
            egress_allow=tuple(env.list("EGRESS_ALLOW", [])),
            egress_deny=(*env.list("EGRESS_DENY", []), urlsplit(public_url).hostname or ""),
            plugins_in_place=tuple(env.list("PLUGINS_IN_PLACE", list(OUR_PLUGINS))),
            plugin_deadline_ms=min(max(10, env.int("PLUGIN_DEADLINE_MS", 150)), 2_000),
            plugin_processes=min(max(1, env.int("PLUGIN_PROCESSES", 1)), 16),
            partner_rate=max(0, env.int("PARTNER_RATE", 200)),
            partner_burst=max(1, env.int("PARTNER_BURST", 400)),
            partner_at_once=max(1, env.int("PARTNER_AT_ONCE", 32)),
            request_log_days=max(0, env.int("REQUEST_LOG_DAYS", 7)),
            request_log_rate=max(1, env.int("REQUEST_LOG_RATE", 20)),
            sandbox_template=env.str("SANDBOX_TEMPLATE", ""),
            trusted_hops=max(0, env.int("TRUSTED_HOPS", 0)),
            trusted_hosts=tuple(env.list("TRUSTED_HOSTS", _own_hosts(public_url))),
            log_json=env.bool("LOG_JSON", False),
            secure_cookies=env.bool("SECURE_COOKIES", public_url.startswith("https:")),
        )


def _choice(text: str) -> str:
    if text not in ("off", "points"):
        raise EnvError("STOA_REQUIRE_DPOP is off or points")
    return text


def _word(name: str) -> str:
    if name.split() != [name] or "+" in name:
        raise EnvError("STOA_LOG_ORIGIN has to be one word without a plus sign")
    return name


def weak_secret(secret: str) -> str | None:
    """Tell why a secret must not be used; ``None`` when it may."""
    if len(secret.encode()) < _MIN_SECRET_BYTES:
        return f"it has fewer than {_MIN_SECRET_BYTES} bytes"
    repeated = any(secret.lower() == word * (len(secret) // len(word)) for word in _WORST)
    if repeated or len(set(secret)) < _MIN_LETTERS:
        return "it is no random text"
    return None


def _own_hosts(public_url: str) -> list[str]:
    """Return the hosts of an installation in public; none, which are all, of one on http."""
    parts = urlsplit(public_url)
    return [parts.hostname or "", *_LOOPBACK] if parts.scheme == "https" else []


def _default_data_dir() -> Path:
    """``./var``; as root ``/var/lib/stoa``, for the embedded server opens every parent folder."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/stoa")
    return Path("var").absolute()
