import { builtInProfiles } from '@margay/resources'
import type { Profile } from '../model/profile.ts'
import type { Rule } from '../model/rule.ts'
import type { Inheritance } from './inheritance.ts'
import { afterPrefix, serviceAccountKey } from './lower-host-endpoint.ts'
import { lowerRules, type RulesContext } from './lower-policy.ts'
import { closedRule } from './lower-rule.ts'

/**
 * A profile by its name: a namespace's allows, a service account's says nothing, the built-in one allows, another is what
 * its resource says, and one that is not there denies (spec I8, 5.2, 5.3).
 */
export function lowerProfile(name: string, from: Inheritance, context: RulesContext): Profile {
  if (from.namespaces.has(afterPrefix(name, 'kns.'))) return sameBothWays(name, [allowRule])
  if (from.serviceAccounts.has(serviceAccountKey(name))) return sameBothWays(name, [])
  const resource = builtIn.get(name) ?? from.profiles.get(name)
  if (resource === undefined) return sameBothWays(name, [closedRule(0)])
  const { ingress, egress } = resource.spec ?? {}
  return {
    name,
    ingress: lowerRules('Ingress', context, ingress),
    egress: lowerRules('Egress', context, egress),
  }
}

const builtIn = new Map(builtInProfiles.map((profile) => [profile.metadata.name, profile]))
const allowRule: Rule = { ...closedRule(0), action: 'Allow' }

function sameBothWays(name: string, rules: readonly Rule[]): Profile {
  return { name, ingress: rules, egress: rules }
}
