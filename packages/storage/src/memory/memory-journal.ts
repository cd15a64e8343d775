/** The journal of a store without a disk. It grows until it is trimmed. */
import { freezeDeep } from '../freeze.ts'
import type { Journal, JournalEntry, JournalRecord } from '../journal/journal.ts'

export class MemoryJournal implements Journal {
  #entries: JournalEntry[] = []
  readonly #assertOpen: () => void

  /** `assertOpen` throws once the store is closed. */
  constructor(assertOpen: () => void) {
    this.#assertOpen = assertOpen
  }

  /** Revisions only rise. */
  append(revision: bigint, record: JournalRecord): void {
    this.#entries.push({ revision, record: freezeDeep(structuredClone(record)) })
  }

  async read(afterRevision: bigint, limit: number): Promise<JournalEntry[]> {
    this.#assertOpen()
    return this.#entries.filter(({ revision }) => revision > afterRevision).slice(0, limit)
  }

  async trim(throughRevision: bigint): Promise<void> {
    this.#assertOpen()
    this.#entries = this.#entries.filter(({ revision }) => revision > throughRevision)
  }
}
