import { expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const select = (labels: string, selector: string) =>
  margay(['selector', '--labels', labels, '--selector', selector])

test.each([
  ['{"app": "web"}', "app == 'web'", 'true\n', 0],
  ['{"app": "web"}', "app in {'api'}", 'false\n', 1],
  ['{}', '', 'true\n', 0],
  ['{"toString": "x"}', 'has(toString)', 'true\n', 0],
  ['{}', 'has(toString)', 'false\n', 1],
])('labels %s and selector %s', async (labels, selector, out, exitCode) => {
  expect(await select(labels, selector)).toEqual({ exitCode, out, err: '' })
})

test('a malformed selector is an error with its position', async () => {
  const { exitCode, out, err } = await select('{}', "app = 'web'")
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
  expect(err).toMatch(/^error: .*\b[45]\b/)
})

test('many at once', async () => {
  const cases = [{ selector: "a == 'b'", labels: { a: 'b' } }, { selector: 'has(a)' }, { selector: 'has(a' }]
  const { exitCode, out } = await margay(['selector', '--cases', 'c.json'], {
    files: { 'c.json': JSON.stringify(cases) },
  })
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: '[true,false,"error"]\n' })
})

test.each([
  [['--cases', 'c.json', '--selector', 'all()'], '--cases stands alone'],
  [[], '--selector or --cases is required'],
  [['--labels', '[]', '--selector', 'all()'], '--labels must be a JSON object of texts'],
  [['--labels', '{', '--selector', 'all()'], '--labels is not JSON'],
  [['--cases', 'none.json'], 'cannot read none.json: no such file or directory'],
  [['--cases', 'c.json'], 'c.json: [0].selector: must be a text'],
])('%j is refused', async (args, message) => {
  const { exitCode, err } = await margay(['selector', ...args], { files: { 'c.json': '[{}]' } })
  expect(exitCode).toBe(2)
  expect(err).toContain(message)
})
