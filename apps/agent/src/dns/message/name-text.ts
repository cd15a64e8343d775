/**
 * Names of hosts as text, as `canonicalDomain` gives them. Wire format lets a label hold any byte, a dot too, so that two names would
 * have one text: a name with others than these is nobody's host.
 *
 * Source  RFC 1123 section 2.1, with `_` as service records have it, and `-` at any place, as some hosts have it.
 */
const form = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/
const maxNameLength = 253

export function isHostName(text: string): boolean {
  return text.length <= maxNameLength && form.test(text)
}

/** By byte of a label: its character in lower case; 0 for what no host has. */
export const labelCodes: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const lower = String.fromCharCode(byte).toLowerCase()
  return byte < 128 && isHostName(lower) ? lower.charCodeAt(0) : 0
})
