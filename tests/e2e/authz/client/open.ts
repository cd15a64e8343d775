/** A connection, with or without a certificate. */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Target } from '../client-task.ts'

/** What has not come by then does not come. */
export const patienceMs = 40_000

/** Who the server is does not matter here: what is tested is whom it lets in. */
export function open({ address, port, identity }: Target, protocols: readonly string[] = []): Socket {
  if (identity === undefined) return connect({ host: address, port })
  const own = { cert: readFileSync(identity.cert), key: readFileSync(identity.key) }
  return connectTls({ host: address, port, ...own, rejectUnauthorized: false, ALPNProtocols: [...protocols] })
}
