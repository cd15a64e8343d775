import { describe, expect, test } from 'vitest'
import { decodeCheck } from './decode-check.ts'
import { recordedCheck, recordedChecks } from './recorded-checks.testkit.ts'
import { type Refusal, RefusedCheckError } from './refused-check-error.ts'
import { WireError } from './wire-error.ts'
import { WireWriter } from './wire-writer.ts'

const checkout = 'spiffe://cluster.local/ns/shop/sa/checkout'
const payments = 'spiffe://cluster.local/ns/shop/sa/payments'
const tcp = (address: string, port: number) => ({ protocol: 'TCP', address, port })

describe('what another implementation wrote', () => {
  test('sidecar with mTLS', () => {
    const check = decodeCheck(recordedCheck('sidecar-mtls'))
    expect(check.source).toEqual({ socket: tcp('10.65.1.7', 41522), principal: checkout })
    expect(check.destination).toEqual({ socket: tcp('10.65.2.9', 8080), principal: payments })
    expect(check.http).toMatchObject({
      method: 'POST',
      path: '/v1/charges?amount=12',
      host: 'payments.shop:8080',
    })
    expect(Object.fromEntries(check.http?.headers ?? [])).toEqual({
      ':authority': 'payments.shop:8080',
      ':method': 'POST',
      ':path': '/v1/charges?amount=12',
      ':scheme': 'http',
      'user-agent': 'curl/8.5',
      'x-request-id': 'a-1',
      'x-tenant': 'red,blue',
    })
    expect([check.contextExtensions.size, check.metadata.size]).toEqual([0, 0])
  })

  test('sidecar without TLS: the path stays as it was sent', () => {
    const { source, destination, http } = decodeCheck(recordedCheck('sidecar-plain'))
    expect(source).toEqual({ socket: tcp('192.0.2.44', 50110), principal: '' })
    expect(destination.socket).toEqual(tcp('fd00:10:65::9', 8080))
    expect(http?.path).toBe('/%61dmin/../public//x')
  })

  test('a call of gRPC', () => {
    const { http } = decodeCheck(recordedCheck('grpc-call'))
    expect(http).toMatchObject({ method: 'POST', path: '/shop.Payments/Charge' })
    expect(http?.headers.get('content-type')).toBe('application/grpc')
  })

  test('a network filter asks without HTTP', () => {
    const { destination, http } = decodeCheck(recordedCheck('network-filter'))
    expect(destination.socket).toEqual(tcp('10.65.2.9', 5432))
    expect(http).toBeUndefined()
  })

  test('a waypoint: extensions, and the texts of metadata', () => {
    const { destination, contextExtensions, metadata } = decodeCheck(recordedCheck('waypoint'))
    expect(destination.socket).toBeUndefined()
    expect(Object.fromEntries(contextExtensions)).toEqual({ 'margay.destination': 'service/shop/payments' })
    expect([...metadata.keys()].sort()).toEqual(['empty', 'io.istio.peer'])
    expect(Object.fromEntries(metadata.get('io.istio.peer') ?? [])).toEqual({ principal: checkout })
  })

  test('raw headers: names in lower case, fields of one name joined, bytes that are no UTF-8 are no text', () => {
    const { destination, http } = decodeCheck(recordedCheck('raw-headers'))
    expect(destination.socket?.protocol).toBe('UDP')
    expect(Object.fromEntries(http?.headers ?? [])).toEqual({
      ':path': '/raw',
      'x-role': 'user,admin',
      'x-latin': 'caf\ufffd',
      'x-text': 'café',
      'x-none': '',
    })
  })
})

type Write = (writer: WireWriter) => void
const attributes = (write: Write) => Buffer.from(new WireWriter().message(1, write).finish())
const withHttp = (write: Write) =>
  attributes((writer) => writer.message(4, () => writer.message(2, () => write(writer))))
const entry = (writer: WireWriter, field: number, key: string, value: string) =>
  writer.message(field, () => writer.text(1, key).text(2, value))
const times = (count: number, write: (index: number) => void) =>
  Array.from({ length: count }, (_, index) => write(index))

describe('beyond the limits it is refused', () => {
  const refusals: readonly [Refusal, Buffer][] = [
    ['MessageTooLarge', withHttp((writer) => writer.text(11, 'x'.repeat(262_144)))],
    ['TooManyHeaders', withHttp((writer) => times(257, (index) => entry(writer, 3, `h${index}`, 'v')))],
    ['TooManyHeaders', withHttp((writer) => times(257, () => entry(writer, 3, 'one', 'v')))],
    ['PathTooLong', withHttp((writer) => writer.text(4, `/${'p'.repeat(16_384)}`))],
    ['TooMuchMetadata', attributes((writer) => times(1025, (index) => entry(writer, 10, `k${index}`, 'v')))],
    ['BadAddress', socket((writer) => writer.uint(3, 65_536))],
    ['BadAddress', socket((writer) => writer.uint(1, 2))],
  ]
  test.each(refusals)('%s', (refusal, bytes) => {
    expect(() => decodeCheck(bytes)).toThrow(new RefusedCheckError(refusal))
  })

  test('and at the limits it is read', () => {
    const bytes = withHttp((writer) => {
      times(256, (index) => entry(writer, 3, `h${index}`, 'v'))
      writer.text(4, `/${'p'.repeat(16_383)}`)
    })
    const { http } = decodeCheck(bytes)
    expect([http?.headers.size, http?.path.length]).toEqual([256, 16_384])
    expect(decodeCheck(socket((writer) => writer.uint(3, 65_535))).source.socket?.port).toBe(65_535)
  })
})

