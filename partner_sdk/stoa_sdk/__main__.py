"""``python -m stoa_sdk`` is ``stoa-sdk``."""

import sys

from stoa_sdk.cli import main

if __name__ == "__main__":
    sys.exit(main())
