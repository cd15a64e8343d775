/** Results as lines for programs, and as a table for people. */
import type { Bench, Metrics, Result } from './bench.ts'

/** One line of JSON, without its end. */
export function formatJson({ bench, metrics }: Result): string {
  const figures = Object.entries(metrics).map(([name, value]) => [name, rounded(value)])
  return JSON.stringify({ bench: bench.id, ...Object.fromEntries(figures) })
}

/** Four digits are more than a measurement is good for; whole numbers from 1,000 on stay whole. */
function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))
}

/** Names, sizes, figures with their units, and how fast that is against the baseline of the same run. */
export function formatTable(results: readonly Result[]): string {
  const rows = results.map(({ bench, metrics }) => [
    bench.name,
    formatSize(bench),
    formatFigures(metrics),
    formatRatio(metrics),
  ])
  return alignColumns([['BENCHMARK', 'SIZE', 'FIGURES', 'TO BASELINE'], ...rows])
}

function formatSize({ size, unit }: Bench): string {
  const number = Number(size)
  return `${Number.isInteger(number) ? formatNumber(number) : size} ${unit}`
}

function formatFigures(metrics: Metrics): string {
  return Object.entries(metrics)
    .filter(([name]) => name !== 'ratio' && !name.startsWith(baselinePrefix))
    .map(([name, value]) => formatFigure(name, value))
    .join('  ')
}

const baselinePrefix = 'baseline_'

function formatRatio(metrics: Metrics): string {
  if (metrics.ratio === undefined) return ''
  const baselines = Object.entries(metrics)
    .filter(([name]) => name.startsWith(baselinePrefix))
    .map(([name, value]) => formatFigure(name.slice(baselinePrefix.length), value))
  return `${metrics.ratio.toFixed(2)} × ${baselines.join(', ')}`
}

/** `writes_per_s` is `1,234 writes/s`, `write_p50_ms` is `write p50 1.23 ms`, and a count keeps its name behind it. */
function formatFigure(name: string, value: number): string {
  const number = formatNumber(value)
  const words = (text: string) => text.replaceAll('_', ' ')
  const rate = /^(.*)_per_(.*)$/.exec(name)
  if (rate !== null) return `${number} ${words(rate[1] ?? '')}/${rate[2] ?? ''}`
  const duration = /^(?:(.*)_)?(ms|us|ns)$/.exec(name)
  if (duration !== null) return [words(duration[1] ?? ''), number, duration[2]].join(' ').trim()
  return `${number} ${words(name)}`
}

function formatNumber(value: number): string {
  return rounded(value).toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 1 ? 4 : 2 })
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}
