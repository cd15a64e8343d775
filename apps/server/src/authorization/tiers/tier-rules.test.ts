/** Every cell of kind, verb, pattern of the role's names, and tier, asked over HTTP. */
import type { PolicyRule } from '@margay/resources'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tier, v3 } from '../../testing/objects.ts'
import { clusterBinding, clusterRole, rbac, role, roleBinding, rule, user } from '../../testing/rbac.ts'
import { type Answer, TestServer } from '../../testing/test-server.ts'

const calico = 'projectcalico.org'
const kinds = [
  { kind: 'NetworkPolicy', plural: 'networkpolicies', isNamespaced: true },
  { kind: 'GlobalNetworkPolicy', plural: 'globalnetworkpolicies', isNamespaced: false },
  { kind: 'StagedNetworkPolicy', plural: 'stagednetworkpolicies', isNamespaced: true },
  { kind: 'StagedGlobalNetworkPolicy', plural: 'stagedglobalnetworkpolicies', isNamespaced: false },
] as const
type Kind = (typeof kinds)[number]
const named = ['get', 'update', 'patch', 'delete'] as const
const unnamed = ['list', 'watch', 'create', 'deletecollection'] as const
const verbs = [...named, ...unnamed]
type Verb = (typeof verbs)[number]
const tiers = ['team', 'default'] as const

const pseudo = kinds.map(({ plural }) => `tier.${plural}`).join(' ')
const getTiers = rule('get', calico, 'tiers')
const policies = (...names: string[]) => rule(verbs.join(' '), calico, pseudo, ...names)

interface Pattern {
  readonly rules: PolicyRule[]
  /** Bound in this namespace alone, but for the right to see tiers. */
  readonly namespace?: string
  readonly allows: (verb: Verb, tier: string, kind: Kind) => boolean
}

/** Who may what, as the specification says it: a list of all cells that are allowed. */
const patterns: Record<string, Pattern> = {
  blank: { rules: [getTiers, policies()], allows: () => true },
  'tier.star': { rules: [getTiers, policies('team.*')], allows: (_, of) => of === 'team' },
  'tier.policy': {
    rules: [getTiers, policies('team.p')],
    allows: (verb, of) => of === 'team' && named.some((each) => each === verb),
  },
  'bare.name': { rules: [getTiers, policies('p', 'team', '*')], allows: () => false },
  'two.names': {
    rules: [getTiers, policies('team.p', 'default.*')],
    allows: (verb, of) => of === 'default' || named.some((each) => each === verb),
  },
  'in.the.namespace': {
    rules: [policies()],
    namespace: 'default',
    allows: (_, __, kind) => kind.isNamespaced,
  },
  'in.the.namespace.tier.star': {
    rules: [policies('team.*')],
    namespace: 'default',
    allows: (_, of, kind) => kind.isNamespaced && of === 'team',
  },
  'in.another.namespace': { rules: [policies()], namespace: 'kube-system', allows: () => false },
  'other.tier': { rules: [getTiers, policies('other.*', 'other.p')], allows: () => false },
  'no.get.on.tier': { rules: [policies(), rule('list watch', calico, 'tiers')], allows: () => false },
  'get.on.one.tier': {
    rules: [rule('get', calico, 'tiers', 'team'), policies()],
    allows: (_, of) => of === 'team',
  },
  'plain.resource': {
    rules: [getTiers, rule('*', calico, kinds.map(({ plural }) => plural).join(' '))],
    allows: () => false,
  },
}

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
  for (const name of ['team', 'other']) await server.post(`${v3}/tiers`, tier(name))
  for (const [name, { rules, namespace }] of Object.entries(patterns)) {
    if (namespace === undefined) await grant(name, rules)
    else await grantIn(namespace, name, rules)
  }
  for (const verb of verbs) await grant(`only.${verb}`, [getTiers, rule(verb, calico, pseudo)])
  for (const kind of kinds) {
    for (const of of tiers) expect((await server.post(at(kind), object(kind, of))).status).toBe(201)
  }
})
afterAll(() => server.close())

async function grant(name: string, rules: PolicyRule[]): Promise<void> {
  expect((await server.post(`${rbac}/clusterroles`, clusterRole(name, rules))).status).toBe(201)
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding(name, name, user(name)))
}

