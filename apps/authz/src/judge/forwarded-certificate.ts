/**
 * Whose certificate a proxy saw, as it tells the next one in `x-forwarded-client-cert`: elements apart by commas, the last one by the nearest
 * proxy; in each, `Key=value` apart by semicolons; values may be in double quotes, with backslashes before quotes.
 *
 * Source  Envoy, "HTTP header manipulation", x-forwarded-client-cert.
 */

/** All URIs of the last element; undefined where the quotes do not end. Keys have no case. Cost: O(length). */
export function lastForwardedUris(header: string): readonly string[] | undefined {
  const element = partsOf(header, ',')?.at(-1)
  const pairs = element === undefined ? undefined : partsOf(element, ';')
  return pairs
    ?.map((pair) => pair.trim())
    .filter((pair) => pair.slice(0, 4).toLowerCase() === 'uri=')
    .map((pair) => unquoted(pair.slice(4)))
}

/** Apart by a separator that is not in quotes. */
function partsOf(text: string, separator: string): string[] | undefined {
  const parts: string[] = []
  let [start, isQuoted] = [0, false]
  for (let at = 0; at < text.length; at++) {
    const it = text[at]
    if (it === '\\' && isQuoted) at++
    else if (it === '"') isQuoted = !isQuoted
    else if (it === separator && !isQuoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return isQuoted ? undefined : [...parts, text.slice(start)]
}

function unquoted(value: string): string {
  if (!value.startsWith('"') || !value.endsWith('"') || value.length < 2) return value
  return value.slice(1, -1).replaceAll(/\\(.)/g, '$1')
}
