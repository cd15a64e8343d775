/** Answer ▶ what an HTTP response says. Pure. */
import type { Answer } from '../../check/check.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

export const notReadyAnswer: HttpAnswer = { status: 503, headers: [], body: '' }

const forbidden = 403

/** What is allowed is 200; a denial never looks like that, nor like a failure of ours, which proxies may take for leave to pass. */
export function httpAnswer(answer: Answer): HttpAnswer {
  const headers = answer.headers.filter(([name, value]) => canBeSent(name, value))
  if (answer.verdict === 'Allow') return { status: 200, headers, body: '' }
  const { httpStatus = forbidden, body } = answer
  return { status: httpStatus >= 300 && httpStatus < 500 ? httpStatus : forbidden, headers, body }
}

/** RFC 9110, 5.1 and 5.5; framing is the server's own. */
function canBeSent(name: string, value: string): boolean {
  if (framing.has(name.toLowerCase())) return false
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
}

const framing = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'trailer',
])
