/** Reads one's credentials anew each 20 s, takes over what has changed, and warns each day of their end. */
import { isDeepStrictEqual } from 'node:util'
import type { ClientConfig } from '../config/client-config.ts'
import type { Clock } from '../informer/clock.ts'
import { certificateNotice } from './certificate-end.ts'

export interface CredentialsWatchOptions {
  /** Whose they are, as `this agent`. */
  readonly holder: string
  /** The configuration that is in use at the start. */
  readonly config: ClientConfig
  /** @throws when it can't be read now */
  readonly load: () => ClientConfig
  readonly use: (config: ClientConfig) => Promise<void>
  readonly clock: Clock
  /** Takes one line at a time. */
  readonly log: (line: string) => void
}

const readMs = 20_000
const noticeMs = 24 * 60 * 60 * 1000

export class CredentialsWatch {
  readonly #options: CredentialsWatchOptions
  #config: ClientConfig
  #trouble = ''
  #noticedMs = Number.NEGATIVE_INFINITY
  #cancel: () => void = () => undefined

  constructor(options: CredentialsWatchOptions) {
    this.#options = options
    this.#config = options.config
  }

  start(): void {
    this.#notice()
    this.#cancel = this.#options.clock.after(readMs, () => {
      this.#read()
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
  }

  #read(): void {
    const { load, use, log } = this.#options
    try {
      const config = load()
      this.#trouble = ''
      if (isDeepStrictEqual(config, this.#config)) return
      this.#config = config
      this.#noticedMs = Number.NEGATIVE_INFINITY
      log('the kubeconfig has changed: connecting anew')
      use(config).catch((error: unknown) => log(lineOf(error)))
    } catch (error) {
      // Half-written, or gone for a moment: what is in use goes on.
      if (lineOf(error) !== this.#trouble) log(lineOf(error))
      this.#trouble = lineOf(error)
    }
  }

  #notice(): void {
    const now = this.#options.clock.now()
    if (now.getTime() - this.#noticedMs < noticeMs) return
    this.#noticedMs = now.getTime()
    const line = certificateNotice(this.#config, now, this.#options.holder)
    if (line !== undefined) this.#options.log(`warning: ${line}`)
  }
}

function lineOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
