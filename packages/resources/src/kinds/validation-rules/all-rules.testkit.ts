/** The tables of this folder, as one. */
import { hostEndpointRules } from './host-endpoints.testkit.ts'
import { httpRules } from './http.testkit.ts'
import { icmpRules } from './icmp.testkit.ts'
import { nameRules } from './names.testkit.ts'
import { netRules } from './nets.testkit.ts'
import { policyRules } from './policies.testkit.ts'
import { portRules } from './ports.testkit.ts'
import { protocolRules } from './protocols.testkit.ts'
import type { RuleCases } from './rule-cases.testkit.ts'
import { selectorRules } from './selectors.testkit.ts'
import { serviceRules } from './services.testkit.ts'
import { setRules } from './sets.testkit.ts'
import { tierAndStagedRules } from './tiers-and-staged.testkit.ts'

export const allRules: readonly RuleCases[] = [
  ...protocolRules,
  ...portRules,
  ...netRules,
  ...icmpRules,
  ...httpRules,
  ...serviceRules,
  ...selectorRules,
  ...policyRules,
  ...nameRules,
  ...tierAndStagedRules,
  ...setRules,
  ...hostEndpointRules,
]
