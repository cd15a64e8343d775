/** Source: include/uapi/linux/{rtnetlink,if_link,if,if_addr,neighbour,fib_rules,netconf}.h. */

export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_INET6 = 10

export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26
export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_GETNEIGH = 30
export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTM_GETRULE = 34
export const RTM_NEWNETCONF = 80

export const RTNLGRP_LINK = 1
export const RTNLGRP_NEIGH = 3
export const RTNLGRP_IPV4_IFADDR = 5
export const RTNLGRP_IPV4_ROUTE = 7
export const RTNLGRP_IPV4_RULE = 8
export const RTNLGRP_IPV6_IFADDR = 9
export const RTNLGRP_IPV6_ROUTE = 11
export const RTNLGRP_IPV6_RULE = 19
export const RTNLGRP_IPV4_NETCONF = 24
export const RTNLGRP_IPV6_NETCONF = 25

export const IFF_UP = 0x1
export const IFF_RUNNING = 0x40

export const IFLA_ADDRESS = 1
export const IFLA_IFNAME = 3
export const IFLA_MTU = 4
export const IFLA_LINK = 5
export const IFLA_MASTER = 10
export const IFLA_OPERSTATE = 16
export const IFLA_LINKINFO = 18
export const IFLA_NET_NS_FD = 28
export const IFLA_EXT_MASK = 29
export const IFLA_LINK_NETNSID = 37
export const IFLA_TARGET_NETNSID = 46
export const IFLA_INFO_KIND = 1
export const IFLA_INFO_DATA = 2
export const VETH_INFO_PEER = 1
/** Leaves statistics out of answers. */
export const RTEXT_FILTER_SKIP_STATS = 1 << 3

export const IFA_ADDRESS = 1
export const IFA_LOCAL = 2
export const IFA_LABEL = 3
export const IFA_BROADCAST = 4
export const IFA_FLAGS = 8
/** No duplicate address detection: the address can be used at once. */
export const IFA_F_NODAD = 0x02

export const RTA_DST = 1
export const RTA_OIF = 4
export const RTA_GATEWAY = 5
export const RTA_PRIORITY = 6
export const RTA_PREFSRC = 7
export const RTA_MULTIPATH = 9
export const RTA_TABLE = 15
export const RTA_VIA = 18

export const RTPROT_UNSPEC = 0
/** The kernel made it: with an address, or by itself. */
export const RTPROT_KERNEL = 2
export const RTPROT_BOOT = 3
export const RTPROT_STATIC = 4

export const RT_SCOPE_UNIVERSE = 0
export const RT_SCOPE_LINK = 253
export const RT_SCOPE_HOST = 254
/** In requests to delete: whatever its scope is. */
export const RT_SCOPE_NOWHERE = 255

export const RT_TABLE_MAIN = 254
export const RT_TABLE_LOCAL = 255
/** In the header, where only a byte is: the number is in an attribute. */
export const RT_TABLE_COMPAT = 252

export const FRA_DST = 1
export const FRA_SRC = 2
export const FRA_IIFNAME = 3
export const FRA_GOTO = 4
export const FRA_PRIORITY = 6
export const FRA_FWMARK = 10
export const FRA_SUPPRESS_PREFIXLEN = 14
export const FRA_TABLE = 15
export const FRA_FWMASK = 16
export const FRA_OIFNAME = 17
export const FRA_PROTOCOL = 21
export const FIB_RULE_INVERT = 0x2

export const NDA_DST = 1
export const NDA_LLADDR = 2
export const NDA_IFINDEX = 8
export const NUD_REACHABLE = 0x02
export const NUD_PERMANENT = 0x80
export const NTF_PROXY = 0x08

export const NETCONFA_IFINDEX = 1

/** Without it, a request for one qdisc is answered to the listeners of a group alone. */
export const NLM_F_ECHO = 0x8
export const RTM_NEWQDISC = 36
export const RTM_DELQDISC = 37
export const RTM_GETQDISC = 38
export const RTM_NEWTFILTER = 44
export const RTM_DELTFILTER = 45
export const RTM_GETTFILTER = 46

/** Parents and handles of linux/pkt_sched.h. */
export const TC_H_ROOT = 0xffff_ffff
export const TC_H_INGRESS = 0xffff_fff1
export const ingressHandle = 0xffff_0000

export const TCA_KIND = 1
export const TCA_OPTIONS = 2
export const TCA_TBF_PARMS = 1
export const TCA_TBF_RATE64 = 4
export const TCA_TBF_PRATE64 = 5
export const TCA_TBF_BURST = 6
export const TCA_TBF_PBURST = 7
export const TC_LINKLAYER_ETHERNET = 1

export const TCA_U32_SEL = 5
export const TCA_U32_ACT = 7
export const TC_U32_TERMINAL = 1
export const TCA_ACT_KIND = 1
export const TCA_ACT_OPTIONS = 2
export const TCA_MIRRED_PARMS = 2
export const TC_ACT_STOLEN = 4
export const TCA_EGRESS_REDIR = 1
export const ETH_P_ALL = 3
