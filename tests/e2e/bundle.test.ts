/** The margay command as it is bundled: what is loaded only when it is needed must be there then. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { margay } from './support/margay.ts'

let directory: string
let manifest: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-bundle-'))
  manifest = join(directory, 'tier.yaml')
  writeFileSync(
    manifest,
    'apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: web}\nspec: {order: 1}\n',
  )
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('the bundled command failed on every -o yaml, since a CommonJS package has no named exports in a bundle', async () => {
  const { exitCode, stdout, stderr } = await margay(['validate', '-f', manifest, '-o', 'yaml'])
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toContain('name: web\n')
}, 60_000)
