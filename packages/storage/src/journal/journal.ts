/**
 * Records that are committed together with writes: of each write that was answered its record is there, and no record is
 * there without its write. What is read and kept elsewhere is trimmed.
 *
 * Writers   Each server process is one writer. It reads and trims only its own records.
 */

/** Plain JSON. */
export type JournalRecord = Readonly<Record<string, unknown>>

export interface JournalEntry {
  /** Of the write that the record belongs to. */
  readonly revision: bigint
  readonly record: JournalRecord
}

export interface Journal {
  /** At most `limit` entries with a higher revision than `afterRevision`, in order of revision. */
  read(afterRevision: bigint, limit: number): Promise<JournalEntry[]>
  /** Forgets the entries up to and including `throughRevision`, for good. */
  trim(throughRevision: bigint): Promise<void>
}