function socket(write: Write): Buffer {
  return attributes((writer) =>
    writer.message(1, () => writer.message(1, () => writer.message(1, () => write(writer)))),
  )
}

describe('as protobuf has it', () => {
  test('messages that come twice are merged, and the last of a value counts', () => {
    const bytes = Buffer.concat([
      withHttp((writer) => entry(writer.text(2, 'GET').text(5, 'a'), 3, 'x', '1')),
      withHttp((writer) => entry(writer.text(5, 'b'), 3, 'x', '2')),
    ])
    const { http } = decodeCheck(bytes)
    expect([http?.method, http?.host, http?.headers.get('x')]).toEqual(['GET', 'b', '1,2'])
  })

  test('a pipe behind an address takes its place', () => {
    const bytes = attributes((writer) =>
      writer.message(1, () =>
        writer.message(1, () => {
          writer.message(1, () => writer.text(2, '10.0.0.1'))
          writer.message(2, () => writer.text(1, '@pipe'))
        }),
      ),
    )
    expect(decodeCheck(bytes).source.socket).toBeUndefined()
  })

  test('the last kind of a value of metadata counts, and the last entry of a key', () => {
    const texts = (write: Write) => {
      const bytes = attributes((writer) =>
        writer.message(11, () =>
          writer.message(1, () => writer.text(1, 'n').message(2, () => write(writer))),
        ),
      )
      return Object.fromEntries(decodeCheck(bytes).metadata.get('n') ?? [])
    }
    const value = (writer: WireWriter, write: Write) =>
      writer.message(1, () => writer.text(1, 'k').message(2, () => write(writer)))
    expect(texts((writer) => value(writer, () => writer.double(2, 1).textAlways(3, 'a')))).toEqual({ k: 'a' })
    expect(texts((writer) => value(writer, () => writer.textAlways(3, 'a').double(2, 1)))).toEqual({})
    expect(
      texts((writer) =>
        value(
          value(writer, () => writer.text(3, 'a')),
          () => writer.text(3, 'b'),
        ),
      ),
    ).toEqual({
      k: 'b',
    })
    expect(
      texts((writer) =>
        value(
          value(writer, () => writer.text(3, 'a')),
          () => writer.double(2, 1),
        ),
      ),
    ).toEqual({})
  })

  test('nothing at all is a check without anybody in it', () => {
    const nobody = { socket: undefined, principal: '' }
    expect(decodeCheck(Buffer.alloc(0))).toMatchObject({
      source: nobody,
      destination: nobody,
      http: undefined,
    })
  })

  test('fields that nobody knows are stepped over, whatever their type', () => {
    const unknown = Buffer.from([
      0xa0, 0x06, 0x96, 0x01, 0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xa5, 0x06, 1, 2, 3, 4,
    ])
    expect(decodeCheck(Buffer.concat([unknown, recordedCheck('sidecar-mtls'), unknown]))).toEqual(
      decodeCheck(recordedCheck('sidecar-mtls')),
    )
  })
})

describe('bytes that are no message', () => {
  test.each([
    ['a field without a number', [0x02, 0x00]],
    ['a group', [0x0b]],
    ['a type that there is not', [0x0f]],
    ['the end in a tag', [0x8a]],
    ['the end in a length', [0x0a, 0x80]],
    ['a length beyond the end', [0x0a, 0x05, 0x01]],
    ['a length of 64 bits', [0x0a, ...Array(9).fill(0xff), 0x01]],
    ['a number of more than 64 bits', [0x08, ...Array(10).fill(0xff), 0x01]],
    ['the end in a fixed number', [0x0d, 0x01, 0x02]],
    ['a field that ends beyond its message', [0x0a, 0x02, 0x0a, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00]],
  ])('%s', (_, bytes) => {
    expect(() => decodeCheck(Buffer.from(bytes))).toThrow(WireError)
  })

  test('a recorded check that is cut, wherever', () => {
    for (const { bytes } of recordedChecks) {
      for (let length = 1; length < bytes.length; length++) {
        expect(() => decodeCheck(bytes.subarray(0, length)), `${length} bytes`).toThrow(WireError)
      }
    }
  })
})
