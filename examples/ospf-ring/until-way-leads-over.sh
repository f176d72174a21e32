# Waits until packets to `right` go over the routers with the addresses $1 and $2, and arrive. The
# second answers with the address at which its own way back begins, so that counts, too.
until traceroute -n -q 1 -w 0.3 -m 4 right | tr '\n' ' ' | grep -q " $1 .* $2 .* 4  10.0.6.11 "
do :; done
