/**
 * Sees what arrives, before the IP stack of the pod does. Arguments: names of namespaces. Prints `ready`, and every few
 * milliseconds for each batch `STREAM BATCH COUNT SENT FIRST`, and then `known UNTIL DROPPED`: everything that came until then has
 * been told, but for so many frames since the start that found no room. Times in ns. Ends with its standard input.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { etherTypes, LinkSocket } from '@margay/lab'
import { payloadAt, readPayload } from './payload.ts'

interface Arrival {
  readonly sentNs: number
  readonly firstNs: number
  count: number
}

const intervalMs = 3

const taps = process.argv.slice(2).flatMap((netns) =>
  ([4, 6] as const).map((version) => ({
    socket: new LinkSocket({ netns, device: 'eth0', etherType: etherTypes[`ipv${version}`] }),
    at: payloadAt(version),
  })),
)

/** One look at all taps, as text. */
function look(): string {
  const untilNs = process.hrtime.bigint()
  const arrivals = new Map<string, Arrival>()
  for (const { socket, at } of taps) {
    socket.receive(({ bytes, atNs }) => {
      const payload = readPayload(bytes, at)
      if (payload === undefined) return
      const key = `${payload.stream} ${payload.batch}`
      const known = arrivals.get(key)
      if (known === undefined)
        arrivals.set(key, { sentNs: payload.sentNs, firstNs: Math.round(atNs), count: 1 })
      else known.count++
    })
  }
  const lines = [...arrivals].map(([key, it]) => `${key} ${it.count} ${it.sentNs} ${it.firstNs}\n`)
  const dropped = taps.reduce((sum, { socket }) => sum + socket.droppedFrames, 0)
  return `${lines.join('')}known ${untilNs} ${dropped}\n`
}

process.stdin.once('end', () => process.exit()).resume()
process.stdout.write('ready\n')
for (;;) {
  process.stdout.write(look())
  await sleep(intervalMs)
}
