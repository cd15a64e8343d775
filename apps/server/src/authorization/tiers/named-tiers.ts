/**
 * Which tiers a list, a watch or a deletecollection of policies asks for, by its selectors.
 *
 * Source  spec/api.md section 6, "List/watch selector logic": `spec.tier` in the field selector shadows the label
 *         projectcalico.org/tier; only equality and `in` are understood.
 */
import { tierLabel } from '@margay/resources'
import { readFieldSelector } from '../../selectors/fields.ts'
import { parseLabelSelector } from '../../selectors/labels.ts'
import { badRequest } from '../../status/api-error.ts'

/** Undefined when the selectors say nothing of tiers. Throws a 400 for what does not name tiers. */
export function namedTiers(query: URLSearchParams): readonly string[] | undefined {
  return tierOfField(query.get('fieldSelector') ?? '') ?? tiersOfLabel(query.get('labelSelector') ?? '')
}

function tierOfField(selector: string): readonly string[] | undefined {
  const requirements = readFieldSelector(selector).filter(({ path }) => path === 'spec.tier')
  if (requirements.some(({ negated }) => negated))
    throw badRequest('the field selector spec.tier takes = and == only, so that the tier is known')
  return requirements.length === 0 ? undefined : requirements.map(({ value }) => value)
}

function tiersOfLabel(selector: string): readonly string[] | undefined {
  const requirements = parseLabelSelector(selector).filter(({ key }) => key === tierLabel)
  if (requirements.length === 0) return undefined
  return requirements.flatMap((requirement) => {
    if (requirement.kind === 'In') return requirement.values
    throw badRequest(`the label selector ${tierLabel} takes =, == and in only, so that the tiers are known`)
  })
}
