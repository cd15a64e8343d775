/** The segments of a path, read letter by letter. Source: spec/dataplane.md 8.2; RFC 3629, 3 (UTF-8). */

/** A letter of a path, and whether it was escaped. */
interface Letter {
  readonly is: string
  readonly isEscaped: boolean
}

/** Undefined: it can't be normalised, so it is no path that a rule names. The root has none. */
export function readPath(target: string): string[] | undefined {
  const raw = [...target].slice(0, firstOf(target)).join('')
  if (raw[0] !== '/' || raw.length > 8192) return undefined
  const letters = readLetters(raw)
  if (letters === undefined || letters.some(({ is }) => isUnreadable(is))) return undefined
  if (hasEscape(letters)) return undefined
  const segments = segmentsOf(letters)
  return isUnclear(letters, segments) ? undefined : withoutDots(segments)
}

function firstOf(target: string): number {
  const at = [...target].findIndex((letter) => letter === '?' || letter === '#')
  return at === -1 ? target.length : at
}

function readLetters(raw: string): Letter[] | undefined {
  const letters: Letter[] = []
  for (let at = 0; at < raw.length; ) {
    if (raw[at] !== '%') {
      const letter = String.fromCodePoint(raw.codePointAt(at) ?? 0)
      letters.push({ is: letter, isEscaped: false })
      at += letter.length
      continue
    }
    const bytes: number[] = []
    for (; raw[at] === '%'; at += 3) bytes.push(byteOf(raw.slice(at + 1, at + 3)))
    const decoded = readUtf8(bytes)
    if (decoded === undefined) return undefined
    letters.push(...decoded.map((is) => ({ is, isEscaped: true })))
  }
  return letters
}

function byteOf(digits: string): number {
  return digits.length === 2 && [...digits].every(isHexDigit) ? Number.parseInt(digits, 16) : Number.NaN
}

function isHexDigit(letter: string): boolean {
  return '0123456789abcdef'.includes(letter.toLowerCase())
}

function readUtf8(bytes: readonly number[]): string[] | undefined {
  const letters: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? Number.NaN
    const form = forms.find(({ from, to }) => first >= from && first <= to)
    const rest = bytes.slice(at + 1, at + (form?.length ?? 0))
    if (form === undefined || rest.length < form.length - 1) return undefined
    if (!rest.every((byte) => byte >= 0x80 && byte <= 0xbf)) return undefined
    const code = rest.reduce((all, byte) => all * 64 + (byte - 0x80), first - form.from)
    if (code < form.least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
    letters.push(String.fromCodePoint(code))
    at += form.length
  }
  return letters
}

const forms = [
  { from: 0x00, to: 0x7f, length: 1, least: 0 },
  { from: 0xc0, to: 0xdf, length: 2, least: 0x80 },
  { from: 0xe0, to: 0xef, length: 3, least: 0x800 },
  { from: 0xf0, to: 0xf7, length: 4, least: 0x10000 },
]

function isUnreadable(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0)
  return isControl || code === 0xfffd || (code >= 0xd800 && code <= 0xdfff)
}

/** An escape of an escape. */
function hasEscape(letters: readonly Letter[]): boolean {
  return letters.some(({ is }, at) => {
    const next = letters.slice(at + 1, at + 3)
    return is === '%' && next.length === 2 && next.every((it) => isHexDigit(it.is))
  })
}

/** In order, also empty ones; each without its parameters. */
function segmentsOf(letters: readonly Letter[]): string[] {
  const segments: string[] = []
  let isParameter = false
  for (const { is } of letters) {
    if (is === '/' || is === '\\') {
      segments.push('')
      isParameter = false
      continue
    }
    if (is === ';') isParameter = true
    if (!isParameter) segments.push(`${segments.pop() ?? ''}${is}`)
  }
  return segments
}

/** Would some servers find other segments? */
function isUnclear(letters: readonly Letter[], segments: readonly string[]): boolean {
  const has = (letter: string) => letters.some(({ is }) => is === letter)
  const isEmpty = (at: number) =>
    '/\\'.includes(letters[at]?.is ?? '-') && '/\\'.includes(letters[at + 1]?.is ?? '-')
  const hasOddSlash = has('\\') || letters.some(({ is, isEscaped }) => is === '/' && isEscaped)
  if (has(';') && hasOddSlash) return true
  const isOdd = hasOddSlash || [';', '?', '#', '%'].some(has) || letters.some((_, at) => isEmpty(at))
  return segments.includes('..') && isOdd
}

function withoutDots(segments: readonly string[]): string[] {
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.splice(-1)
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return kept
}
