/**
 * A process to be killed by the durability test: `node write-until-killed.ts DATABASE ROUND` writes without end and
 * prints one line, `KEY REVISION MARK`, for each write that was answered. Each carries `{ key, mark }` for the journal.
 */
import { writeSync } from 'node:fs'
import { SqliteStore } from '../sqlite/sqlite-store.ts'

const [path = '', round = ''] = process.argv.slice(2)
const store = new SqliteStore({ path, keepEvents: 50 })

for (let n = 0; ; n++) {
  const key = `/round-${round}/${n % 20}`
  const value = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: String(n % 20) }, mark: n }
  const present = await store.get(key)
  const options = { journal: { key, mark: n } }
  const written = present
    ? await store.update(key, value, present.revision, options)
    : await store.create(key, value, options)
  writeSync(1, `${key} ${written.revision} ${n}\n`)
}
