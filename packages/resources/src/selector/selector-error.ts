const excerptBefore = 24
const excerptAfter = 32

/** A selector that can't be read: one line that says where, what was expected, and what stands there. */
export class SelectorError extends Error {
  readonly selector: string
  /** Offset into the selector's text from 0, in UTF-16 units; the text's length means its end. */
  readonly position: number
  /** What would have been right at that position, such as `a closing parenthesis`. */
  readonly expected: string

  constructor(selector: string, position: number, expected: string) {
    super(
      `invalid selector: expected ${expected} at position ${position}, ${describePlace(selector, position)}`,
    )
    this.name = 'SelectorError'
    this.selector = selector
    this.position = position
    this.expected = expected
  }
}

function describePlace(selector: string, position: number): string {
  if (position >= selector.length) return `at the end of ${excerpt(selector, position)}`
  const rest = quote(clip(selector.slice(position), excerptAfter))
  return position === 0 ? `before ${rest}` : `before ${rest} in ${excerpt(selector, position)}`
}

/** The text around the position; long selectors are cut on both sides. */
function excerpt(selector: string, position: number): string {
  const start = Math.max(0, position - excerptBefore)
  const text = clip(selector.slice(start), excerptBefore + excerptAfter)
  return quote(start > 0 ? `…${text}` : text)
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

/** Control characters are escaped, so that the message stays one line whatever the text holds. */
function quote(text: string): string {
  return `\`${text.replace(/[\p{Cc}\u2028\u2029]/gu, (unit) => JSON.stringify(unit).slice(1, -1))}\``
}
