/** Cuts a YAML stream at its document markers, so that one broken document does not hide the others. */

/**
 * Each piece is one document, with as many empty lines before it as stand above it in the file: line numbers stay
 * true. A line that starts with `---` is always a marker, also within a quoted or block text (YAML 1.2, 9.1.2).
 */
export function splitDocuments(text: string): string[] {
  const pieces: string[] = []
  let start = 0
  for (const { index } of text.matchAll(/^(?:%[^\n]*\n)*---(?=\s|$)/gm)) {
    if (index > start) pieces.push(text.slice(start, index))
    start = index
  }
  pieces.push(text.slice(start))
  return padded(pieces).filter((piece) => piece.trim() !== '')
}

function padded(pieces: readonly string[]): string[] {
  let lines = 0
  return pieces.map((piece) => {
    const result = '\n'.repeat(lines) + piece
    lines += piece.split('\n').length - 1
    return result
  })
}
