/** Steps of a rule that say by themselves what they do. */
import type { CounterExpression, Expression, LimitExpression, LogExpression, Verdict } from '../model.ts'
import { formatBytes } from './format-value.ts'

type Statement = Exclude<
  Expression,
  {
    readonly type:
      | 'meta'
      | 'payload'
      | 'exthdr'
      | 'ct'
      | 'fib'
      | 'immediate'
      | 'bitwise'
      | 'cmp'
      | 'range'
      | 'lookup'
      | 'set-meta'
  }
>

export function formatStatement(it: Statement): string {
  switch (it.type) {
    case 'verdict':
      return formatVerdict(it.verdict)
    case 'counter':
      return formatCounter(it)
    case 'limit':
      return formatLimit(it)
    case 'connlimit':
      return `ct count ${it.over === true ? 'over ' : ''}${it.count}`
    case 'log':
      return formatLog(it)
    case 'reject':
      return `reject with ${it.with.replace('-', ' ')}`
    case 'notrack':
      return 'notrack'
    case 'queue':
      return `queue ${it.bypass === true ? 'flags bypass ' : ''}to ${it.number}`
    case 'nfqueue-target':
      return `xt target NFQUEUE num ${it.number}${it.bypass === true ? ' bypass' : ''}`
    case 'other':
      return `[${it.name} ${formatBytes(it.data)}]`
  }
}

function formatCounter({ packets, bytes }: CounterExpression): string {
  return packets === undefined && bytes === undefined
    ? 'counter'
    : `counter packets ${packets ?? 0n} bytes ${bytes ?? 0n}`
}

function formatLimit({ rate, per, unit, burst, over }: LimitExpression): string {
  const amount = unit === 'bytes' ? `${rate} bytes` : `${rate}`
  return `limit rate ${over === true ? 'over ' : ''}${amount}/${per} burst ${burst} ${unit}`
}

function formatLog({ prefix, level, group, snapLength, queueThreshold }: LogExpression): string {
  return [
    'log',
    ...(prefix === '' ? [] : [`prefix ${JSON.stringify(prefix)}`]),
    ...(level === undefined ? [] : [`level ${level}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(snapLength === undefined ? [] : [`snaplen ${snapLength}`]),
    ...(queueThreshold === undefined ? [] : [`queue-threshold ${queueThreshold}`]),
  ].join(' ')
}

export function formatVerdict(verdict: Verdict): string {
  return 'chain' in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind
}
