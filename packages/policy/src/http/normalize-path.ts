/**
 * The one spelling by which paths of HTTP requests are compared, those of rules and those of requests alike. Whoever serves a request may read
 * an odd spelling otherwise than who judged it; a path about which servers are known to differ has no normal form, and no rule about
 * paths matches it. Source: spec/dataplane.md 8.2; RFC 3986, 6.2.2; RFC 9110, 7.1.
 */

/** In UTF-16 units, without the query. */
export const maxPathLength = 8192

/**
 * Begins with a slash and doesn't end with one, but for `/` itself; without empty and dot segments, parameters (`;…`), backslashes, escapes,
 * query and fragment. Undefined: it can't be normalised, so it is none of those that a rule names. Cost: O(length).
 */
export function normalizePath(target: string): string | undefined {
  const end = target.search(/[?#]/)
  const raw = end === -1 ? target : target.slice(0, end)
  if (!raw.startsWith('/') || raw.length > maxPathLength) return undefined
  if (plain.test(raw)) return raw
  const decoded = decodedOnce(raw)
  if (decoded === undefined || unreadable.test(decoded)) return undefined
  const segments = segmentsOf(decoded)
  if (isReadDifferently(raw, decoded, segments)) return undefined
  return `/${resolved(segments).join('/')}`
}

/** In normal form already, as most paths are: segments that begin with no dot, of letters that mean themselves. */
const plain = /^(?:\/[\w~!$&'()*+,=:@-][\w.~!$&'()*+,=:@-]*)+$/

/** A normal form as a rule or a request writes it: what would be read as something else is escaped. */
export function escapePath(path: string): string {
  return path.replaceAll(/[%?# ]/g, (it) => encodeURIComponent(it))
}

/** Control characters (NUL ends a path for some), what was no UTF-8, and escapes of escapes: those who decode twice would read them. */
const unreadable = /[\p{Cc}\p{Cs}\uFFFD]|%[0-9A-Fa-f]{2}/u

function decodedOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/**
 * Where segments end, servers differ: some take a backslash or an escaped slash for a slash, some count empty segments, some cut parameters
 * before they look for dots or before they decode, and some cut at a `?` that was escaped. That matters for what `..` leaves, and for
 * where parameters end.
 */
function isReadDifferently(raw: string, decoded: string, segments: readonly string[]): boolean {
  const hasOddSlashes = decoded.includes('\\') || /%2f/i.test(raw)
  if (decoded.includes(';') && hasOddSlashes) return true
  return segments.includes('..') && (hasOddSlashes || /[;?#%]|\/\//.test(decoded))
}

/** Without parameters; also empty ones. */
function segmentsOf(decoded: string): string[] {
  const segments = decoded.replaceAll('\\', '/').split('/')
  return decoded.includes(';') ? segments.map(withoutParameters) : segments
}

function withoutParameters(segment: string): string {
  const at = segment.indexOf(';')
  return at === -1 ? segment : segment.slice(0, at)
}

/** Nothing is above the root. */
function resolved(segments: readonly string[]): string[] {
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return kept
}
