/** The text of an answer, in bounds: packed and unpacked. */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { PullError } from './fetch-list.ts'

export interface ListLimits {
  /** As they come, packed or not. */
  readonly mostBytes: number
  readonly mostUnpackedBytes: number
  /** From the request to the last byte, redirects included. */
  readonly totalMs: number
}

const mebibyte = 1024 * 1024

/** Half a million prefixes of version 6 are about 20 MB, and 5 MB packed. */
export const defaultListLimits: ListLimits = {
  mostBytes: 32 * mebibyte,
  mostUnpackedBytes: 64 * mebibyte,
  totalMs: 60_000,
}

const unpack = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip)

/** @throws PullError */
export async function readText(response: IncomingMessage, limits: ListLimits): Promise<string> {
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (!['gzip', 'x-gzip', 'identity'].includes(encoding.toLowerCase())) {
    response.destroy()
    throw new PullError('ListUnusable', 'the answer is packed otherwise than by gzip')
  }
  const bytes = await collect(response, limits.mostBytes)
  return decode(isGzip(bytes) ? await unpacked(bytes, limits.mostUnpackedBytes) : bytes)
}

async function collect(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Leaving the loop closes the connection.
    if (bytes > mostBytes) throw new PullError('ListUnusable', `the answer has more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** By its first bytes, with which no text begins: lists are files.gz as often as they are packed on the way. Source: RFC 1952 2.3.1. */
function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

async function unpacked(bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength })
  } catch (cause) {
    const isTooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE'
    const problem = isTooLarge ? `has more than ${maxOutputLength} bytes unpacked` : 'can not be unpacked'
    throw new PullError('ListUnusable', `the answer ${problem}`, cause)
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new PullError('ListUnusable', 'the answer is no text in UTF-8', cause)
  }
}
