/** What the page of the examples says that commands print is what they print, and manifests are what they are said to be. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatCidr } from '@margay/netset'
import { buildPolicyState } from '@margay/policy'
import { admit, parseManifests } from '@margay/resources'
import { expect, test } from 'vitest'
import { margay } from './testing/fake-io.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'examples/README.md'), 'utf8')
/** For Envoy, Istio and what runs pods: tests/e2e/authz-examples.test.ts looks at them. */
const ofOthers = /^authz\/(envoy|istio|kubernetes)\//
const names = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
const files = Object.fromEntries(
  names
    .filter((name) => name.endsWith('.yaml') && !ofOthers.test(name))
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

test('every manifest is valid, and nothing in it looks like a mistake', async () => {
  const { exitCode, out } = await margay(['validate', '-f', 'examples', '-o', 'json'], { files })
  const found = JSON.parse(out) as { errors: object[]; warnings: object[] }[]
  expect(found.length).toBeGreaterThan(50)
  expect(found.filter(({ errors, warnings }) => errors.length + warnings.length > 0)).toEqual([])
  expect(exitCode).toBe(0)
})

test('packets are encrypted, required, and left out where the page of the folder says so', () => {
  const folder = Object.keys(files).filter((name) => name.startsWith('examples/encryption/'))
  const objects = folder
    .flatMap((name) => parseManifests(files[name] ?? '', name))
    .map(({ value }) => admit(value))
  const resources = objects.flatMap((admission) => (admission.ok ? [admission.resource] : []))
  const { state } = buildPolicyState(resources)
  const isEncrypted = (node: string) => {
    const { ipv4, ipv6, required } = state.settingsOf(node).encryption
    return [ipv4 !== undefined, ipv6 !== undefined, required]
  }
  expect([isEncrypted('node-1'), isEncrypted('node-3')]).toEqual([
    [true, true, true],
    [false, false, true],
  ])
  expect(state.settingsOf('node-1').encryption).toMatchObject({ rotationSeconds: 86_400, problems: [] })
  expect(state.settingsOf('node-1').encryption.exempt.map(formatCidr)).toEqual(['10.66.0.0/16'])
})
