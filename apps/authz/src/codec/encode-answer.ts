/**
 * Answer ▶ CheckResponse of envoy.service.auth.v3; v2 has the same numbers, without dynamic metadata.
 *
 * Source  Envoy's external_auth.proto, base.proto (HeaderValueOption), google.rpc.Status, google.protobuf.Struct.
 */
import type { Answer } from '../check/check.ts'
import { WireWriter } from './wire-writer.ts'

/** google.rpc.Code. Any but OK (0) denies. */
const permissionDenied = 7
/** HeaderValueOption.append_action: replaces an earlier value. `append` (2) is left out, which v2 takes for the same. */
const overwriteIfExistsOrAdd = 2

/** Where a denial says no status. */
const forbidden = 403

/** Of those that are given again and again, as answers of a judge are. Nobody writes into them. */
const encoded = new WeakMap<Answer, Buffer>()

/** To be read only: the same bytes are given for the same answer. */
export function encodeAnswer(answer: Answer): Buffer {
  const known = encoded.get(answer)
  if (known !== undefined) return known
  const bytes = encode(answer)
  encoded.set(answer, bytes)
  return bytes
}

function encode(answer: Answer): Buffer {
  const writer = new WireWriter()
  if (answer.verdict === 'Allow') {
    writer.message(1, () => undefined).message(3, () => writeHeaders(writer, answer))
  } else {
    writer.message(1, () => writer.uint(1, permissionDenied)).message(2, () => writeDenial(writer, answer))
  }
  return writeMetadata(writer, answer).finish()
}

/** DeniedHttpResponse: status, headers, body. */
function writeDenial(writer: WireWriter, answer: Answer): void {
  writer.message(1, () => writer.uint(1, answer.httpStatus ?? forbidden))
  writeHeaders(writer, answer)
  writer.text(3, answer.body)
}

/** Of both kinds of answers headers are field 2: HeaderValueOption, with a HeaderValue (1) of key and value. */
function writeHeaders(writer: WireWriter, { headers }: Answer): void {
  for (const [name, value] of headers) {
    writer.message(2, () =>
      writer.message(1, () => writer.text(1, name).text(2, value)).uint(3, overwriteIfExistsOrAdd),
    )
  }
}

/** dynamic_metadata (4), a Struct: entries of key and Value, which is a number (2) or a text (3). */
function writeMetadata(writer: WireWriter, { metadata }: Answer): WireWriter {
  const entries = Object.entries(metadata)
  if (entries.length === 0) return writer
  return writer.message(4, () => {
    for (const [key, value] of entries) {
      writer.message(1, () => writer.text(1, key).message(2, () => writeValue(writer, value)))
    }
  })
}

function writeValue(writer: WireWriter, value: string | number): void {
  if (typeof value === 'number') writer.double(2, value)
  else writer.textAlways(3, value)
}
