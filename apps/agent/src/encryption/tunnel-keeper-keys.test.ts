/** When keys are made anew, and how a device is set up. */
import { parseCidr } from '@margay/netset'
import { describe, expect, test } from 'vitest'
import { KeptTunnel, keyOf, keyOfB, keyOfC, name, wanted } from './tunnel-keeper.testkit.ts'
import type { KeyAge } from './tunnel-keys.ts'

const announced = ({ kernel }: KeptTunnel) =>
  kernel.steps.filter((step) => step.startsWith('announce')).map((step) => step.slice(9))
const keys = (...bytes: readonly number[]) => bytes.map((byte) => keyOf(byte).publicKey)

async function aged(age: KeyAge): Promise<KeptTunnel> {
  const tunnel = new KeptTunnel()
  await tunnel.desire(wanted(), age)
  return tunnel
}

/** By the clock of the tests. */
const start = new Date('2026-01-02T03:04:05Z').getTime()
const after = (seconds: number) => new Date(start + seconds * 1000)

describe('a key is made anew', () => {
  test('when it is old enough, each time', async () => {
    const tunnel = await aged({ rotationSeconds: 60, notBefore: undefined })
    await tunnel.clock.advance(59_000)
    expect(announced(tunnel)).toEqual(keys(1))
    await tunnel.clock.advance(2000)
    await tunnel.settled()
    expect(announced(tunnel)).toEqual(keys(1, 2))
    await tunnel.clock.advance(60_000)
    await tunnel.settled()
    expect(announced(tunnel)).toEqual(keys(1, 2, 3))
    expect(tunnel.lines).toContain('encryption over IPv4: a new key is made, since it is 60 s old')
  })

  test('after more than a timer can wait', async () => {
    const tunnel = await aged({ rotationSeconds: 40 * 86_400, notBefore: undefined })
    await tunnel.clock.advance(39 * 86_400_000)
    await tunnel.settled()
    expect(announced(tunnel)).toEqual(keys(1))
    await tunnel.clock.advance(2 * 86_400_000)
    await tunnel.settled()
    expect(announced(tunnel)).toEqual(keys(1, 2))
  })

  test('on demand, once', async () => {
    const tunnel = await aged({ rotationSeconds: 0, notBefore: undefined })
    await tunnel.clock.advance(10_000)
    const asked = { rotationSeconds: 0, notBefore: after(5) }
    await tunnel.desire(wanted(), asked)
    await tunnel.desire(wanted(), asked)
    await tunnel.clock.advance(100_000)
    expect(announced(tunnel)).toEqual(keys(1, 2))
  })

  test('when the time comes that was asked for, and not before', async () => {
    const tunnel = await aged({ rotationSeconds: 0, notBefore: after(30) })
    await tunnel.clock.advance(25_000)
    expect(announced(tunnel)).toEqual(keys(1))
    await tunnel.clock.advance(10_000)
    await tunnel.settled()
    expect(announced(tunnel)).toEqual(keys(1, 2))
  })

  test.each([
    ['a little', 1000, []],
    [
      'far',
      60_000,
      [
        "encryption over IPv4: a new key is made, since this node's clock is 60 s behind the time when its key was made: peers would refuse its handshakes",
      ],
    ],
  ])('when its time is in the future: %s', async (_, aheadMs, lines) => {
    const tunnel = new KeptTunnel()
    tunnel.keys.stored.set(4, { key: keyOf(9), madeAt: new Date(start + aheadMs) })
    await tunnel.desire(wanted())
    expect(tunnel.lines.filter((line) => line.includes('new key is made'))).toEqual(lines)
    expect(announced(tunnel)).toEqual(lines.length === 0 ? keys(9) : keys(1))
  })

  test('when others could read it', async () => {
    const tunnel = new KeptTunnel()
    tunnel.keys.stored.set(4, { key: keyOf(9), madeAt: after(-5), doubt: 'others could read it' })
    await tunnel.desire(wanted())
    expect(announced(tunnel)).toEqual(keys(1))
    expect(tunnel.lines).toContain('encryption over IPv4: a new key is made, since others could read it')
  })
})

test('a new key keeps all peers, and is kept before the device has it', async () => {
  const tunnel = await aged({ rotationSeconds: 60, notBefore: undefined })
  const steps = await tunnel.during(() => tunnel.clock.advance(61_000))
  expect(steps).toEqual(['save key', 'tell its key', `announce ${keyOf(2).publicKey}`])
})

