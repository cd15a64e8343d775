import { expect, test } from 'vitest'
import { fallbackMetric, routeProtocol } from './routing-plan.ts'
import { ageless, KeptTunnel, keyOf, keyOfB, keyOfC, name, turns, wanted } from './tunnel-keeper.testkit.ts'

function indexOf(steps: readonly string[], start: string): number {
  const index = steps.findIndex((step) => step.startsWith(start))
  if (index < 0) throw new Error(`nothing begins with "${start}" in ${steps.join('\n')}`)
  return index
}

function expectOrder(steps: readonly string[], ...starts: readonly string[]): void {
  const indices = starts.map((start) => indexOf(steps, start))
  expect(indices).toEqual(indices.toSorted((one, other) => one - other))
}

async function running(): Promise<KeptTunnel> {
  const tunnel = new KeptTunnel()
  await tunnel.desire(wanted())
  return tunnel
}

test('a key is kept before a device has it, peers are told behind, and packets are led into the device at last', async () => {
  const { kernel } = await running()
  const own = keyOf(1).publicKey
  expectOrder(kernel.steps, 'save key', `add device ${name}`, 'tell its key', `announce ${own}`)
  expectOrder(kernel.steps, 'tell its key', `add peer ${keyOfB}`, 'add route 1: Unicast 10.0.2.0/24')
  // Until the device is there, nothing goes in the clear.
  expectOrder(kernel.steps, 'add route 1: Blackhole 10.0.2.0/24', 'add rule 99', `add device ${name}`)
  expectOrder(kernel.steps, 'add rule 100', 'add rule 98', 'add rule 99')
  expectOrder(kernel.steps, 'add route 1: Throw 10.0.1.0/24', 'add rule 99')
})

test('what was done needs nothing more', async () => {
  const tunnel = await running()
  expect(await tunnel.during(() => tunnel.desire(wanted()))).toEqual([])
  expect(await tunnel.during(() => tunnel.kernel.tell())).toEqual([])
  expect(tunnel.keeper.problems).toEqual([])
})

test('a device that runs already is taken over without a change', async () => {
  const tunnel = await running()
  await tunnel.keeper.stop()
  const next = tunnel.another()
  expect(
    await tunnel.during(async () => {
      next.desire(wanted(), ageless)
      await tunnel.settled()
    }),
  ).toEqual([])
  expect(next.announcement).toBe(keyOf(1).publicKey)
  expect((await next.state())?.driver).toBe('kernel')
})

test('a device that is killed is back with the same key and greets its peers, and nothing goes in the clear meanwhile', async () => {
  const tunnel = await running()
  const { kernel } = tunnel
  const steps = await tunnel.during(() => {
    kernel.kill(name)
    const left = kernel.routeSpecs.filter(({ destination }) => destination === '10.0.2.0/24')
    expect(left.map(({ type, metric }) => ({ type, metric }))).toEqual([
      { type: 'Blackhole', metric: fallbackMetric },
    ])
  })
  expectOrder(
    steps,
    `add device ${name}`,
    'tell its key',
    `add peer ${keyOfB}`,
    'add route 1: Unicast 10.0.2.0/24',
  )
  expect(steps.filter((step) => /rule|Blackhole|Throw|save|announce/.test(step))).toEqual([])
  expect((await kernel.wireguard(name).read()).publicKey).toBe(keyOf(1).publicKey)
  expect(kernel.wireguard(name).handshakes).toEqual([keyOfB, keyOfC])
})

test.each([
  [
    'a rule',
    (kernel: KeptTunnel['kernel']) =>
      (kernel.ruleSpecs = kernel.ruleSpecs.filter(({ priority }) => priority !== 99)),
  ],
  ['a route', (kernel: KeptTunnel['kernel']) => (kernel.routeSpecs = kernel.routeSpecs.slice(1))],
  [
    'its address',
    (kernel: KeptTunnel['kernel']) =>
      Object.assign(kernel.findLink(name) ?? {}, { addresses: ['10.9.9.9/32'] }),
  ],
  ['its MTU', (kernel: KeptTunnel['kernel']) => Object.assign(kernel.findLink(name) ?? {}, { mtu: 9000 })],
  [
    'that it is up',
    (kernel: KeptTunnel['kernel']) => Object.assign(kernel.findLink(name) ?? {}, { isUp: false }),
  ],
])('where somebody takes %s away, it is mended', async (_, change) => {
  const tunnel = new KeptTunnel()
  const { kernel } = tunnel
  const look = () =>
    JSON.stringify(
      [kernel.ruleSpecs, kernel.routeSpecs, kernel.findLink(name)]
        .flat()
        .map((it) => JSON.stringify(it))
        .sort(),
    )
  await tunnel.desire(wanted({ interfaceAddress: '10.0.1.200' }))
  const before = look()
  change(kernel)
  expect(look()).not.toBe(before)
  await tunnel.during(() => kernel.tell())
  expect(look()).toBe(before)
})

test('what fails is told once and tried again, and is told as gone', async () => {
  const tunnel = new KeptTunnel()
  tunnel.kernel.refused = /add peer/
  await tunnel.desire(wanted())
  const line = `encryption over IPv4: EPERM: add peer ${keyOfB}`
  expect(tunnel.keeper.problems).toEqual([line])
  await tunnel.clock.advance(5000)
  expect(tunnel.lines.filter((it) => it.includes('EPERM'))).toEqual([`${line}; trying again`])
  // Its peers are not there: nothing may be led into it.
  expect(tunnel.kernel.routeSpecs.filter(({ index }) => index !== undefined)).toEqual([])
  tunnel.kernel.refused = undefined
  await tunnel.clock.advance(1100)
  await tunnel.settled()
  expect(tunnel.keeper.problems).toEqual([])
  expect(tunnel.kernel.routeSpecs.filter(({ index }) => index !== undefined)).toHaveLength(2)
})

