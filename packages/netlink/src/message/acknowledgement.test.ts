import { expect, test } from 'vitest'
import { readRefusal } from './acknowledgement.ts'
import { NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_ERROR } from './constants.ts'
import { MessageWriter } from './message-writer.ts'
import { readMessages } from './messages.ts'

/** As the kernel builds it: the code, the refused message (or only its header), details. */
function answer(code: number, flags: number, repeatedBytes: number): Uint8Array {
  const refused = new MessageWriter()
  refused.startMessage(10, 1, 42)
  refused.raw(new Uint8Array(20))
  refused.endMessage()
  const writer = new MessageWriter()
  writer.startMessage(NLMSG_ERROR, flags, 42)
  writer.raw(new Uint8Array(new Int32Array([code]).buffer))
  writer.raw(refused.bytes.subarray(0, repeatedBytes))
  writer.string(1, 'no such thing')
  writer.u32(2, 20)
  writer.endMessage()
  return writer.bytes
}

function refusalIn(bytes: Uint8Array) {
  const [message] = readMessages(bytes)
  return message === undefined ? undefined : readRefusal(message)
}

test('code 0 grants', () => {
  expect(refusalIn(answer(0, NLM_F_CAPPED, 16))).toBeUndefined()
})

test.each([
  ['behind a header only', NLM_F_CAPPED | NLM_F_ACK_TLVS, 16],
  ['behind the whole message', NLM_F_ACK_TLVS, 36],
])('a refusal has the details %s', (_, flags, repeated) => {
  const expected = { sequence: 42, errno: 'ENOENT', message: 'no such thing', offset: 20 }
  expect(refusalIn(answer(-2, flags, repeated))).toEqual(expected)
})

test('a refusal without details', () => {
  const expected = { sequence: 42, errno: 'EPERM', message: undefined, offset: undefined }
  expect(refusalIn(answer(-1, NLM_F_CAPPED, 16))).toEqual(expected)
})
