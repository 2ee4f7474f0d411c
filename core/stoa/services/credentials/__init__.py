"""Credentials: OAuth clients of partners, what proves them, and the keys that sign their tokens."""

from stoa.services.credentials.client_keys import (
    KeyTerms,
    add_keys,
    end_key,
    keys_of,
    proving_keys,
)
from stoa.services.credentials.clients import (
    ClientTerms,
    change_client,
    clients_of,
    find_client,
    issue_client,
    issue_public_client,
    revoke_client,
)
from stoa.services.credentials.jwks import ALGORITHMS, PublicKey, algorithms_of, read_jwk
from stoa.services.credentials.once import (
    forget_ended,
    is_revoked,
    revoke_token,
    revoked_tokens,
    take_assertion,
    take_proof,
)
from stoa.services.credentials.scopes import MEMBER_SCOPES, MOVES_POINTS, SCOPES, TILL_SCOPES
from stoa.services.credentials.secrets import (
    OVERLAP,
    SecretTerms,
    end_secret,
    is_ours,
    leaked_secret,
    live_hashes,
    new_client_secret,
    rotate_secret,
    secrets_of,
)
from stoa.services.credentials.signing import (
    SigningTerms,
    remove_signing_key,
    rotate_signing_key,
    signing_keys,
)

__all__ = [
    "ALGORITHMS",
    "MEMBER_SCOPES",
    "MOVES_POINTS",
    "OVERLAP",
    "SCOPES",
    "TILL_SCOPES",
    "ClientTerms",
    "KeyTerms",
    "PublicKey",
    "SecretTerms",
    "SigningTerms",
    "add_keys",
    "algorithms_of",
    "change_client",
    "clients_of",
    "end_key",
    "end_secret",
    "find_client",
    "forget_ended",
    "is_ours",
    "is_revoked",
    "issue_client",
    "issue_public_client",
    "keys_of",
    "leaked_secret",
    "live_hashes",
    "new_client_secret",
    "proving_keys",
    "read_jwk",
    "remove_signing_key",
    "revoke_client",
    "revoke_token",
    "revoked_tokens",
    "rotate_secret",
    "rotate_signing_key",
    "secrets_of",
    "signing_keys",
    "take_assertion",
    "take_proof",
]
