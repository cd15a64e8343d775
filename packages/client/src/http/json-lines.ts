/** One JSON value a line, from bytes that come in pieces of any size. */
const newline = 0x0a

/** Blank lines are passed over. A last line without its end is thrown as a cut: the stream did not end, it broke. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const pending: Uint8Array[] = []
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      pending.push(chunk.subarray(start, end))
      start = end + 1
      const line = takeText(pending)
      if (line !== '') yield line
    }
    if (start < chunk.length) pending.push(chunk.subarray(start))
  }
  if (takeText(pending) !== '') throw new CutLineError()
}

export class CutLineError extends Error {
  override readonly name = 'CutLineError'
  constructor() {
    super('the stream ended in the middle of a line')
  }
}

function takeText(pending: Uint8Array[]): string {
  const text = Buffer.concat(pending.splice(0)).toString('utf8')
  return text.trim()
}
