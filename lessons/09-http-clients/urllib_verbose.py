"""Handlers for urllib that print the head of each request and of each response.

    opener = urllib.request.build_opener(VerboseHandler, VerboseTLSHandler)
    opener.open("http://www.example.com/")

urllib asks a chain of handlers, and http.client does the talking; its connection class is
ours to extend, and its method send() is given the very bytes.
"""

import http.client
import urllib.request
from typing import Any


class VerboseResponse(http.client.HTTPResponse):
    def begin(self) -> None:
        super().begin()
        print(f"< HTTP/{self.version / 10} {self.status} {self.reason}")
        for name, value in self.headers.items():
            print(f"< {name}: {value}")
        print("<")


class VerboseConnection(http.client.HTTPConnection):
    response_class = VerboseResponse
    head_is_next = False

    def endheaders(self, *args: Any, **options: Any) -> None:
        self.head_is_next = True
        super().endheaders(*args, **options)

    def send(self, data: Any) -> None:
        if self.head_is_next:  # what follows it is the body
            for line in data.decode("latin-1").split("\r\n")[:-1]:
                print(f"> {line}".rstrip())
        self.head_is_next = False
        super().send(data)


class VerboseTLSConnection(VerboseConnection, http.client.HTTPSConnection):
    pass


class VerboseHandler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(VerboseConnection, request)


class VerboseTLSHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(VerboseTLSConnection, request)
