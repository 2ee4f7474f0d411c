"""How clients prove themselves at the doors of OAuth (RFC 6749 §2.3.1)."""

__all__ = ["METHODS", "TOKEN_METHODS"]

TOKEN_METHODS = ["client_secret_basic", "client_secret_post"]
"""At the token endpoint."""

METHODS = {"token": tuple(TOKEN_METHODS)}
"""How a client may prove itself, by endpoint; Authlib would let every way pass at most of them."""
