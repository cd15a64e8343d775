/** The answers for people and for scripts. */
import { protocolName } from '@margay/policy'
import type { Io } from '../io.ts'
import { formatData } from '../output/data.ts'
import { type Style, styleFor } from '../output/style.ts'
import { type Cell, renderTable } from '../output/table.ts'
import type { Answer, Part } from './answer-queries.ts'

export interface FormatOptions {
  readonly output: 'table' | 'wide' | 'json' | 'yaml'
  /** With every tier, policy and rule that took part. */
  readonly explain?: boolean
  /** One question by flags: the verdict alone on a line, then why. */
  readonly isSingle: boolean
}

export async function formatAnswers(
  answers: readonly Answer[],
  { output, explain = false, isSingle }: FormatOptions,
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): Promise<string> {
  if (output === 'json' || output === 'yaml') {
    const plain = answers.map((answer) => toPlain(answer, explain))
    return formatData(isSingle ? plain[0] : plain, output)
  }
  const style = styleFor(stdout, env)
  if (isSingle) return answers.map((answer) => formatSingle(answer, explain, style)).join('')
  return formatTable(answers, { isWide: output === 'wide', explain }, style)
}

/** Parts only where they differ. */
function toPlain({ query, verdict, parts }: Answer, explain: boolean): object {
  const [first] = parts
  const isMixed = verdict === 'Mixed'
  return {
    ...(query.id !== '' && { id: query.id }),
    verdict,
    ...(explain && !isMixed && first !== undefined && traceOf(first)),
    ...(isMixed && {
      parts: parts.map((part) => {
        return { from: part.from, to: part.to, verdict: part.verdict, ...(explain && traceOf(part)) }
      }),
    }),
  }
}

function traceOf({ trace, staged }: Part): object {
  return { trace, ...(staged !== undefined && { staged }) }
}

function formatSingle(answer: Answer, explain: boolean, style: Style): string {
  const verdict = paintOf(answer, style)(answer.verdict)
  return [verdict, ...whyOf(answer, explain, true).map((line) => `  ${line}`), ''].join('\n')
}

/** What is said of an answer beside its verdict. */
function whyOf({ verdict, parts }: Answer, explain: boolean, isWide: boolean): string[] {
  const [first] = parts
  if (verdict === 'Mixed') return partLines(parts)
  if (explain) return first === undefined ? [] : explainedLines(first)
  return isWide && first?.reason !== undefined ? [first.reason] : []
}

function explainedLines({ trace, staged }: Part): string[] {
  if (staged === undefined) return [...trace]
  return [
    ...trace,
    `staged policies would say ${staged.verdict}:`,
    ...staged.trace.map((line) => `  ${line}`),
  ]
}

const mostShown = 20

function partLines(parts: readonly Part[]): string[] {
  const lines = parts
    .slice(0, mostShown)
    .map(
      ({ from, to, verdict, reason }) =>
        `${verdict}: ${from} to ${to}${reason === undefined ? '' : `: ${reason}`}`,
    )
  const left = parts.length - lines.length
  return left === 0 ? lines : [...lines, `and ${left} more; -o json has them all`]
}

function formatTable(
  answers: readonly Answer[],
  { isWide, explain }: { readonly isWide: boolean; readonly explain: boolean },
  style: Style,
): string {
  const headings = ['ID', 'FROM', 'TO', 'PROTOCOL', 'PORT', 'VERDICT', ...(isWide || explain ? ['WHY'] : [])]
  const rows = answers.flatMap((answer): Cell[][] => {
    const { query } = answer
    const [first = '', ...rest] = isWide || explain ? whyOf(answer, explain, isWide) : []
    const port = query.port === undefined ? '' : String(query.port)
    const verdict = { text: answer.verdict, paint: paintOf(answer, style) }
    const row = [query.id, query.from, query.to, protocolName(query.protocol), port, verdict, first]
    return [row, ...rest.map((line) => ['', '', '', '', '', '', line])]
  })
  return renderTable(headings, rows)
}

function paintOf({ verdict }: Answer, { good, bad, mixed }: Style): (text: string) => string {
  return { Allow: good, Deny: bad, Mixed: mixed }[verdict]
}
