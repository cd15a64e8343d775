import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const cluster = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIPs: [{ip: 10.0.0.2}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == 'db'
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [5432]}}
---
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  stagedAction: Delete
`
const assertion = (name: string, spec: string) =>
  `---\napiVersion: policy.margay.io/v1alpha1\nkind: NetworkAssertion\nmetadata: {name: ${name}}\nspec: {${spec}}\n`
const toDb = "to: {selector: app == 'db'}"
const holding = assertion(
  'outside-stays-out',
  `require: never, from: {nets: [192.0.2.0/24]}, ${toDb}, mode: Enforce`,
)
const broken = assertion(
  'no-web',
  `require: never, from: {selector: app == 'web'}, ${toDb}, description: Ask <ops> before.`,
)
const cut = assertion(
  'web-everywhere',
  `require: always, from: {selector: app == 'web'}, ${toDb}, ports: [{protocol: UDP, port: 53}]`,
)
const vacuous = assertion('nobody', `require: always, from: {selector: app == 'wbe'}, ${toDb}`)

const verify = (assertions: string, ...args: string[]) =>
  margay(['verify', ...args, '-f', 'c.yaml', '-f', 'a.yaml'], {
    files: { 'c.yaml': cluster, 'a.yaml': assertions },
  })

describe('for a person', () => {
  test('all hold: exit code 0', async () => {
    expect(await verify(holding)).toEqual({
      exitCode: 0,
      out: 'NAME                REQUIRE   RESULT   PACKET\noutside-stays-out   never     holds\n',
      err: '',
    })
  })

  test('one packet shows what is possible and must not be, with what allows it; exit code 1', async () => {
    const { exitCode, out, err } = await verify(holding + broken)
    expect([exitCode, err]).toEqual([1, ''])
    expect(out.split('\n').slice(2)).toEqual([
      'no-web              never     broken   shop/web → shop/db TCP 5432',
      '',
      'no-web: shop/web → shop/db TCP 5432: Allow',
      '  Ask <ops> before.',
      '  Egress of shop/web: profile kns.shop: Allow',
      '  Ingress of shop/db: tier default, np:shop/db rule 0: Allow',
      '',
    ])
  })

  test('and what must be possible and is not, with what denies it', async () => {
    const { exitCode, out } = await verify(cut)
    expect(exitCode).toBe(1)
    expect(out).toContain('web-everywhere: shop/web → shop/db UDP 53: Deny\n')
    expect(out).toContain('  Ingress of shop/db: tier default, np:shop/db end of tier: Deny\n')
  })

  test('one that means nobody is shown and warned of, and breaks nothing', async () => {
    const { exitCode, out, err } = await verify(vacuous)
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^nobody +always +says nothing$/m)
    expect(err).toBe(
      'warning: NetworkAssertion nobody says nothing: no two are there that it speaks of; look at its selectors\n',
    )
  })

  test('--staged asks about what would be', async () => {
    expect(await verify(holding, '--staged')).toMatchObject({ exitCode: 1 })
    expect(await verify(cut, '--staged')).toMatchObject({ exitCode: 0 })
  })

  test('names choose', async () => {
    const { exitCode, out } = await verify(holding + broken, 'outside-stays-out')
    expect(exitCode).toBe(0)
    expect(out).not.toContain('no-web')
  })
})

describe('an assertion about HTTP requests', () => {
  const api = `---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: app == 'web'
  ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}, http: {paths: [{prefix: /api}]}}]
