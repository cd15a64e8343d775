/**
 * Objects of large clusters, as admission leaves them (see objects.test.ts). They are made cheaply: what many have in common is one
 * object, so that what they take says little about what the engine takes.
 */
import type { GlobalNetworkPolicy, GlobalNetworkSet, Namespace, NetworkPolicy, Pod } from '@margay/resources'

/** The node that the engine is asked about. */
export const localNode = 'node-local'

type Labels = Readonly<Record<string, string>>

export interface PodPlan {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  /** Of all pods, for its address in 10.0.0.0/8. */
  readonly index: number
  readonly isLocal: boolean
}

const containers = [{ name: 'main', image: 'example.com/main:1' }]
const localSpec = { nodeName: localNode, serviceAccountName: 'default', containers }
const remoteSpecs = Array.from({ length: 1000 }, (_, i) => ({ ...localSpec, nodeName: `node-${i}` }))

export function podOf({ namespace, name, labels, index, isLocal }: PodPlan): Pod {
  const spec = isLocal ? localSpec : remoteSpecs[index % remoteSpecs.length]
  const podIP = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec,
    status: { phase: 'Running', podIP },
  } as Pod
}

export function namespaceOf(name: string): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    status: { phase: 'Active' },
  }
}

const inDefaultTier = { 'projectcalico.org/tier': 'default' }

/** Who may come in: each rule allows what the selector of sources selects. */
export function globalPolicyOf(
  name: string,
  selector: string,
  sources: readonly string[],
): GlobalNetworkPolicy {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name, labels: inDefaultTier },
    spec: { tier: 'default', order: 100, selector, types: ['Ingress'], ingress: sources.map(allowFrom) },
  }
}

/** The same for pods of a namespace. */
export function policyOf(namespace: string, selector: string, sources: readonly string[]): NetworkPolicy {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: 'own', labels: inDefaultTier },
    spec: { tier: 'default', order: 100, selector, types: ['Ingress'], ingress: sources.map(allowFrom) },
  }
}

function allowFrom(selector: string) {
  return { action: 'Allow' as const, source: { selector } }
}

export function networkSetOf(name: string, labels: Labels, nets: readonly string[]): GlobalNetworkSet {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name, labels },
    spec: { nets: [...nets] },
  }
}
