"""The SDK without the server: a hand-written stand-in answers as the API does."""
