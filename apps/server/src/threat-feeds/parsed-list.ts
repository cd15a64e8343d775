export interface ParsedList {
  readonly entries: readonly string[]
  /** How many records were no text, or had no such field. */
  readonly broken: number
}
