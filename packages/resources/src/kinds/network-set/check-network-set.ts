/** Source: spec/api.md 2.1, rules 67 and 68; spec/dataplane.md 7.1. */
import { parseCidrOrIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { fieldPath, forbidden, type Issue, invalid } from '../../schema/issue.ts'
import type { ObjectMeta } from '../meta/object-meta.ts'
import { checkDomainForm } from '../rule/rule-domains.ts'

/** Selectors use it for the real namespace; nobody may claim another. */
const namespaceLabel = 'projectcalico.org/namespace'

interface SetLike {
  readonly metadata: ObjectMeta
  readonly spec?: { readonly nets?: readonly string[]; readonly allowedEgressDomains?: readonly string[] }
}

export function* checkNetworkSet({ metadata, spec }: SetLike): Iterable<Issue> {
  if (Object.hasOwn(metadata.labels ?? {}, namespaceLabel)) {
    yield forbidden(fieldPath('metadata.labels', namespaceLabel), 'this label is set by the system only')
  }
  for (const [index, text] of (spec?.nets ?? []).entries()) {
    if (parseCidrOrIp(text) !== undefined) continue
    yield invalid(
      `spec.nets[${index}]`,
      `must be a CIDR or an address, such as 10.0.0.0/8 or fd00::1, but is ${describe(text)}`,
    )
  }
  yield* checkDomainForm(spec?.allowedEgressDomains, 'spec.allowedEgressDomains')
}

export const networkSetColumns = [
  {
    name: 'Nets',
    type: 'integer' as const,
    description: 'How many CIDRs and addresses it holds.',
    value: ({ spec }: SetLike) => spec?.nets?.length ?? 0,
  },
  {
    name: 'Domains',
    type: 'integer' as const,
    description: 'How many names of domains it allows egress to.',
    value: ({ spec }: SetLike) => spec?.allowedEgressDomains?.length ?? 0,
  },
]
