import { ManifestError, parseManifests } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { damagedText, fuzzOptions, fuzzTimeout } from './support/mutate.ts'

const seeds = [
  'apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {b: "c"}}\nspec:\n  containers:\n    - name: d\n      args: [e, "f\\n", 0x1F, 010, yes, ~]\n---\nkind: List\nitems:\n  - {kind: Tier}\n',
  'a: &a {x: 1}\nb: &b {<<: *a, y: [*a, *a]}\nc: {<<: [*a, *b]}\n',
  'text: |\n  line\n  line\nfolded: >-\n  word\n  word\n? key\n: value\n# comment\n',
  '{"kind": "Pod", "spec": {"a": [1, 2.5e3, true, null, "\\u0041"]}}',
]
const pieces = [
  '&a ',
  '*a',
  '<<: ',
  '- ',
  ': ',
  '\n',
  '  ',
  '[',
  ']',
  '{',
  '}',
  '? ',
  '|\n',
  '---\n',
  '!!int ',
  '\t',
  '\0',
  '"',
  '%YAML',
  '__proto__: ',
]
/** Of a kilobyte: more than it can hold, and far less than what would be felt. */
const maxSteps = 5000
const maxValueLength = 1_100_000

test(
  'a damaged manifest is plain JSON that is read as the same again, or refused with its place',
  () => {
    const property = fc.property(damagedText(seeds, pieces), (text) => {
      try {
        for (const { value, lineOf } of parseManifests(text, 'f', { maxSteps })) {
          const json = JSON.stringify(value)
          expect(json.length).toBeLessThan(maxValueLength)
          expect(lineOf('metadata.labels')).toBeGreaterThan(0)
          if (!/List"/.test(json))
            expect(JSON.stringify(parseManifests(json, 'g')[0]?.value ?? null)).toBe(json)
        }
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error
        expect(error.message).toMatch(/^[fg]:\d+:\d+: ./)
      }
    })
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)
