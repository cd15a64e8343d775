/** What tests of explanations and of proposed changes have in common. */
import type { Resource } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import type { Route } from '../evaluate/evaluate-route.ts'
import type { Flow } from '../model/flow.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { applyPatch } from './change/change.ts'
import type { Proposal } from './change/smallest-change.ts'

/** The flow with a node at one end, by one of its host endpoints; undefined where there is none. */
export function withNode(
  state: PolicyState,
  flow: Flow,
  choice: number,
  end: 'from' | 'to',
): Route | undefined {
  const names = [...state.hostEndpoints.keys()].sort()
  const endpoint = state.hostEndpoints.get(names[choice % names.length] ?? '')
  if (endpoint === undefined) return undefined
  const host = { node: endpoint.node, endpoint }
  const address = endpoint.expectedAddresses.find(({ version }) => version === flow.ipVersion)
  const peer = { endpoint: undefined, address }
  return end === 'from'
    ? { flow: { ...flow, source: peer }, from: host, to: undefined }
    : { flow: { ...flow, destination: peer }, from: undefined, to: host }
}

/** With the changes, by their patches, as a person would apply them. */
export function changed(resources: readonly Resource[], { changes }: Proposal): Resource[] {
  let all = [...resources]
  for (const { before, after, patch } of changes) {
    if (before === undefined) all = [...all, after as Resource]
    else if (after === undefined) all = all.filter((it) => it !== before)
    else
      all = all.map((it) =>
        it === before ? (admitAll([applyPatch(it, patch) as never])[0] as Resource) : it,
      )
  }
  return all
}
