/** Names made up by the server from `metadata.generateName`. Source: Kubernetes API conventions, "Idempotency". */
import type { Random } from '../environment.ts'
import type { JsonObject } from '../json.ts'

/** No vowels, and no digits or letters that look alike: no accidental words. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
/** So that prefix and suffix together stay a valid DNS label. */
const maxPrefixLength = 63 - suffixLength

/** True when the server has to find the name. */
export function wantsGeneratedName(metadata: JsonObject): boolean {
  const { name, generateName } = metadata
  return (name === undefined || name === '') && typeof generateName === 'string' && generateName !== ''
}

export function generateName(prefix: string, random: Random): string {
  const letters = [...random.bytes(suffixLength)].map((byte) => alphabet[byte % alphabet.length])
  return prefix.slice(0, maxPrefixLength) + letters.join('')
}
