/**
 * What the proxy's configuration and filters say of a request: context extensions, and dynamic metadata (core.Metadata) of
 * which only the texts at the top of each namespace are taken. What lies deeper is stepped over, so depth costs nothing.
 */
import { limits } from './limits.ts'
import { readEntry } from './read-entry.ts'
import { RefusedCheckError } from './refused-check-error.ts'
import { bytesTag, type WireReader } from './wire-reader.ts'

export class MetadataBudget {
  #left: number = limits.metadataEntries

  /** @throws RefusedCheckError when there were too many */
  spend(): void {
    this.#left -= 1
    if (this.#left < 0) throw new RefusedCheckError('TooMuchMetadata')
  }
}

export function readContextExtension(
  reader: WireReader,
  end: number,
  extensions: Map<string, string>,
  budget: MetadataBudget,
): void {
  budget.spend()
  const { key, value } = readEntry(reader, end)
  extensions.set(key, value)
}

/** core.Metadata: filter_metadata (1), a map of google.protobuf.Struct by namespace. */
export function readMetadata(
  reader: WireReader,
  end: number,
  metadata: Map<string, ReadonlyMap<string, string>>,
  budget: MetadataBudget,
): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === bytesTag(1)) readNamespace(reader, reader.enter(end), metadata, budget)
    else reader.skip(end)
  }
}

function readNamespace(
  reader: WireReader,
  end: number,
  metadata: Map<string, ReadonlyMap<string, string>>,
  budget: MetadataBudget,
): void {
  budget.spend()
  let name = ''
  const texts = new Map<string, string>()
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === bytesTag(1)) name = reader.text(end)
    else if (tag === bytesTag(2)) readStruct(reader, reader.enter(end), texts, budget)
    else reader.skip(end)
  }
  metadata.set(name, texts)
}

/** google.protobuf.Struct: fields (1), a map of Value. */
function readStruct(
  reader: WireReader,
  end: number,
  texts: Map<string, string>,
  budget: MetadataBudget,
): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === bytesTag(1)) readStructField(reader, reader.enter(end), texts, budget)
    else reader.skip(end)
  }
}

function readStructField(
  reader: WireReader,
  end: number,
  texts: Map<string, string>,
  budget: MetadataBudget,
): void {
  let key = ''
  let text: string | undefined
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === bytesTag(1)) key = reader.text(end)
    else if (tag === bytesTag(2)) text = readTextValue(reader, reader.enter(end), text)
    else reader.skip(end)
  }
  texts.delete(key)
  if (text === undefined) return
  budget.spend()
  texts.set(key, text)
}

/** google.protobuf.Value: one of several kinds, of which the last counts; a text is string_value (3). */
function readTextValue(reader: WireReader, end: number, before: string | undefined): string | undefined {
  let text = before
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    text = undefined
    if (tag === bytesTag(3)) text = reader.text(end)
    else reader.skip(end)
  }
  return text
}
