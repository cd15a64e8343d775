/**
 * From settings to how a node encrypts. Where they contradict each other, encryption goes on in another way that all nodes with
 * these settings find, and that is told.
 *
 * Source  spec/dataplane.md 2.1 and 6.1.
 */
import { type Cidr, formatCidr, parseCidr } from '@margay/netset'
import {
  defaultFelixSettings,
  durationSeconds,
  type FelixSettings,
  type Installation,
  type IpPool,
  installationName,
  type RouteTableRange,
} from '@margay/resources'
import type { EncryptionDevice, EncryptionSettings } from '../model/encryption-settings.ts'

/** What the operator is told comes before defaults, and after every FelixConfiguration. */
export function installationSettings(
  installations: ReadonlyMap<string, Installation>,
): Pick<FelixSettings, 'wireguardEnabled'> {
  const { calicoNetwork } = installations.get(installationName)?.spec ?? {}
  return calicoNetwork?.wireguard === 'Enabled' ? { wireguardEnabled: true } : {}
}

/** In the order of their text, each once. */
export function exemptCidrs(pools: Iterable<IpPool>): readonly Cidr[] {
  const disabled = [...pools].filter(({ spec }) => spec.encryption === 'Disabled')
  const cidrs = disabled.map(({ spec }) => parseCidr(spec.cidr)).filter((cidr) => cidr !== undefined)
  const byText = new Map(cidrs.map((cidr) => [formatCidr(cidr), cidr]))
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cidr]) => cidr)
}

export type EncryptionSpec = Required<
  Pick<FelixSettings, WireguardSetting | 'nftablesMarkMask' | 'routeTableRanges'>
>

type WireguardSetting = Extract<keyof FelixSettings, `wireguard${string}`>

type Report = (problem: string) => void

export function lowerEncryption(spec: EncryptionSpec, exempt: readonly Cidr[]): EncryptionSettings {
  const problems: string[] = []
  const report = (problem: string) => void problems.push(problem)
  const { ipv4, ipv6 } = lowerDevices(spec, report)
  const settings = {
    ipv4,
    ipv6,
    required: spec.wireguardRequired,
    hostEncryption: spec.wireguardHostEncryptionEnabled,
    keepaliveSeconds: Math.min(Math.ceil(secondsOf(spec.wireguardKeepAlive)), 65_535),
    routingRulePriority: spec.wireguardRoutingRulePriority,
    mark: lowerMark(spec.nftablesMarkMask, report),
    tables: lowerTables(spec.routeTableRanges, report),
    threading: spec.wireguardThreadingEnabled,
    rotationSeconds: secondsOf(spec.wireguardKeyRotationInterval),
    exempt,
  }
  return { ...settings, problems: ipv4 === undefined && ipv6 === undefined ? [] : problems }
}

function secondsOf(text: string): number {
  return durationSeconds(text) ?? 0
}

type Devices = Pick<EncryptionSettings, 'ipv4' | 'ipv6'>

function lowerDevices(spec: EncryptionSpec, report: Report): Devices {
  const ipv4: EncryptionDevice = {
    interfaceName: spec.wireguardInterfaceName,
    listenPort: spec.wireguardListeningPort,
    mtu: spec.wireguardMTU,
  }
  const ipv6: EncryptionDevice = {
    interfaceName: spec.wireguardInterfaceNameV6,
    listenPort: spec.wireguardListeningPortV6,
    mtu: spec.wireguardMTUV6,
  }
  if (spec.wireguardEnabled && spec.wireguardEnabledV6) return { ipv4, ipv6: apart(ipv6, ipv4, report) }
  return {
    ipv4: spec.wireguardEnabled ? ipv4 : undefined,
    ipv6: spec.wireguardEnabledV6 ? ipv6 : undefined,
  }
}

/** Without IPv4's name and port. */
function apart(ipv6: EncryptionDevice, ipv4: EncryptionDevice, report: Report): EncryptionDevice {
  const {
    wireguardInterfaceName,
    wireguardInterfaceNameV6,
    wireguardListeningPort,
    wireguardListeningPortV6,
  } = defaultFelixSettings
  const listenPort = other('wireguardListeningPort', ipv6.listenPort, ipv4.listenPort, {
    among: [wireguardListeningPortV6, wireguardListeningPort],
    report,
  })
  const interfaceName = other('wireguardInterfaceName', ipv6.interfaceName, ipv4.interfaceName, {
    among: [wireguardInterfaceNameV6, wireguardInterfaceName],
    report,
  })
  return { ...ipv6, interfaceName, listenPort }
}

interface Instead<T> {
  readonly among: readonly [T, T]
  readonly report: Report
}

function other<T>(setting: string, wanted: T, taken: T, { among, report }: Instead<T>): T {
  if (wanted !== taken) return wanted
  const instead = among[0] === taken ? among[1] : among[0]
  report(`${setting} and ${setting}V6 are both ${taken}; IPv6 has ${instead} instead`)
  return instead
}

/** Those that policy itself sets and reads. */
const policyMarks = 0x3_0000
const defaultMark = 0x20_0000

/** The sixth bit of the mask, counted from the lowest; five are for policy. */
function lowerMark(mask: number, report: Report): number {
  const bits = Array.from({ length: 32 }, (_, index) => 2 ** index).filter((bit) => hasBit(mask, bit))
  const mark = bits[5]
  if (mark !== undefined && !hasBit(policyMarks, mark)) return mark
  const why = mark === undefined ? 'has fewer than six bits' : 'has a bit of policy as its sixth'
  report(
    `nftablesMarkMask ${hex(mask)} ${why}; encrypted packets are marked with ${hex(defaultMark)} instead`,
  )
  return defaultMark
}

/** Bit operations of numbers are on 32 bits with a sign. */
function hasBit(mask: number, bit: number): boolean {
  return (mask & bit) !== 0
}

function hex(number: number): string {
  return `0x${number.toString(16)}`
}

/** No range at all is as if none were given. */
function lowerTables(ranges: readonly RouteTableRange[], report: Report): EncryptionSettings['tables'] {
  const given = ranges.length === 0 ? defaultFelixSettings.routeTableRanges : ranges
  const [ipv4, ipv6] = firstTables(given)
  if (ipv4 !== undefined && ipv6 !== undefined) return { ipv4, ipv6 }
  const [first = 1, second = 2] = firstTables([...given, ...defaultFelixSettings.routeTableRanges])
  report(`routeTableRanges has fewer than two tables; ${first} and ${second} are used instead`)
  return { ipv4: first, ipv6: second }
}

/** The tables `default`, `main` and `local` are the kernel's. */
const kernelTables = [253, 254, 255]

/** Two, or as many as there are. Ranges may have billions. */
function firstTables(ranges: readonly RouteTableRange[]): number[] {
  const found: number[] = []
  for (const { min, max } of ranges) {
    for (let table = min; table <= max && found.length < 2; table++) {
      if (!kernelTables.includes(table) && !found.includes(table)) found.push(table)
    }
  }
  return found
}