test('where a new key can not be kept, the old one goes on, and peers come and go', async () => {
  const tunnel = await aged({ rotationSeconds: 60, notBefore: undefined })
  tunnel.keys.refuses = true
  const other = keyOf(0xcc).publicKey
  await tunnel.clock.advance(61_000)
  await tunnel.desire(wanted({ keyOfC: other }), { rotationSeconds: 60, notBefore: undefined })
  const device = await tunnel.kernel.wireguard(name).read()
  expect(device.peers.map(({ publicKey }) => publicKey).sort()).toEqual([keyOfB, other].sort())
  expect(device.publicKey).toBe(keyOf(1).publicKey)
  expect(tunnel.keeper.problems).toEqual(['encryption over IPv4: key file: ENOSPC'])
  tunnel.keys.refuses = false
  await tunnel.clock.advance(1100)
  await tunnel.settled()
  expect(tunnel.keeper.problems).toEqual([])
  expect((await tunnel.kernel.wireguard(name).read()).publicKey).not.toBe(keyOf(1).publicKey)
})

test('without any key that can be kept there is no device', async () => {
  const tunnel = new KeptTunnel()
  tunnel.keys.refuses = true
  await tunnel.desire(wanted())
  expect(tunnel.kernel.findLink(name)).toBeUndefined()
  expect(tunnel.keeper.announcement).toBeUndefined()
})

test('a peer with a new key is told before the old one goes', async () => {
  const tunnel = await aged({ rotationSeconds: 0, notBefore: undefined })
  const other = keyOf(0xcc).publicKey
  const steps = await tunnel.during(() => tunnel.desire(wanted({ keyOfC: other })))
  expect(steps).toEqual([`add peer ${other}`, `change peer ${other}`, `remove peer ${keyOfC}`])
})

describe('the MTU', () => {
  test.each([
    [4, 0, 1440],
    [6, 0, 1420],
    [4, 1380, 1380],
  ] as const)('over IPv%d, given %d, is %d', async (version, mtu, result) => {
    const tunnel = new KeptTunnel(version)
    await tunnel.desire(wanted({ version, mtu }))
    expect(tunnel.kernel.findLink(name)?.mtu).toBe(result)
  })

  test('is as on Ethernet where nobody has the address of the node', async () => {
    const tunnel = new KeptTunnel()
    tunnel.kernel.links = []
    await tunnel.desire(wanted())
    expect(tunnel.kernel.findLink(name)?.mtu).toBe(1440)
  })

  test("shrank again and again with host encryption, where the node's link came after the device", async () => {
    const tunnel = new KeptTunnel()
    tunnel.kernel.links = []
    tunnel.kernel.addLink('bond0', 99, 9000, ['192.0.2.1/24'])
    for (let turn = 0; turn < 3; turn++) await tunnel.desire(wanted({ hostEncryption: true }))
    expect(tunnel.kernel.findLink(name)?.mtu).toBe(8940)
  })
})

test('with host encryption the device has the address of the node, and marks count in checks of the source', async () => {
  const tunnel = new KeptTunnel()
  await tunnel.desire(wanted())
  const link = () => tunnel.kernel.links.find((it) => it.name === name)
  expect([link()?.addresses, tunnel.kernel.sysctls.get('net/ipv4/conf/all/src_valid_mark')]).toEqual([
    [],
    undefined,
  ])
  await tunnel.desire(wanted({ hostEncryption: true }))
  expect(link()?.addresses).toEqual(['192.0.2.1/32'])
  expect(tunnel.kernel.sysctls.get('net/ipv4/conf/all/src_valid_mark')).toBe('1')
  expect(tunnel.kernel.ruleSpecs.map(({ priority }) => priority)).toEqual([99])
  await tunnel.desire(wanted())
  expect(link()?.addresses).toEqual([])
})

test('a rule for all addresses was made anew each time', async () => {
  const tunnel = new KeptTunnel()
  const all = wanted({
    exempt: ['0.0.0.0/1', '128.0.0.0/1'].map((text) => parseCidr(text)).filter((it) => it !== undefined),
  })
  await tunnel.desire(all)
  expect(await tunnel.during(() => tunnel.kernel.tell())).toEqual([])
})
