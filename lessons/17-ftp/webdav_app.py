"""A folder as WebDAV, for any WSGI server; brandon may write, with his password.

    gunicorn -b :8443 --certfile CHAIN --keyfile KEY 'webdav_app:app("/tmp/dav", "/srv/ftp/pub")'

Everybody may read the second folder, as /pub/.
"""

from typing import Any

from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp


def app(folder: str, public: str) -> Any:
    people = {"brandon": {"password": "abc123"}}
    return WsgiDAVApp(
        {
            "provider_mapping": {
                "/": FilesystemProvider(folder),
                "/pub": FilesystemProvider(public, readonly=True),
            },
            "simple_dc": {"user_mapping": {"/": people, "/pub": True}},  # True: anybody
            "http_authenticator": {"accept_digest": False, "default_to_digest": False},
            "logging": {"enable": False},
            "verbose": 1,
        }
    )
