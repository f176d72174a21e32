# The site: Debian's licences. It listens on the address in /etc/site.address.
address=$(cat /etc/site.address 2>/dev/null || echo 127.0.0.1)
exec python3 -m http.server 80 --bind "$address" --directory /usr/share/common-licenses
