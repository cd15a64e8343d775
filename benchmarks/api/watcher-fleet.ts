/**
 * Many watchers of pods in a process of their own, each on its own connection of HTTP/2, as agents have them.
 *
 * Arguments: KUBECONFIG COUNT RESOURCE-VERSION. Prints `watching` once each watch was answered. For each line on its standard
 * input it prints what arrived since the last one, as JSON of a `FleetReport`. Ends with its standard input.
 */
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { createInterface } from 'node:readline'
import { readConfig } from '../harness/api-server.ts'
import type { FleetReport } from './fleet-report.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { sentAt } from './stamp.ts'

const [, , kubeconfig = '', count = '1', resourceVersion = ''] = process.argv
const config = readConfig(kubeconfig)
const tls = { ca: config.ca, cert: config.clientCertificate, key: config.clientKey }
const path = `/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`

let latencies = new LatencyHistogram()
let arrivals = new Uint32Array(Number(count))
let ended = 0

/** Lines are only searched, not parsed: what the clients cost is not to be measured. */
async function watch(watcher: number): Promise<void> {
  const session: ClientHttp2Session = connect(config.server, tls)
  const stream = session.request({ ':path': path })
  stream.on('error', () => undefined)
  session.on('error', () => undefined)
  stream.on('close', () => ended++)
  const [headers] = await once(stream, 'response')
  if (headers[':status'] !== 200) throw new Error(`watch ${watcher} was answered with ${headers[':status']}`)
  let rest = ''
  stream.setEncoding('latin1').on('data', (chunk: string) => {
    const now = performance.timeOrigin + performance.now()
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(watcher, line, now)
  })
}

function take(watcher: number, line: string, now: number): void {
  const sent = sentAt(line)
  if (sent === undefined) return
  latencies.add(now - sent)
  arrivals[watcher] = (arrivals[watcher] ?? 0) + 1
}

function report(): FleetReport {
  const result = { latencies: latencies.entries(), arrivals: [...arrivals], ended }
  latencies = new LatencyHistogram()
  arrivals = new Uint32Array(arrivals.length)
  return result
}

const openAtOnce = 50
for (let first = 0; first < Number(count); first += openAtOnce) {
  const some = Array.from({ length: Math.min(openAtOnce, Number(count) - first) }, (_, i) => watch(first + i))
  await Promise.all(some)
}
console.log('watching')
for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(report()))
process.exit()
