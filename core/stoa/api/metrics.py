"""Counts and times of requests in Prometheus' words; over all server processes where asked for.

Each process counts for itself; when ``PROMETHEUS_MULTIPROC_DIR`` names a folder, as it should with
several of them, any one answers for all.
"""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

__all__ = ["Metrics", "NoMetrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The counters of one app."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "stoa_http_requests", "Requests answered.", ["method", "route", "status"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "stoa_http_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip

        self._calls = Counter(
            "stoa_plugin_calls", "Questions and errands put to plugins.",
            ["plugin", "hook", "outcome"], registry=self._registry,
        )  # fmt: skip
        self._violations = Counter(
            "stoa_plugin_violations", "Answers of plugins that said what they must not.",
            ["plugin"], registry=self._registry,
        )  # fmt: skip
        self._waits = Histogram(
            "stoa_plugin_seconds", "Time until a plugin answered or failed.", ["plugin", "hook"],
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip

        self._journal = Counter(
            "stoa_request_log_rows", "Requests of partners: kept, too many to keep, or lost.",
            ["outcome"], registry=self._registry,
        )  # fmt: skip

        self._known: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def saw(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count one request."""
        pair = self._known.get((method, route, status))
        if pair is None:
            pair = (self._requests.labels(method, route, status), self._seconds.labels(route))
            self._known[method, route, status] = pair
        pair[0].inc()
        pair[1].observe(seconds)

    def asked(self, plugin: str, hook: str, outcome: str, seconds: float) -> None:
        """Count one call of a plugin: ``answered``, or how it failed."""
        self._calls.labels(plugin, hook, outcome).inc()
        if outcome == "violation":
            self._violations.labels(plugin).inc()
        self._waits.labels(plugin, hook).observe(seconds)

    def journal(self, outcome: str, count: int) -> None:
        """Count requests that were ``written`` to the log, ``dropped`` or ``failed``."""
        if count:
            self._journal.labels(outcome).inc(count)

    def page(self) -> bytes:
        """Return what Prometheus reads."""
        registry = self._registry
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class NoMetrics(Metrics):
    """Counts nothing: sandboxes are in no figure, for processes count together by name."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()

    def saw(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count no request."""

    def asked(self, plugin: str, hook: str, outcome: str, seconds: float) -> None:
        """Count no call."""

    def journal(self, outcome: str, count: int) -> None:
        """Count no row."""

    def page(self) -> bytes:
        """Return nothing."""
        return b""
