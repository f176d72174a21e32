"""The network that the tools are compared with, as plain data: twelve machines, two NATs.

Two homes behind modems, a provider, a backbone and a company; from h1 to www it is five hops.
It is the playground's shape in the simplest addresses, so that every tool can be given it.
"""

HOME_A, HOME_B, COMPANY = "lanA", "lanB", "lanX"
SWITCHES = (HOME_A, HOME_B, COMPANY)
HOSTS = ("h1", "h2", "h3", "h4", "ftp", "mail", "www")
ROUTERS = ("modemA", "modemB", "isp", "backbone", "example")

# Two nodes, and the address that each has on the cable between them; a switch has none.
LINKS = (
    ("h1", HOME_A, "192.168.1.11/24", ""),
    ("h2", HOME_A, "192.168.1.12/24", ""),
    ("h3", HOME_A, "192.168.1.13/24", ""),
    ("h4", HOME_B, "192.168.2.14/24", ""),
    ("modemA", HOME_A, "192.168.1.1/24", ""),
    ("modemB", HOME_B, "192.168.2.1/24", ""),
    ("modemA", "isp", "10.25.1.65/30", "10.25.1.66/30"),
    ("modemB", "isp", "10.25.2.65/30", "10.25.2.66/30"),
    ("isp", "backbone", "10.25.3.1/30", "10.25.3.2/30"),
    ("backbone", "example", "10.25.4.1/30", "10.25.4.2/30"),
    ("example", COMPANY, "10.130.1.1/24", ""),
    ("ftp", COMPANY, "10.130.1.2/24", ""),
    ("mail", COMPANY, "10.130.1.3/24", ""),
    ("www", COMPANY, "10.130.1.4/24", ""),
)
# Node, where to, by which neighbour.
ROUTES = (
    *((home, "default", "192.168.1.1") for home in ("h1", "h2", "h3")),
    ("h4", "default", "192.168.2.1"),
    ("modemA", "default", "10.25.1.66"),
    ("modemB", "default", "10.25.2.66"),
    ("isp", "default", "10.25.3.2"),
    ("backbone", "10.25.1.64/30", "10.25.3.1"),
    ("backbone", "10.25.2.64/30", "10.25.3.1"),
    ("backbone", "10.130.1.0/24", "10.25.4.2"),
    ("example", "default", "10.25.4.1"),
    *((server, "default", "10.130.1.1") for server in ("ftp", "mail", "www")),
)
# Interface 0 of a modem is at home, interface 1 leads outside: there it translates.
MODEMS = ("modemA", "modemB")
# The question that shows that it is up, and the machine that asks. A lost packet costs 0.1 s.
FROM = "h1"
PING = ["ping", "-n", "-c1", "-W", "0.1", "10.130.1.4"]
