/**
 * A key that an object of a JSON text holds twice: JSON.parse keeps the last without a word, and other readers the first,
 * so that a text would mean two things. One pass over the text; it must be valid JSON.
 */
export function findDuplicateKey(text: string): string | undefined {
  /** The keys of each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '{') open.push(new Set())
    else if (letter === '[') open.push(undefined)
    else if (letter === '}' || letter === ']') open.pop()
    else if (letter === '"') {
      const end = endOfString(text, at)
      const keys = isKey(text, end) ? open.at(-1) : undefined
      if (keys !== undefined && keys.size === keys.add(textOf(text.slice(at, end))).size)
        return textOf(text.slice(at, end))
      at = end - 1
    }
  }
  return undefined
}

/** Behind the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** In JSON, a colon follows keys only. */
function isKey(text: string, end: number): boolean {
  let at = end
  while (' \n\r\t'.includes(text[at] ?? 'x')) at += 1
  return text[at] === ':'
}

function textOf(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1)
}
