ip netns exec panel sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec panel sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip netns add h1 && ip -n h1 link set lo up
ip netns exec h1 sysctl -qw net.ipv6.conf.default.accept_dad=0
ip netns exec h1 sysctl -qw net.ipv6.conf.default.accept_ra=0
ip netns exec h1 sysctl -qw net.ipv6.conf.default.router_solicitations=0
ip netns exec h1 sysctl -qw net.ipv4.conf.all.rp_filter=0
ip netns exec h1 sysctl -qw net.ipv4.conf.default.rp_filter=0
ip netns exec h1 sysctl -qw 'net.ipv4.ping_group_range=0 65534'
ip netns add modem && ip -n modem link set lo up
ip netns exec modem sysctl -qw net.ipv6.conf.default.accept_dad=0
ip netns exec modem sysctl -qw net.ipv6.conf.default.accept_ra=0
ip netns exec modem sysctl -qw net.ipv6.conf.default.router_solicitations=0
ip netns exec modem sysctl -qw net.ipv4.conf.all.rp_filter=0
ip netns exec modem sysctl -qw net.ipv4.conf.default.rp_filter=0
ip netns exec modem sysctl -qw 'net.ipv4.ping_group_range=0 65534'
ip netns exec modem sysctl -qw net.ipv4.ip_forward=1
ip netns exec modem sysctl -qw net.ipv6.conf.all.forwarding=1
ip netns exec modem sysctl -qw net.ipv4.icmp_ratelimit=0
ip netns exec modem sysctl -qw net.ipv6.icmp.ratelimit=0
ip netns add www && ip -n www link set lo up
ip netns exec www sysctl -qw net.ipv6.conf.default.accept_dad=0
ip netns exec www sysctl -qw net.ipv6.conf.default.accept_ra=0
ip netns exec www sysctl -qw net.ipv6.conf.default.router_solicitations=0
ip netns exec www sysctl -qw net.ipv4.conf.all.rp_filter=0
ip netns exec www sysctl -qw net.ipv4.conf.default.rp_filter=0
ip netns exec www sysctl -qw 'net.ipv4.ping_group_range=0 65534'
ip -n panel link add b1000 index 1000 mtu 65535 type bridge
ip link add w1001 netns panel index 1001 mtu 1500 type veth peer name eth1 netns h1 index 10 address 02:00:00:00:00:01 mtu 1500
ip link add w1002 netns panel index 1002 mtu 1500 type veth peer name eth1 netns modem index 11 address 02:00:00:00:00:03 mtu 1500
ip link add w1003 netns panel index 1003 mtu 1500 type veth peer name eth0 netns modem index 10 address 02:00:00:00:00:02 mtu 1500
ip link add w1004 netns panel index 1004 mtu 1500 type veth peer name eth0 netns www index 10 address 02:00:00:00:00:04 mtu 1500
ip -n h1 link set eth1 up
ip -n h1 addr add 192.168.1.11/24 dev eth1
ip -n h1 addr add 2001:db8:a::11/64 dev eth1 nodad
ip -n h1 route add default via 192.168.1.1
ip -n modem link set eth0 up
ip -n modem link set eth1 up
ip -n modem addr add 10.25.1.65/32 dev eth0
ip -n modem addr add 192.168.1.1/24 dev eth1
ip -n modem route add 10.25.1.1/32 dev eth0
ip -n modem route add default via 10.25.1.1
ip -n www link set eth0 up
ip -n www addr add 10.25.1.1/16 dev eth0
ip netns exec modem sysctl -qw net.ipv4.conf.eth0.proxy_arp=1
ip netns exec modem nft -f - <<'END'
table ip nat {
	chain postrouting {
		type nat hook postrouting priority srcnat
		oifname "eth0" masquerade
	}
}
table inet helper {
	ct helper ftp-ipv4 {
		type "ftp" protocol tcp
		l3proto ip
	}
	ct helper ftp-ipv6 {
		type "ftp" protocol tcp
		l3proto ip6
	}
	chain prerouting {
		type filter hook prerouting priority filter
		meta nfproto ipv4 tcp dport 21 ct helper set "ftp-ipv4"
		meta nfproto ipv6 tcp dport 21 ct helper set "ftp-ipv6"
	}
}
table inet filter {
	chain forward {
		type filter hook forward priority filter
		iifname "eth0" ct state established,related accept
		iifname "eth0" drop
	}
}
END
ip -n panel link set w1001 master b1000
ip -n panel link set w1002 master b1000
ip -n panel link set w1001 up
ip -n panel link set w1002 up
ip -n panel link set w1003 up
ip -n panel link set w1004 up
ip netns exec panel nft -f - <<'END'
table netdev panel {
	chain w1003 {
		type filter hook ingress device "w1003" priority filter
		fwd to "w1004"
	}
	chain w1004 {
		type filter hook ingress device "w1004" priority filter
		fwd to "w1003"
	}
}
END
ip -n panel link set b1000 up
echo root:abc123 | chpasswd
useradd -m -u 1000 -d /home/brandon -s /bin/bash -G sudo brandon && echo brandon:abc123 | chpasswd
install -D -m 0440 -o root -g root /dev/stdin lab/every/etc/sudoers.d/brandon <<'END'
brandon ALL=(ALL:ALL) NOPASSWD: ALL
END
cat image/etc/ssl/certs/ca-certificates.crt - > lab/every/etc/ssl/certs/ca-certificates.crt <<'END'
THE AUTHORITY
END
install -D -m 0644 -o root -g root /dev/stdin lab/every/usr/local/share/ca-certificates/netplay.crt <<'END'
THE AUTHORITY
END
ln -sfn /usr/local/share/ca-certificates/netplay.crt lab/every/etc/ssl/certs/0123abcd.0
install -D -m 0644 -o root -g root /dev/stdin lab/every/etc/gai.conf <<'END'
# gai.conf(5): IPv4 before IPv6, where a name has both.
precedence ::1/128       50
precedence ::ffff:0:0/96 45
precedence ::/0          40
precedence 2002::/16     30
precedence ::/96         20
END
install -d -m 0755 -o root -g root lab/every/var/log/netplay
mkdir -p lab/h1 && mount -t tmpfs -o size=536870912 h1 lab/h1 && mkdir lab/h1/upper lab/h1/work lab/h1/root && mount -t overlay -o lowerdir=lab/every:image,upperdir=lab/h1/upper,workdir=lab/h1/work h1 lab/h1/root
install -D -m 0644 -o root -g root /dev/stdin lab/h1/root/etc/hostname <<'END'
h1
END
install -D -m 0644 -o root -g root /dev/stdin lab/h1/root/etc/hosts <<'END'
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
192.168.1.11 h1
2001:db8:a::11 h1
END
install -D -m 0644 -o root -g root /dev/stdin lab/h1/root/etc/resolv.conf <<'END'
nameserver 10.1.1.1
search example.com
END
mkdir -p lab/modem && mount -t tmpfs -o size=536870912 modem lab/modem && mkdir lab/modem/upper lab/modem/work lab/modem/root && mount -t overlay -o lowerdir=lab/every:image,upperdir=lab/modem/upper,workdir=lab/modem/work modem lab/modem/root
install -D -m 0644 -o root -g root /dev/stdin lab/modem/root/etc/hostname <<'END'
modem
END
install -D -m 0644 -o root -g root /dev/stdin lab/modem/root/etc/hosts <<'END'
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
10.25.1.65 modem
192.168.1.11 h1
2001:db8:a::11 h1
10.25.1.1 www
END
install -D -m 0644 -o root -g root /dev/stdin lab/modem/root/etc/resolv.conf <<'END'
END
mkdir -p lab/www && mount -t tmpfs -o size=536870912 www lab/www && mkdir lab/www/upper lab/www/work lab/www/root && mount -t overlay -o lowerdir=lab/every:image,upperdir=lab/www/upper,workdir=lab/www/work www lab/www/root
install -D -m 0644 -o root -g root /dev/stdin lab/www/root/etc/hostname <<'END'
www
END
install -D -m 0644 -o root -g root /dev/stdin lab/www/root/etc/hosts <<'END'
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
10.25.1.1 www
192.168.1.11 h1
2001:db8:a::11 h1
10.25.1.65 modem
END
install -D -m 0644 -o root -g root /dev/stdin lab/www/root/etc/resolv.conf <<'END'
END
