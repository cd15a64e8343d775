/** From pods, namespaces and service accounts to endpoints and network sets with their effective labels. Source: spec/api.md 3.4, 5.2 to 5.4. */
import { parseCidrOrIp } from '@margay/netset'
import {
  type GlobalNetworkSet,
  type Namespace,
  type NetworkSet,
  namespaceProfileLabels,
  type Pod,
  type Profile,
  podToWorkloadEndpoint,
  type ServiceAccount,
  serviceAccountProfileLabels,
  type WorkloadEndpoint,
} from '@margay/resources'
import type { Endpoint, NamedPort, ProfileRef } from '../model/endpoint.ts'
import { protocolNumber } from '../model/protocol.ts'
import type { NetworkSetEntry } from '../state/address-set.ts'
import { inheritLabels } from './inherit-labels.ts'
import { type Annotations, allowedSourcePrefixes, endpointLimits } from './lower-annotations.ts'
import { namespaceLabel } from './lower-selector.ts'
import { PodEndpoint } from './pod-endpoint.ts'
import { Shared } from './shared.ts'

/** What endpoints inherit from: namespaces and profiles by name, service accounts by `namespace/name`. */
export interface Inheritance {
  readonly namespaces: ReadonlyMap<string, Namespace>
  readonly serviceAccounts: ReadonlyMap<string, ServiceAccount>
  readonly profiles: ReadonlyMap<string, Profile>
}

/** A part of an object that is no policy, and that could not be understood. */
export interface ObjectProblem {
  /** As `Profile web`, or `Pod shop/web`. */
  readonly object: string
  readonly message: string
}

/** Undefined for a pod that is no endpoint: it shares its node's network, or it has ended. */
export function lowerPod(
  pod: Pod,
  from: Inheritance,
  report: (problem: ObjectProblem) => void,
): Endpoint | undefined {
  const workload = podToWorkloadEndpoint(pod)
  if (workload === undefined) return undefined
  const object = `Pod ${workload.namespace}/${workload.name}`
  return lowerEndpoint(workload, from, pod.metadata.annotations ?? {}, (message) =>
    report({ object, message }),
  )
}

function lowerEndpoint(
  workload: WorkloadEndpoint,
  from: Inheritance,
  annotations: Annotations,
  report: (message: string) => void,
): Endpoint {
  const namespace = from.namespaces.get(workload.namespace)
  const account = from.serviceAccounts.get(`${workload.namespace}/${workload.serviceAccount}`)
  return new PodEndpoint({
    namespace: workload.namespace,
    name: workload.name,
    node: workload.node,
    labels: labelsOf(workload, namespace, account),
    // A copy has no room for more, as what was gathered has.
    addresses: workload.ips.slice(),
    ports: portsOf(workload),
    profiles: profilesOf(workload, namespace),
    allowedSourcePrefixes: allowedSourcePrefixes(annotations, report),
    limits: endpointLimits(annotations, report),
  })
}

// Pods that one workload made, and many others, have these in common.
const sharedLabels = new Shared<ReadonlyMap<string, string>>()
const sharedPorts = new Shared<readonly NamedPort[]>()
const sharedProfiles = new Shared<readonly ProfileRef[]>()

function labelsOf(
  { labels: own }: WorkloadEndpoint,
  namespace: Namespace | undefined,
  account: ServiceAccount | undefined,
): ReadonlyMap<string, string> {
  const labels = inheritLabels(own, [
    namespace === undefined ? {} : namespaceProfileLabels(namespace),
    account === undefined ? {} : serviceAccountProfileLabels(account),
  ])
  return sharedLabels.of(JSON.stringify([...labels]), () => labels)
}

function portsOf({ ports }: WorkloadEndpoint): readonly NamedPort[] {
  return sharedPorts.of(JSON.stringify(ports), () =>
    ports.map(({ name, port, protocol }) => ({ name, port, protocol: protocolNumber(protocol) ?? 0 })),
  )
}

/** A pod whose namespace is not known yet stays closed: nobody can say what its labels will be. */
function profilesOf(workload: WorkloadEndpoint, namespace: Namespace | undefined): readonly ProfileRef[] {
  const isKnown = namespace !== undefined
  return sharedProfiles.of(JSON.stringify([isKnown, ...workload.profiles]), () =>
    workload.profiles.map((name) => {
      if (name !== `kns.${workload.namespace}`) return { name, action: 'None' }
      return { name, action: isKnown ? 'Allow' : 'Deny' }
    }),
  )
}

/** A namespaced set carries its namespace's name, and inherits its namespace's labels. */
export function lowerNetworkSet(set: NetworkSet, from: Inheritance): NetworkSetEntry {
  const namespace = set.metadata.namespace ?? ''
  const owner = from.namespaces.get(namespace)
  const own = { ...set.metadata.labels, [namespaceLabel]: namespace }
  return {
    key: `${namespace}/${set.metadata.name}`,
    labels: inheritLabels(own, owner === undefined ? [] : [namespaceProfileLabels(owner)]),
    nets: netsOf(set.spec?.nets),
  }
}

export function lowerGlobalNetworkSet(set: GlobalNetworkSet): NetworkSetEntry {
  return {
    key: set.metadata.name,
    labels: new Map(Object.entries(set.metadata.labels ?? {})),
    nets: netsOf(set.spec?.nets),
  }
}

function netsOf(nets: readonly string[] | undefined) {
  return (nets ?? []).map(parseCidrOrIp).filter((cidr) => cidr !== undefined)
}
