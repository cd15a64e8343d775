/** The kernel refuses a table, and all that is changed with it, if one chain leads to another more often than it can count. */
import type { ChainContent, Expression, NftElement, TableContent } from '@margay/netlink/nftables'
import type { PolicyState } from '@margay/policy'
import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { defaultCompileOptions } from './options.ts'
import { policy, worldWith } from './world.testkit.ts'

/** Chains one behind the other, the base chain among them. Source: net/netfilter/nf_tables.h, NFT_JUMP_STACK_SIZE. */
const deepest = 16

const all = { selector: 'all()', types: ['Ingress', 'Egress'] }
const ofOwnSide = (net: string) => ({
  ingress: [{ action: 'Allow', destination: { nets: [net] } }],
  egress: [{ action: 'Allow', source: { nets: [net] } }],
})
const pods = policy('pods', { ...all, ...ofOwnSide('10.65.0.0/24') })
const hosts = policy(
  'hosts',
  { ...all, ...ofOwnSide('10.65.9.0/24'), applyOnForward: true },
  'GlobalNetworkPolicy',
)

const eth0 = { name: 'eth0', index: 2, addresses: [], handsOn: false }
const nodeWithEth0 = { name: 'node-1', interfaces: [eth0], linkLocals: new Map() }

function deepestIn(state: PolicyState): string[] {
  const [inet] = compile(state, nodeWithEth0, defaultCompileOptions)
  if (inet === undefined) throw new Error('no table')
  return longestPath(inet)
}

test('pods that may send from other addresses, behind a host endpoint that has a say in what is forwarded, are not too deep', () => {
  const path = deepestIn(worldWith(openPod, spoofing, pods, hosts, hostEndpoint))
  expect(path.filter((name) => name.includes('gress-4-own-')).length).toBeGreaterThanOrEqual(1)
  expect(path.length, path.join(' ▶ ')).toBeLessThanOrEqual(deepest)
})

test('what only counts is not deeper than what is enforced', () => {
  const enforced = [openPod, spoofing, pods, hosts, hostEndpoint]
  const staged = [pods, hosts].map(({ kind, metadata, ...it }) => ({
    ...{ ...it, kind: `Staged${kind}`, metadata: { ...metadata, name: `staged-${metadata.name}` } },
  }))
  const path = deepestIn(worldWith(...enforced, ...staged))
  expect(path.length, path.join(' ▶ ')).toBe(deepestIn(worldWith(...enforced)).length)
})

// Kernels from before December 2025 walk each way through a table when a rule changes: 353 million steps for 250 pods, where ingress was behind egress.
test('no way out of a pod leads on into the way to a pod', () => {
  const [inet] = compile(
    worldWith(openPod, spoofing, pods, hosts, hostEndpoint),
    nodeWithEth0,
    defaultCompileOptions,
  )
  if (inet === undefined) throw new Error('no table')
  const reached = new Set<string>()
  const visit = (name: string): void => {
    if (reached.has(name)) return
    reached.add(name)
    for (const target of targetsOf(inet, inet.chains.get(name))) visit(target)
  }
  visit('from-pod')
  const [into, out] = [[...reached].filter((name) => /^(to-pod|ingress-|forwarded)/.test(name)), [...reached]]
  expect(out.filter((name) => name.startsWith('egress-')).length).toBeGreaterThan(0)
  expect(into).toEqual([])
})

function longestPath(inet: TableContent): string[] {
  const known = new Map<string, string[]>()
  const from = (name: string): string[] => {
    const path = known.get(name) ?? [name, ...longest(targetsOf(inet, inet.chains.get(name)).map(from))]
    known.set(name, path)
    return path
  }
  const bases = [...inet.chains.values()].filter(({ chain }) => chain.hook !== undefined)
  return longest(bases.map(({ chain }) => from(chain.name)))
}

function longest(paths: readonly string[][]): string[] {
  return paths.reduce((best, path) => (path.length > best.length ? path : best), [])
}

function targetsOf(inet: TableContent, content: ChainContent | undefined): string[] {
  const expressions = (content?.rules ?? []).flatMap((rule) => rule.expressions)
  return [...new Set(expressions.flatMap((expression) => chainsOf(inet, expression)))]
}

function chainsOf({ sets }: TableContent, expression: Expression): string[] {
  if (expression.type === 'verdict') return chainOf(expression.verdict)
  if (expression.type !== 'lookup' || expression.toVerdict !== true) return []
  return [...(sets.get(expression.set)?.elements ?? [])].flatMap(({ data }) => chainOf(data))
}

function chainOf(data: NftElement['data']): string[] {
  return data !== undefined && 'chain' in data ? [data.chain] : []
}

/** Which of its addresses a packet is from, or to, is asked for each packet. */
const openPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'shop',
    name: 'open',
    annotations: { 'cni.projectcalico.org/allowedSourcePrefixes': '["10.65.9.0/24"]' },
  },
  spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', podIPs: [{ ip: '10.65.0.8' }] },
}

const spoofing = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'FelixConfiguration',
  metadata: { name: 'default' },
  spec: { workloadSourceSpoofing: 'Any' },
}

const hostEndpoint = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'HostEndpoint',
  metadata: { name: 'eth0', labels: { role: 'host' } },
  spec: { node: 'node-1', interfaceName: 'eth0' },
}
