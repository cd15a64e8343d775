/** Nodes as encryption is told them. */
import type { ResourceObject } from '@margay/resources'

export interface NodePlan {
  readonly name: string
  readonly address: string
  readonly podCidr?: string
  /** Base64. */
  readonly publicKey?: string
}

export function nodeObject({ name, address, podCidr, publicKey }: NodePlan): ResourceObject {
  const annotations = publicKey === undefined ? {} : { 'projectcalico.org/WireguardPublicKey': publicKey }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations },
    spec: podCidr === undefined ? {} : { podCIDRs: [podCidr] },
    status: { addresses: [{ type: 'InternalIP', address }] },
  }
}
