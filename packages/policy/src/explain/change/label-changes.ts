/** A label more or less on a pod at one of the ends. */
import type { Pod } from '@margay/resources'
import { matchesRule } from '../../evaluate/match-rule.ts'
import type { Endpoint } from '../../model/endpoint.ts'
import type { Policy } from '../../model/policy.ts'
import type { Rule } from '../../model/rule.ts'
import { type Change, patched, pointer } from './change.ts'
import { type Added, labelsNamed, satisfyingLabels } from './satisfying-labels.ts'
import { asked, farOf, governing, nearOf, policyOf, rulesOf, type Turn, wantedOf } from './turn.ts'

export function labelChanges(turn: Turn): Change[] {
  const { endpoint: far } = farOf(turn)
  return [
    ...(turn.side.stage === 'Workload' ? ownLabels(turn, nearOf(turn).endpoint) : []),
    ...labelsAdded(turn, far, selectorsOfPeers(turn)),
    ...labelsRemoved(turn, far, decidingSelectors(turn)),
  ]
}

function ownLabels(turn: Turn, near: Endpoint | undefined): Change[] {
  return [
    ...labelsAdded(turn, near, turn.side.tiers.length === 0 ? [] : selectorsElsewhere(turn)),
    ...labelsRemoved(
      turn,
      near,
      asked(turn).flatMap(({ ref }) => policyOf(turn, ref)?.appliesTo ?? []),
    ),
  ]
}

type Selectors = readonly Policy['appliesTo'][]

/** Of policies that would decide as wanted if they applied to the near end. */
function selectorsElsewhere(turn: Turn): Selectors {
  const own = new Set(governing(turn))
  const { direction } = turn.side
  const others = turn.state.tiers.flatMap(({ policies }) => policies).filter((it) => !own.has(it))
  return others
    .filter((it) => it.directions.includes(direction) && !it.doNotTrack && !it.preDNAT)
    .filter((it) =>
      rulesOf(it, turn).some((rule) => rule.action === wantedOf(turn) && matchesRule(rule, turn.flow)),
    )
    .map(({ appliesTo }) => appliesTo)
}

/** Of rules that would decide as wanted, and that only the far end's labels keep from it. */
function selectorsOfPeers(turn: Turn): Selectors {
  const field = turn.side.direction === 'Ingress' ? 'source' : 'destination'
  return asked(turn).flatMap(({ ref, rules }) => {
    const near = rules.filter(
      ({ action, failed }) =>
        action === wantedOf(turn) &&
        failed.length > 0 &&
        failed.every((it) => it.field === `${field}.selector`),
    )
    const policy = policyOf(turn, ref)
    if (policy === undefined || near.length === 0) return []
    const isNear = ({ origin }: Rule) => near.some(({ index }) => index === origin)
    return rulesOf(policy, turn)
      .filter(isNear)
      .flatMap((rule) => rule[field].inSet?.selector ?? [])
  })
}

/** By which the rule that decided chose the far end. */
function decidingSelectors(turn: Turn): Selectors {
  const field = turn.side.direction === 'Ingress' ? 'source' : 'destination'
  const last = asked(turn).find(({ isDecisive }) => isDecisive)
  const policy = last && policyOf(turn, last.ref)
  if (last === undefined || policy === undefined) return []
  return rulesOf(policy, turn)
    .filter(({ origin }) => origin === last.rules.at(-1)?.index)
    .flatMap((rule) => rule[field].inSet?.selector ?? [])
}

function labelsAdded(turn: Turn, endpoint: Endpoint | undefined, selectors: Selectors): Change[] {
  const pod = endpoint && turn.originals.pods.get(endpoint.key)
  if (endpoint === undefined || pod === undefined) return []
  const found = selectors.map((it) => satisfyingLabels(it, endpoint.labels)).filter((it) => it !== undefined)
  return found.flatMap((labels) => (isOwn(labels) ? (labelled(pod, labels) ?? []) : []))
}

function isOwn(labels: Added): boolean {
  const names = Object.keys(labels)
  return names.length > 0 && names.every((name) => !/^(?:pcns\.|pcsa\.|projectcalico\.org\/)/.test(name))
}

function labelled(pod: Pod, labels: Added): Change | undefined {
  const steps = Object.entries(labels).map(([name, value]) => {
    return { op: 'add' as const, path: pointer('metadata', 'labels', name), value }
  })
  const hasLabels = pod.metadata.labels !== undefined
  const whole = [{ op: 'add' as const, path: pointer('metadata', 'labels'), value: labels }]
  return patched('AddLabel', pod, hasLabels ? steps : whole)
}

function labelsRemoved(turn: Turn, endpoint: Endpoint | undefined, selectors: Selectors): Change[] {
  const pod = endpoint && turn.originals.pods.get(endpoint.key)
  if (pod === undefined) return []
  const names = [...new Set(selectors.flatMap(labelsNamed))].filter((it) =>
    Object.hasOwn(pod.metadata.labels ?? {}, it),
  )
  return names.flatMap((name) => {
    return patched('RemoveLabel', pod, [{ op: 'remove', path: pointer('metadata', 'labels', name) }]) ?? []
  })
}
