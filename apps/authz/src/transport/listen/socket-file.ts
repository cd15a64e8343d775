/**
 * The file of a Unix socket. It gets its mode before it gets its name, so nobody else can connect for a moment; the name is
 * taken over from a server that is gone in one step, and never from one that listens.
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs'
import { createConnection, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { ListenError, systemCode } from './listen-error.ts'

/** Takes the name away again, if it is still that of the same socket. */
export type Release = () => void

/** @throws ListenError */
export async function listenOnSocketFile(server: Server, path: string, mode: number): Promise<Release> {
  await refuseIfTaken(path)
  const directory = makeTemporary(path)
  const temporary = join(directory, 's')
  try {
    await listening(server, temporary)
    chmodSync(temporary, mode)
    const { ino } = lstatSync(temporary)
    renameSync(temporary, path)
    return () => release(path, ino)
  } catch (cause) {
    server.close()
    throw unusable(path, cause)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function refuseIfTaken(path: string): Promise<void> {
  const stats = statsOf(path)
  if (stats === undefined) return
  if (!stats.isSocket()) throw new ListenError(`${path} is there already, and is no socket`)
  if (await isLive(path)) throw new ListenError(`another process listens on ${path}`)
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    throw unusable(path, cause)
  }
}

/** Only a socket whose server is gone refuses. One that has no room for another connection, or is not ours to ask, is live. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(systemCode(error) ?? '')))
  })
}

/** Only we may enter it. The one around it may not be there yet: /run is empty after each boot. */
function makeTemporary(path: string): string {
  try {
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { mode: 0o755 })
    return mkdtempSync(join(dirname(path), '.m'))
  } catch (cause) {
    throw unusable(path, cause)
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function release(path: string, ino: number): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true })
}

function unusable(path: string, cause: unknown): ListenError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ListenError(`can't listen on ${path}: ${reason}`, { cause })
}
