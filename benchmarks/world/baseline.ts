/** A security baseline: many policies on one endpoint, nearly all of whose rules say Pass. */
import type { ResourceObject } from '@margay/resources'

export interface BaselineSize {
  readonly policies: number
  /** Of each policy. */
  readonly rules: number
  /** Address sets, as global network sets. */
  readonly sets: number
  /** Of all sets together: single addresses in 10.0.0.0/8. */
  readonly members: number
}

export const baselinePod = { namespace: 'shop', name: 'web' }
/** No rule speaks of it. */
export const unspokenPort = 443

export function baselineObjects(size: BaselineSize): ResourceObject[] {
  const { namespace } = baselinePod
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...baselinePod, labels: { app: 'web' } },
      spec: { nodeName: 'node-0', containers: [{ name: 'main', image: 'image' }] },
      status: { phase: 'Running', podIP: '192.168.0.1', podIPs: [{ ip: '192.168.0.1' }] },
    },
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: 'baseline' },
      spec: { order: 100, defaultAction: 'Pass' },
    },
    ...Array.from({ length: size.sets }, (_, index) => setObject(index, size)),
    ...Array.from({ length: size.policies }, (_, index) => policyObject(index, size)),
  ]
}

/** As text, of member `index`. */
export function memberAddress(index: number): string {
  return ['10', index >>> 16, (index >>> 8) & 255, index & 255].join('.')
}

function setObject(index: number, { sets, members }: BaselineSize): ResourceObject {
  const count = Math.ceil((members - index) / sets)
  const nets = Array.from({ length: count }, (_, i) => `${memberAddress(index + i * sets)}/32`)
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name: `set-${index}`, labels: { set: `set-${index}` } },
    spec: { nets },
  }
}

function policyObject(index: number, { rules, sets }: BaselineSize): ResourceObject {
  const ingress = Array.from({ length: rules }, (_, i) => rule(index * rules + i, sets))
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: `baseline.policy-${index}` },
    spec: { tier: 'baseline', order: index, selector: "app == 'web'", types: ['Ingress'], ingress },
  }
}

/** In turn: a set, a net, ports, and a type of ICMP or ports of UDP. */
function rule(index: number, sets: number): object {
  const action = index % 50 === 49 ? 'Deny' : 'Pass'
  const turn = Math.floor(index / 4)
  const ports = [1000 + (turn % 5000)]
  switch (index % 4) {
    case 0:
      return {
        action,
        protocol: 'TCP',
        source: { selector: `set == 'set-${turn % sets}'` },
        destination: { ports },
      }
    case 1:
      return { action, source: { nets: [`172.16.${turn % 256}.${(turn >>> 8) * 8}/29`] } }
    case 2:
      return { action, protocol: 'TCP', destination: { ports: [`${ports[0]}:${1100 + (turn % 5000)}`] } }
    default:
      return turn % 2 === 0
        ? { action, protocol: 'ICMP', icmp: { type: turn % 255 } }
        : { action, protocol: 'UDP', destination: { ports } }
  }
}
