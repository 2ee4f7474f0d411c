r"""Does your integration lose or double a point? A kit that breaks the line and looks afterwards.

    pip install 'stoa-sdk[conformance]'
    pytest --pyargs stoa_sdk.conformance --stoa-url https://sandbox.example.org \
           --stoa-client-id cli_… --stoa-client-secret … --stoa-store main \\
           --stoa-integration pos.stoa:Till

`pos.stoa:Till` is a class of yours with the methods of `Integration`, around the code that your
tills really run. Without it the kit tries the SDK itself, which is also the example to read
(`stoa_sdk.conformance.ours`). Each case tells one story twice, for two new members: once on a good
line, once while the line loses answers, sends requests twice or lets old ones through late. Both
members must end with the same points and the same history.
"""

from stoa_sdk.conformance.integration import Article, Integration, NoAnswer, Refused, Sale

__all__ = ["Article", "Integration", "NoAnswer", "Refused", "Sale"]