`
  const toWeb = "require: never, from: {selector: app == 'db'}, to: {selector: app == 'web'}"

  test('holds for requests that no rule lets through, though connections are possible', async () => {
    const { exitCode, out } = await verify(api + assertion('a', `${toWeb}, http: {paths: [{exact: /admin}]}`))
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^a +never +holds$/m)])
  })

  test('is broken by one, which is shown', async () => {
    const broken = api + assertion('a', `${toWeb}, http: {methods: [DELETE]}`)
    const { exitCode, out } = await verify(broken)
    expect(exitCode).toBe(1)
    expect(out).toContain('a: shop/db → shop/web TCP 80 DELETE /api: Allow\n')
    const { assertions } = JSON.parse((await verify(broken, '-o', 'json')).out)
    expect(assertions[0].packet).toMatchObject({ port: 80, http: { method: 'DELETE', path: '/api' } })
  })
})

describe('where more requests are told apart than can be looked at', () => {
  const many = Array.from({ length: 13 }, (_, i) => `{header: X-${i}, operator: Exists}`)
  const rules = many
    .map(
      (it) =>
        `    - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, http: {headers: [${it}]}}\n`,
    )
    .join('')
  const api = `---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  selector: app == 'db'
  order: 1
  ingress:
${rules}`
  const about = assertion(
    'about-requests',
    `require: never, from: {selector: app == 'web'}, ${toDb}, http: {methods: [PUT]}`,
  )

  test('it is unknown, with a warning; exit code 2', async () => {
    const { exitCode, out, err } = await verify(`${api}${holding}${about}`)
    expect(exitCode).toBe(2)
    expect(out).toMatch(/^outside-stays-out +never +holds$/m)
    expect(out).toMatch(/^about-requests +never +unknown$/m)
    expect(err).toContain(
      "it can't be told whether NetworkAssertion about-requests holds: rules with http for one receiver",
    )
  })

  test('one that is broken counts for more; exit code 1', async () => {
    expect((await verify(`${api}${broken}${about}`)).exitCode).toBe(1)
  })

  test('for scripts it does not hold', async () => {
    const { holds, assertions } = JSON.parse((await verify(`${api}${about}`, '-o', 'json')).out)
    expect(holds).toBe(false)
    expect(assertions).toMatchObject([{ result: 'unknown', why: expect.stringContaining('4,096') }])
    const { out } = await verify(`${api}${about}`, '-o', 'junit')
    expect(out).toMatch(/errors="1"[\s\S]*<error message="it can't be told whether it holds: /)
  })
})

describe('for a script', () => {
  test('-o json and yaml', async () => {
    const { exitCode, out } = await verify(holding + broken + vacuous, '-o', 'json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(out)).toEqual({
      holds: false,
      assertions: [
        { name: 'outside-stays-out', require: 'never', mode: 'Enforce', result: 'holds' },
        {
          name: 'no-web',
          require: 'never',
          mode: 'Audit',
          description: 'Ask <ops> before.',
          result: 'broken',
          packet: {
            from: 'shop/web',
            to: 'shop/db',
            ipVersion: 4,
            protocol: 'TCP',
            sourcePort: 49_152,
            port: 5432,
            verdict: 'Allow',
            trace: [
              'Egress of shop/web: profile kns.shop: Allow',
              'Ingress of shop/db: tier default, np:shop/db rule 0: Allow',
            ],
          },
        },
        { name: 'nobody', require: 'always', mode: 'Audit', result: 'vacuous' },
      ],
    })
    expect((await verify(holding, '-o', 'yaml')).out).toContain('holds: true\n')
  })

  test('-o junit: a failure with the packet, and what says nothing is skipped', async () => {
    const { out } = await verify(holding + broken + vacuous, '-o', 'junit')
    expect(out).toContain('<testsuites name="margay verify" tests="3" failures="1" errors="0" skipped="1">')
    expect(out).toContain('<testcase name="outside-stays-out" classname="NetworkAssertion never"/>')
    expect(out).toContain(
      '<failure message="shop/web → shop/db TCP 5432: Allow" type="never">Ask &lt;ops&gt; before.',
    )
    expect(out).toContain('<skipped message="says nothing: no two are there that it speaks of"/>')
  })
})

describe('what can not be asked', () => {
  test.each([
    ['no assertion at all', '', [], 'there is no NetworkAssertion (policy.margay.io/v1alpha1) to verify'],
    [
      'a name that is not there',
      holding,
      ['x'],
      'no NetworkAssertion is called "x"; there are outside-stays-out',
    ],
    ['an assertion that is not valid', assertion('a', 'require: seldom'), [], 'spec.require'],
  ])('%s', async (_name, assertions, args, message) => {
    const { exitCode, out, err } = await verify(assertions, ...args)
    expect([exitCode, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })
})

test('the assertions of the examples hold over its policies, and not without the boundary of the platform', async () => {
  const examples = join(import.meta.dirname, '../../../../examples')
  const files = Object.fromEntries(
    ['lab', 'policies', 'assertions'].flatMap((folder) =>
      readdirSync(join(examples, folder)).map((name) => [
        `examples/${folder}/${name}`,
        readFileSync(join(examples, folder, name), 'utf8'),
      ]),
    ),
  )
  const verifyAll = (known: typeof files) =>
    margay(['verify', '-f', 'examples/lab', '-f', 'examples/policies', '-f', 'examples/assertions'], {
      files: known,
    })
  const whole = await verifyAll(files)
  expect([whole.exitCode, whole.err]).toEqual([0, ''])
  const { 'examples/policies/04-platform-payments-boundary.yaml': _, ...others } = files
  const unbound = await verifyAll(others)
  expect(unbound.exitCode).toBe(1)
  expect(unbound.out).toMatch(
    /^the-front-end-stays-out-of-payments +never +broken +shop\/web → payments\/ledger TCP 74\d\d$/m,
  )
})

describe('an assertion of host endpoints', () => {
  const nodes = `---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: node}}
