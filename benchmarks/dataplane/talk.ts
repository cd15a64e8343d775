/** A question to a child, a line each way. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Context } from '../harness/bench.ts'
import { type Program, startChild } from '../harness/child.ts'

export type Ask = (question: string) => Promise<string>

/** For a program that prints `ready`, and then a line for each line that it is given. */
export async function startTalking(program: Program, context: Pick<Context, 'defer'>): Promise<Ask> {
  const { child } = await startChild(program, (line) => line === 'ready', context)
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('the child has no pipes')
  const lines = createInterface({ input: stdout })
  return (question) => {
    stdin.write(`${question}\n`)
    return nextLine(child, lines)
  }
}

function nextLine(child: ChildProcess, lines: NodeJS.EventEmitter): Promise<string> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new Error(`${child.spawnargs.at(-2)} ended`))
    child.once('close', onEnd)
    lines.once('line', (line: string) => {
      child.off('close', onEnd)
      resolve(line)
    })
  })
}
