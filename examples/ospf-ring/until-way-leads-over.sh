# Waits until packets to `right` go over the router with the address $1, and arrive.
until traceroute -n -q 1 -w 0.3 -m 4 right | tr '\n' ' ' | grep -q " $1 .* 4  10.0.6.11 "; do :; done
