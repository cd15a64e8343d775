/**
 * What the kernel has to walk: nothing; a table that only follows connections, as any stateful firewall has to; and ours
 * with so many policies at both pods, of which the last one allows.
 */
import { NftCommand } from '@margay/agent'
import { compile, defaultCompileOptions, renderDelta } from '@margay/dataplane'
import { buildPolicyState } from '@margay/policy'
import type { Resource, ResourceObject } from '@margay/resources'
import { namespaceObject, podAddresses, podNamed } from '../world/pods.ts'
import { admitted } from '../world/world.ts'

export const namespace = 'team-0'
export const podNames = ['client', 'server'] as const

export function twoPods(): Resource[] {
  const pods = podNames.map((name, i) => podNamed(namespace, name, { side: name }, podAddresses(i)))
  return [namespaceObject(0), ...pods].map(admitted)
}

export class Rulesets {
  readonly #driver: NftCommand

  constructor(netns: string) {
    this.#driver = new NftCommand(netns)
  }

  async none(): Promise<void> {
    await this.#driver.apply('add table inet margay\ndelete table inet margay\n')
  }

  async conntrack(): Promise<void> {
    await this.none()
    await this.#driver.apply(
      'add table inet margay\n' +
        'add chain inet margay forward { type filter hook forward priority filter; policy accept; }\n' +
        'add rule inet margay forward ct state established,related accept\n',
    )
  }

  async policies(count: number): Promise<void> {
    await this.none()
    const { state } = buildPolicyState([...twoPods(), ...policiesAtBoth(count).map(admitted)])
    const table = compile(state, [...state.endpoints.values()], defaultCompileOptions)
    await this.#driver.apply(renderDelta({ kind: 'NamesOnly', sets: [], maps: [], chains: [] }, table))
  }
}

/** Each but the last has five rules that look at addresses and ports and don't match, in both directions. */
function policiesAtBoth(count: number): ResourceObject[] {
  return Array.from({ length: count }, (_, order) => {
    const rules = order === count - 1 ? [{ action: 'Allow' }] : fiveRules(order)
    return {
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkPolicy',
      metadata: { namespace, name: `policy-${order}` },
      spec: { order, selector: 'has(side)', types: ['Ingress', 'Egress'], ingress: rules, egress: rules },
    }
  })
}

function fiveRules(order: number): object[] {
  return Array.from({ length: 5 }, (_, i) => ({
    action: 'Allow',
    protocol: 'UDP',
    source: { nets: [`192.0.2.${order % 256}/32`, '198.51.100.0/24'] },
    destination: { ports: [100 + i] },
  }))
}
