import { expect, test } from 'vitest'
import { describeStoreConformance, resource } from '../testing/conformance.ts'
import { MemoryStore } from './memory-store.ts'

describeStoreConformance('MemoryStore', async (options) => new MemoryStore(options))

test('what MemoryStore hands out is frozen, since it is shared', async () => {
  const { value } = await new MemoryStore().create('/a', resource('a'))
  expect(() => {
    value.metadata.name = 'b'
  }).toThrow(TypeError)
})
