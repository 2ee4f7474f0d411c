"""``python -I -m stoa.plugins.host N``: the nursery on the line that is file N."""

import sys

from stoa.plugins.host.nursery import main

if __name__ == "__main__":
    main(int(sys.argv[1]))
