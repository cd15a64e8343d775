/**
 * CheckRequest ▶ Check, of envoy.service.auth.v3; v2 and v2alpha have the same numbers.
 *
 * Source  Envoy's external_auth.proto, attribute_context.proto, base.proto and address.proto; spec/dataplane.md 8.1.
 *         The numbers of fields stand where they are read.
 * Holds   Nothing is read but what a Check has: no body, no certificate, no label. Messages that come twice are merged,
 *         and of a value that comes twice the last counts, as protobuf has it.
 */
import type { Check, HttpAttributes, Peer, SocketAddress } from '../check/check.ts'
import { HeaderFields } from './header-fields.ts'
import { limits } from './limits.ts'
import { MetadataBudget, readContextExtension, readMetadata } from './read-metadata.ts'
import { RefusedCheckError } from './refused-check-error.ts'
import { bytesTag, varintTag, WireReader } from './wire-reader.ts'

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

interface Draft {
  readonly source: Mutable<Peer>
  readonly destination: Mutable<Peer>
  http: HttpDraft | undefined
  readonly contextExtensions: Map<string, string>
  readonly metadata: Map<string, ReadonlyMap<string, string>>
  readonly budget: MetadataBudget
}

interface HttpDraft extends Mutable<Omit<HttpAttributes, 'headers'>> {
  readonly headers: HeaderFields
  /** From header_map, which has each field as it came; where there is one, `headers` does not count. */
  readonly rawHeaders: HeaderFields
}

/**
 * @throws WireError for bytes that are no message
 * @throws RefusedCheckError for one that is beyond the limits
 */
export function decodeCheck(bytes: Buffer): Check {
  if (bytes.length > limits.messageBytes) throw new RefusedCheckError('MessageTooLarge')
  const draft = emptyDraft()
  const reader = new WireReader(bytes)
  for (let tag = reader.tag(bytes.length); tag !== 0; tag = reader.tag(bytes.length)) {
    if (tag === bytesTag(1)) readAttributes(reader, reader.enter(bytes.length), draft)
    else reader.skip(bytes.length)
  }
  const { source, destination, http, contextExtensions, metadata } = draft
  return { source, destination, http: http && finish(http, bytes), contextExtensions, metadata }
}

function emptyDraft(): Draft {
  return {
    source: { socket: undefined, principal: '' },
    destination: { socket: undefined, principal: '' },
    http: undefined,
    contextExtensions: new Map(),
    metadata: new Map(),
    budget: new MetadataBudget(),
  }
}

/** Headers become texts when somebody asks for one: most rules ask for none. */
function finish({ method, path, host, headers, rawHeaders }: HttpDraft, bytes: Buffer): HttpAttributes {
  const fields = rawHeaders.count > 0 ? rawHeaders : headers
  let read: ReadonlyMap<string, string> | undefined
  return {
    method,
    path,
    host,
    get headers() {
      read ??= fields.read(bytes)
      return read
    },
  }
}

/** AttributeContext. */
function readAttributes(reader: WireReader, end: number, draft: Draft): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    switch (tag) {
      case bytesTag(1):
        readPeer(reader, reader.enter(end), draft.source)
        break
      case bytesTag(2):
        readPeer(reader, reader.enter(end), draft.destination)
        break
      case bytesTag(4):
        readRequest(reader, reader.enter(end), draft)
        break
      case bytesTag(10):
        readContextExtension(reader, reader.enter(end), draft.contextExtensions, draft.budget)
        break
      case bytesTag(11):
        readMetadata(reader, reader.enter(end), draft.metadata, draft.budget)
        break
      default:
        reader.skip(end)
    }
  }
}

/** AttributeContext.Peer. */
function readPeer(reader: WireReader, end: number, peer: Mutable<Peer>): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === bytesTag(1)) readAddress(reader, reader.enter(end), peer)
    else if (tag === bytesTag(4)) peer.principal = reader.text(end)
    else reader.skip(end)
  }
}

/** core.Address: one of socket_address (1), pipe (2), an address within the proxy (3). */
function readAddress(reader: WireReader, end: number, peer: Mutable<Peer>): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === bytesTag(1)) {
      peer.socket = readSocketAddress(reader, reader.enter(end), peer.socket)
      continue
    }
    if (tag === bytesTag(2) || tag === bytesTag(3)) peer.socket = undefined
    reader.skip(end)
  }
}

const protocols = ['TCP', 'UDP'] as const

/** core.SocketAddress. A port that has a name (4) is left at 0. */
function readSocketAddress(
  reader: WireReader,
  end: number,
  before: SocketAddress = { protocol: 'TCP', address: '', port: 0 },
): SocketAddress {
  let { protocol, address, port } = before
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === varintTag(1)) protocol = protocolOf(reader.varint(end))
    else if (tag === bytesTag(2)) address = reader.text(end)
    else if (tag === varintTag(3)) port = portOf(reader.varint(end))
    else reader.skip(end)
  }
  return { protocol, address, port }
}

function protocolOf(value: number): SocketAddress['protocol'] {
  const protocol = protocols[value]
  if (protocol === undefined) throw new RefusedCheckError('BadAddress')
  return protocol
}

function portOf(value: number): number {
  if (value > 65_535) throw new RefusedCheckError('BadAddress')
  return value
}

/** AttributeContext.Request; a network filter sends it without `http`, or not at all. */
function readRequest(reader: WireReader, end: number, draft: Draft): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag !== bytesTag(2)) {
      reader.skip(end)
      continue
    }
    draft.http ??= {
      method: '',
      path: '',
      host: '',
      headers: new HeaderFields(),
      rawHeaders: new HeaderFields(),
    }
    readHttp(reader, reader.enter(end), draft.http)
  }
}

/** AttributeContext.HttpRequest. */
function readHttp(reader: WireReader, end: number, http: HttpDraft): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    switch (tag) {
      case bytesTag(2):
        http.method = reader.text(end)
        break
      case bytesTag(3):
        noteHeader(reader, end, http, http.headers)
        break
      case bytesTag(4):
        http.path = reader.textOfAtMost(limits.pathBytes, end, () => new RefusedCheckError('PathTooLong'))
        break
      case bytesTag(5):
        http.host = reader.text(end)
        break
      case bytesTag(13):
        readHeaderMap(reader, reader.enter(end), http)
        break
      default:
        reader.skip(end)
    }
  }
}

/** core.HeaderMap. */
function readHeaderMap(reader: WireReader, end: number, http: HttpDraft): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === bytesTag(1)) noteHeader(reader, end, http, http.rawHeaders)
    else reader.skip(end)
  }
}

function noteHeader(reader: WireReader, end: number, http: HttpDraft, fields: HeaderFields): void {
  fields.note(reader, reader.enter(end))
  if (http.headers.count + http.rawHeaders.count > limits.headers)
    throw new RefusedCheckError('TooManyHeaders')
}
