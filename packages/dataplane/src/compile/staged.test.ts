/** What staged policies put into the tables: a way beside, that counts and comes back. */
import { formatRule, type Ruleset, type TableContent } from '@margay/netlink/nftables'
import { StateBuilder } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { expect, test } from 'vitest'
import { Compiler, compile } from './compile.ts'
import { defaultCompileOptions } from './options.ts'
import { admitted, always, policy, worldWith } from './world.testkit.ts'

const node = { name: 'node-1', interfaces: [], linkLocals: new Map() }

const staged = (name: string, spec: object) => {
  const metadata = { name, namespace: 'shop' }
  return { apiVersion: 'projectcalico.org/v3', kind: 'StagedNetworkPolicy', metadata, spec }
}
const toDb = (...rules: object[]) => ({ selector: "app == 'db'", types: ['Ingress'], ingress: rules })
const fromWeb = { source: { selector: "app == 'web'" } }
const enforced = policy('db', toDb({ action: 'Allow', ...fromWeb }))
const strict = staged('db', toDb({ action: 'Log' }, { action: 'Deny', protocol: 'TCP', ...fromWeb }))

const compiled = (...objects: object[]) => inetOf(compile(worldWith(...objects), node, defaultCompileOptions))

function inetOf(ruleset: Ruleset): TableContent {
  const inet = ruleset.find(({ table }) => table.family === 'inet')
  if (inet === undefined) throw new Error('no table')
  return inet
}

/** Every chain, and every element that leads to one, as text. */
function linesOf({ chains, sets }: TableContent): string[] {
  const rules = [...chains].flatMap(([name, content]) =>
    content.rules.map((it) => `${name}: ${formatRule(it)}`),
  )
  const elements = [...sets.values()].flatMap(({ set, elements }) =>
    [...elements].map(({ key, data, comment }) => `${set.name}: ${key} ${JSON.stringify(data)} ${comment}`),
  )
  return [...rules, ...elements]
}

const isStagedLine = (line: string) => /^(staged-|s[ei]-)/.test(line)

test('what only counts ends in rules that return, and neither drops nor accepts nor logs', () => {
  const rules = linesOf(compiled(enforced, strict)).filter(isStagedLine)
  const terminals = rules.filter((line) => /^s[ei]-/.test(line))
  expect(terminals.map((line) => line.slice(line.indexOf(' ') + 1)).sort()).toEqual([
    'counter return comment "staged Deny: tier default end of tier"',
    'counter return comment "staged Deny: tier default, snp:shop/db rule 1"',
  ])
  expect(rules.filter((line) => /drop|accept|reject|log /.test(line))).toEqual([])
})

test('it is led to by a jump, before what is enforced', () => {
  const leads = [...compiled(enforced, strict).chains.values()]
    .filter(({ rules }) => rules.some((it) => formatRule(it).includes('jump staged-')))
    .map(({ rules }) => rules.map((it) => formatRule(it).replace(/[0-9a-f]{16}$/, '…')))
  expect(leads).toEqual([
    ['jump staged-ingress-4-…', 'goto ingress-4-…'],
    ['jump staged-ingress-6-…', 'goto ingress-6-…'],
  ])
})

test('everything else is as without it', () => {
  const without = new Set(linesOf(compiled(enforced)))
  const beside = linesOf(compiled(enforced, strict)).filter(
    (line) => !isStagedLine(line) && !without.has(line),
  )
  // Of the pod that it selects: its interface, its slot and the chain of that, for both IP versions.
  expect(beside.filter((line) => !/^to-(pods|slots)-[46]: /.test(line))).toEqual([
    expect.stringMatching(/^to-4-\w+: jump staged-ingress-4-/),
    expect.stringMatching(/^to-4-\w+: goto ingress-4-/),
    expect.stringMatching(/^to-6-\w+: jump staged-ingress-6-/),
    expect.stringMatching(/^to-6-\w+: goto ingress-6-/),
  ])
  expect(beside.join('\n')).not.toContain('shop/web')
})

test.each([
  ['selects nobody', staged('other', { selector: "app == 'nobody'", ingress: [{ action: 'Deny' }] })],
  ['takes away what is not there', staged('other', { stagedAction: 'Delete' })],
])('one that %s changes nothing', (_, object) => {
  const life = new Life()
  life.steps(enforced)
  expect(life.steps(enforced, object)).toEqual([])
})

test('one that comes, changes and goes touches the pod that it selects', () => {
  const life = new Life()
  life.steps(enforced)
  const other = staged('db', toDb({ action: 'Deny', protocol: 'UDP', ...fromWeb }))
  for (const objects of [[enforced, strict], [enforced, other], [enforced]]) {
    const steps = life.steps(...objects)
    expect(steps.length).toBeGreaterThan(0)
    const changed = steps.flatMap(({ before, after }) => changedLines(before, after))
    expect(changed.filter((line) => !isStagedLine(line) && !/^to-[46]-/.test(line))).toEqual([])
  }
  life.tidy()
  expect(linesOf(inetOf(life.ruleset())).filter(isStagedLine)).toEqual([])
})

test('where nothing enforced is about forwarded packets, a staged policy that is puts nothing but itself in their way', () => {
  const eth0 = { name: 'eth0', index: 2, addresses: [], handsOn: false }
  const edge = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name: 'edge', labels: { role: 'edge' } },
    spec: { node: 'node-1', interfaceName: 'eth0' },
  }
  const forwarded = policy(
    'edge',
    { selector: "role == 'edge'", applyOnForward: true, ingress: [{ action: 'Deny' }] },
    'StagedGlobalNetworkPolicy',
  )
  const { chains } = inetOf(
    compile(worldWith(edge, forwarded), { ...node, interfaces: [eth0] }, defaultCompileOptions),
  )
  const rulesOf = (name: string) => chains.get(name)?.rules.map((it) => formatRule(it))
  // Packets that conntrack does not know are dropped where policy is enforced.
  expect(rulesOf('host-forward-ingress-4-edge')).toEqual([
    expect.stringMatching(/^jump staged-forward-ingress-4-own-\w+$/),
  ])
  expect(rulesOf('host-normal-ingress-4-edge')?.slice(-2)).toEqual([
    expect.stringMatching(/^jump staged-normal-ingress-4-own-/),
    expect.stringMatching(/^goto normal-ingress-4-own-/),
  ])
})

function changedLines(...rulesets: [Ruleset, Ruleset]): string[] {
  const [before, after] = rulesets.map((ruleset) => new Set(ruleset.flatMap(linesOf)))
  return [...(before?.symmetricDifference(after ?? new Set<string>()) ?? [])]
}

/** Follows one world after another. */
class Life {
  readonly #builder = new StateBuilder()
  readonly #compiler = new Compiler(defaultCompileOptions)
  readonly #admitted = new Map<object, Resource>()

  steps(...objects: readonly object[]) {
    const world = [...always, ...objects.map((object) => this.#admit(object))]
    const { state, delta } = this.#builder.build(world)
    return this.#compiler.update(state, delta, node)
  }

  tidy(): void {
    this.#compiler.tidy()
  }

  ruleset(): Ruleset {
    return this.#compiler.ruleset()
  }

  #admit(object: object): Resource {
    const known = this.#admitted.get(object) ?? admitted(object)
    this.#admitted.set(object, known)
    return known
  }
}
