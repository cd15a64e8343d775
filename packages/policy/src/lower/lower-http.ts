/** From what a rule of the v3 API asks of HTTP requests to what requests are compared with. Source: spec/dataplane.md 8.2. */
import type { HttpHeader, HttpPath, HttpMatch as HttpSpec } from '@margay/resources'
import { canonicalHost } from '../http/canonical-host.ts'
import { normalizePath } from '../http/normalize-path.ts'
import type { HttpHeaderMatch, HttpMatch, HttpPathMatch } from '../model/rule.ts'
import { LoweringError } from './lowering-error.ts'

/**
 * Undefined for one that asks nothing. Paths that can't be normalised are left out, since no request has one: an empty list is left where
 * there are no others.
 */
export function lowerHttp({ methods = [], paths = [], headers = [] }: HttpSpec = {}): HttpMatch | undefined {
  if (methods.length === 0 && paths.length === 0 && headers.length === 0) return undefined
  return {
    methods: methods.length === 0 ? undefined : methods,
    paths: paths.length === 0 ? undefined : paths.map(lowerPath).filter((it) => it !== undefined),
    headers: headers.length === 0 ? undefined : headers.map(lowerHeader),
  }
}

/** One of both is there; neither must not turn into no restriction. */
function lowerPath({ exact = '', prefix = '' }: HttpPath): HttpPathMatch | undefined {
  if (exact === '' && prefix === '') throw new LoweringError('a path of http needs exact or prefix')
  const path = normalizePath(exact === '' ? prefix : exact)
  if (path === undefined) return undefined
  return exact === '' ? { kind: 'Prefix', path: path === '/' ? '' : path } : { kind: 'Exact', path }
}

function lowerHeader({ header, operator, values = [] }: HttpHeader): HttpHeaderMatch {
  const name = header.toLowerCase()
  switch (operator) {
    case 'Exists':
    case 'DoesNotExist':
      return { name, operator, values: [] }
    case 'In':
    case 'NotIn':
      return { name, operator, values: lowerValues(name, values) }
    default:
      throw new LoweringError(`unknown operator ${JSON.stringify(operator)} of a header`)
  }
}

/** None must not turn into no restriction, as they would with NotIn; neither must a port of a host, which hosts are compared without. */
function lowerValues(name: string, values: readonly string[]): string[] {
  if (values.length === 0) throw new LoweringError('In and NotIn of a header need values')
  if (name !== 'host') return values.map((value) => value.trim())
  if (values.some((value) => /:\d*$/.test(value))) throw new LoweringError('a host of http has no port')
  return values.map(canonicalHost)
}
