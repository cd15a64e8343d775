import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSelector } from './format-selector.ts'
import { matchesSelector } from './match-selector.ts'
import { parseSelector } from './parse-selector.ts'
import { and, equals, has, isIn, isNotIn, not, or, type Selector } from './selector.ts'
import { SelectorError } from './selector-error.ts'

type Labels = Readonly<Record<string, string>>

/** A selector as somebody may type it, with its meaning worked out beside the text, without parser or tree. */
interface Typed {
  readonly text: string
  readonly means: (labels: Labels) => boolean
}

const label = fc.constantFrom('a', 'b', 'in', 'not', 'has', 'pcns.a/b-c')
const value = fc.constantFrom('', 'x', 'xy', 'yx', "it's", '&& !(', 'ü')
const blank = fc.constantFrom(' ', '  ', '\t')
const maybeBlank = fc.constantFrom('', ' ', '\t ')
const quoted = (text: string) => (text.includes("'") ? `"${text}"` : `'${text}'`)

const comparison = fc
  .tuple(label, maybeBlank, maybeBlank, value)
  .chain(([name, before, after, wanted]): fc.Arbitrary<Typed> => {
    const right = `${after}${quoted(wanted)}`
    const on = (test: (value: string) => boolean, absent: boolean) => (labels: Labels) => {
      const value = labels[name]
      return value === undefined ? absent : test(value)
    }
    return fc.constantFrom(
      { text: `${name}${before}==${right}`, means: on((own) => own === wanted, false) },
      { text: `${name}${before}!=${right}`, means: on((own) => own !== wanted, true) },
      {
        text: `${name} ${before}contains${right}`,
        means: on((own) => own.split(wanted).length > 1 || wanted === '', false),
      },
      {
        text: `${name} starts${before}with${right}`,
        means: on((own) => own.slice(0, wanted.length) === wanted, false),
      },
      {
        text: `${name} ends${before}with${right}`,
        means: on((own) => wanted === '' || own.slice(-wanted.length) === wanted, false),
      },
    )
  })

const membership = fc
  .tuple(label, fc.array(value, { maxLength: 4 }), maybeBlank, fc.boolean())
  .chain(([name, values, gap, comma]) => {
    const set = `{${gap}${values.map(quoted).join(`${gap},`)}${comma && values.length > 0 ? ',' : ''}${gap}}`
    const isMember = (labels: Labels) => values.some((one) => one === labels[name])
    return fc.constantFrom<Typed>(
      { text: `${name} in${gap}${set}`, means: isMember },
      { text: `${name} not${gap}in${gap}${set}`, means: (labels) => !isMember(labels) },
    )
  })

const leaf = fc.oneof(
  comparison,
  membership,
  label.map((name): Typed => ({ text: `has(${name})`, means: (labels) => name in labels })),
  fc.constantFrom<Typed>({ text: 'all()', means: () => true }, { text: 'global( )', means: () => true }),
)

/** `and` binds tighter than `or`, and `!` tighter than both: so each level may hold only what binds tighter bare. */
const { expression } = fc.letrec<{ expression: Typed; conjunction: Typed; unary: Typed; term: Typed }>(
  (tie) => ({
    term: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc
        .tuple(tie('expression'), maybeBlank)
        .map(([inner, gap]) => ({ ...inner, text: `(${gap}${inner.text}${gap})` })),
    ),
    unary: fc.tuple(fc.nat(3), tie('term')).map(([bangs, term]) => ({
      text: `${'!'.repeat(bangs)}${term.text}`,
      means: (labels) => (bangs % 2 === 1 ? !term.means(labels) : term.means(labels)),
    })),
    conjunction: fc
      .tuple(fc.array(tie('unary'), { minLength: 1, maxLength: 3 }), maybeBlank)
      .map(([parts, gap]) => ({
        text: parts.map((part) => part.text).join(`${gap}&&${gap}`),
        means: (labels) => parts.every((part) => part.means(labels)),
      })),
    expression: fc
      .tuple(fc.array(tie('conjunction'), { minLength: 1, maxLength: 3 }), blank)
      .map(([parts, gap]) => ({
        text: parts.map((part) => part.text).join(`${gap}||${gap}`),
        means: (labels) => parts.some((part) => part.means(labels)),
      })),
  }),
)

const labels: fc.Arbitrary<Labels> = fc.dictionary(label, value)

const lookUp = (own: Labels) => (name: string) => own[name]

test('a selector matches as its text says', () => {
  fc.assert(
    fc.property(expression, labels, ({ text, means }, own) => {
      expect(matchesSelector(parseSelector(text), lookUp(own))).toBe(means(own))
    }),
    { numRuns: 500 },
  )
})

test('the canonical text means the same, and is its own canonical text', () => {
  fc.assert(
    fc.property(expression, labels, ({ text, means }, own) => {
      const canonical = formatSelector(parseSelector(text))
      expect(formatSelector(parseSelector(canonical))).toBe(canonical)
      expect(matchesSelector(parseSelector(canonical), lookUp(own))).toBe(means(own))
    }),
    { numRuns: 500 },
  )
})

const { built } = fc.letrec<{ built: Selector }>((tie) => ({
  built: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    label.map(has),
    fc.tuple(label, value).map(([name, wanted]) => equals(name, wanted)),
    fc.tuple(label, fc.array(value)).map(([name, values]) => isIn(name, values)),
    fc.tuple(label, fc.array(value)).map(([name, values]) => isNotIn(name, values)),
    tie('built').map(not),
    fc.array(tie('built'), { maxLength: 3 }).map((operands) => and(...operands)),
    fc.array(tie('built'), { maxLength: 3 }).map((operands) => or(...operands)),
  ),
}))

test('reading what was written gives the same tree', () => {
  fc.assert(
    fc.property(built, (selector) => {
      expect(parseSelector(formatSelector(selector))).toEqual(selector)
    }),
    { numRuns: 500 },
  )
})

const fragment = fc.oneof(
  fc.constantFrom(
    'has(',
    'all()',
    'global(',
    ')',
    '(',
    '!',
    '&&',
    '||',
    '==',
    '!=',
    ' in ',
    ' not in ',
    '{',
    '}',
    ',',
    '"',
    "'",
  ),
  fc.constantFrom('a', ' contains ', ' starts with ', '"x"', ' ', '\n', '\0', 'ü', '&', '|', '=', '😀'),
  fc.string(),
)

test('any text is read or refused with a position within it', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
      const text = fragments.join('')
      try {
        const canonical = formatSelector(parseSelector(text))
        expect(formatSelector(parseSelector(canonical))).toBe(canonical)
      } catch (error) {
        if (!(error instanceof SelectorError)) throw error
        expect(error.position).toBeGreaterThanOrEqual(0)
        expect(error.position).toBeLessThanOrEqual(text.length)
        expect(error.message.split('\n')).toHaveLength(1)
      }
    }),
    { numRuns: 2000 },
  )
})

const repeated = [
  '(',
  '!',
  'has(',
  'has( ',
  'a',
  'a ',
  ' ',
  '"',
  '"" ',
  'a in {',
  'a in {"",',
  'has(a)&&',
  'has(a)||',
  'a not ',
  '{',
  '((!',
]

test.each(repeated)('a hundred thousand times %j is answered at once', (piece) => {
  const before = process.cpuUsage()
  const text = piece.repeat(100_000)
  try {
    parseSelector(text)
  } catch (error) {
    expect(error).toBeInstanceOf(SelectorError)
  }
  // Of the processor, which others may use meanwhile.
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(2000)
})
