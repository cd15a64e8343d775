/** Where the headers of one request stand in its bytes. */
import { readEntry, skipEntry } from './read-entry.ts'
import { WireReader } from './wire-reader.ts'

export class HeaderFields {
  /** Of each entry where it begins and ends. */
  readonly #spans: number[] = []

  get count(): number {
    return this.#spans.length / 2
  }

  /**
   * An entry of the map `headers`, or a core.HeaderValue, which begins where the reader is. Its form is looked at now, and its texts are not.
   *
   * @throws WireError
   */
  note(reader: WireReader, end: number): void {
    this.#spans.push(reader.position, end)
    skipEntry(reader, end)
  }

  /** By names in lower case; several of one name are joined. `bytes`: what they were noted of. */
  read(bytes: Buffer): ReadonlyMap<string, string> {
    const headers = new Map<string, string>()
    for (let at = 0; at < this.#spans.length; at += 2) {
      const { key, value, raw } = readEntry(new WireReader(bytes, this.#spans[at]), this.#spans[at + 1] ?? 0)
      const name = key.toLowerCase()
      const text = value === '' ? raw : value
      const before = headers.get(name)
      headers.set(name, before === undefined ? text : `${before},${text}`)
    }
    return headers
  }
}
