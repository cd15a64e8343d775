/** Few ports, so that rules, pods and packets meet at the same ones. */
import fc from 'fast-check'

export const portNumbers = [80, 81, 443, 53, 8080, 9000] as const
/** The last is a name that no pod has. */
export const portNames = ['http', 'dns', 'admin'] as const

export const portNumber: fc.Arbitrary<number> = fc.constantFrom(...portNumbers)
/** Names that pods give to their ports. */
export const ownPortName: fc.Arbitrary<string> = fc.constantFrom('http', 'dns')

const range = fc
  .tuple(fc.constantFrom(1, ...portNumbers), fc.constantFrom(...portNumbers, 65535))
  .map(([one, other]) => `${Math.min(one, other)}:${Math.max(one, other)}`)

/** As rules write them: numbers, ranges and names. */
export const portLists: fc.Arbitrary<(string | number)[]> = fc.array(
  fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: portNumber },
    { weight: 2, arbitrary: range },
    { weight: 3, arbitrary: fc.constantFrom<string>(...portNames) },
  ),
  { minLength: 1, maxLength: 3 },
)
