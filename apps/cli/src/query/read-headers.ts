/** Headers of an HTTP request, as a person asks about them. */
import type { HttpRequest } from '@margay/policy'
import { readRequest } from '@margay/policy'
import { usageError } from '../errors.ts'

/** `texts`: as `X-Role: admin`, each a header; of one name also several. @throws CliError */
export function withHeaders(
  request: HttpRequest | undefined,
  texts: readonly string[],
): HttpRequest | undefined {
  if (texts.length === 0) return request
  if (request === undefined)
    throw usageError('--header: says something of a request only, so --http must be there')
  const { headers } = readRequest({ method: request.method, path: '/', headers: texts.map(readHeader) })
  return { ...request, ...(headers && { headers }) }
}

function readHeader(text: string): [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw usageError(`--header: must be a name and a value, as "X-Role: admin", not ${JSON.stringify(text)}`)
  return [name, value]
}
