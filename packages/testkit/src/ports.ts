/** Few ports, so that rules, pods and packets meet at the same ones. */
import fc from 'fast-check'

export const portNumbers = [80, 81, 443, 53, 8080, 9000] as const
/** The last is a name that no pod has. */
export const portNames = ['http', 'dns', 'admin'] as const

/** Half of them are 80, so that names, rules and packets often mean the same port. */
export const portNumber: fc.Arbitrary<number> = fc.oneof(
  { withCrossShrink: true },
  fc.constant(80),
  fc.constantFrom(...portNumbers),
)
/** Names that pods give to their ports. */
export const ownPortName: fc.Arbitrary<string> = fc.constantFrom('http', 'dns')

/** Mostly with 80 at an end, or just outside of it. */
const range = fc.oneof(
  { withCrossShrink: true },
  fc.constantFrom('1:80', '80:81', '80:65535', '1:79', '81:9000'),
  fc
    .tuple(portNumber, fc.constantFrom(...portNumbers))
    .map(([one, other]) => `${Math.min(one, other)}:${Math.max(one, other)}`),
)

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
