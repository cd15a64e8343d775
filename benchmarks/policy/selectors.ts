/** Reading a selector, and asking it about a pod's labels. */
import { matchesSelector, parseSelector } from '@margay/resources'
import { bench, type Suite, single } from '../harness/bench.ts'
import { callMetrics, keep, planFor } from '../harness/measure.ts'
import { applications } from '../world/pods.ts'

export function selectorSuites(isQuick: boolean): Suite[] {
  return (isQuick ? [1] : [1, 10]).flatMap((terms) => [
    single(bench('policy/selector-parse', terms, 'terms'), (context) => {
      const text = selectorOf(terms)
      const batch = () => {
        for (let i = 0; i < 100; i++) keep(parseSelector(text))
        return 100
      }
      return callMetrics(batch, planFor(context))
    }),
    single(bench('policy/selector-match', terms, 'terms'), (context) =>
      callMetrics(matching(terms), planFor(context)),
    ),
  ])
}

/** Terms that all hold for the labels below, so that none is left out. */
function selectorOf(terms: number): string {
  const kinds = [
    'has(role)',
    "role in {'web', 'api', 'db'}",
    '!has(legacy)',
    "role != 'none'",
    "app starts with 'app-'",
  ]
  return Array.from({ length: terms }, (_, i) => kinds[i % kinds.length]).join(' && ')
}

function matching(terms: number): () => number {
  const selector = parseSelector(selectorOf(terms))
  const pods = Array.from(
    { length: 100 },
    (_, i) =>
      new Map([
        ['app', `app-${i % applications}`],
        ['role', 'web'],
      ]),
  )
  return () => {
    for (const labels of pods) keep(matchesSelector(selector, (name) => labels.get(name)))
    return pods.length
  }
}
