/** Connections in which no HTTP is spoken. */
import type { BytesTask, ConnectTask } from '../client-task.ts'
import { open, patienceMs } from './open.ts'

/** What came back first; undefined where the connection ended instead. */
export function exchange({ text, ...target }: BytesTask): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = open(target)
    const end = (answer: string | undefined): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(patienceMs, () => end(undefined))
    socket.once('data', (bytes) => end(bytes.toString('latin1')))
    socket.once('error', () => end(undefined)).once('close', () => end(undefined))
    socket.write(text, 'latin1')
  })
}

/** Does TCP come about? */
export function connects({ withinMs, ...target }: ConnectTask): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = open(target)
    const end = (connected: boolean): void => {
      socket.destroy()
      resolve(connected)
    }
    socket.setTimeout(withinMs, () => end(false))
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
