/** An agent that changes routes of its tunnels is not woken by its own changes, and is by everybody else's. Needs root. */
import { createLab, type Lab, type LabNode } from '@margay/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NetlinkTunnels } from '../../apps/agent/src/encryption/netlink-tunnels.ts'
import { routeProtocol } from '../../apps/agent/src/encryption/routing-plan.ts'

let lab: Lab
let node: LabNode
let tunnels: NetlinkTunnels
let woken: string[]

beforeAll(async () => {
  lab = await createLab({ name: 'tunnel-echoes' })
  node = await lab.addNode('node-1')
  tunnels = new NetlinkTunnels({ netns: node.netns, logDirectory: '/nonexistent' })
  for (const each of ['first', 'second']) {
    tunnels.watch(
      () => woken.push(each),
      (error) => woken.push(String(error)),
    )
  }
})
afterAll(async () => {
  tunnels?.close()
  await lab?.close()
})

const settled = () => new Promise((resolve) => setTimeout(resolve, 100))

test.each(['10.9.0.0/24', 'fd09::/64'])('%s', async (destination) => {
  const around = {
    destination,
    table: 1,
    protocol: routeProtocol,
    type: 'Throw',
    scope: 0,
    metric: 1024,
  } as const
  const fallback = { ...around, type: 'Blackhole', metric: 4_000_000 } as const
  woken = []
  for (const each of [around, fallback, fallback]) tunnels.addRoute(each)
  tunnels.deleteRoute(around)
  tunnels.deleteRoute(around)
  await settled()
  expect(woken).toEqual([])
  const family = destination.includes(':') ? '-6' : '-4'
  const place = ['blackhole', destination, 'table', '1', 'metric', '4000000']
  await lab.runInNode(node, 'ip', [family, 'route', 'del', ...place])
  await settled()
  expect(woken.toSorted()).toEqual(['first', 'second'])
})
