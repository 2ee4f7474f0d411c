"""Credentials: OAuth clients of partners, what proves them, and the keys that sign their tokens."""

from stoa.services.credentials.clients import (
    ClientTerms,
    clients_of,
    find_client,
    issue_client,
    revoke_client,
)
from stoa.services.credentials.scopes import SCOPES, TILL_SCOPES
from stoa.services.credentials.secrets import (
    OVERLAP,
    SecretTerms,
    end_secret,
    live_hashes,
    new_client_secret,
    rotate_secret,
    secrets_of,
)
from stoa.services.credentials.signing import SigningTerms, rotate_signing_key, signing_keys

__all__ = [
    "OVERLAP",
    "SCOPES",
    "TILL_SCOPES",
    "ClientTerms",
    "SecretTerms",
    "SigningTerms",
    "clients_of",
    "end_secret",
    "find_client",
    "issue_client",
    "live_hashes",
    "new_client_secret",
    "revoke_client",
    "rotate_secret",
    "rotate_signing_key",
    "secrets_of",
    "signing_keys",
]
