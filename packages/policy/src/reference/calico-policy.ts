/** NetworkPolicy and GlobalNetworkPolicy of projectcalico.org/v3: whom they apply to. Source: spec/api.md 3.5, 4, I9, I15. */
import type { GlobalNetworkPolicy, NetworkPolicy } from '@margay/resources'
import { readCalicoRule } from './calico-rule.ts'
import type { Thing } from './cluster.ts'
import { matchesText } from './labels.ts'
import type { ReferencePolicy } from './packet.ts'

type Spec = NonNullable<GlobalNetworkPolicy['spec']>

export function readCalicoPolicy(policy: NetworkPolicy | GlobalNetworkPolicy): ReferencePolicy {
  const { name, namespace = '' } = policy.metadata
  const spec: Spec = policy.spec ?? {}
  const isOwn = ({ labels }: Thing) =>
    policy.kind === 'GlobalNetworkPolicy' || labels.get('projectcalico.org/namespace') === namespace
  return {
    tier: spec.tier ?? 'default',
    order: spec.order ?? Number.POSITIVE_INFINITY,
    tieBreak: `${name}/${namespace}/${policy.kind}`,
    types: spec.types ?? inferTypes(spec),
    list: spec.doNotTrack === true ? 'untracked' : spec.preDNAT === true ? 'preDNAT' : 'normal',
    forward: spec.applyOnForward === true,
    selects: (it) => isOwn(it) && selects(spec, it),
    ingress: (spec.ingress ?? []).map((rule) => readCalicoRule(rule, namespace, 'ingress')),
    egress: (spec.egress ?? []).map((rule) => readCalicoRule(rule, namespace, 'egress')),
  }
}

function inferTypes({ ingress = [], egress = [] }: Spec): ReferencePolicy['types'] {
  if (egress.length === 0) return ['Ingress']
  return ingress.length === 0 ? ['Egress'] : ['Ingress', 'Egress']
}

/**
 * Each selector that is given must match, over the labels of pod, namespace and service account. Beside a selector of
 * namespaces, `all()` means what has a namespace, wherever it stands but in the third; beside one of service accounts, what
 * has a service account (spec 3.5). Pods have both, host endpoints none.
 */
function selects({ selector, namespaceSelector, serviceAccountSelector }: Spec, { labels }: Thing): boolean {
  const matches = (text: string | undefined, prefix: string, all: boolean) =>
    text === undefined ||
    text === '' ||
    matchesText(text, (it) => labels.get(prefix + it), { all, global: true })
  const isGiven = (text: string | undefined) => text !== undefined && text !== ''
  const hasNamespace = !isGiven(namespaceSelector) || labels.has('projectcalico.org/namespace')
  const hasAccount = !isGiven(serviceAccountSelector) || labels.has('projectcalico.org/serviceaccount')
  return (
    matches(selector, '', isGiven(namespaceSelector) ? hasNamespace : hasAccount) &&
    matches(namespaceSelector, 'pcns.', hasNamespace) &&
    matches(serviceAccountSelector, 'pcsa.', hasAccount)
  )
}
