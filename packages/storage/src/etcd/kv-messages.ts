/**
 * The messages of etcd's KV service, as far as the driver needs them.
 *
 * Source  etcd's rpc.proto and kv.proto (API version 3.4); the numbers are theirs.
 */
import {
  asBool,
  asBytes,
  asInt,
  asText,
  boolField,
  type Field,
  intField,
  intFieldAlways,
  message,
  messageField,
  readFields,
  textField,
} from './wire.ts'

export interface KeyValue {
  readonly key: string
  readonly value: string
  readonly createRevision: bigint
  readonly modRevision: bigint
}

export interface RangeRequest {
  readonly key: string
  /** The first key after the range; without it the one key is meant. */
  readonly end?: string
  readonly limit?: number
  readonly revision?: bigint
  readonly keysOnly?: boolean
  readonly sortByRevision?: boolean
  readonly minModRevision?: bigint
  readonly maxModRevision?: bigint
}

export interface RangeResponse {
  /** Of the whole etcd, when it answered. */
  readonly revision: bigint
  readonly kvs: readonly KeyValue[]
  readonly more: boolean
}

export type Relation = keyof typeof relations

/** CompareResult. */
const relations = { equal: 0, greater: 1, less: 2 } as const

/** A key that is not there has the revision 0. */
export interface Compare {
  readonly key: string
  readonly modRevision: bigint
  readonly relation: Relation
}

/** An encoded RequestOp. */
export type Operation = Uint8Array

export interface TxnRequest {
  readonly compare: readonly Compare[]
  readonly success: readonly Operation[]
  readonly failure?: readonly Operation[]
}

export interface TxnResponse {
  readonly revision: bigint
  readonly succeeded: boolean
  /** What each operation brought: a range its pairs, a delete the pairs before it, a put nothing. */
  readonly results: readonly (readonly KeyValue[])[]
}

export function encodeRange(range: RangeRequest): Uint8Array {
  const [ascending, byModRevision] = range.sortByRevision ? [1, 3] : [0, 0]
  return message(
    textField(1, range.key),
    textField(2, range.end),
    intField(3, range.limit),
    intField(4, range.revision),
    intField(5, ascending),
    intField(6, byModRevision),
    boolField(8, range.keysOnly),
    intField(10, range.minModRevision),
    intField(11, range.maxModRevision),
  )
}

export function decodeRange(data: Uint8Array): RangeResponse {
  const kvs: KeyValue[] = []
  let [revision, more] = [0n, false]
  for (const field of readFields(data)) {
    if (field.number === 1) revision = decodeHeader(field)
    else if (field.number === 2) kvs.push(decodeKeyValue(field))
    else if (field.number === 3) more = asBool(field)
  }
  return { revision, kvs, more }
}

export function rangeOperation(range: RangeRequest): Operation {
  return messageField(1, encodeRange(range))
}

export function putOperation(key: string, value: string): Operation {
  return messageField(2, message(textField(1, key), textField(2, value)))
}

/** Brings the pair that it deleted. */
export function deleteOperation(key: string): Operation {
  return messageField(3, message(textField(1, key), boolField(3, true)))
}

export function encodeTxn({ compare, success, failure = [] }: TxnRequest): Uint8Array {
  return message(
    ...compare.map((each) => messageField(1, encodeCompare(each))),
    ...success.map((operation) => messageField(2, operation)),
    ...failure.map((operation) => messageField(3, operation)),
  )
}

export function decodeTxn(data: Uint8Array): TxnResponse {
  const results: KeyValue[][] = []
  let [revision, succeeded] = [0n, false]
  for (const field of readFields(data)) {
    if (field.number === 1) revision = decodeHeader(field)
    else if (field.number === 2) succeeded = asBool(field)
    else if (field.number === 3) results.push(decodeResult(field))
  }
  return { revision, succeeded, results }
}

export function encodeCompaction(revision: bigint): Uint8Array {
  return intField(1, revision)
}

/** The revision in a ResponseHeader. */
export function decodeHeader(header: Field): bigint {
  for (const field of readFields(asBytes(header))) if (field.number === 3) return asInt(field)
  return 0n
}

export function decodeKeyValue(pair: Field): KeyValue {
  let [key, value, createRevision, modRevision] = ['', '', 0n, 0n]
  for (const field of readFields(asBytes(pair))) {
    if (field.number === 1) key = asText(field)
    else if (field.number === 2) createRevision = asInt(field)
    else if (field.number === 3) modRevision = asInt(field)
    else if (field.number === 5) value = asText(field)
  }
  return { key, value, createRevision, modRevision }
}

/** A Compare of target MOD. */
function encodeCompare({ key, modRevision, relation }: Compare): Uint8Array {
  const mod = 2
  return message(
    intField(1, relations[relation]),
    intField(2, mod),
    textField(3, key),
    intFieldAlways(6, modRevision),
  )
}

/** The pairs in a ResponseOp: field 2 of a range, field 3 of a delete. */
function decodeResult(operation: Field): KeyValue[] {
  const [response] = readFields(asBytes(operation))
  const pairs = response?.number === 1 ? 2 : response?.number === 3 ? 3 : undefined
  if (response === undefined || pairs === undefined) return []
  return [...readFields(asBytes(response))].filter(({ number }) => number === pairs).map(decodeKeyValue)
}
