/** The server and its baseline, each a process of its own, with the same client in front of both. */
import { join } from 'node:path'
import type { ApiClient } from '@margay/client'
import { type ApiServer, type ApiServerOptions, connect, startApiServer } from '../harness/api-server.ts'
import type { Context } from '../harness/bench.ts'
import { startChild } from '../harness/child.ts'

export interface Servers {
  readonly margay: ApiServer
  /** Speaks to the baseline. */
  readonly raw: ApiClient
}

export async function startServers(
  context: Pick<Context, 'defer'>,
  options?: ApiServerOptions,
): Promise<Servers> {
  const margay = await startApiServer(context, options)
  const args = [join(import.meta.dirname, 'raw-server.ts'), margay.pkiDirectory]
  const { line } = await startChild({ args }, (it) => it.startsWith('listening on '), context)
  const port = line.split(' ').at(-1)
  return { margay, raw: connect({ ...margay.config, server: `https://127.0.0.1:${port}` }, context) }
}
