/** How a rule can name one side of a flow: a workload by labels that tell it from others of its namespace, all else by address. */
import { formatIp } from '@margay/netset'
import type { Endpoint } from '../../model/endpoint.ts'
import type { FlowPeer } from '../../model/flow.ts'
import type { PolicyState } from '../../state/policy-state.ts'

export type Named =
  | {
      readonly kind: 'Workload'
      readonly namespace: string
      readonly labels: Readonly<Record<string, string>>
    }
  | { readonly kind: 'Address'; readonly net: string }

/** Undefined for a side that has neither labels nor an address. */
export function nameSide({ endpoint, address }: FlowPeer, state: PolicyState): Named | undefined {
  if (endpoint !== undefined)
    return { kind: 'Workload', namespace: endpoint.namespace, labels: labelsOf(endpoint, state) }
  if (address === undefined) return undefined
  return { kind: 'Address', net: `${formatIp(address)}/${address.version === 4 ? 32 : 128}` }
}

function labelsOf(endpoint: Endpoint, state: PolicyState): Readonly<Record<string, string>> {
  const { namespace } = endpoint
  return tellingLabels(
    endpoint,
    [...state.endpoints.values()].filter((it) => it.namespace === namespace),
  )
}

/**
 * The first label that selects as few of the others as all of them together; where none does, all. Of those that a person
 * chose: labels that a controller counts with are not the same tomorrow. None: every one.
 */
export function tellingLabels(
  { labels }: Pick<Endpoint, 'labels'>,
  others: readonly Pick<Endpoint, 'labels'>[],
): Readonly<Record<string, string>> {
  const own = [...labels].filter(([name]) => isChosen(name)).sort(byUse)
  const holders = (labels: readonly (readonly [string, string])[]) =>
    others.filter((it) => labels.every(([name, value]) => it.labels.get(name) === value)).length
  const fewest = holders(own)
  const single = own.find((label) => holders([label]) === fewest)
  return Object.fromEntries(single === undefined ? own : [single])
}

const usual = ['app', 'app.kubernetes.io/name', 'k8s-app', 'app.kubernetes.io/instance', 'name', 'component']

function byUse([a]: readonly [string, string], [b]: readonly [string, string]): number {
  const place = (name: string) => (usual.includes(name) ? usual.indexOf(name) : usual.length)
  return place(a) - place(b) || (a < b ? -1 : a > b ? 1 : 0)
}

const counted = [
  'pod-template-hash',
  'pod-template-generation',
  'controller-revision-hash',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/controller-uid',
  'controller-uid',
  'job-name',
]

/** Neither inherited from a namespace or service account, nor made up by a controller. */
export function isChosen(label: string): boolean {
  return !/^(?:pcns\.|pcsa\.|projectcalico\.org\/)/.test(label) && !counted.includes(label)
}
