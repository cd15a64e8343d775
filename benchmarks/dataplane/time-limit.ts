/** Programs that may take too long: they and all that they started are ended then. */
import { spawn } from 'node:child_process'
import type { Context } from '../harness/bench.ts'

/** True when it ended well within the time. @throws Error when it failed */
export function runWithin(
  { args, limitMs }: { readonly args: readonly string[]; readonly limitMs: number },
  { defer }: Pick<Context, 'defer'>,
): Promise<boolean> {
  // A process group of its own: the commands that it started have to end with it.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const kill = () => killGroup(child.pid)
  defer(kill)
  return new Promise((resolve, reject) => {
    const said: string[] = []
    let isLate = false
    child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text))
    const timer = setTimeout(() => {
      isLate = true
      kill()
    }, limitMs)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      if (isLate || code === 0) resolve(!isLate)
      else reject(new Error(`${args[0]} failed: ${said.join('').slice(-500)}`))
    })
  })
}

/** Does nothing when all of them have ended. */
export function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
