/** All rules that one rule of a policy must keep. What the schema says alone (1, 2, 12, 13, 22, 29, 32, 33, 46, 47, 69) is not here. */
import type { Issue } from '../../schema/issue.ts'
import { checkAnnotations } from '../meta/check-metadata.ts'
import { checkRuleDomains } from './rule-domains.ts'
import { checkHttpForm, checkHttpPlace } from './rule-http.ts'
import { checkIcmpCode, checkIcmpProtocol } from './rule-icmp.ts'
import { checkNetFamily, checkNetForm, checkNotNets } from './rule-nets.ts'
import { checkPortForm, checkPortProtocol } from './rule-ports.ts'
import { checkProtocolFamily, checkProtocolKnown } from './rule-protocol.ts'
import { checkRuleSelectors } from './rule-selectors.ts'
import {
  checkServiceNames,
  checkServiceNamespace,
  checkServicePorts,
  checkServiceSide,
  checkServicesAlone,
} from './rule-services.ts'
import { type RuleSite, sidesOf } from './rule-site.ts'
import type { Rule } from './schema.ts'

const checks: readonly ((site: RuleSite) => Iterable<Issue>)[] = [
  checkProtocolKnown,
  checkProtocolFamily,
  checkPortForm,
  checkPortProtocol,
  checkNetForm,
  checkNetFamily,
  checkNotNets,
  checkIcmpProtocol,
  checkIcmpCode,
  checkHttpPlace,
  checkHttpForm,
  checkServiceNames,
  checkServicesAlone,
  checkServicePorts,
  checkServiceSide,
  checkServiceNamespace,
  checkRuleSelectors,
  checkRuleDomains,
  checkRuleAnnotations,
]

export interface RuleLists {
  readonly ingress?: readonly Rule[]
  readonly egress?: readonly Rule[]
}

export function* checkRules(lists: RuleLists, isGlobal: boolean): Iterable<Issue> {
  for (const direction of ['ingress', 'egress'] as const) {
    for (const [index, rule] of (lists[direction] ?? []).entries()) {
      const path = `spec.${direction}[${index}]`
      const site = { rule, path, direction, isGlobal, sides: sidesOf(rule, path) }
      for (const check of checks) yield* check(site)
    }
  }
}

/** 62. */
function* checkRuleAnnotations({ rule, path }: RuleSite): Iterable<Issue> {
  yield* checkAnnotations(rule.metadata?.annotations ?? {}, `${path}.metadata.annotations`)
}
