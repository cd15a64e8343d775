/** In which tunnels nodes carry packets of workloads to each other. Source: spec/api.md 1.7 and 1.8, spec/dataplane.md 1.7. */
import { type IpVersion, parseCidr } from '@margay/netset'
import type { FelixSettings, IpPool } from '@margay/resources'
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

type Settings = Pick<FelixSettings, 'ipipEnabled' | 'vxlanEnabled'> &
  Required<
    Pick<
      FelixSettings,
      'wireguardEnabled' | 'wireguardEnabledV6' | 'wireguardListeningPort' | 'wireguardListeningPortV6'
    >
  >

/** Of VXLAN, the setting is about IPv4. */
export function lowerTunnels(settings: Settings, pools: PoolTunnels): NodeTunnels {
  const { ipipEnabled = pools.ipip, vxlanEnabled = pools.vxlan.includes(4) } = settings
  return {
    ipip: ipipEnabled,
    vxlan: both.filter((version) => (version === 4 ? vxlanEnabled : pools.vxlan.includes(6))),
    wireguard: [
      ...(settings.wireguardEnabled ? [{ version: 4, port: settings.wireguardListeningPort } as const] : []),
      ...(settings.wireguardEnabledV6
        ? [{ version: 6, port: settings.wireguardListeningPortV6 } as const]
        : []),
    ],
  }
}
