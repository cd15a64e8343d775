/** What the page of the examples says that commands print is what they print. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { margay } from './testing/fake-io.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'examples/README.md'), 'utf8')
const names = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
const files = Object.fromEntries(
  names
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [`examples/${name}`, readFileSync(join(root, 'examples', name), 'utf8')]),
)
/** Command lines without the name of the command, and what they print. */
const shown = [...page.matchAll(/^```\n\$ \.\/margay (.*)\n([^`]*)^```$/gm)].map(
  ([, command = '', printed = '']) => ({ command, printed }),
)

test('connectivity, of host endpoints too, diff and lint are shown', () => {
  expect(shown.map(({ command }) => command.split(' ')[0])).toEqual([
    'connectivity',
    'diff',
    'lint',
    'connectivity',
  ])
})

test.each(shown)('$command', { timeout: 30_000 }, async ({ command, printed }) => {
  const { out, err } = await margay(command.split(' '), { files })
  expect([out, err]).toEqual([printed, ''])
})
