import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ManifestError } from './manifest-error.ts'
import { type ManifestDocument, parseManifests } from './parse-manifests.ts'

const values = (text: string) => parseManifests(text, 'f.yaml').map((document) => document.value)

test.each([
  ['nothing', '', []],
  ['comments and separators', '# a\n---\n# b\n---\n...\n', []],
  ['an empty document among others', 'a: 1\n---\n\n---\nnull\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  ['JSON', '{"a": [1, true, null, "x"]}', [{ a: [1, true, null, 'x'] }]],
  ['a byte order mark and Windows line ends', '\ufeffa: 1\r\nb: 2\r\n', [{ a: 1, b: 2 }]],
  ['something else than an object', '- a\n- b\n', [['a', 'b']]],
  ['an anchor used twice', 'a: &x {k: 1}\nb: *x\n', [{ a: { k: 1 }, b: { k: 1 } }]],
  ['a merge key', 'a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3\n', [{ a: { k: 1, l: 2 }, b: { k: 1, l: 3 } }]],
])('%s is read', (_name, text, want) => {
  expect(values(text)).toEqual(want)
})

test.each([
  ['yes', true],
  ['On', true],
  ['TRUE', true],
  ['no', false],
  ['off', false],
  ['False', false],
  ['yES', 'yES'],
  ['"yes"', 'yes'],
  ["'off'", 'off'],
  ['!!str yes', 'yes'],
  ['', null],
  ['~', null],
  ['Null', null],
  ['nil', 'nil'],
  ['80', 80],
  ['+80', 80],
  ['-80', -80],
  ['010', 8],
  ['0o17', 15],
  ['089', 89],
  ['0x1F', 31],
  ['-0b11', -3],
  ['1_000', 1000],
  ['1.50', 1.5],
  ['1.', 1],
  ['.5', 0.5],
  ['1e3', 1000],
  ['"80"', '80'],
  ['e5', 'e5'],
  ['0x', '0x'],
  ['1:30', '1:30'],
  ['2001-01-01', '2001-01-01'],
  ['2001-01-01T00:00:00Z', '2001-01-01T00:00:00Z'],
  ['10.0.0.1', '10.0.0.1'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['80:90', '80:90'],
  ['!!int "5"', 5],
])('as for kubectl, %s is %j', (text, want) => {
  expect(values(`a: ${text}`)).toEqual([{ a: want }])
})

test.each(['y', 'Y', 'n', 'N'])('a lone %s is a text: a namespace can have that name', (text) => {
  expect(values(`a: ${text}`)).toEqual([{ a: text }])
})

test('the version that a file claims changes nothing', () => {
  expect(values('%YAML 1.1\n---\na: 1:30\nb: yes\n')).toEqual([{ a: '1:30', b: true }])
})

test('a key named __proto__ is a key like any other', () => {
  const [value] = values('__proto__: {polluted: true}\n')
  expect(Object.keys(value as object)).toEqual(['__proto__'])
  expect('polluted' in {}).toBe(false)
})

test('lists stand for their items, also within each other', () => {
  const text = `
apiVersion: v1
kind: List
items:
  - kind: Pod
  - kind: List
    items: [{kind: Namespace}]
  - apiVersion: v1
    kind: PodList
    items:
      - metadata: {name: a}
      - {apiVersion: v9, kind: Other}
---
kind: Tier
`
  expect(values(text)).toEqual([
    { kind: 'Pod' },
    { kind: 'Namespace' },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
    { apiVersion: 'v9', kind: 'Other' },
    { kind: 'Tier' },
  ])
})

test('a kind that only ends in List, without items, is an object of its own', () => {
  expect(values('kind: AllowList\nspec: {}\n')).toEqual([{ kind: 'AllowList', spec: {} }])
})

test('objects are counted through the file, and know its name', () => {
  const documents = parseManifests('a: 1\n---\n---\nkind: List\nitems: [{b: 1}, {c: 1}]\n', 'dir/f.yaml')
  expect(documents.map(({ file, index }) => `${file} ${index}`)).toEqual([
    'dir/f.yaml 0',
    'dir/f.yaml 1',
    'dir/f.yaml 2',
  ])
})

const policy = `# a comment
kind: NetworkPolicy
metadata:
  name: p
  labels:
    example.com/a: x
spec:
  ingress:
    - action: Allow
    - action: Deny
      source: {nets: [10.0.0.0/8,
        10.1.0.0/8]}
---
apiVersion: v1
kind: List
items:
  - kind: Pod
    metadata:
      name: q
`

test.each([
  [0, '', 2],
  [0, 'kind', 2],
  [0, 'metadata.name', 4],
  [0, 'metadata.labels[example.com/a]', 6],
  [0, 'spec.ingress', 8],
  [0, 'spec.ingress[0]', 9],
  [0, 'spec.ingress[1].source.nets[1]', 12],
  [0, 'spec.ingress[1].destination', 10],
  [0, 'spec.ingress[7].action', 8],
  [0, 'status.conditions[0]', 2],
  [0, 'kind.further', 2],
  [1, '', 17],
  [1, 'metadata.name', 19],
  [1, 'spec', 17],
])('object %i: %j is on line %i', (index, path, line) => {
  expect(parseManifests(policy, 'f.yaml')[index]?.lineOf(path)).toBe(line)
})

test('a field behind an alias is where it was written', () => {
  const text = 'base: &b\n  k: 1\nuse: *b\n'
  expect(parseManifests(text, 'f.yaml')[0]?.lineOf('use.k')).toBe(2)
})

test.each([
  ['a key twice', 'a: 1\nb: 2\na: 3\n', 3, 1, 'the key "a" stands here twice'],
  ['a key twice in JSON', '{"a": 1, "a": 2}', 1, 10, 'the key "a" stands here twice'],
  ['keys that are the same in JSON', 'yes: 1\n"true": 2\n', 2, 1, 'the key "true" stands here twice'],
  ['a key that is a list', '? [a]\n: 1\n', 1, 3, 'a key must be a plain text'],
  ['an open bracket', 'a: [1,', 1, 7, 'must be sufficiently indented and end with a ]'],
  ['an open quote', 'a: "x', 1, 6, 'Missing closing'],
  ['a tab for indentation', 'a:\n\tb: 1\n', 2, 1, 'Tabs are not allowed'],
  ['a mapping within a line', 'a: b: c\n', 1, 4, 'Nested mappings'],
  ['a wrong second document', 'a: 1\n---\nb: 1\n  c: 2\n', 3, 4, 'Nested mappings'],
  ['an unknown tag', 'a: !foo b\n', 1, 4, '!foo'],
  ['an alias of nothing', 'a: *x\n', 1, 4, 'Unresolved alias'],
  ['an alias within itself', 'a: &x\n  b: [*x]\n', 2, 7, '*x stands within'],
  ['infinity', 'a: .inf\n', 1, 4, 'not a number that JSON can hold'],
  ['a number too large', 'a: 1e999\n', 1, 4, 'not a number that JSON can hold'],
])('%s is an error with its place', (_name, text, line, column, what) => {
  const error = errorOf(text)
  expect({ line: error.line, column: error.column }).toEqual({ line, column })
  expect(error.message).toMatch(/^f\.yaml:\d+:\d+: ./)
  expect(error.message).not.toContain('\n')
  expect(error.message).toContain(what)
})

test('aliases that would blow up are refused', () => {
  const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(', ')}]\n`
  const bomb = level('a', 'x') + level('b', '*a') + level('c', '*b') + level('d', '*c') + level('e', '*d')
  expect(errorOf(bomb).message).toMatch(/^f\.yaml:2:8: Excessive alias count/)
})

test.each(['[', '- ', '{a: ', '- - ? '])('thousands of nested %j are refused, not a crash', (piece) => {
  expect(errorOf(piece.repeat(20_000)).line).toBe(1)
})

const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false })

test('JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(json, (value) => {
      fc.pre(value !== null)
      const text = JSON.stringify({ value }, null, 2)
      expect(values(text)).toEqual([JSON.parse(text)])
    }),
  )
})

test('whatever is written as YAML is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ a: json, b: json }), { maxLength: 3 }), (objects) => {
      const plain = JSON.parse(JSON.stringify(objects)) as unknown[]
      const text = plain
        .map((object) => stringify(object, { defaultStringType: 'QUOTE_DOUBLE' }))
        .join('---\n')
      expect(values(text)).toEqual(plain)
    }),
  )
})

const fragments = [
  'a',
  ': ',
  '- ',
  '\n',
  '  ',
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '"',
  "'",
  '|\n',
  '---\n',
  '? ',
  '!!int ',
  '#',
  '%',
  '<<: ',
  '\t',
  '\0',
  'kind: List\n',
  'items:\n',
]

test('any text is read or refused with its place', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 25 }), (pieces) => {
      const text = pieces.join('')
      const documents = readOrRefuse(text)
      for (const document of documents) {
        expect(JSON.stringify(document.value)).toBeTypeOf('string')
        expect(document.lineOf('a[0].a')).toBeGreaterThan(0)
      }
    }),
    { numRuns: 2000 },
  )
})

function readOrRefuse(text: string): ManifestDocument[] {
  try {
    return parseManifests(text, 'f.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(ManifestError)
    return []
  }
}

function errorOf(text: string): ManifestError {
  try {
    parseManifests(text, 'f.yaml')
  } catch (error) {
    if (error instanceof ManifestError) return error
    throw error
  }
  return expect.fail('no error was thrown')
}
