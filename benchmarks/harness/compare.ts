/** Two runs side by side, figure by figure. */

type Line = Readonly<Record<string, unknown>>

/** Takes the text of two files of results, or of what `--json` printed. A line for each figure that both have. */
export function compareRuns(before: string, after: string): string {
  const old = new Map(linesOf(before).map((line) => [line.bench, line]))
  const rows = linesOf(after).flatMap((line) => {
    const earlier = old.get(line.bench)
    return earlier === undefined ? [] : compareBench(String(line.bench), earlier, line)
  })
  return `${rows.join('\n')}\n`
}

function linesOf(text: string): Line[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Line).filter(({ bench }) => bench !== undefined)
}

function compareBench(bench: string, before: Line, after: Line): string[] {
  return Object.entries(after).flatMap(([name, now]) => {
    const then = before[name]
    if (typeof now !== 'number' || typeof then !== 'number' || name.startsWith('baseline_')) return []
    return [`${bench} ${name}: ${then} -> ${now} (${(now / then).toFixed(2)} ×)`]
  })
}
