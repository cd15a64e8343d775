/** NetworkPolicy and GlobalNetworkPolicy of projectcalico.org/v3: whom they apply to. Source: spec/api.md 3.5, 4, I9, I15. */
import type { GlobalNetworkPolicy, NetworkPolicy } from '@margay/resources'
import { readCalicoRule } from './calico-rule.ts'
import type { ReferencePod } from './cluster.ts'
import { matchesText } from './labels.ts'
import type { ReferencePolicy } from './packet.ts'

type Spec = NonNullable<GlobalNetworkPolicy['spec']>

/** None for policies that are for packets before connection tracking or address translation: pods never see those. */
export function readCalicoPolicy(policy: NetworkPolicy | GlobalNetworkPolicy): ReferencePolicy[] {
  const { name, namespace = '' } = policy.metadata
  const spec: Spec = policy.spec ?? {}
  if (spec.doNotTrack === true || spec.preDNAT === true) return []
  const isOwn = (pod: ReferencePod) => policy.kind === 'GlobalNetworkPolicy' || pod.namespace === namespace
  return [
    {
      tier: spec.tier ?? 'default',
      order: spec.order ?? Number.POSITIVE_INFINITY,
      tieBreak: `${name}/${namespace}/${policy.kind}`,
      types: spec.types ?? inferTypes(spec),
      selects: (pod) => isOwn(pod) && selects(spec, pod),
      ingress: (spec.ingress ?? []).map((rule) => readCalicoRule(rule, namespace)),
      egress: (spec.egress ?? []).map((rule) => readCalicoRule(rule, namespace)),
    },
  ]
}

function inferTypes({ ingress = [], egress = [] }: Spec): ReferencePolicy['types'] {
  if (egress.length === 0) return ['Ingress']
  return ingress.length === 0 ? ['Egress'] : ['Ingress', 'Egress']
}

/**
 * Each selector that is given must match, over the labels of pod, namespace and service account. Beside the latter two,
 * `all()` means what has a namespace, or a service account (spec 3.5): every pod has both, so that it stays true here.
 */
function selects(spec: Spec, { labels }: ReferencePod): boolean {
  const matches = (text: string | undefined, prefix: string) =>
    text === undefined || text === '' || matchesText(text, (label) => labels.get(prefix + label))
  return (
    matches(spec.selector, '') &&
    matches(spec.namespaceSelector, 'pcns.') &&
    matches(spec.serviceAccountSelector, 'pcsa.')
  )
}
