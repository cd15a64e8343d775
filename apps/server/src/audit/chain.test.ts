import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChainHead, ChainVerifier, genesis, seal, type Verification } from './chain.ts'
import { sampleEvent } from './testing/sample-event.ts'

function logOf(count: number): { lines: string[]; heads: ChainHead[] } {
  const lines: string[] = []
  const heads: ChainHead[] = [genesis]
  for (let i = 1; i <= count; i++) {
    const sealed = seal(sampleEvent({ name: `policy-${i}` }), heads.at(-1) ?? genesis)
    lines.push(sealed.line)
    heads.push(sealed.head)
  }
  return { lines, heads }
}

function verify(lines: readonly string[], expected?: ChainHead): Verification {
  const verifier = new ChainVerifier(expected)
  for (const [i, text] of lines.entries()) {
    const problem = verifier.take({ file: 'f', number: i + 1, text })
    if (problem !== undefined) return problem
  }
  return verifier.result('f')
}

describe('a log that nobody touched', () => {
  test('holds, and says where it stands', () => {
    const { lines, heads } = logOf(5)
    expect(verify(lines)).toEqual({ ok: true, first: 1, head: heads[5], records: 5 })
    expect(verify(lines, heads[3])).toMatchObject({ ok: true })
    expect(verify([])).toEqual({ ok: true, first: 0, head: genesis, records: 0 })
  })

  test('holds also when its oldest records went by retention', () => {
    const { lines, heads } = logOf(5)
    expect(verify(lines.slice(2))).toEqual({ ok: true, first: 3, head: heads[5], records: 3 })
  })
})

describe('tampering is found, and where', () => {
  const { lines, heads } = logOf(6)
  test.each([
    [
      'a changed record',
      lines.with(2, lines[2]?.replace('policy-3', 'policy-X') ?? ''),
      4,
      /record 3, the one before it, was changed/,
    ],
    ['a removed record', lines.toSpliced(2, 1), 3, /records 3 to 3 are missing/],
    [
      'records that changed places',
      [lines[0], lines[2], lines[1], ...lines.slice(3)],
      2,
      /records 2 to 2 are missing/,
    ],
    [
      'a record that stands twice',
      lines.toSpliced(3, 0, lines[2] ?? ''),
      4,
      /record 3 stands after record 3/,
    ],
    ['a line that is no record', lines.with(1, '{"kind":"Event"}'), 2, /is no record/],
    ['a record that was cut off', lines.with(5, lines[5]?.slice(0, 40) ?? ''), 6, /is no record/],
  ])('%s', (_name, tampered, line, problem) => {
    expect(verify(tampered as string[])).toEqual({
      ok: false,
      file: 'f',
      line,
      problem: expect.stringMatching(problem),
    })
  })

  test('an end that was cut off, when the head was noted elsewhere', () => {
    expect(verify(lines.slice(0, 4), heads[6])).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/ends at record 4, but record 6/),
    })
  })

  test('a log that was written anew as a whole, when a head was noted elsewhere', () => {
    const forged = logOf(6).lines.map((_, i, all) => all[i] ?? '')
    const other = seal(sampleEvent({ name: 'forged' }), genesis)
    expect(verify([other.line, ...forged.slice(1)], heads[1])).toMatchObject({
      ok: false,
      line: 1,
      problem: expect.stringMatching(/not the one that was there/),
    })
  })

  test('any change of any byte but in the last line', () => {
    const text = lines.join('\n')
    const guarded = text.lastIndexOf('\n')
    fc.assert(
      fc.property(fc.nat(guarded - 1), fc.integer({ min: 0x20, max: 0x7e }), (position, code) => {
        const changed = text.slice(0, position) + String.fromCharCode(code) + text.slice(position + 1)
        expect(verify(changed.split('\n')).ok).toBe(changed === text)
      }),
      { numRuns: 2000 },
    )
  })
})
