/** JSON documents over HTTPS, from a server that a given authority or the system's vouch for. */
import { get } from 'node:https'
import type { FetchJson } from './jwks-source.ts'

const timeoutMs = 10_000
const mostBytes = 1024 * 1024

/** `ca` is PEM; undefined: the system's authorities. */
export function httpsJson(ca: string | undefined): FetchJson {
  return (url) =>
    new Promise((resolve, reject) => {
      const options = { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) }
      const request = get(url, options, (response) => {
        if (response.statusCode !== 200) {
          request.destroy(new Error(`${url} answered ${response.statusCode}`))
          return
        }
        collect(response)
          .then((text) => resolve(JSON.parse(text)))
          .catch(reject)
      })
      request.once('timeout', () => request.destroy(new Error(`${url} did not answer in time`)))
      request.once('error', reject)
    })
}

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`the document has more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
