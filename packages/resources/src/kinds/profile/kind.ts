import type { Issue } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { checkLabels } from '../meta/check-metadata.ts'
import { subdomainName } from '../meta/name-format.ts'
import { checkRules } from '../rule/check-rules.ts'
import { normalizeRule } from '../rule/normalize-rule.ts'
import { type Profile, profileSchema } from './schema.ts'

export const profileKind = defineKind<Profile>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'Profile',
  plural: 'profiles',
  namespaced: false,
  schema: profileSchema,
  nameFormat: subdomainName,
  validate: checkProfile,
  applyDefaults: applyProfileDefaults,
  printerColumns: [
    {
      name: 'Labels',
      type: 'integer',
      description: 'How many labels it gives to endpoints.',
      value: ({ spec }) => Object.keys(spec?.labelsToApply ?? {}).length,
    },
  ],
})

/** Its rules keep what those of a global policy keep; 66 for its labels. */
function* checkProfile({ spec = {} }: Profile): Iterable<Issue> {
  yield* checkLabels(spec.labelsToApply ?? {}, 'spec.labelsToApply')
  yield* checkRules(spec, true)
}

function applyProfileDefaults({ spec = {} }: Profile): void {
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) normalizeRule(rule)
}
