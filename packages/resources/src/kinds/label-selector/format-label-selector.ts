import type { LabelSelector, LabelSelectorRequirement } from './schema.ts'

/** As kubectl shows it: `app=web,tier in (a,b),!old`; `<none>` for one that selects everything. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const terms = [...labels.sort(), ...(selector?.matchExpressions ?? []).map(formatRequirement)]
  return terms.length === 0 ? '<none>' : terms.join(',')
}

function formatRequirement({ key, operator, values = [] }: LabelSelectorRequirement): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`
    case 'NotIn':
      return `${key} notin (${values.join(',')})`
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
  }
}
