/** Names of the model and the kernel's numbers for them, both ways. Source: include/uapi/linux/netfilter/nf_tables.h. */
import type {
  CompareExpression,
  ConntrackExpression,
  ConntrackTupleExpression,
  DataType,
  ExtensionHeaderExpression,
  Family,
  FibExpression,
  HookName,
  LimitExpression,
  LogExpression,
  MetaKey,
  ObjectKind,
  PayloadExpression,
  SetMetaExpression,
  Verdict,
} from './model.ts'

export class Codes<Name extends string> {
  readonly #codes: Readonly<Record<Name, number>>
  readonly #names: ReadonlyMap<number, Name>

  constructor(codes: Readonly<Record<Name, number>>) {
    this.#codes = codes
    this.#names = new Map(Object.entries(codes).map(([name, code]) => [code as number, name as Name]))
  }

  codeOf(name: Name): number {
    return this.#codes[name]
  }

  /** Undefined for a number that the model has no name for. */
  nameOf(code: number): Name | undefined {
    return this.#names.get(code)
  }
}

/** `NFPROTO_…` */
export const families = new Codes<Family>({ inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 })

/** The same number means different hooks in different families. */
const inetHooks = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4, ingress: 5 }
const hooks: Readonly<Record<Family, Readonly<Partial<Record<HookName, number>>>>> = {
  inet: inetHooks,
  ip: inetHooks,
  ip6: inetHooks,
  bridge: inetHooks,
  arp: { input: 0, output: 1, forward: 2 },
  netdev: { ingress: 0, egress: 1 },
}

/** @throws RangeError when the family has no such hook */
export function hookNumber(family: Family, hook: HookName): number {
  const number = hooks[family][hook]
  if (number !== undefined) return number
  throw new RangeError(`${family} has no hook ${hook}, only ${Object.keys(hooks[family]).join(', ')}`)
}

export function hookName(family: Family, number: number): HookName | undefined {
  const names = Object.keys(hooks[family]) as HookName[]
  return names.find((name) => hooks[family][name] === number)
}

/** `NF_…` and `NFT_…`, as unsigned numbers. */
export const verdicts = new Codes<Verdict['kind']>({
  drop: 0,
  accept: 1,
  continue: -1 >>> 0,
  jump: -3 >>> 0,
  goto: -4 >>> 0,
  return: -5 >>> 0,
})

/** `NFT_META_…` */
export const metaKeys = new Codes<MetaKey>({
  len: 0,
  protocol: 1,
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  iiftype: 8,
  nfproto: 15,
  l4proto: 16,
  pkttype: 19,
})
export const settableMetaKeys = new Codes<SetMetaExpression['key']>({ mark: 3, nftrace: 12 })

export const payloadBases = new Codes<PayloadExpression['base']>({ link: 0, network: 1, transport: 2 })
/** Next header numbers. Source: RFC 8200. */
export const extensionHeaders = new Codes<ExtensionHeaderExpression['header']>({ frag: 44 })
/** `NFT_CT_…` */
export const conntrackKeys = new Codes<ConntrackExpression['key']>({
  state: 0,
  direction: 1,
  status: 2,
  mark: 3,
  l3proto: 7,
  protocol: 10,
})
export const conntrackTupleKeys = new Codes<ConntrackTupleExpression['key']>({
  'proto-src': 11,
  'proto-dst': 12,
  'ip saddr': 19,
  'ip daddr': 20,
  'ip6 saddr': 21,
  'ip6 daddr': 22,
})
/** `IP_CT_DIR_…` */
export const conntrackDirections = new Codes<ConntrackTupleExpression['direction']>({ original: 0, reply: 1 })
export const fibResults = new Codes<FibExpression['result']>({ oif: 1, oifname: 2, type: 3 })
export const fibAddresses = new Codes<FibExpression['lookUp']>({ saddr: 1, daddr: 2 })
export const fibKeys = new Codes<FibExpression['with'][number]>({ mark: 4, iif: 8, oif: 16 })
export const compareOperators = new Codes<CompareExpression['operator']>({
  '==': 0,
  '!=': 1,
  '<': 2,
  '<=': 3,
  '>': 4,
  '>=': 5,
})
export const limitUnits = new Codes<LimitExpression['unit']>({ packets: 0, bytes: 1 })
/** In seconds. */
export const limitPeriods = new Codes<LimitExpression['per']>({
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
})
/** `NFT_OBJECT_…`; 0 is none. */
export const objectKinds = new Codes<ObjectKind>({
  other: 0,
  counter: 1,
  quota: 2,
  'ct helper': 3,
  limit: 4,
  'ct count': 5,
  tunnel: 6,
  'ct timeout': 7,
  secmark: 8,
  'ct expectation': 9,
  synproxy: 10,
})
/** As in syslog(3). */
export const logLevels = new Codes<NonNullable<LogExpression['level']>>({
  emerg: 0,
  alert: 1,
  crit: 2,
  err: 3,
  warn: 4,
  notice: 5,
  info: 6,
  debug: 7,
})
/** What the kernel takes when none is given. */
export const defaultLogLevel = 'warn'

/**
 * nft(8)'s own numbers: the kernel only keeps them. `integer` has one, but nft can't show a concatenation with it, for want of
 * a length; a device group is a number of the same form.
 */
export const dataTypes = new Codes<DataType>({
  nf_proto: 2,
  ipv4_addr: 7,
  ipv6_addr: 8,
  ether_addr: 9,
  inet_proto: 12,
  inet_service: 13,
  icmp_type: 14,
  mark: 19,
  icmpv6_type: 29,
  integer: 35,
  ifname: 41,
})
