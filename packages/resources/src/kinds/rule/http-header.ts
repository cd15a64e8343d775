/** What a rule asks of a header of an HTTP request: Margay's own, Calico's API has none. Source: RFC 9110, 5.1, 5.5, 5.6.2 and 7.2. */
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import type { HttpHeader } from './schema.ts'

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Neither begins nor ends with a space, which has no meaning there; and no control characters, which no header has. */
const value = /^(?! )[^\p{Cc}\p{Cs}]*(?<! )$/u
const port = /:\d*$/

export function* checkHttpHeader(match: HttpHeader, path: string): Iterable<Issue> {
  yield* checkName(match.header, `${path}.header`)
  yield* checkOperator(match, `${path}.values`)
  for (const [index, text] of (match.values ?? []).entries())
    yield* checkValue(text, match.header, `${path}.values[${index}]`)
}

function* checkName(name: string, path: string): Iterable<Issue> {
  if (name.startsWith(':'))
    yield invalid(
      path,
      `must be the name of a header, but is ${describe(name)}: methods and paths have fields of their own, and "host" means the host`,
    )
  else if (!token.test(name))
    yield invalid(path, `must be letters, digits and any of !#$%&'*+-.^_\`|~, but is ${describe(name)}`)
}

function* checkOperator({ operator, values = [] }: HttpHeader, path: string): Iterable<Issue> {
  const hasValues = operator === 'In' || operator === 'NotIn'
  if (hasValues && values.length === 0) yield required(path, `must have a value for operator ${operator}`)
  if (!hasValues && values.length > 0) yield forbidden(path, `is not allowed with operator ${operator}`)
}

function* checkValue(text: string, name: string, path: string): Iterable<Issue> {
  if (!value.test(text))
    yield invalid(path, `must have no control characters, and no space at its ends, but is ${describe(text)}`)
  else if (name.toLowerCase() === 'host' && port.test(text))
    yield invalid(
      path,
      `must be a host without a port, but is ${describe(text)}: ports are destination.ports`,
    )
}
