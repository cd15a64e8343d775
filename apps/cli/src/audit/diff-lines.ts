/** The smallest difference between two texts, with three lines around each change; a `…` where lines are left out. */
export interface DiffLine {
  readonly sign: '+' | '-' | ' ' | '…'
  readonly text: string
}

const context = 3

/** Cost: lines of one times lines of the other. */
export function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  return shorten(walk(before, after, commonLengths(before, after)))
}

/** At [i][j]: how many lines the rest of both have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1))
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i] as Uint32Array
      const below = table[i + 1] as Uint32Array
      row[j] = before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return table
}

function walk(
  before: readonly string[],
  after: readonly string[],
  common: readonly Uint32Array[],
): DiffLine[] {
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ sign: ' ', text: before[i] ?? '' })
      i++
      j++
    } else if (
      i < before.length &&
      (j === after.length || (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))
    ) {
      lines.push({ sign: '-', text: before[i++] ?? '' })
    } else {
      lines.push({ sign: '+', text: after[j++] ?? '' })
    }
  }
  return lines
}

function shorten(lines: readonly DiffLine[]): DiffLine[] {
  const isNear = lines.map((_, i) =>
    lines.slice(Math.max(0, i - context), i + context + 1).some(({ sign }) => sign !== ' '),
  )
  return lines.flatMap((line, i): DiffLine[] => {
    if (isNear[i]) return [line]
    return i === 0 || isNear[i - 1] ? [{ sign: '…', text: '' }] : []
  })
}
