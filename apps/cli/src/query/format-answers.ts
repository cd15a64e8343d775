/** The answers for people and for scripts. */
import { type Decision, formatReason, formatTrace, protocolName } from '@margay/policy'
import type { Io } from '../io.ts'
import { formatData } from '../output/data.ts'
import { type Style, styleFor } from '../output/style.ts'
import { type Cell, renderTable } from '../output/table.ts'
import type { Answer } from './answer-queries.ts'

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

function toPlain({ query, decision }: Answer, explain: boolean): object {
  return {
    ...(query.id !== '' && { id: query.id }),
    verdict: decision.verdict,
    ...(explain && { trace: formatTrace(decision) }),
  }
}

function formatSingle({ decision }: Answer, explain: boolean, style: Style): string {
  const reason = formatReason(decision)
  const why = explain ? formatTrace(decision) : reason === undefined ? [] : [reason]
  return [paintOf(decision, style)(decision.verdict), ...why.map((line) => `  ${line}`), ''].join('\n')
}

function formatTable(
  answers: readonly Answer[],
  { isWide, explain }: { readonly isWide: boolean; readonly explain: boolean },
  style: Style,
): string {
  const headings = ['ID', 'FROM', 'TO', 'PROTOCOL', 'PORT', 'VERDICT', ...(isWide || explain ? ['WHY'] : [])]
  const rows = answers.flatMap(({ query, decision }): Cell[][] => {
    const [first = '', ...rest] = explain
      ? formatTrace(decision)
      : isWide
        ? [formatReason(decision) ?? '']
        : []
    const port = query.port === undefined ? '' : String(query.port)
    const verdict = { text: decision.verdict, paint: paintOf(decision, style) }
    const row = [query.id, query.from, query.to, protocolName(query.protocol), port, verdict, first]
    return [row, ...rest.map((line) => ['', '', '', '', '', '', line])]
  })
  return renderTable(headings, rows)
}

function paintOf({ verdict }: Decision, { good, bad }: Style): (text: string) => string {
  return verdict === 'Allow' ? good : bad
}
