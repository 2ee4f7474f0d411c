"""Partners' clients get tokens here (RFC 6749 §4.4); doors learn here who calls (RFC 9068)."""
