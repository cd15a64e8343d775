/** A feed of 100,000 prefixes from end to end: over HTTP into the real server, from it to clients, and into what policy decides. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { parseIp } from '@margay/netset'
import { buildPolicyState, evaluate } from '@margay/policy'
import { admit, type GlobalNetworkSet, type Resource } from '@margay/resources'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../real-environment.ts'
import { pod, v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'
import { httpLists } from './http-lists.ts'

const count = 100_000
/** Networks of 256 addresses all over the Internet, of which no two are neighbours: nothing can be merged. */
const prefixes = Array.from({ length: count }, (_, n) => {
  const number = n * 140 + 0x01_00_00
  return `${number >>> 16}.${(number >>> 8) & 0xff}.${number & 0xff}.0/24`
})

let lists: Server
let server: TestServer
let requests = 0

beforeAll(async () => {
  const body = gzipSync(prefixes.join('\n'))
  lists = createServer((_, response) => {
    requests += 1
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
  })
  await new Promise<void>((resolve) => lists.listen(0, '127.0.0.1', resolve))
  const fetchList = httpLists({ allowLocal: true })
  server = await TestServer.start(undefined, undefined, { fetchList, clock: systemClock })
})
afterAll(async () => {
  await server.close()
  lists.close()
})

test('100,000 prefixes are in sets with the label, and others are served meanwhile', async () => {
  const { port } = lists.address() as AddressInfo
  const created = await server.post(`${v3}/globalthreatfeeds`, {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalThreatFeed',
    metadata: { name: 'known' },
    spec: {
      pull: { http: { url: `http://127.0.0.1:${port}/` } },
      globalNetworkSet: { labels: { threat: 'known' } },
    },
  })
  expect(created.status).toBe(201)
  const { json } = await eventually(async () => {
    const answer = await server.get(`${v3}/globalthreatfeeds/known`)
    return answer.json.status?.lastSuccessfulSync === undefined ? undefined : answer
  })
  const sets = await setsOfServer()
  const sizes = sets.map((set) => JSON.stringify(set).length)
  expect(requests).toBe(1)
  expect(sets.flatMap(({ spec }) => spec?.nets ?? [])).toEqual(prefixes)
  expect(Math.max(...sizes)).toBeLessThan(300_000)
  expect(json.status).toMatchObject({ entries: count, rejectedEntries: 0, nets: count, sets: sets.length })
}, 60_000)

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask()
    if (found !== undefined) return found
  }
}

async function setsOfServer(): Promise<GlobalNetworkSet[]> {
  const { json } = await server.get(`${v3}/globalnetworksets?labelSelector=threat%3Dknown`)
  const sets = (json.items as GlobalNetworkSet[]).map((item) => ({
    ...item,
    apiVersion: 'projectcalico.org/v3' as const,
    kind: 'GlobalNetworkSet' as const,
  }))
  return sets.sort(
    (a, b) => a.metadata.name.length - b.metadata.name.length || (a.metadata.name < b.metadata.name ? -1 : 1),
  )
}

test('a policy that denies the label denies what is listed, and nothing beside it', async () => {
  const deny = [{ action: 'Deny', destination: { selector: "threat == 'known'" } }, { action: 'Allow' }]
  const world = resources(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
    { ...pod('web', 'default', { nodeName: 'n' }), status: { podIPs: [{ ip: '10.0.0.1' }] } },
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: 'deny-known' },
      spec: { types: ['Egress'], egress: deny },
    },
    ...(await setsOfServer()),
  )
  const { state } = buildPolicyState(world)
  const source = state.peer('default/web')
  if (source === undefined) throw new Error('no such pod')
  const verdictTo = (text: string) => {
    const destination = { endpoint: undefined, address: parseIp(text) }
    const ports = { protocol: 6, sourcePort: undefined, destinationPort: 443, icmp: undefined }
    return evaluate(state, { source, destination, ipVersion: 4, ...ports }).verdict
  }
  // The network after a listed one is not listed.
  for (const prefix of [prefixes[0], prefixes[count / 2], prefixes[count - 1]]) {
    const [a = '', b = '', c = ''] = (prefix ?? '').split('.')
    expect(verdictTo(`${a}.${b}.${c}.77`)).toBe('Deny')
    expect(verdictTo(`${a}.${b}.${Number(c) + 1}.77`)).toBe('Allow')
  }
}, 60_000)

function resources(...inputs: object[]): Resource[] {
  return inputs.map((input) => {
    const admission = admit(input)
    if (!admission.ok) throw new Error(JSON.stringify(admission.issues))
    return admission.resource
  })
}
