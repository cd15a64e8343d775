/**
 * Sees what arrives, before the IP stack of the pod does. Arguments: names of namespaces. Prints `ready`, and every few
 * milliseconds for each batch `STREAM BATCH COUNT SENT FIRST`, and then `known UNTIL DROPPED`: everything that came until then has
 * been told, but for so many frames since the start that found no room. Times in ns. Ends with its standard input.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { etherTypes, LinkSocket } from '@margay/lab'
import { payloadAt, readPayload } from './payload.ts'
import { Renewed } from './renewed.ts'

interface Arrival {
  readonly sentNs: number
  readonly firstNs: number
  count: number
}

const intervalMs = 3

const taps = process.argv.slice(2).flatMap((netns) =>
  ([4, 6] as const).map((version) => ({
    tap: new Renewed(
      () => new LinkSocket({ netns, device: 'eth0', etherType: etherTypes[`ipv${version}`] }),
      (socket) => socket.close(),
    ),
    at: payloadAt(version),
    dropped: 0,
  })),
)

/** One look at all taps, as text. */
function look(): string {
  const untilNs = process.hrtime.bigint()
  const arrivals = new Map<string, Arrival>()
  for (const each of taps) {
    each.tap.use((socket) => takeAll(socket, each.at, arrivals))
    each.dropped = each.tap.use((socket) => socket.droppedFrames) ?? each.dropped
  }
  const lines = [...arrivals].map(([key, it]) => `${key} ${it.count} ${it.sentNs} ${it.firstNs}\n`)
  const total = taps.reduce((sum, { dropped }) => sum + dropped, 0)
  return `${lines.join('')}known ${untilNs} ${total}\n`
}

function takeAll(socket: LinkSocket, at: number, arrivals: Map<string, Arrival>): void {
  socket.receive(({ bytes, atNs }) => {
    const payload = readPayload(bytes, at)
    if (payload === undefined) return
    const key = `${payload.stream} ${payload.batch}`
    const known = arrivals.get(key)
    if (known !== undefined) known.count++
    else arrivals.set(key, { sentNs: payload.sentNs, firstNs: Math.round(atNs), count: 1 })
  })
}

process.stdin.once('end', () => process.exit()).resume()
process.stdout.write('ready\n')
for (;;) {
  process.stdout.write(look())
  await sleep(intervalMs)
}
