"""What checking a bearer token costs once it has been seen."""

import time

from bench.ground import Ground
