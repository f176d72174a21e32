"""Bridges between the two worlds: a WSGI application for ASGI servers, and the other way round.

    uvicorn --host 0.0.0.0 --port 8011 wsgi_in_asgi:asgi
    gunicorn -b :8012 wsgi_in_asgi:wsgi

Both are the time service.
"""

import timeapp_asgi
import timeapp_raw
from a2wsgi import ASGIMiddleware, WSGIMiddleware

# Each request is handed to one of ten threads, and waits there for what the event loop reads.
asgi = WSGIMiddleware(timeapp_raw.app, workers=10)

# An event loop in a thread of its own; the worker waits until the answer is complete.
wsgi = ASGIMiddleware(timeapp_asgi.app)
