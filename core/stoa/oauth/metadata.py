"""What the authorization server says about itself (RFC 8414)."""

from typing import Any

from authlib.oauth2.rfc8414 import (  # type: ignore[import-untyped]
    AuthorizationServerMetadata,
)

from stoa.config import Settings
from stoa.oauth.client_auth import PUBLIC_METHODS, TOKEN_METHODS
from stoa.oauth.server import GRANTS
from stoa.services import credentials
from stoa.values.languages import LANGUAGES

__all__ = ["metadata"]


def metadata(settings: Settings) -> dict[str, Any]:
    """Return the authorization server's metadata (RFC 8414 §2)."""
    url = settings.public_url
    return dict(
        AuthorizationServerMetadata(
            issuer=url,
            token_endpoint=f"{url}/oauth/token",
            jwks_uri=f"{url}/.well-known/jwks.json",
            scopes_supported=[*credentials.MEMBER_SCOPES, *credentials.SCOPES],
            authorization_endpoint=f"{url}/oauth/authorize",
            response_types_supported=["code"],
            response_modes_supported=["query"],
            code_challenge_methods_supported=["S256"],
            authorization_response_iss_parameter_supported=True,
            ui_locales_supported=list(LANGUAGES),
            grant_types_supported=[grant.GRANT_TYPE for grant in GRANTS],
            token_endpoint_auth_methods_supported=[*TOKEN_METHODS, *PUBLIC_METHODS],
            token_endpoint_auth_signing_alg_values_supported=list(credentials.ALGORITHMS),
            revocation_endpoint=f"{url}/oauth/revoke",
            revocation_endpoint_auth_methods_supported=[*TOKEN_METHODS, *PUBLIC_METHODS],
            revocation_endpoint_auth_signing_alg_values_supported=list(credentials.ALGORITHMS),
            introspection_endpoint=f"{url}/oauth/introspect",
            introspection_endpoint_auth_methods_supported=list(TOKEN_METHODS),
            introspection_endpoint_auth_signing_alg_values_supported=list(credentials.ALGORITHMS),
            dpop_signing_alg_values_supported=list(credentials.ALGORITHMS),
            service_documentation=f"{url}/v1/docs",
        )
    )
