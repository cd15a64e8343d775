/**
 * Looks at encryption from time to time, since the kernel tells nobody of handshakes, and says what became of it: to the log, to the lease,
 * and that the lease should be written sooner.
 */
import type { Clock } from '@margay/client'
import { type EncryptionReport, encryptionReportAnnotation, formatEncryptionReport } from '@margay/resources'
import { Reported } from '../host/reported.ts'
import type { EncryptionState } from './encryption.ts'
import { encryptionReport, type PeerStandings, peerStandings } from './encryption-report.ts'
import { type Silences, silencesOf } from './unanswered.ts'

export interface EncryptionReporterOptions {
  /** As it is now. */
  readonly state: () => Promise<EncryptionState>
  readonly clock: Clock
  /** Takes one line at a time. */
  readonly log: (line: string) => void
  /** Something became known that should not wait for the next heartbeat. */
  readonly onImportant: () => void
  /** Told of each look. */
  readonly onLook?: (look: EncryptionLook) => void
}

/** What one look found; `before` is what the last one did. */
export interface EncryptionLook {
  readonly report: EncryptionReport
  readonly standings: PeerStandings
  readonly before: Omit<EncryptionLook, 'before'>
}

const lookMs = 5000
/** To read a peer takes some microseconds: so it is a thousandth of a processor at most. */
const lookMsPerPeer = 20

const nothing: EncryptionLook['before'] = {
  report: { required: false, dropped: { packets: 0, bytes: 0 }, problems: [], tunnels: [] },
  standings: new Map(),
}

export class EncryptionReporter {
  readonly #options: EncryptionReporterOptions
  readonly #reported: Reported
  #silences: Silences = new Map()
  #last = nothing
  #looking: Promise<EncryptionLook> | undefined
  #cancelLook: () => void = () => undefined
  #isStopped = false

  constructor(options: EncryptionReporterOptions) {
    this.#options = options
    this.#reported = new Reported(options.log)
  }

  start(): void {
    const { clock } = this.#options
    if (this.#isStopped) return
    const afterMs = Math.max(lookMs, this.#last.standings.size * lookMsPerPeer)
    this.#cancelLook = clock.after(afterMs, () => void this.#lookByItself().then(() => this.start()))
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelLook()
  }

  /** For the lease, by name. @throws what the kernel says */
  async annotations(): Promise<Readonly<Record<string, string>>> {
    const { report } = await this.#look()
    return { [encryptionReportAnnotation]: formatEncryptionReport(report) }
  }

  /** What fails here fails with the next heartbeat too, and is told there. */
  async #lookByItself(): Promise<void> {
    try {
      if (isImportant(await this.#look()) && !this.#isStopped) this.#options.onImportant()
    } catch {}
  }

  /** Two that come together are one. */
  #look(): Promise<EncryptionLook> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #lookOnce(): Promise<EncryptionLook> {
    const { state: read, clock, onLook } = this.#options
    const state = await read()
    this.#silences = silencesOf(state.tunnels, this.#silences, clock.now())
    const report = encryptionReport(state, this.#silences)
    const look = { report, standings: peerStandings(report), before: this.#last }
    this.#last = { report, standings: look.standings }
    this.#reported.set(notLogged(state))
    onLook?.(look)
    return look
  }
}

/** What fails and is tried again is logged where that happens, and what is wrong with settings with policy. */
function notLogged({ tunnels }: EncryptionState): string[] {
  return tunnels.flatMap(({ desired }) => desired.problems).map((line) => `encryption: ${line}`)
}

function isImportant({ report, standings, before }: EncryptionLook): boolean {
  const isOther = new Set(report.problems).symmetricDifference(new Set(before.report.problems)).size > 0
  if (isOther || report.required !== before.report.required) return true
  if (keysText(report) !== keysText(before.report)) return true
  for (const [peer, standing] of standings)
    if ((standing === 'Encrypted') !== (before.standings.get(peer) === 'Encrypted')) return true
  return false
}

function keysText({ tunnels }: EncryptionReport): string {
  return tunnels.map(({ version, publicKey }) => `${version} ${publicKey}`).join()
}
