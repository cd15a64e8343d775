/**
 * Is this a regular expression for Go? Its syntax (RE2) is that of JavaScript, except for what is told apart here:
 * it spells some things otherwise, and has neither look-around nor references back to a group.
 * Source: Go, package regexp/syntax.
 */
export function isGoRegex(text: string): boolean {
  if (/\(\?<?[=!]|\\[1-9k]/.test(withoutBackslashes(text))) return false
  try {
    new RegExp(inJavaScript(text))
    return true
  } catch {
    return false
  }
}

/** Without the backslashes that stand for themselves. */
function withoutBackslashes(text: string): string {
  return text.replace(/\\\\/g, '')
}

/** Flags for the rest of a group, named groups, and the ends of the text. */
function inJavaScript(text: string): string {
  return text
    .replace(/\(\?[imsU]*(-[imsU]+)?\)/g, '')
    .replace(/\(\?[imsU]*(-[imsU]+)?:/g, '(?:')
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
}
