/** Connections as pictures: Graphviz' DOT, Mermaid, and a matrix as SVG. */
import { escapeXml } from '../output/xml.ts'
import { type ConnectionRow, limitTexts, nodesText } from './connections.ts'
import { type End, formatEnd } from './ends.ts'

const mostNames = 5

interface Graph {
  readonly ends: readonly End[]
  readonly edges: readonly { readonly from: number; readonly to: number; readonly text: string }[]
}

function graphOf(rows: readonly ConnectionRow[]): Graph {
  const numbers = new Map<string, number>()
  const ends: End[] = []
  const numberOf = (end: End) => {
    const key = formatEnd(end)
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, ends.length)
    return ends.push(end) - 1
  }
  const edges = rows.map((row) => ({
    from: numberOf(row.from),
    to: numberOf(row.to),
    text: labelOf(row),
  }))
  return { ends, edges }
}

/** `TCP 80, 443 (same node) (of requests only TCP 80: GET)`. */
function labelOf(row: ConnectionRow): string {
  const { ipVersions, text, limits } = row
  const only = limits.length === 0 ? '' : ` (of requests only ${limitTexts(row).join(' | ')})`
  const where = row.nodes === undefined ? '' : ` (${nodesText(row)})`
  return `${ipVersions.length === 1 && ipVersions[0] === 6 ? 'IPv6: ' : ''}${text}${where}${only}`
}

/** Source: the DOT language, graphviz.org/doc/info/lang.html. */
export function formatDot(rows: readonly ConnectionRow[]): string {
  const { ends, edges } = graphOf(rows)
  const quoted = (text: string) => `"${text.replace(/[\\"]/g, (it) => `\\${it}`)}"`
  return [
    'digraph connectivity {',
    '  rankdir=LR;',
    '  node [shape=box];',
    ...ends.map((end, i) => `  n${i} [label=${quoted(formatEnd(end, mostNames))}];`),
    ...edges.map(({ from, to, text }) => `  n${from} -> n${to} [label=${quoted(text)}];`),
    '}',
    '',
  ].join('\n')
}

/** Source: Mermaid's flowcharts; quotes are written as entities there. */
export function formatMermaid(rows: readonly ConnectionRow[]): string {
  const { ends, edges } = graphOf(rows)
  const quoted = (text: string) => `"${text.replace(/["#;<>]/g, (it) => `#${it.charCodeAt(0)};`)}"`
  return [
    'flowchart LR',
    ...ends.map((end, i) => `  n${i}[${quoted(formatEnd(end, mostNames))}]`),
    ...edges.map(({ from, to, text }) => `  n${from} -->|${quoted(text)}| n${to}`),
    '',
  ].join('\n')
}

const cell = 22
const labelWidth = 320
const headHeight = 200

/** A square for each two blocks: from the row to the column. Its title says what passes. */
export function formatSvg(rows: readonly ConnectionRow[]): string {
  const { ends, edges } = graphOf(rows)
  const size = ends.length * cell
  const labels = ends.flatMap((end, i) => {
    const text = escapeXml(formatEnd(end, 3))
    const middle = i * cell + cell / 2 + 4
    return [
      `<text x="${labelWidth - 6}" y="${headHeight + middle}" text-anchor="end">${text}</text>`,
      `<text transform="translate(${labelWidth + middle},${headHeight - 6}) rotate(-60)">${text}</text>`,
    ]
  })
  const squares = edges.map(({ from, to, text }) => {
    const [x, y] = [labelWidth + to * cell, headHeight + from * cell]
    const title = escapeXml(`${formatEnd(ends[from] as End)} to ${formatEnd(ends[to] as End)}: ${text}`)
    const colour = text === 'everything' ? '#2b8a3e' : '#74b816'
    return `<rect x="${x + 1}" y="${y + 1}" width="${cell - 2}" height="${cell - 2}" fill="${colour}"><title>${title}</title></rect>`
  })
  const [width, height] = [labelWidth + size + 160, headHeight + size + 20]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect x="${labelWidth}" y="${headHeight}" width="${size}" height="${size}" fill="#f1f3f5"/>`,
    ...labels,
    ...squares,
    '</svg>',
    '',
  ].join('\n')
}
