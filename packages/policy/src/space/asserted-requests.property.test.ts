/**
 * An assertion about HTTP requests says what the evaluator says of each request between those that it speaks of, in random worlds with rules
 * that ask for requests: where it holds no request is otherwise, and where it does not the one that it shows is.
 *
 * MARGAY_CASES  how many worlds; 100 by default. MARGAY_SEED  a whole number that decides them.
 */
import { formatManifest, httpMatches, httpWorlds, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { matchesHttp } from '../evaluate/match-http.ts'
import { lowerHttp } from '../lower/lower-http.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { checkAssertions } from './assertions.ts'
import { assertionOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 100)

/** Named by rules, below what is named, and neither. */
const paths = [
  '/',
  '/api',
  '/api/',
  '/api/users',
  '/api/x',
  '/apis',
  '/apis/x',
  '/admin',
  '/admin/x',
  '/other',
]
const requests = ['GET', 'POST', 'get', 'PUT'].flatMap((method) => paths.map((path) => ({ method, path })))
const ports = [80, 81, 443, 8080, 30_000]

const cases = fc.record({
  objects: httpWorlds(smallCast),
  from: fc.nat(),
  to: fc.nat(),
  require: fc.constantFrom('never' as const, 'always' as const),
  http: httpMatches,
  port: fc.constantFrom(undefined, ...ports),
  staged: fc.boolean(),
})

test('what is asserted of requests is what the evaluator says of them', {
  timeout: 60_000 + numRuns * 1000,
}, () => {
  let [holding, broken] = [0, 0]
  fc.assert(
    fc.property(cases, ({ objects, from, to, require, http, port, staged }) => {
      const state = stateOf(objects)
      const [source, destination] = [labelAt(state, from), labelAt(state, to)]
      const asked = port === undefined ? {} : { ports: [{ protocol: 'TCP', port }] }
      const assertion = assertionOf({
        require,
        from: sideOf(source),
        to: sideOf(destination),
        http,
        ...asked,
      })
      const [checked] = checkAssertions(state, [assertion], { staged })
      const match = lowerHttp(http)
      const isWrong = (flow: Flow) => {
        const isAllowed = evaluate(state, flow, { staged }).verdict === 'Allow'
        return matchesHttp(match, flow.http) && isAllowed === (require === 'never')
      }
      const shown = checked?.counterExample
      const world = (flow: Flow | undefined) =>
        `${JSON.stringify([assertion.spec, flow?.http, flow?.destinationPort, staged])}\n${formatManifest(objects)}`
      if (shown !== undefined && (shown.http === undefined || !isWrong(shown))) expect.fail(world(shown))
      const missed =
        shown === undefined
          ? flowsBetween(state, source, destination, port === undefined ? ports : [port]).find(isWrong)
          : undefined
      if (missed !== undefined) expect.fail(world(missed))
      if (shown === undefined) holding++
      else broken++
    }),
    { numRuns, ...seed },
  )
  expect(Math.min(holding, broken)).toBeGreaterThan(numRuns / 20)
})

type Label = readonly [name: string, value: string]

function labelAt(state: PolicyState, choice: number): Label {
  const endpoints = [...state.endpoints.values()]
  const labels = [...(endpoints[choice % Math.max(endpoints.length, 1)]?.labels ?? [])]
  return labels[choice % Math.max(labels.length, 1)] ?? ['none', '']
}

function sideOf([name, value]: Label): object {
  return { selector: `${name} == '${value}'`, namespaceSelector: 'all()' }
}

function flowsBetween(state: PolicyState, from: Label, to: Label, asked: readonly number[]): Flow[] {
  const membersOf = ([name, value]: Label) =>
    [...state.endpoints.values()].filter(({ labels }) => labels.get(name) === value)
  return membersOf(from).flatMap((source) =>
    membersOf(to)
      .filter((destination) => destination !== source)
      .flatMap((destination) => asked.flatMap((port) => requestFlows(source, destination, port))),
  )
}

function requestFlows(source: Endpoint, destination: Endpoint, port: number): Flow[] {
  return source.addresses.flatMap((address) =>
    destination.addresses
      .filter(({ version }) => version === address.version)
      .flatMap((other) =>
        requests.map((http) => ({
          source: { endpoint: source, address },
          destination: { endpoint: destination, address: other },
          ipVersion: address.version,
          protocol: protocols.tcp,
          sourcePort: 40_000,
          destinationPort: port,
          icmp: undefined,
          http,
        })),
      ),
  )
}
