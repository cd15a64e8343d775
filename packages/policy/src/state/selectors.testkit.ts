/** Selectors and labels over few names and values, so that many match. */
import { all, and, equals, has, isIn, isNotIn, not, or, type Selector } from '@margay/resources'
import fc from 'fast-check'

const names = fc.constantFrom('a', 'b', 'c', 'pcns.d', 'constructor')
const values = fc.constantFrom('', 'x', 'y', 'xy')
const someValues = fc.array(values, { maxLength: 2 })

const comparisons = fc
  .tuple(fc.constantFrom('NotEquals', 'Contains', 'StartsWith', 'EndsWith'), names, values)
  .map(([kind, label, value]): Selector => ({ kind, label, value }))

const leaves: fc.Arbitrary<Selector> = fc.oneof(
  names.map(has),
  fc.tuple(names, values).map(([name, value]) => equals(name, value)),
  fc.tuple(names, someValues).map(([name, list]) => isIn(name, list)),
  fc.tuple(names, someValues).map(([name, list]) => isNotIn(name, list)),
  comparisons,
  fc.constant(all()),
)

export const selectors: fc.Arbitrary<Selector> = fc.letrec<{ tree: Selector; leaf: Selector }>((tie) => ({
  leaf: leaves,
  tree: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'selector' },
    tie('leaf'),
    tie('tree').map(not),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((operands) => and(...operands)),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((operands) => or(...operands)),
  ),
})).tree

export const labelSets: fc.Arbitrary<ReadonlyMap<string, string>> = fc
  .uniqueArray(fc.tuple(names, values), { selector: ([name]) => name })
  .map((entries) => new Map(entries))
