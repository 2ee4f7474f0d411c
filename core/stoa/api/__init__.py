"""The HTTP API for partners, ``/v1``: each noun a file, its schemas beside its doors."""
