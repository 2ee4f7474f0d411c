"""Never gets imported."""

import time

time.sleep(3600)
