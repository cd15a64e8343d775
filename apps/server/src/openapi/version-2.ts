/**
 * The OpenAPI v2 document, which kubectl up to 1.28 insists on reading, as protobuf, before it turns to version 3 for
 * all that matters. It describes nothing: what it leaves out is not validated by the client but by the server.
 *
 * Source  OpenAPI 2.0; openapiv2.proto of google/gnostic (field numbers of Document and Info).
 */
import type { FullResponse } from '../http/message.ts'
import { json } from '../http/message.ts'

/** Clients ask for it with an `@` before v1.0, but do not accept that character in the answer. */
const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const info = { title: 'Margay', version: 'v2' }

export function respondVersion2(accept: string | undefined): FullResponse {
  if (!accept?.includes('proto-openapi.spec.v2')) return json({ swagger: '2.0', info, paths: {} })
  return { status: 200, headers: { 'content-type': protobufType }, body: protobufDocument() }
}

/** All lengths are below 128 and all text is ASCII, so each is one byte and the whole is a valid string. */
function protobufDocument(): string {
  const infoMessage = textField(1, info.title) + textField(2, info.version)
  return textField(1, '2.0') + textField(2, infoMessage) + textField(8, '')
}

function textField(number: number, content: string): string {
  return String.fromCharCode((number << 3) | 2, content.length) + content
}
