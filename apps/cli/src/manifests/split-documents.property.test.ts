import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitDocuments } from './split-documents.ts'

const line = fc.constantFrom('a: 1', '---', '--- # note', '----', '  ---', '', '%YAML 1.2', "b: '---'")
const text = fc.array(line, { maxLength: 20 }).map((lines) => lines.join('\n'))

test('no line is lost or moved: every piece has it where the file has it', () => {
  fc.assert(
    fc.property(text, (it) => {
      const lines = it.split('\n')
      const seen = lines.map(() => '')
      for (const piece of splitDocuments(it)) {
        for (const [i, content] of piece.split('\n').entries()) if (content !== '') seen[i] += content
      }
      expect(seen).toEqual(lines.map((content) => content))
    }),
  )
})
