import { expect, test } from 'vitest'
import { readWarnings } from './warnings.ts'

test.each([
  [undefined, []],
  ['', []],
  ['299 - "one"', ['one']],
  ['299 - "one", 299 api "two, still two"', ['one', 'two, still two']],
  [
    ['299 - "one"', '299 - "two"'],
    ['one', 'two'],
  ],
  ['299 - "says \\"no\\" in a\\\\b"', ['says "no" in a\\b']],
  ['299 - "a\u001b[2Jb"', ['a [2Jb']],
  ['110 - "stale"', []],
  ['299 - "unfinished', []],
])('%j says %j', (header, texts) => expect(readWarnings(header)).toEqual(texts))
