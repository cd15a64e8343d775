/**
 * The data of an SVCB or HTTPS record: where a service is, and which addresses it has there.
 *
 * Source  RFC 9460 sections 2.2 and 7.3. Names in it are not compressed.
 */
import type { Ip } from '@margay/netset'
import { ipv4At, ipv4Length, ipv6At, ipv6Length, uint16At } from './ip-bytes.ts'
import { WireReader } from './wire-reader.ts'

export interface ServiceBinding {
  /** An empty text: the owner's own name, or in an alias nowhere. Undefined: no host's. */
  readonly target: string | undefined
  /** Of ipv4hint and ipv6hint. */
  readonly hints: readonly Ip[]
}

const ipv4Hint = 4
const ipv6Hint = 6

/** Undefined for what is against the format: the whole answer is, then. */
export function readServiceBinding(data: Uint8Array): ServiceBinding | undefined {
  const reader = new WireReader(data)
  const priority = reader.u16()
  const target = reader.uncompressedName()
  if (reader.failed) return undefined
  // In an alias, parameters are to be ignored.
  if (priority === 0) return { target, hints: [] }
  const hints = readHints(data.subarray(reader.at))
  return hints === undefined ? undefined : { target, hints }
}

/** Keys ascend, each is there once. */
function readHints(params: Uint8Array): Ip[] | undefined {
  const hints: Ip[] = []
  let [at, lastKey] = [0, -1]
  while (at < params.length) {
    const [key, length] = [uint16At(params, at), uint16At(params, at + 2)]
    const end = at + 4 + length
    if (end > params.length || key <= lastKey) return undefined
    const addresses = hintsOf(key, params.subarray(at + 4, end))
    if (addresses === undefined) return undefined
    hints.push(...addresses)
    lastKey = key
    at = end
  }
  return hints
}

function hintsOf(key: number, value: Uint8Array): Ip[] | undefined {
  if (key === ipv4Hint) return listed(value, ipv4Length, ipv4At)
  if (key === ipv6Hint) return listed(value, ipv6Length, ipv6At)
  return []
}

/** At least one. */
function listed(
  value: Uint8Array,
  length: number,
  read: (bytes: Uint8Array, at: number) => Ip,
): Ip[] | undefined {
  if (value.length === 0 || value.length % length !== 0) return undefined
  return Array.from({ length: value.length / length }, (_, index) => read(value, index * length))
}
