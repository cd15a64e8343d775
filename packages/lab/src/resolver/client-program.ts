/** `node client-program.ts`: a client in a pod. Prints `ready`, then a line of JSON for each task, a line of JSON on its standard input. */
import { createInterface } from 'node:readline'
import { answerTimes } from './answer-times.ts'
import { ask, connectionMs, resolverAt } from './ask.ts'
import type { ClientTask } from './client-task.ts'
import { firstConnections } from './first-connections.ts'

async function perform(task: ClientTask): Promise<unknown> {
  switch (task.kind) {
    case 'resolve':
      return ask(task.question, resolverAt(task.question.server))
    case 'connect':
      return { ms: await connectionMs(task.address, task.port, task.withinMs) }
    case 'first-connections':
      return firstConnections(task)
    case 'answer-times':
      return answerTimes(task)
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
