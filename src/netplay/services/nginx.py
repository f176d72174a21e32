"""nginx: the web server in front, on 80 and 443, in HTTP/1.1, HTTP/2 and HTTP/3 (QUIC).

One address, many sites: which one is meant, the client says by name, in the ``Host`` field and,
before there is any HTTP, in the TLS handshake (SNI, RFC 6066 §3). By its first label:

    maps                    the geocoder
    secure                  nothing but a redirect from http to https, and HSTS
    old                     a permanent redirect to this host's own name
    mta-sts                 which hosts take the domain's mail, and that only over TLS (RFC 8461)
    expired, wrong,         this host's pages under a certificate that every client
    selfsigned, otherca     should refuse, each for another reason
    anything else           files below /var/www/html, and httpbin for all other paths; with the
                            setting `backends` (see there), one of several servers, in turn

httpbin tells its clients what they sent, so this proxy must not get in the way: it passes the
body on as it comes, without waiting for its end, and even ``Connection``, which RFC 9110 §7.6.1
reserves for each hop and which is half of a lesson. Only X-Forwarded-For is replaced: what a
client writes there proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from netplay.services import backends, probes, site, upstream
from netplay.services.mail_domains import exchanges
from netplay.services.naming import names_leading_to
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE", "names_on"]

_FOLDER = "/etc/nginx"
_CONFIG = f"{_FOLDER}/nginx.conf"
_TLS = f"{_FOLDER}/tls"
_BLOCKS = Path(__file__).with_name("data") / "nginx.conf"
# add_header in a server hides the one outside it, so Alt-Svc is said again.
_SECURE = """\
if ($scheme = http) { return 301 https://$host$request_uri; }
add_header Alt-Svc $alternative always;
add_header Strict-Transport-Security "max-age=86400" always;
"""
_BAD = ("expired", "wrong", "selfsigned", "otherca")


def names_on(context: Context, label: str) -> tuple[str, ...]:
    """This node's names that begin with *label*: those in the DNS, else one in each zone."""
    found = names_leading_to(context.topology, context.node)
    names = tuple(name for name in found if name.partition(".")[0] == label)
    return names or tuple(f"{label}.{zone}" for zone in context.topology.zones) or (label,)


def nginx_conf(context: Context) -> str:
    """The whole configuration: the general part and one ``server`` for each site."""
    general = _BLOCKS.read_text("utf-8")
    return general.replace("    # SERVERS\n", "\n".join(_servers(context)))


def _servers(context: Context) -> Iterator[str]:
    if group := backends.upstream(context):
        yield _indented(group)
    yield _server(_site(context), names=(context.node.hostname,), default=True)
    if context.node.runs("geocoder"):
        location = _location("/", _proxy(upstream.GEOCODER))
        yield _server(location, names=names_on(context, "maps"))
    moved = f"return 301 http://{context.node.hostname}$request_uri;\n"
    yield _server(moved, names=names_on(context, "old"))
    yield _server(_SECURE + _site(context), names=names_on(context, "secure"))
    for name in names_on(context, "mta-sts"):
        if policy := _mail_policy(context, name.partition(".")[2]):
            yield _server(policy, names=(name,))
    for label in _BAD:
        yield _server(_site(context), names=names_on(context, label), certificate=label)


def _server(
    body: str, *, names: tuple[str, ...], certificate: str = "host", default: bool = False
) -> str:
    """One site. QUIC's socket is shared by all (reuseport once, in the default server)."""
    lines = []
    for address in ("", "[::]:"):
        flag = " default_server" if default else ""
        lines += [
            f"listen {address}80{flag};",
            f"listen {address}443 ssl{flag};",
            f"listen {address}443 quic{flag}{' reuseport' if default else ''};",
        ]
    lines += [
        f"server_name {' '.join(names)};",
        f"ssl_certificate {_TLS}/{certificate}.crt;",
        f"ssl_certificate_key {_TLS}/{certificate}.key;",
    ]
    text = "\n".join(lines) + "\n" + body
    return _indented(f"server {{\n{_indented(text)}}}\n")


def _site(context: Context) -> str:
    """Files first; what is no file goes to httpbin, if the node runs it. Or all to backends."""
    if context.use.settings.get("backends"):
        return backends.location(f"{_FOLDER}/proxy_headers")
    other = "@httpbin" if context.node.runs("httpbin") else "=404"
    files = f"try_files $uri $uri/index.html {other};\ncharset utf-8;\ngzip on;\n"
    text = f"root {site.ROOT};\n" + _location("/", files)
    # A file of some length that every Debian has: for ranges, ETags and slow links.
    text += _location("= /site/gpl-3.txt", "alias /usr/share/common-licenses/GPL-3;\ngzip on;\n")
    if context.node.runs("httpbin"):
        text += _location("@httpbin", _proxy(upstream.HTTPBIN))
    return text


def _mail_policy(context: Context, domain: str) -> str:
    """The MTA-STS policy of *domain* (RFC 8461 §3.2), empty if it has no MX record."""
    hosts = exchanges(context.topology, domain)
    if not hosts:
        return ""
    lines = ["version: STSv1", "mode: enforce", *(f"mx: {host}" for host in hosts)]
    policy = "\\n".join([*lines, "max_age: 86400", ""])
    answer = f'default_type text/plain;\nreturn 200 "{policy}";\n'
    return _location("= /.well-known/mta-sts.txt", answer) + _location("/", "return 404;\n")


def _proxy(socket: str) -> str:
    return f"include {_FOLDER}/proxy_headers;\nproxy_pass http://unix:{socket};\n"


def _location(path: str, body: str) -> str:
    return f"location {path} {{\n{_indented(body)}}}\n"


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _certificates(context: Context) -> Iterator[File]:
    credentials = context.credentials
    named = {"host": credentials.nodes[context.node.name]}
    named |= {label: credentials.extra[label] for label in _BAD}
    for name, certificate in named.items():
        yield File(path=f"{_TLS}/{name}.crt", content=certificate.chain)
        yield File(path=f"{_TLS}/{name}.key", content=certificate.key, mode=0o600)


def _argv(_: Context) -> tuple[str, ...]:
    return ("/usr/sbin/nginx", "-c", _CONFIG)


def _files(context: Context) -> tuple[File, ...]:
    headers = _BLOCKS.with_name("proxy_headers").read_text("utf-8")
    return (
        File(path=_CONFIG, content=nginx_conf(context)),
        File(path=f"{_FOLDER}/proxy_headers", content=headers),
        *_certificates(context),
        *site.files(context),
    )


def _probes(context: Context) -> tuple[Probe, ...]:
    host = context.node.hostname
    if context.use.settings.get("backends"):
        # A GET would go to a server that does not listen yet, and nginx would leave it alone then.
        return (probes.tls_hello(443, host),)
    return probes.http_get(80, host, "/"), probes.tls_hello(443, host)


SERVICE = Service(
    name="nginx",
    title="nginx, web server and proxy (HTTP/1.1, 2 and 3)",
    ports=("80/tcp", "443/tcp", "443/udp"),
    packages=("nginx",),
    argv=_argv,
    files=_files,
    probes=_probes,
    logs=("/var/log/nginx/access.log",),
    settings=("backends",),
)
