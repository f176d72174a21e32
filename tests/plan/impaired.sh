ip -n panel link add x1001 type veth peer name y1001 \
  && ip -n panel link set y1001 master b1000 up \
  && ip -n panel link set x1001 up \
  && ip netns exec panel nft 'add table netdev panel; add chain netdev panel x1001 { type filter hook ingress device "x1001" priority 0; }; flush chain netdev panel x1001; add rule netdev panel x1001 fwd to "w1001"' \
  && ip netns exec panel nft 'add table netdev panel; add chain netdev panel w1001 { type filter hook ingress device "w1001" priority 0; }; flush chain netdev panel w1001; add rule netdev panel w1001 fwd to "x1001"' \
  && ip -n panel link set w1001 nomaster \
  && ip -n panel link add s101001 type veth peer name r101001 \
  && ip -n panel link set r101001 up \
  && ip -n panel link set s101001 up \
  && ip netns exec panel ethtool -K s101001 tx off tso off \
  && ip netns exec panel tc qdisc replace dev w1001 root handle 1: netem duplicate 1% limit 100000 seed 10615063632605255671 \
  && ip netns exec panel nft 'add table netdev panel; add chain netdev panel r101001 { type filter hook ingress device "r101001" priority 0; }; flush chain netdev panel r101001; add rule netdev panel r101001 fwd to "w1001"' \
  && ip netns exec panel nft 'add table netdev panel; add chain netdev panel x1001 { type filter hook ingress device "x1001" priority 0; }; flush chain netdev panel x1001; add rule netdev panel x1001 fwd to "s101001"'
ip -n panel link add s1003 type veth peer name r1003 \
  && ip -n panel link set r1003 up \
  && ip -n panel link set s1003 up \
  && ip netns exec panel ethtool -K s1003 tx off tso off \
  && ip netns exec panel tc qdisc replace dev w1004 root handle 1: netem delay 20ms 2ms loss 0.1% limit 100000 seed 12398831294038377579 \
  && ip netns exec panel tc qdisc replace dev w1004 parent 1:1 handle 2: netem rate 10000000bit limit 50 \
  && ip netns exec panel nft 'add table netdev panel; add chain netdev panel r1003 { type filter hook ingress device "r1003" priority 0; }; flush chain netdev panel r1003; add rule netdev panel r1003 fwd to "w1004"' \
  && ip netns exec panel nft 'add table netdev panel; add chain netdev panel w1003 { type filter hook ingress device "w1003" priority 0; }; flush chain netdev panel w1003; add rule netdev panel w1003 fwd to "s1003"' \
  && ip -n panel link add s1004 type veth peer name r1004 \
  && ip -n panel link set r1004 up \
  && ip -n panel link set s1004 up \
  && ip netns exec panel ethtool -K s1004 tx off tso off \
  && ip netns exec panel tc qdisc replace dev w1003 root handle 1: netem delay 20ms 2ms loss 0.1% reorder 25% limit 100000 seed 9411703455154980160 \
  && ip netns exec panel nft 'add table netdev panel; add chain netdev panel r1004 { type filter hook ingress device "r1004" priority 0; }; flush chain netdev panel r1004; add rule netdev panel r1004 fwd to "w1003"' \
  && ip netns exec panel nft 'add table netdev panel; add chain netdev panel w1004 { type filter hook ingress device "w1004" priority 0; }; flush chain netdev panel w1004; add rule netdev panel w1004 fwd to "s1004"'
