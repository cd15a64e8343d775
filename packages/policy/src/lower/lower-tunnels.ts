/** In which tunnels nodes carry packets of workloads to each other. Source: spec/api.md 1.7 and 1.8, spec/dataplane.md 1.7. */
import { type IpVersion, parseCidr } from '@margay/netset'
import type { FelixSettings, IpPool } from '@margay/resources'
import type { EncryptionSettings } from '../model/encryption-settings.ts'
import type { NodeTunnels } from '../model/node-settings.ts'

export type PoolTunnels = Pick<NodeTunnels, 'ipip' | 'vxlan'>

const both: readonly IpVersion[] = [4, 6]

/** Also of pools that give out no addresses any more: pods may still have theirs. */
export function poolTunnels(pools: Iterable<IpPool>): PoolTunnels {
  const specs = [...pools].map(({ spec }) => spec)
  const isUsed = (mode: string | undefined) => mode !== undefined && mode !== 'Never'
  const vxlan = specs.filter(({ vxlanMode }) => isUsed(vxlanMode)).map(({ cidr }) => parseCidr(cidr)?.version)
  return {
    ipip: specs.some(({ ipipMode }) => isUsed(ipipMode)),
    vxlan: both.filter((version) => vxlan.includes(version)),
  }
}

type Settings = Pick<FelixSettings, 'ipipEnabled' | 'vxlanEnabled'>

/** Of VXLAN, the setting is about IPv4. */
export function lowerTunnels(
  settings: Settings,
  pools: PoolTunnels,
  { ipv4, ipv6 }: Pick<EncryptionSettings, 'ipv4' | 'ipv6'>,
): NodeTunnels {
  const { ipipEnabled = pools.ipip, vxlanEnabled = pools.vxlan.includes(4) } = settings
  return {
    ipip: ipipEnabled,
    vxlan: both.filter((version) => (version === 4 ? vxlanEnabled : pools.vxlan.includes(6))),
    wireguard: [
      ...(ipv4 === undefined ? [] : [{ version: 4, port: ipv4.listenPort } as const]),
      ...(ipv6 === undefined ? [] : [{ version: 6, port: ipv6.listenPort } as const]),
    ],
  }
}
