import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** MiB of the young space of a process of its own: after its start, and after it made many objects that outlive collections. */
const program = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { collectSeldom, keepMemorySmall } from '${join(import.meta.dirname, 'small-memory.ts')}'
  const young = () => getHeapSpaceStatistics().find((it) => it.space_name === 'new_space').space_size / 2 ** 20
  const makeMany = () => Array.from({ length: 1_000_000 }, (_, index) => [index]).length
  keepMemorySmall()
  makeMany()
  const before = young()
  collectSeldom()
  makeMany()
  console.log(JSON.stringify([before, young()]))
`

test('young objects have little room until the start is over, then more, and no more later', () => {
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  const [before, after] = JSON.parse(told)
  expect(before).toBeLessThanOrEqual(2)
  expect(after).toBeGreaterThan(before)
  expect(after).toBeLessThanOrEqual(8)
}, 60_000)
