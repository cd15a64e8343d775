/** A keeper of the IPv4 tunnel of node `a`, whose peers are `b` and `c`, on a kernel in memory. */
import { PrivateKey } from '@margay/netlink'
import { type Cidr, type Ip, type IpVersion, parseCidr, parseIp } from '@margay/netset'
import { FakeClock } from '../testing/fake-clock.ts'
import { FakeTunnels, MemoryKeys } from '../testing/fake-tunnels.ts'
import { settingsOf, type TestCluster, type TestNode } from './cluster.testkit.ts'
import { desiredTunnel } from './desired-tunnel.ts'
import { TunnelKeeper } from './tunnel-keeper.ts'
import type { KeyAge } from './tunnel-keys.ts'
import type { DesiredTunnel, TunnelWorld } from './tunnel-model.ts'

export const name = 'wireguard.cali'
export const ageless: KeyAge = { rotationSeconds: 0, notBefore: undefined }

/** Keys are told apart by their first byte. */
export function keyOf(byte: number): PrivateKey {
  return PrivateKey.ofBytes(new Uint8Array(32).fill(byte))
}

export const keyOfB = keyOf(0xb0).publicKey
export const keyOfC = keyOf(0xc0).publicKey

const addresses: Readonly<Record<IpVersion, readonly string[]>> = {
  4: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  6: ['2001:db8::1', '2001:db8::2', '2001:db8::3'],
}
const blocks: Readonly<Record<IpVersion, readonly string[]>> = {
  4: ['10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'],
  6: ['fd00:0:0:1::/64', 'fd00:0:0:2::/64', 'fd00:0:0:3::/64'],
}

export interface Wish extends Partial<Pick<TestCluster, 'hostEncryption' | 'exempt'>> {
  readonly version?: IpVersion
  readonly mtu?: number
  readonly interfaceName?: string
  readonly table?: number
  readonly keyOfC?: string
  readonly interfaceAddress?: string
}

export function wanted(wish: Wish = {}): DesiredTunnel {
  const { version = 4, hostEncryption = false, exempt = [], mtu = 0, table = 1 } = wish
  const settings = settingsOf({ version, exempt, required: false, hostEncryption }, { isOn: true })
  const device = { interfaceName: wish.interfaceName ?? name, listenPort: 51820, mtu }
  const keys = [keyOf(1).publicKey, keyOfB, wish.keyOfC ?? keyOfC]
  const nodes = ['a', 'b', 'c'].map(
    (node, index): TestNode => ({
      name: node,
      isOn: true,
      publicKey: keys[index],
      isMalformed: false,
      address: parseIp(addresses[version][index] ?? '') as Ip,
      interfaceAddress:
        index === 0 && wish.interfaceAddress !== undefined ? parseIp(wish.interfaceAddress) : undefined,
      podCidrs: [parseCidr(blocks[version][index] ?? '') as Cidr],
    }),
  )
  const world: TunnelWorld = {
    version,
    ownName: 'a',
    settings: { ...settings, [version === 4 ? 'ipv4' : 'ipv6']: device, tables: { ipv4: table, ipv6: 2 } },
    nodes,
    strays: new Map(),
    pools: [],
  }
  return desiredTunnel(world) as DesiredTunnel
}

export class KeptTunnel {
  readonly kernel = new FakeTunnels()
  readonly keys = new MemoryKeys(this.kernel.steps)
  readonly clock: FakeClock
  readonly lines: string[] = []
  readonly keeper: TunnelKeeper
  #made = 0

  constructor(version: IpVersion = 4, clock = new FakeClock()) {
    this.clock = clock
    this.kernel.addLink('eth0', 2, 1500, ['192.0.2.1/24', '2001:db8::1/64'])
    this.keeper = this.another(version)
  }

  /** Of an agent that comes later, on the same kernel. */
  another(version: IpVersion = 4): TunnelKeeper {
    const { kernel, keys, clock } = this
    return new TunnelKeeper({
      version,
      kernel,
      keys,
      clock,
      random: (count) => new Uint8Array(count).fill(++this.#made),
      log: (line) => this.lines.push(line),
      onChange: () => {
        const key = this.keeper?.announcement
        if (key !== undefined && !kernel.steps.includes(`announce ${key}`))
          kernel.steps.push(`announce ${key}`)
      },
    })
  }

  /** Brings it there, and lets it see what it did itself. */
  async desire(desired: DesiredTunnel | undefined, age = ageless): Promise<void> {
    this.keeper.desire(desired, age)
    await this.settled()
  }

  async settled(): Promise<void> {
    await turns()
    await this.clock.advance(25)
    await turns()
  }

  /** What was done meanwhile. */
  async during(work: () => Promise<void> | void): Promise<string[]> {
    const before = this.kernel.steps.length
    await work()
    await this.settled()
    return this.kernel.steps.slice(before)
  }
}

/** What was put off until the next turn happens, and what follows from it. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