spec: {node: n1, interfaceName: eth0, expectedIPs: [192.0.2.1]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nodes}
spec:
  selector: role == 'node'
  ingress: [{action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [9100]}}]
---
apiVersion: projectcalico.org/v3
kind: StagedGlobalNetworkPolicy
metadata: {name: nodes}
spec: {stagedAction: Delete}
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {failsafeInboundHostPorts: [{protocol: TCP, port: 22, net: 203.0.113.0/24}]}
`
  const toNodes = "to: {hostEndpoints: true, selector: role == 'node'}"
  const podsStayOut =
    nodes + assertion('pods', `require: never, from: {namespaceSelector: all()}, ${toNodes}`)
  const office = assertion(
    'office',
    `require: always, from: {nets: [203.0.113.0/24]}, ${toNodes}, ports: [{protocol: TCP, port: 22}]`,
  )

  test('is broken by a packet, with every stage that it passes', async () => {
    const { exitCode, out } = await verify(podsStayOut)
    expect(exitCode).toBe(1)
    expect(out).toContain('pods: shop/web → host/n1-eth0 TCP 9100: Allow\n')
    expect(out).toContain('  Normal ingress of n1-eth0: tier default, gnp:nodes rule 0: Allow\n')
    const { assertions } = JSON.parse((await verify(podsStayOut, '-o', 'json')).out)
    expect(assertions[0].packet).toMatchObject({ from: 'shop/web', to: 'host/n1-eth0', port: 9100 })
  })

  test('holds where a failsafe port is open whatever policy says', async () => {
    const { exitCode, out } = await verify(nodes + office)
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^office +always +holds$/m)])
  })

  test('--staged shows what would decide', async () => {
    const { out } = await verify(podsStayOut, '--staged')
    expect(out).toMatch(/^pods +never +holds$/m)
    const always = assertion(
      'web',
      `require: always, from: {selector: app == 'web'}, ${toNodes}, ports: [{protocol: TCP, port: 9100}]`,
    )
    const { out: denied } = await verify(nodes + always, '--staged')
    expect(denied).toContain('web: shop/web → host/n1-eth0 TCP 9100: Deny\n')
    expect(denied).toContain('  Normal ingress of n1-eth0: no profile: Deny\n')
  })
})
