/** Few keys and few values, so that what one object carries another one selects. */
import fc from 'fast-check'
import { maybe, record } from './optional.ts'

export type Labels = Record<string, string>

export const podLabelValues: Readonly<Record<string, readonly string[]>> = {
  app: ['web', 'webapi', 'db'],
  env: ['prod', 'test', ''],
}
export const namespaceLabelValues: Readonly<Record<string, readonly string[]>> = { team: ['x', 'y'] }
export const accountLabelValues: Readonly<Record<string, readonly string[]>> = { trust: ['high', 'low'] }
export const nodeLabelValues: Readonly<Record<string, readonly string[]>> = { zone: ['north', 'south'] }

export const accountNames = ['default', 'robot'] as const

export const podLabels: fc.Arbitrary<Labels> = labelsFrom(podLabelValues, 75)
export const namespaceLabels: fc.Arbitrary<Labels> = labelsFrom(namespaceLabelValues, 75)
export const accountLabels: fc.Arbitrary<Labels> = labelsFrom(accountLabelValues, 75)
export const nodeLabels: fc.Arbitrary<Labels> = labelsFrom(nodeLabelValues, 75)

/**
 * What pods and network sets claim of themselves, now and then a label that poses as one inherited from a namespace. On a
 * pod that has no effect, on a network set it has. Source: spec/api.md 3.4.
 */
export const claimedLabels: fc.Arbitrary<Labels> = fc
  .tuple(podLabels, maybe(5, fc.constantFrom('x', 'y')))
  .map(([labels, team]) => (team === undefined ? labels : { ...labels, 'pcns.team': team }))

function labelsFrom(
  alphabet: Readonly<Record<string, readonly string[]>>,
  percent: number,
): fc.Arbitrary<Labels> {
  const model = Object.entries(alphabet).map(
    ([key, values]) => [key, maybe(percent, fc.constantFrom(...values))] as const,
  )
  return record<Record<string, string | undefined>>(Object.fromEntries(model)) as fc.Arbitrary<Labels>
}
