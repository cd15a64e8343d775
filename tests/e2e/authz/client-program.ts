/** `node client-program.ts`: a client in a pod. Prints `ready`, then a line of JSON for each task, a line of JSON on its standard input. */
import { createInterface } from 'node:readline'
import { connects, exchange } from './client/bytes.ts'
import { requestHttp1 } from './client/http1.ts'
import { requestHttp2 } from './client/http2.ts'
import { Load } from './client/load.ts'
import type { ClientTask } from './client-task.ts'

let load: Load | undefined

async function perform(task: ClientTask): Promise<unknown> {
  switch (task.kind) {
    case 'request':
      return task.protocol === 'http/2' ? requestHttp2(task) : requestHttp1(task)
    case 'bytes':
      return { text: await exchange(task) }
    case 'connect':
      return { connected: await connects(task) }
    case 'start-load':
      load = new Load(task)
      return {}
    case 'forget-load':
      load?.forget()
      return {}
    case 'stop-load':
      return load?.stop()
  }
}

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { number, task } = JSON.parse(line) as { readonly number: number; readonly task: ClientTask }
    const result = await perform(task)
    console.log(JSON.stringify({ number, result }))
  })
  .on('close', () => process.exit())
console.log('ready')