test('a link of that name that is somebody else’s is left as it is', async () => {
  const tunnel = new KeptTunnel()
  tunnel.kernel.addLink(name, 5, 1500, [])
  await tunnel.desire(wanted())
  expect(tunnel.keeper.problems).toEqual([expect.stringContaining('that is none of WireGuard')])
  expect(tunnel.keeper.announcement).toBeUndefined()
  await tunnel.desire(undefined)
  await tunnel.clock.advance(5000)
  expect(tunnel.kernel.steps.filter((step) => step.includes('change link'))).toEqual([])
})

test('another name is another device with the same key', async () => {
  const tunnel = await running()
  const steps = await tunnel.during(() => tunnel.desire(wanted({ interfaceName: 'wg0' })))
  expectOrder(
    steps,
    `remove device ${name}`,
    'add device wg0',
    'tell its key',
    'add route 1: Unicast 10.0.2.0/24',
  )
  expect(tunnel.kernel.links.map((link) => link.name)).toEqual(['eth0', 'wg0'])
  expect(steps).not.toContain('save key')
})

test('another table: the old one was left full', async () => {
  const tunnel = await running()
  const steps = await tunnel.during(() => tunnel.desire(wanted({ table: 7 })))
  expectOrder(steps, 'add route 7: Unicast 10.0.2.0/24', 'add rule 99', 'delete rule 99', 'delete route 1')
  expect(new Set(tunnel.kernel.routeSpecs.map(({ table }) => table))).toEqual(new Set([7]))
})

test('switched off, packets are led around it, its key is forgotten, and nothing of others is touched', async () => {
  const tunnel = new KeptTunnel()
  const { kernel } = tunnel
  const foreignRule = { family: 4, priority: 99, action: 'Table', table: 1, protocol: 3 } as const
  const foreignRoute = {
    destination: '10.9.0.0/16',
    table: 1,
    protocol: routeProtocol + 1,
    index: 2,
    metric: 5,
  }
  kernel.ruleSpecs.push(foreignRule)
  kernel.routeSpecs.push(foreignRoute)
  await tunnel.desire(wanted())
  const steps = await tunnel.during(async () => {
    await tunnel.desire(undefined)
    expect(kernel.findLink(name)).toBeDefined()
    await tunnel.clock.advance(2100)
  })
  // What skips the tunnel is there as long as anything leads into it.
  expectOrder(
    steps,
    'delete rule 99',
    'delete rule 98',
    'delete route',
    'announce None',
    `remove device ${name}`,
    'forget key',
  )
  expect([kernel.ruleSpecs, kernel.routeSpecs]).toEqual([[foreignRule], [foreignRoute]])
  expect(kernel.links.map((link) => link.name)).toEqual(['eth0'])
  expect(tunnel.keys.stored.size).toBe(0)
  expect(await tunnel.during(() => tunnel.desire(undefined))).toEqual([])
})

test('switched on again before the device went, it goes on with the same key', async () => {
  const tunnel = await running()
  await tunnel.desire(undefined)
  await tunnel.desire(wanted())
  await tunnel.clock.advance(10_000)
  expect(tunnel.kernel.steps.filter((step) => /device|save|forget/.test(step))).toEqual([
    'save key',
    `add device ${name}`,
  ])
  expect(tunnel.kernel.routeSpecs.filter(({ index }) => index !== undefined)).toHaveLength(2)
})

test('what an earlier agent left is taken away where encryption is off', async () => {
  const tunnel = await running()
  await tunnel.keeper.stop()
  tunnel.another().desire(undefined, ageless)
  await tunnel.settled()
  await tunnel.clock.advance(2100)
  await tunnel.settled()
  const { kernel, keys } = tunnel
  expect([kernel.ruleSpecs, kernel.routeSpecs, [...keys.stored], kernel.links.map((it) => it.name)]).toEqual([
    [],
    [],
    [],
    ['eth0'],
  ])
})

test('where there never was a tunnel, nothing is done, and no key is told', async () => {
  const tunnel = new KeptTunnel()
  await tunnel.desire(undefined)
  expect(tunnel.kernel.steps).toEqual(['announce None'])
})

test('of routes that nobody else touched only what changed is told, and nothing is read', async () => {
  const tunnel = await running()
  const { kernel, keeper } = tunnel
  let reads = 0
  const read = kernel.routes.bind(kernel)
  kernel.routes = (version, table) => {
    reads++
    return read(version, table)
  }
  const before = kernel.steps.length
  const routes = new Map([...wanted().routes].filter(([destination]) => destination !== '10.0.3.0/24'))
  keeper.desire({ ...wanted(), routes: routes.set('10.0.9.0/24', 'Throw') }, ageless)
  await turns()
  expect(reads).toBe(0)
  expect(kernel.steps.slice(before)).toEqual([
    'add route 1: Throw 10.0.9.0/24 - 1024',
    `delete route 1: Blackhole 10.0.3.0/24 ${fallbackMetric}`,
    'delete route 1: Unicast 10.0.3.0/24 1024',
  ])
})
