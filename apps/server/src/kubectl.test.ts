/** The server as the real kubectl sees it, without any flag that would help. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type RunningServer } from './main.ts'
import { findModernKubectl, findOtherVersions, Kubectl } from './testing/kubectl.ts'

const path = findModernKubectl()
const errors: string[] = []
let directory: string
let server: RunningServer
let kubectl: Kubectl

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-kubectl-'))
  server = await openServer({
    dataDir: directory,
    host: '127.0.0.1',
    port: 0,
    printError: (line) => errors.push(line),
  })
  kubectl = new Kubectl(path ?? '', server.kubeconfigPath, directory)
})
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
  expect(errors).toEqual([])
})

const manifest = (order: number): string => `
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 100}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: default}
spec:
  tier: security
  order: ${order}
  selector: app == 'web'
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == 'client'}, destination: {ports: [80]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: default}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{ports: [{protocol: TCP, port: 80}]}]
`

const pod = (image: string, env: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default, labels: {app: web}}
spec:
  containers:
    - {name: main, image: ${image}, ports: [{name: http, containerPort: 80}], env: [${env}]}
    - {name: side, image: 'side:1', securityContext: {privileged: false}}
  volumes: [{name: scratch, emptyDir: {}}]
`

const policies = 'networkpolicies.projectcalico.org'
const options = { timeout: 120_000 }

// Debian's kubectl 1.20 lacks half of what is tried here: kubectl-old.test.ts drives the server with it.
describe.skipIf(path === undefined)('kubectl', options, () => {
  test('apply creates, leaves alone, and changes', async () => {
    const lines = (output: string): string[] => output.trim().split('\n')
    expect(lines(await kubectl.apply(manifest(1)))).toEqual([
      'tier.projectcalico.org/security created',
      'networkpolicy.projectcalico.org/web created',
      'networkpolicy.networking.k8s.io/web created',
    ])
    expect(lines(await kubectl.apply(manifest(1)))).toEqual([
      'tier.projectcalico.org/security unchanged',
      'networkpolicy.projectcalico.org/web unchanged',
      'networkpolicy.networking.k8s.io/web unchanged',
    ])
    expect(await kubectl.apply(manifest(2))).toContain('networkpolicy.projectcalico.org/web configured')
    expect(await kubectl.ok(['get', policies, 'web', '-o', 'jsonpath={.spec.order}'])).toBe('2')
  })

  test('apply merges the lists of a pod, and removes what the manifest no longer has', async () => {
    await kubectl.apply(pod('server:1', '{name: A, value: "1"}, {name: B, value: "2"}'))
    const { stderr } = await kubectl.run(['apply', '-f', '-'], pod('server:2', '{name: B, value: "3"}'))
    expect(stderr).toBe('')
    const stored = JSON.parse(await kubectl.ok(['get', 'pod', 'web', '-o', 'json']))
    expect(stored.spec.containers[0]).toMatchObject({ image: 'server:2', env: [{ name: 'B', value: '3' }] })
    expect(stored.spec.containers[1].securityContext).toEqual({ privileged: false })
    expect(stored.spec.volumes).toEqual([{ name: 'scratch', emptyDir: {} }])
  })

  test('get prints tables with the columns of the kind', async () => {
    const table = await kubectl.ok(['get', policies, '-A'])
    expect(table).toMatch(/^NAMESPACE +NAME +TIER +ORDER/)
    expect(table).toMatch(/default +web +security +2/)
    expect(await kubectl.ok(['get', 'tiers', '--no-headers', '-o', 'name'])).toContain(
      'tier.projectcalico.org/security',
    )
    expect(
      await kubectl.ok(['get', policies, '--field-selector', 'spec.tier=security', '-o', 'name']),
    ).not.toBe('')
    expect(await kubectl.ok(['get', 'pods', '-l', 'app=web', '-o', 'name'])).toBe('pod/web\n')
    expect(await kubectl.ok(['get', 'gnp,gns,netsets,netpol,sa,ns,no,po', '-A', '-o', 'name'])).toContain(
      'namespace/default',
    )
  })

  test('describe and explain', async () => {
    expect(await kubectl.ok(['describe', policies, 'web'])).toMatch(/Tier: +security/)
    expect(await kubectl.ok(['describe', 'netpol', 'web'])).toMatch(/PodSelector: +app=web/)
    expect(await kubectl.ok(['describe', 'pod', 'web'])).toMatch(/Image: +server:2/)
    expect(await kubectl.ok(['explain', `${policies}.spec.order`])).toMatch(/FIELD: order <number>/)
    expect(await kubectl.ok(['explain', 'tier', '--recursive'])).toContain('defaultAction')
    expect(await kubectl.ok(['explain', 'anp.spec.egress.to'])).toContain('domainNames')
    expect(await kubectl.ok(['explain', 'banp.spec.ingress.ports.portRange'])).toContain('start')
  })

  test('explains whatever there is: reviews it did not', async () => {
    const names = (await kubectl.ok(['api-resources', '-o', 'name'])).trim().split('\n')
    expect(names).toContain('subjectaccessreviews.authorization.k8s.io')
    const texts = await Promise.all(names.map((name) => kubectl.ok(['explain', name, '--recursive'])))
    for (const text of texts) expect(text).toMatch(/^FIELDS:/m)
  }, 60_000)

  test('a diff of what was applied by the server shows nothing, as long as nothing differs', async () => {
    const set =
      '{"apiVersion":"projectcalico.org/v3","kind":"GlobalNetworkSet","metadata":{"name":"diff"},"spec":{"nets":["10.0.0.0/8"]}}'
    await kubectl.ok(['apply', '--server-side', '-f', '-'], set)
    expect(await kubectl.run(['diff', '-f', '-'], set)).toMatchObject({ code: 0, stdout: '' })
    await kubectl.ok(['delete', 'globalnetworkset', 'diff'])
  })

  test('discovery and identity', async () => {
    const resources = await kubectl.ok(['api-resources', '--no-headers'])
    for (const name of [
      'tiers',
      'globalnetworkpolicies',
      'stagednetworkpolicies',
      'pods',
      'clusternetworkpolicies',
      'adminnetworkpolicies',
      'baselineadminnetworkpolicies',
      'networkassertions',
    ]) {
      expect(resources).toMatch(new RegExp(`^${name} `, 'm'))
    }
    expect(await kubectl.ok(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'])).toBe(
      'margay-admin',
    )
    expect(await kubectl.ok(['version', '-o', 'json'])).toContain('"serverVersion"')
    expect(await kubectl.ok(['get', '--raw', '/readyz'])).toBe('ok')
  })

  test('patch, label, annotate, replace, edit, diff', async () => {
    await kubectl.ok(['patch', policies, 'web', '--type=merge', '-p', '{"spec":{"order":3}}'])
    await kubectl.ok([
      'patch',
      policies,
      'web',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/order","value":4}]',
    ])
    await kubectl.ok([
      'patch',
      'pod',
      'web',
      '-p',
      '{"spec":{"containers":[{"name":"side","image":"side:2"}]}}',
    ])
    await kubectl.ok([
      'patch',
      'pod',
      'web',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"podIP":"10.0.0.7"}}',
    ])
    await kubectl.ok(['label', policies, 'web', 'team=a'])
    await kubectl.ok(['annotate', policies, 'web', 'note=b'])
    const images = await kubectl.ok([
      'get',
      'pod',
      'web',
      '-o',
      'jsonpath={.spec.containers[*].image} {.status.podIP}',
    ])
    expect(images).toBe('server:2 side:2 10.0.0.7')
    const object = JSON.parse(await kubectl.ok(['get', policies, 'web', '-o', 'json']))
    expect(object.metadata).toMatchObject({ labels: { team: 'a' }, annotations: { note: 'b' } })
    await kubectl.ok(
      ['replace', '-f', '-'],
      JSON.stringify({ ...object, spec: { ...object.spec, order: 5 } }),
    )
    const editor = "sed -i 's/order: 5/order: 6/'"
    expect(await kubectl.ok(['edit', policies, 'web'], '', { KUBE_EDITOR: editor })).toContain('edited')
    await kubectl.apply(manifest(6))
    expect(await kubectl.run(['diff', '-f', '-'], manifest(6))).toEqual({ code: 0, stdout: '', stderr: '' })
    const { code, stdout } = await kubectl.run(['diff', '-f', '-'], manifest(7))
    expect(code).toBe(1)
    expect(stdout).toMatch(/-\s+order: 6\n\+\s+order: 7/)
  })

  test('get -w shows changes as they happen', async () => {
    const env = { PATH: process.env.PATH ?? '', HOME: directory, KUBECONFIG: server.kubeconfigPath }
    const args = ['get', 'gns', '-w', '--no-headers', '--output-watch-events']
    const child = spawn(path ?? '', args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const set =
      'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {name: watched}\nspec: {nets: [10.0.0.0/8]}\n'
    await kubectl.apply(set)
    expect((await lines.next()).value).toMatch(/^ADDED +watched/)
    await kubectl.ok(['label', 'gns', 'watched', 'a=b'])
    expect((await lines.next()).value).toMatch(/^MODIFIED +watched/)
    await kubectl.ok(['delete', 'gns', 'watched'])
    expect((await lines.next()).value).toMatch(/^DELETED +watched/)
    child.kill()
  })

  test('create, in both of the forms that kubectl sends, and wait', async () => {
    await kubectl.ok(['create', 'namespace', 'team-a'])
    await kubectl.ok(['create', 'serviceaccount', 'robot', '-n', 'team-a'])
    await kubectl.ok(['run', 'job', '--image=x', '-n', 'team-a'])
    await kubectl.ok(['wait', '--for=jsonpath={.status.phase}=Active', 'namespace/team-a', '--timeout=10s'])
    expect(await kubectl.ok(['get', 'sa,pods', '-n', 'team-a', '-o', 'name'])).toBe(
      'serviceaccount/robot\npod/job\n',
    )
    await kubectl.ok(['delete', 'namespace', 'team-a'])
    expect((await kubectl.run(['get', 'sa', 'robot', '-n', 'team-a'])).stderr).toContain('(NotFound)')
    expect(await kubectl.ok(['create', 'namespace', 'dry', '--dry-run=server'])).toContain('server dry run')
    expect((await kubectl.run(['get', 'namespace', 'dry'])).code).toBe(1)
  })

  test.each([
    ['an unknown field', 'spec: {selectr: all()}', /unknown field "spec.selectr"/],
    ['a wrong value', 'spec: {ingress: [{action: Alow}]}', /spec\.ingress\[0\]\.action: .*Allow, Deny, Log/],
    ['a missing tier', 'spec: {tier: nope}', /spec\.tier: Not found: "nope"/],
  ])(
    '%s is refused, with the field and what is allowed, and nothing is stored',
    async (_name, spec, message) => {
      const bad = `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: bad, namespace: default}\n${spec}\n`
      const { code, stderr } = await kubectl.run(['apply', '-f', '-'], bad)
      expect(code).toBe(1)
      expect(stderr).toMatch(message)
      expect((await kubectl.run(['get', policies, 'bad'])).stderr).toContain('NotFound')
    },
  )

  test('create of an Installation that has no name; apply does not send one', async () => {
    const installation =
      'apiVersion: operator.tigera.io/v1\nkind: Installation\nspec: {calicoNetwork: {wireguard: Enabled}}\n'
    expect(await kubectl.ok(['create', '-f', '-'], installation)).toBe(
      'installation.operator.tigera.io/default created\n',
    )
    expect(await kubectl.ok(['get', 'installations'])).toMatch(/default +Enabled/)
    expect((await kubectl.run(['apply', '-f', '-'], installation)).stderr).toContain('name')
  })

  test('server-side apply creates, tells of conflicts, takes by force, and removes what is left out', async () => {
    const set = (nets: string, label = '') =>
      `apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata: {name: applied, namespace: default${label}}\nspec: {nets: ${nets}}\n`
    const apply = (text: string, ...flags: string[]) =>
      kubectl.run(['apply', '--server-side', ...flags, '-f', '-'], text)
    const first = await apply(set("['10.0.0.0/8']", ', labels: {team: a}'))
    expect(first.stdout).toContain('networkset.projectcalico.org/applied serverside-applied')
    const conflict = await apply(set("['10.0.0.0/8']", ', labels: {team: b}'), '--field-manager', 'other')
    expect(conflict.stderr).toContain(
      'Apply failed with 1 conflict: conflict with "kubectl": .metadata.labels.team',
    )
    const forced = await apply(
      set('[]', ', labels: {team: b}'),
      '--field-manager',
      'other',
      '--force-conflicts',
    )
    expect(forced.code).toBe(0)
    await apply(set("['10.1.0.0/16']"))
    const { stdout } = await kubectl.run([
      'get',
      'networkset',
      'applied',
      '-o',
      'json',
      '--show-managed-fields',
    ])
    const { metadata, spec } = JSON.parse(stdout)
    expect(spec.nets).toEqual(['10.1.0.0/16'])
    expect(metadata.labels).toEqual({ team: 'b' })
    // They stand in the order of their times, which are equal only if all of this took less than a second.
    const managers = metadata.managedFields.map((entry: { manager: string }) => entry.manager)
    expect(managers.toSorted()).toEqual(['kubectl', 'other'])
  })

  test('built-in tiers and tiers in use can not be deleted; the rest can', async () => {
    expect((await kubectl.run(['delete', 'tier', 'default'])).stderr).toContain(
      'a built-in tier can not be deleted',
    )
    expect((await kubectl.run(['delete', 'tier', 'security'])).stderr).toContain('still holds 1 policies')
    const file = join(directory, 'manifest.yaml')
    writeFileSync(file, manifest(1))
    await kubectl.ok(['delete', policies, 'web'])
    await kubectl.ok(['delete', '-f', file, '--ignore-not-found'])
    await kubectl.ok(['delete', 'pods', '--all'])
    expect(await kubectl.ok(['get', 'tiers', '-o', 'name'])).not.toContain('security')
  })

  test('what would break an assertion is refused with the packet; what is audited warns', async () => {
    const named = (name: string) =>
      pod('s:1', '').replaceAll('web', name).replace('namespace: default', 'namespace: shop')
    const policy = (ingress: string) =>
      `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: db, namespace: shop}\nspec: {selector: app == 'db', types: [Ingress], ingress: [${ingress}]}\n`
    const assertion = (mode: string) =>
      `apiVersion: policy.margay.io/v1alpha1\nkind: NetworkAssertion\nmetadata: {name: shut}\nspec: {require: never, from: {selector: app == 'web'}, to: {selector: app == 'db'}, mode: ${mode}}\n`
    await kubectl.ok(['create', 'namespace', 'shop'])
    for (const text of [named('web'), named('db'), policy(''), assertion('Enforce')])
      await kubectl.apply(text)
    const becomes = (status: string) =>
      kubectl.ok(['wait', `--for=condition=Holds=${status}`, 'networkassertion/shut', '--timeout=20s'])
    expect(await kubectl.ok(['wait', '--for=condition=Holds', 'assertion/shut', '--timeout=20s'])).toContain(
      'networkassertion.policy.margay.io/shut condition met',
    )
    const open = policy('{action: Allow}')
    const refused = await kubectl.run(['apply', '-f', '-'], open)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('Error from server (Forbidden)')
    expect(refused.stderr).toContain(
      'it would break the assertion shut: shop/web → shop/db TCP 443 would be possible, and must never be',
    )
    await kubectl.apply(assertion('Audit'))
    expect((await kubectl.run(['apply', '-f', '-'], open)).stderr).toMatch(
      /^Warning: breaks the assertion shut/,
    )
    await becomes('False')
    expect(await kubectl.ok(['get', 'networkassertions'])).toMatch(
      /^NAME .* MODE +HOLDS +AGE *\nshut .* Audit +False/,
    )
    const condition = 'jsonpath={.status.conditions[0].message} {.status.conditions[0].observedGeneration}'
    expect(await kubectl.ok(['get', 'assertion', 'shut', '-o', condition])).toMatch(
      /^shop\/web → shop\/db TCP 443 is possible, and must never be .* 2$/,
    )
    await kubectl.apply(policy(''))
    await becomes('True')
    await kubectl.ok(['delete', 'networkassertion', 'shut'])
    await kubectl.ok(['delete', 'namespace', 'shop'])
  })

  test('the oldest and the newest version beside it can do the main things too', async () => {
    const others = findOtherVersions(path ?? '')
    for (const other of new Set([others.at(0), others.at(-1)].filter((each) => each !== undefined))) {
      const version = new Kubectl(other, server.kubeconfigPath, mkdtempSync(join(directory, 'home-')))
      await version.apply(manifest(1))
      expect(await version.apply(manifest(2))).toContain('networkpolicy.projectcalico.org/web configured')
      expect(await version.ok(['get', policies])).toMatch(/web +security +2/)
      expect(await version.ok(['explain', 'tier.spec.order'])).toContain('order')
      expect(await version.ok(['auth', 'whoami'])).toContain('margay-admin')
      await version.ok(['create', 'namespace', 'old'])
      await version.ok(['delete', 'namespace', 'old'])
      const bad = manifest(1).replace('selector:', 'selectr:')
      expect((await version.run(['apply', '-f', '-'], bad)).stderr).toContain('unknown field "spec.selectr"')
      await version.ok(['delete', policies, 'web'])
      await version.ok(['delete', 'netpol', 'web'])
      await version.ok(['delete', 'tier', 'security'])
    }
  })
})
