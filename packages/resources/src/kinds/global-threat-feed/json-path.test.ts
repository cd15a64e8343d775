import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJsonPath, selectByPath } from './json-path.ts'

function select(path: string, document: unknown): unknown[] {
  const steps = parseJsonPath(path)
  if (steps === undefined) throw new Error(`${path} is no path`)
  return selectByPath(document, steps)
}

const document = {
  entries: [{ ip: '1.1.1.1', tags: ['a', 'b'] }, { ip: '2.2.2.2' }, 3],
  'a b': { 'c-d': null },
}

test.each<[string, unknown[]]>([
  ['$', [document]],
  ['$.entries[*].ip', ['1.1.1.1', '2.2.2.2']],
  ['$.entries[1].ip', ['2.2.2.2']],
  ['$.entries[0].tags', [['a', 'b']]],
  ['$.entries[0].tags[*]', ['a', 'b']],
  ['$["entries"][0].*', ['1.1.1.1', ['a', 'b']]],
  ["$['a b'].c-d", [null]],
  ['$.entries[9].ip', []],
  ['$.entries.ip', []],
  ['$.none.further', []],
  ['$.entries.length', []],
  ['$.__proto__', []],
  ['$.constructor.name', []],
])('%s', (path, found) => expect(select(path, document)).toEqual(found))

test('a member of any name is found by its name in brackets', () => {
  const names = fc.string().filter((name) => !/['\\]/.test(name))
  fc.assert(
    fc.property(names, fc.jsonValue(), (name, value) => {
      const document = Object.fromEntries([[name, value]])
      expect(select(`$['${name}']`, document)).toEqual([document[name]])
    }),
  )
})

test('whatever is written, it is a path or none', () => {
  const text = fc.string({ unit: fc.constantFrom('$', '.', '[', ']', '*', "'", '"', 'a', '0', '?', ' ') })
  fc.assert(
    fc.property(text, fc.jsonValue(), (path, document) => {
      const steps = parseJsonPath(path)
      if (steps !== undefined) expect(selectByPath(document, steps)).toBeInstanceOf(Array)
    }),
  )
})
