/**
 * What stands for a policy that failed validation: it selects what the original selects, as far as that can be read, and
 * denies both directions there. So a policy that this version does not understand never allows, and the rest goes on.
 */
import { admit, type Resource } from '@margay/resources'

/** Undefined for kinds that are no policies: what can't be understood of those is left out. */
export function closedPolicy(object: unknown): Resource | undefined {
  const { apiVersion, kind, metadata, spec = {} } = object as Partial<PolicyLike>
  if (kind !== 'NetworkPolicy' && kind !== 'GlobalNetworkPolicy') return undefined
  const isKubernetes = apiVersion === 'networking.k8s.io/v1'
  const identity = { apiVersion, kind, metadata: { name: metadata?.name, namespace: metadata?.namespace } }
  const deny = [{ action: 'Deny' }]
  const specs = isKubernetes
    ? [
        { podSelector: spec.podSelector, policyTypes: both },
        { podSelector: {}, policyTypes: both },
      ]
    : [
        { ...subjectOf(spec), types: both, ingress: deny, egress: deny },
        { types: both, ingress: deny, egress: deny },
      ]
  for (const candidate of specs) {
    const admission = admit({ ...identity, spec: candidate }, { unknownFields: 'drop' })
    if (admission.ok) return admission.resource
  }
  return undefined
}

interface PolicyLike {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec: Readonly<Record<string, unknown>>
}

const both = ['Ingress', 'Egress']

/** Whom and when, without what: the parts that say where the policy would have decided. */
function subjectOf({ tier, order, selector, namespaceSelector, serviceAccountSelector }: PolicyLike['spec']) {
  return { tier, order, selector, namespaceSelector, serviceAccountSelector }
}
