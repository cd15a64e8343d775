import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapePath, normalizePath } from './normalize-path.ts'

/** What paths are made of, and what has been used to pass for another. */
const pieces = [
  ...[
    '/',
    '/',
    '/',
    '//',
    '\\',
    '..',
    '.',
    ';',
    ';v=1',
    '?',
    '#',
    ' ',
    'a',
    'b',
    'A',
    'é',
    '\u0000',
    '\ud800',
  ],
  ...[
    '%2f',
    '%2F',
    '%5c',
    '%2e',
    '%2E%2e',
    '%25',
    '%252e',
    '%252f',
    '%3b',
    '%3f',
    '%00',
    '%c0%ae',
    '%c3%a9',
    '%',
  ],
] as const
const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => `/${parts.join('')}`)

test('a normal form is one: it has nothing that could be read as something else', () => {
  fc.assert(
    fc.property(hostile, (path) => {
      const normal = normalizePath(path)
      if (normal === undefined) return
      expect(normal).toMatch(/^\//)
      expect(normal).not.toMatch(/\/\/|.\/$|[\\;]|%[0-9a-f]{2}|\p{Cc}/iu)
      expect(normal.split('/')).not.toEqual(expect.arrayContaining([expect.stringMatching(/^\.\.?$/)]))
    }),
    { numRuns: 5000 },
  )
})

test('to normalise again changes nothing', () => {
  fc.assert(
    fc.property(hostile, (path) => {
      const normal = normalizePath(path)
      if (normal === undefined) return
      expect(normalizePath(escapePath(normal))).toBe(normal)
      if (!/[?#%]/.test(normal)) expect(normalizePath(normal)).toBe(normal)
    }),
    { numRuns: 5000 },
  )
})

/** How servers differ in what they make of a path. */
interface Reading {
  readonly decodesSlashes: boolean
  readonly hasBackslashes: boolean
  readonly collapsesSlashes: boolean
  readonly cutsParameters: boolean
}
const reading: fc.Arbitrary<Reading> = fc.record({
  decodesSlashes: fc.boolean(),
  hasBackslashes: fc.boolean(),
  collapsesSlashes: fc.boolean(),
  cutsParameters: fc.boolean(),
})

/** The segments that a server comes to. */
function readBy(reading: Reading, target: string): string[] {
  const raw = target.replace(/[?#].*$/su, '')
  const whole = reading.decodesSlashes ? [decodeURIComponent(raw)] : raw.split('/').map(decodeURIComponent)
  const split = whole.flatMap((it) => it.split(reading.decodesSlashes ? '/' : '\0'))
  const segments = (reading.decodesSlashes ? split : whole).flatMap((it) =>
    it.split(reading.hasBackslashes ? '\\' : '\0'),
  )
  const cut = reading.cutsParameters ? segments.map((it) => it.replace(/;.*$/su, '')) : segments
  const kept: string[] = []
  for (const segment of cut.slice(1)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.' && !(reading.collapsesSlashes && segment === '')) kept.push(segment)
  }
  return kept
}

/** Of the same segments, without what has no meaning at their place any more. */
function plain(segments: readonly string[]): string {
  const all = segments.flatMap((it) => it.split(/[/\\]/)).map((it) => it.replace(/;.*$/su, ''))
  return `/${all.filter((it) => it !== '' && it !== '.').join('/')}`
}

test('whoever serves a path that has a normal form comes to that one, however it reads slashes, backslashes and parameters', () => {
  fc.assert(
    fc.property(hostile, reading, (path, reading) => {
      const normal = normalizePath(path)
      if (normal !== undefined) expect(plain(readBy(reading, path))).toBe(normal)
    }),
    { numRuns: 20_000 },
  )
})

test('long paths are nothing special', () => {
  for (const piece of pieces) {
    const normal = normalizePath(`/${piece.repeat(10_000)}`)
    expect(normal === undefined || normal.length < 9000).toBe(true)
  }
})
