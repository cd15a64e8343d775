/** Checks of pods before any is made: a lab never stops half-way because of a name. */
import { nodeNetworks } from './address-plan.ts'
import { InvalidSpecError } from './errors.ts'
import { describeMember, type LabMember, type LabNode, type PodSpec, podKey } from './members.ts'
import { checkInterfaceName, checkPodName } from './names.ts'
import { decodeIp, encodeIp, familyOf, ipKey } from './syscalls/sockaddr.ts'

/** What is in the lab already. */
export interface Inventory {
  readonly nodes: ReadonlyMap<string, LabNode>
  readonly pods: ReadonlyMap<string, PodSpec>
  memberByIp(ip: string): LabMember | undefined
}

/** Throws InvalidSpecError for the first pod that can't be added. */
export function checkPods(specs: readonly PodSpec[], inventory: Inventory): void {
  const taken = new Set([...inventory.pods.values()].flatMap(namesOf))
  for (const spec of specs) {
    checkPodName(spec)
    checkInterfaceName(spec.interfaceName)
    if (!inventory.nodes.has(spec.node)) {
      throw new InvalidSpecError(
        'node',
        `pod ${podKey(spec)} names the unknown node ${JSON.stringify(spec.node)}`,
      )
    }
    checkIps(spec, inventory)
    for (const name of namesOf(spec)) {
      if (taken.has(name)) throw new InvalidSpecError('pods', `${name} is there twice`)
      taken.add(name)
    }
  }
}

function checkIps(spec: PodSpec, inventory: Inventory): void {
  if (spec.ips.length === 0) throw new InvalidSpecError('ips', `pod ${podKey(spec)} has no address`)
  for (const ip of spec.ips) {
    if (familyOf(ip) === undefined)
      throw new InvalidSpecError('ips', `${JSON.stringify(ip)} is not an IP address`)
    if (isReserved(ip)) throw new InvalidSpecError('ips', `${ip} belongs to the lab’s network of nodes`)
    const owner = inventory.memberByIp(ip)
    if (owner !== undefined) throw new InvalidSpecError('ips', `${ip} belongs to ${describeMember(owner)}`)
  }
}

/** Everything that must be unique, in words. */
function namesOf(spec: PodSpec): string[] {
  const ips = spec.ips.map((ip) => `address ${decodeIp(encodeIp(ip))}`)
  return [`pod ${podKey(spec)}`, `interface ${spec.interfaceName} on node ${spec.node}`, ...ips]
}

const reservedPrefixes = Object.values(nodeNetworks).map((network) => {
  const [base = '', length = '0'] = network.split('/')
  return ipKey(base).slice(0, Number(length) / 4)
})

/** The prefixes end at whole hexadecimal digits; an IPv4 key is shorter than an IPv6 one. */
function isReserved(ip: string): boolean {
  const [ipv4, ipv6] = reservedPrefixes as [string, string]
  return ipKey(ip).startsWith(familyOf(ip) === 4 ? ipv4 : ipv6)
}
