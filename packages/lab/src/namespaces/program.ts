/** Programs that run inside of a namespace, beside a test: servers and clients. They end with this process, however it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** The kernel sends it when who started it is gone, also by SIGKILL. Source: PR_SET_PDEATHSIG(2const), setpriv(1). */
const endingWithUs = ['setpriv', '--pdeathsig', 'KILL']

export interface ProgramPlace {
  /** As `ip netns` knows it. */
  readonly netns: string
  readonly command: string
  readonly args: readonly string[]
}

export class Program {
  readonly child: ChildProcess
  readonly #name: string

  private constructor({ netns, command, args }: ProgramPlace) {
    this.#name = command === process.execPath ? (args[0] ?? '') : command
    const whole = ['netns', 'exec', netns, ...endingWithUs, command, ...args]
    this.child = spawn('ip', whole, { stdio: ['pipe', 'pipe', 'pipe'] })
    // That it has ended is told where its answer is missing.
    this.child.stdin?.on('error', () => undefined)
  }

  /** Resolves when it printed such a line. @throws Error when it ends before */
  static async start(place: ProgramPlace, isReady: RegExp): Promise<Program> {
    const program = new Program(place)
    await program.#printed(isReady)
    return program
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = new Promise((resolve) => this.child.once('close', resolve))
    this.child.kill('SIGTERM')
    await ended
  }

  #printed(line: RegExp): Promise<void> {
    const { child } = this
    const heard: string[] = []
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`${this.#name} did not start: ${heard.slice(-3).join(' / ')}`))
      child.once('close', fail)
      child.once('error', fail)
      for (const stream of [child.stdout, child.stderr])
        if (stream !== null)
          createInterface({ input: stream }).on('line', (text) => {
            if (heard.length < 20) heard.push(text)
            if (line.test(text)) resolve()
          })
    })
  }
}
