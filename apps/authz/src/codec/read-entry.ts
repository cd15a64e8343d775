/** The entry of a map from text to text: key (1), value (2). `raw` is the third field, which core.HeaderValue has besides. */
import { bytesTag, type WireReader } from './wire-reader.ts'

export interface Entry {
  readonly key: string
  readonly value: string
  readonly raw: string
}

export function readEntry(reader: WireReader, end: number): Entry {
  let key = ''
  let value = ''
  let raw = ''
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === bytesTag(1)) key = reader.text(end)
    else if (tag === bytesTag(2)) value = reader.text(end)
    else if (tag === bytesTag(3)) raw = reader.text(end)
    else reader.skip(end)
  }
  return { key, value, raw }
}

/** As `readEntry`, without its texts. @throws WireError for what `readEntry` would throw one */
export function skipEntry(reader: WireReader, end: number): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) reader.skip(end)
}
