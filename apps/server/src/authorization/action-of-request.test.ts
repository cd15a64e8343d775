import { findKind, type ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePath } from '../routing/parse-path.ts'
import { matchesFields, parseFieldSelector } from '../selectors/fields.ts'
import { secret } from '../testing/objects.ts'
import { clusterBinding, clusterRole, rbac, rule, user } from '../testing/rbac.ts'
import { TestServer } from '../testing/test-server.ts'
import { actionOfRequest } from './action-of-request.ts'

const secrets = '/api/v1/namespaces/default/secrets'

function nameOf(fieldSelector: string, more: Record<string, string> = {}, method = 'GET'): string {
  const path = parsePath(secrets)
  if (path === undefined) throw new Error('unreachable')
  const query = new URLSearchParams({ fieldSelector, ...more })
  const action = actionOfRequest(path, { method, pathname: secrets, query })
  return 'name' in action ? action.name : ''
}

describe('a list is of one object', () => {
  test.each([
    'metadata.name=a',
    'metadata.name==a',
    ' metadata.name=a',
    'type=x,metadata.name=a',
    'metadata.name=a,type!=x',
  ])('by %s', (selector) => {
    expect(nameOf(selector)).toBe('a')
    expect(nameOf(selector, { watch: '1' })).toBe('a')
  })

  test.each([
    '',
    'metadata.name!=a',
    'metadata.name=',
    'type=metadata.name=a',
    'type!=x\\,metadata.name=a',
    'metadata.name!=x\\,metadata.name=a',
    'metadata.namespace=a',
  ])('but not by %s', (selector) => expect(nameOf(selector)).toBe(''))

  test('and a deletecollection is not', () => expect(nameOf('metadata.name=a', {}, 'DELETE')).toBe(''))
})

const kind = findKind('v1', 'Secret')
const anyPart = fc
  .array(fc.constantFrom('metadata.name', 'type', '=', '==', '!=', ',', '\\', ' ', 'a', 'b'), {
    maxLength: 10,
  })
  .map((parts) => parts.join(''))

test('whatever the selector, an object that it lets through has the name that was decided about', () => {
  fc.assert(
    fc.property(anyPart, fc.constantFrom('a', 'b', 'ab'), (selector, name) => {
      const decided = nameOf(selector)
      if (decided === '' || kind === undefined) return
      const object = { metadata: { name }, type: 'a' } as unknown as ResourceObject
      if (isSelected(selector, object)) expect(name).toBe(decided)
    }),
    { numRuns: 5000 },
  )
})

/** A selector that the list refuses selects nothing. */
function isSelected(selector: string, object: ResourceObject): boolean {
  if (kind === undefined) return false
  try {
    return matchesFields(parseFieldSelector(selector, kind), object)
  } catch {
    return false
  }
}

test('a right to list one secret does not show another, however the selector is written', async () => {
  const server = await TestServer.start()
  try {
    for (const name of ['own', 'other']) await server.post(secrets, secret(name))
    await server.post(`${rbac}/clusterroles`, clusterRole('ann', [rule('list', '', 'secrets', 'own')]))
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding('ann', 'ann', user('ann')))
    const list = (selector: string) =>
      server.get(`${secrets}?fieldSelector=${encodeURIComponent(selector)}`, { 'impersonate-user': 'ann' })
    const { json } = await list('metadata.name=own')
    expect(json.items).toMatchObject([{ metadata: { name: 'own' } }])
    expect((await list('metadata.name!=x\\,metadata.name=own')).status).toBe(403)
  } finally {
    await server.close()
  }
})
