/** A manifest that can't be read. The message is one line: `file:line:column: what is wrong`. */
export class ManifestError extends Error {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number

  constructor(place: { file: string; line: number; column: number }, what: string, options?: ErrorOptions) {
    super(`${place.file}:${place.line}:${place.column}: ${what}`, options)
    this.name = 'ManifestError'
    this.file = place.file
    this.line = place.line
    this.column = place.column
  }
}