async function grantIn(namespace: string, name: string, rules: PolicyRule[]): Promise<void> {
  await grant(name, [getTiers])
  const ofNamespace = `${rbac}/namespaces/${namespace}`
  expect((await server.post(`${ofNamespace}/roles`, role(namespace, name, rules))).status).toBe(201)
  const binding = roleBinding(namespace, name, { kind: 'Role', name }, user(name))
  expect((await server.post(`${ofNamespace}/rolebindings`, binding)).status).toBe(201)
}

const at = ({ plural, isNamespaced }: Kind) =>
  isNamespaced ? `${v3}/namespaces/default/${plural}` : `${v3}/${plural}`

function object({ kind, isNamespaced }: Kind, of: string, name = `${of}.p`): object {
  const metadata = isNamespaced ? { name, namespace: 'default' } : { name }
  return { apiVersion: `${calico}/v3`, kind, metadata, spec: { tier: of, selector: 'all()' } }
}

/** Nothing is changed by it. */
async function attempt(who: string, kind: Kind, verb: Verb, of: string): Promise<Answer> {
  const headers = { 'impersonate-user': who }
  const path = `${at(kind)}/${of}.p`
  const inTier = `fieldSelector=${encodeURIComponent(`spec.tier=${of}`)}`
  switch (verb) {
    case 'get':
      return server.call('GET', path, { headers })
    case 'update': {
      const { json } = await server.get(path)
      return server.call('PUT', `${path}?dryRun=All`, { headers, body: json })
    }
    case 'patch':
      return server.call('PATCH', `${path}?dryRun=All`, {
        headers: { ...headers, 'content-type': 'application/merge-patch+json' },
        body: { metadata: { annotations: { a: 'b' } } },
      })
    case 'delete':
      return server.call('DELETE', `${path}?dryRun=All`, { headers })
    case 'list':
      return server.call('GET', `${at(kind)}?${inTier}`, { headers })
    case 'watch':
      return server.call('GET', `${at(kind)}?watch=1&timeoutSeconds=1&${inTier}`, { headers })
    case 'create':
      return server.call('POST', `${at(kind)}?dryRun=All`, { headers, body: object(kind, of, `${of}.new`) })
    case 'deletecollection':
      return server.call('DELETE', `${at(kind)}?dryRun=All&${inTier}`, { headers })
  }
}

/** A watch that is let in goes on until its time is up, which the test's clock brings. */
async function outcome(who: string, kind: Kind, verb: Verb, of: string): Promise<Answer> {
  const answer = attempt(who, kind, verb, of)
  if (verb !== 'watch') return answer
  const timer = setInterval(() => server.clock.advance(1000), 5)
  return answer.finally(() => clearInterval(timer))
}

const cells = kinds.flatMap((kind) => verbs.flatMap((verb) => tiers.map((of) => ({ kind, verb, of }))))

describe.each(Object.entries(patterns))('with names as in %s', (who, { allows }) => {
  test.each(cells)('$verb $kind.plural in tier $of', async ({ kind, verb, of }) => {
    const answer = await outcome(who, kind, verb, of)
    if (allows(verb, of, kind)) expect(answer.status).toBe(verb === 'create' ? 201 : 200)
    else expect(answer.json).toMatchObject(refused(who, kind, verb, of))
  })
})

function refused(who: string, { plural, isNamespaced }: Kind, verb: Verb, of: string): object {
  const isSeen = who !== 'no.get.on.tier' && !(who === 'get.on.one.tier' && of !== 'team')
  const where = isNamespaced ? ' and namespace "default"' : ''
  const why = isSeen ? '' : ' (user cannot get tier)'
  const subject = named.some((each) => each === verb)
    ? `${plural}.${calico} "${of}.p"`
    : `${plural}.${calico}`
  return {
    kind: 'Status',
    code: 403,
    reason: 'Forbidden',
    message: `${subject} is forbidden: User "${who}" cannot ${verb} ${plural}.${calico} in tier "${of}"${where}${why}`,
    details: { group: calico, kind: plural },
  }
}

describe.each(verbs)('a role with the verb %s alone', (granted) => {
  const others = cells.filter(({ of }) => of === 'team')
  test.each(others)('and $verb of $kind.plural', async ({ kind, verb, of }) => {
    const { status } = await outcome(`only.${granted}`, kind, verb, of)
    expect(status < 300).toBe(verb === granted)
  })
})
