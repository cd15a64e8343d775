/**
 * `margay authz` while things happen to it: it is away, it starts anew, policy changes, the kernel enforces as well; asked by a real Envoy, with
 * requests all the while. Needs root; runs a lab of its own.
 */
import { join } from 'node:path'
import type { ResourceObject } from '@margay/resources'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AuthzLab, examples } from './authz/authz-lab.ts'
import type { Target } from './authz/client-task.ts'
import { startProxies } from './authz/proxies.ts'
import { valuesIn } from './authz/seen.ts'
import { eventually } from './support/eventually.ts'
import type { MargayProcess } from './support/margay.ts'

let lab: AuthzLab
let main: MargayProcess
const telling = ['--node', 'node-1', '--deny-body', 'policy', '--allow-headers']

beforeAll(async () => {
  lab = await AuthzLab.start('e2e-authz-life')
  await lab.applyManifests(join(examples, 'policies.yaml'))
  main = await lab.startAuthz('main', ...telling)
  await startProxies(lab, ['shop/api', 'shop/open', 'shop/bare'])
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
}, 60_000)

const api = (): Target => lab.target('api', 8080)

describe('where nobody answers', () => {
  const statuses = () =>
    Promise.all([
      lab.statusOf('web', api(), 'GET /public'),
      lab.statusOf('web', lab.target('open', 8080), 'GET /public'),
      lab.statusOf('guest', lab.target('open', 8080), 'GET /admin'),
    ])

  /** What fails open does so, too, where the first answers of a service come late: it was started a moment ago, on a machine that is busy. */
  const answered = (expected: readonly number[]) =>
    eventually(`${expected}`, async () => String(await statuses()) === String(expected))

  test('fail closed is 503, and fail open lets through, and says so to the workload', async () => {
    expect(await statuses()).toEqual([200, 200, 403])
    await main.stop()
    expect(await statuses()).toEqual([503, 200, 200])
    const { body } = await lab.sent('guest', lab.target('open', 8080), 'GET /admin')
    expect(valuesIn(body, 'x-envoy-auth-failure-mode-allowed')).toEqual(['true'])
  })

  test('one that starts is asked again, by the options that it has now', async () => {
    main = await lab.startAuthz('main', ...telling, '--require-identity')
    await answered([403, 403, 403])
    const { body } = await lab.sent('web', api(), 'GET /public')
    expect(JSON.parse(body)).toEqual({ decision: 'Deny', reason: 'IdentityRequired' })
    await main.stop()
    main = await lab.startAuthz('main', ...telling)
    await answered([200, 200, 403])
  })
})

describe('under load', () => {
  const load = { connections: 8, paths: ['/public/a', '/admin'] }
  const right = ['/admin 403', '/public/a 200 np:shop/api']

  test('a service that is stopped and started anew fails no request', async () => {
    const client = await lab.clientIn('web')
    await client.startLoad(lab.target('bare', 8080), load)
    for (const _ of [1, 2]) {
      await passed(300)
      await main.stop()
      main = await lab.startAuthz('main', ...telling)
    }
    await passed(300)
    const { answers } = await client.stopLoad()
    expect(Object.keys(answers).sort(), JSON.stringify(answers)).toEqual(right)
  })

  test('each request is decided by the policy before a change or by the one after it', async () => {
    const client = await lab.clientIn('web')
    await client.startLoad(lab.target('bare', 8080), {
      connections: 8,
      paths: ['/flip/a', '/flip/b', '/flip/c'],
    })
    for (let round = 0; round < 10; round++) {
      // The first one opens what the load asks for, so it counts from there.
      if (round === 2) await client.forgetLoad()
      await lab.apply(
        allowing('flip', round % 2 === 0 ? ['/flip/a', '/flip/b'] : ['/flip/c', '/flip/b', '/flip/a']),
      )
      await passed(150)
    }
    const { answers } = await client.stopLoad()
    const by = '200 np:shop/flip'
    const right = [`/flip/a ${by}`, `/flip/b ${by}`, `/flip/c ${by}`, '/flip/c 403']
    expect(Object.keys(answers).sort(), JSON.stringify(answers)).toEqual(right)
  })
})

/** To `web`, these paths, each by a rule of its own, and before other policies of the API. */
function allowing(name: string, paths: readonly string[]): ResourceObject {
  const source = { serviceAccounts: { names: ['web'] } }
  const ingress = paths.map((exact) => ({
    action: 'Allow',
    protocol: 'TCP',
    source,
    http: { paths: [{ exact }] },
  }))
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'shop' },
    spec: { order: 1, selector: "app == 'api'", types: ['Ingress'], ingress },
  }
}

describe('with the kernel, which sees no requests', () => {
  const opens = async (from: string) => {
    const [pod = '', namespace] = from.split('/').reverse()
    return (await lab.clientIn(pod, namespace)).connects(api())
  }

  test('connections come about where some request could be allowed, and the proxy decides which', async () => {
    expect(await Promise.all(['web', 'batch', 'guest', 'ops/scanner'].map(opens))).toEqual([
      true,
      true,
      true,
      true,
    ])
    await lab.startAgent('node-1')
    expect(await Promise.all(['web', 'batch', 'guest', 'ops/scanner'].map(opens))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(await lab.statusOf('web', api(), 'GET /public')).toBe(200)
    expect(await lab.statusOf('web', api(), 'GET /admin')).toBe(403)
    expect(await lab.statusOf('batch', api(), 'POST /shop.Reports/List')).toBe(200)
    expect(await lab.statusOf('batch', api(), 'GET /public')).toBe(403)
  })

  test('a rule that lets no request pass opens no connection', async () => {
    const none = [
      { header: 'x-a', operator: 'Exists' },
      { header: 'x-a', operator: 'DoesNotExist' },
    ]
    const rule = (from: string, http: object) => ({
      action: 'Allow',
      protocol: 'TCP',
      source: { serviceAccounts: { names: [from] } },
      http,
    })
    const policy = allowing('api', [])
    const ingress = [rule('guest', { methods: ['GET'] }), rule('batch', { headers: none })]
    await lab.apply({ ...policy, spec: { selector: "app == 'api'", types: ['Ingress'], ingress } })
    await eventually('the kernel follows', async () => (await opens('guest')) && !(await opens('batch')))
    expect(await lab.statusOf('guest', api(), 'GET /admin')).toBe(200)
    expect(await lab.statusOf('guest', api(), 'POST /admin')).toBe(403)
  })
})

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
