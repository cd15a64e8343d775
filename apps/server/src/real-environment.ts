/** The real clock, randomness and files. */
import { randomBytes, randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import type { Clock, Random } from './environment.ts'
import type { Files } from './pki/ensure-pki.ts'
import { systemCode } from './startup-error.ts'

export const systemClock: Clock = {
  now: () => new Date(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

export const systemRandom: Random = { uuid: () => randomUUID(), bytes: (count) => randomBytes(count) }

export const systemFiles: Files = {
  read: async (path) => {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }
  },
  write: async (path, content, isPrivate) => {
    const temporary = `${path}.${process.pid}.tmp`
    try {
      const file = await open(temporary, 'w', isPrivate ? 0o600 : 0o644)
      try {
        // An older temporary file keeps its mode on open; this one must not.
        await file.chmod(isPrivate ? 0o600 : 0o644)
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  },
}
