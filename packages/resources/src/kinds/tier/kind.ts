import { forbidden, type Issue } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { labelName } from '../meta/name-format.ts'
import { builtInTiers, defaultTierOrder } from './built-in-tiers.ts'
import { type Tier, tierSchema } from './schema.ts'

export const tierKind = defineKind<Tier>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  plural: 'tiers',
  namespaced: false,
  hasStatus: true,
  schema: tierSchema,
  nameFormat: labelName,
  validate: checkBuiltIn,
  applyDefaults: applyTierDefaults,
  printerColumns: [
    { name: 'Order', type: 'number', description: 'Lower goes first.', value: ({ spec }) => spec?.order },
    {
      name: 'Default Action',
      description: 'For what no rule decided.',
      value: ({ spec }) => spec?.defaultAction,
    },
  ],
})

function applyTierDefaults(tier: Tier): void {
  tier.spec = { ...tier.spec, order: tier.spec?.order ?? defaultTierOrder }
}

/** 58 and 59 of spec/api.md 2.1: the tiers that always exist mean the same everywhere. */
function* checkBuiltIn(tier: Tier): Iterable<Issue> {
  const wanted = builtInTiers.find(({ metadata }) => metadata.name === tier.metadata.name)?.spec
  for (const field of ['order', 'defaultAction'] as const) {
    if (wanted === undefined || tier.spec?.[field] === wanted[field]) continue
    yield forbidden(`spec.${field}`, `is always ${wanted[field]} in tier ${tier.metadata.name}`)
  }
}
