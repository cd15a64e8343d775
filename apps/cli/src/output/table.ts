/** Columns of text as `kubectl get` shows them: three spaces apart, no borders, wide characters counted as two. */
import stringWidth from 'string-width'

/** `paint` adds colours after the width was measured. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string }

const gap = 3

/** One line for the headings and one for each row, each with its line end. */
export function renderTable(headings: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const widths = measure([headings, ...rows])
  return [headings, ...rows].map((row) => renderRow(row, widths)).join('')
}

/** The widest cell of each column. */
export function measure(rows: readonly (readonly Cell[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  return Array.from({ length: columns }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(textOf(row[column]))), 0),
  )
}

/** A cell that is wider than its column pushes the rest of its line. */
export function renderRow(row: readonly Cell[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => renderCell(cell, widths[column] ?? 0, column === row.length - 1))
  return `${cells.join(' '.repeat(gap)).trimEnd()}\n`
}

function renderCell(cell: Cell, width: number, isLast: boolean): string {
  const text = textOf(cell)
  const painted = typeof cell === 'string' || text === '' ? text : cell.paint(text)
  return isLast ? painted : painted + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

function textOf(cell: Cell | undefined): string {
  return visible(typeof cell === 'string' ? cell : (cell?.text ?? ''))
}

/** What comes from a server or a file must not steer the terminal. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (unit) => JSON.stringify(unit).slice(1, -1))
}
