/** A storm of writes to a server with SQLite: see storm.ts. */
import { test } from 'vitest'
import { killStorm } from './storm.ts'

test('a hundred deaths lose nothing that was answered', { timeout: 600_000 }, async () => {
  await killStorm([])
})
