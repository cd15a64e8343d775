/**
 * Policies as clusters have them: each is one of four kinds in turn, governs one application, and has one to three rules.
 * None of them speaks of all pods, so a pod is governed by about one policy in twenty of its own namespace's and the
 * global ones.
 */
import type { ResourceObject } from '@margay/resources'
import { applications, namespaceName, roles } from './pods.ts'
import { pick, seededRandom } from './random.ts'

/** Where the global policies are. */
export const platformTier: ResourceObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  metadata: { name: 'platform' },
  spec: { order: 100, defaultAction: 'Pass' },
}

/** Policy `index` of a world with so many namespaces. */
export function policyObject(index: number, namespaces: number): ResourceObject {
  const random = seededRandom(index + 1)
  const app = `app-${Math.floor(random() * applications)}`
  const namespace = namespaceName(Math.floor(random() * namespaces))
  const kinds = [ingressPolicy, kubernetesPolicy, globalPolicy, egressPolicy]
  return pick([kinds[index % kinds.length] ?? ingressPolicy], random)({ index, namespace, app, random })
}

interface Choice {
  readonly index: number
  readonly namespace: string
  readonly app: string
  readonly random: () => number
}

function ingressPolicy({ index, namespace, app, random }: Choice): ResourceObject {
  const peer = { selector: `role == '${pick(roles, random)}'` }
  const ingress = [
    { action: 'Allow', protocol: 'TCP', source: peer, destination: { ports: ['http', 9090] } },
    {
      action: 'Allow',
      protocol: 'TCP',
      source: { namespaceSelector: "zone == 'east'", selector: `app == '${app}'` },
    },
    { action: 'Deny', source: { nets: [`10.80.${index % 4}.0/26`] } },
  ]
  return calicoPolicy(index, namespace, { selector: `app == '${app}'`, types: ['Ingress'], ingress })
}

function egressPolicy({ index, namespace, app, random }: Choice): ResourceObject {
  const destination = { selector: `role in {'api', '${pick(roles, random)}'}`, ports: ['8000:8999'] }
  const egress = [
    { action: 'Allow', protocol: 'UDP', destination: { ports: [53, 5353] } },
    { action: 'Allow', protocol: 'TCP', destination },
    { action: 'Deny', destination: { notNets: ['10.80.0.0/16'] } },
  ]
  return calicoPolicy(index, namespace, { selector: `app == '${app}'`, types: ['Egress'], egress })
}

function calicoPolicy(index: number, namespace: string, spec: object): ResourceObject {
  const metadata = { namespace, name: `policy-${index}` }
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata,
    spec: { order: 100 + index, ...spec },
  }
}

function kubernetesPolicy({ index, namespace, app, random }: Choice): ResourceObject {
  const from = [
    { podSelector: { matchLabels: { role: pick(roles, random) } } },
    { namespaceSelector: { matchLabels: { zone: 'west' } } },
  ]
  const ports = [
    { protocol: 'TCP', port: 'http' },
    { protocol: 'UDP', port: 5353 },
  ]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: `policy-${index}` },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'], ingress: [{ from, ports }] },
  }
}

function globalPolicy({ index, app, random }: Choice): ResourceObject {
  const ingress = [
    { action: 'Deny', source: { nets: ['192.0.2.0/24', '198.51.100.0/24'] } },
    { action: 'Pass', source: { selector: `role != '${pick(roles, random)}'` } },
  ]
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: `platform.policy-${index}` },
    spec: { tier: 'platform', order: index, selector: `app == '${app}'`, types: ['Ingress'], ingress },
  }
}
