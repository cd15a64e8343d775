import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCertificateAuthority, issueClientCertificate } from '../pki/certificates.ts'
import { globalSet, v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'

const sets = `${v3}/globalnetworksets`
const authorityOptions = { days: 1 }
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

describe('who may come in', () => {
  test('without a certificate: 401 for everything but health and version', async () => {
    for (const path of [sets, '/api', '/apis', '/openapi/v3', '/nowhere']) {
      const { status, json } = await server.call('GET', path, { client: 'none' })
      expect([path, status]).toEqual([path, 401])
      expect(json).toMatchObject({ kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' })
    }
    const post = await server.call('POST', sets, { client: 'none', body: globalSet('x') })
    expect(post.status).toBe(401)
    for (const path of ['/healthz', '/livez', '/readyz']) {
      expect(await server.call('GET', path, { client: 'none' })).toMatchObject({ status: 200, text: 'ok' })
    }
    expect((await server.call('GET', '/version', { client: 'none' })).json.major).toBe('1')
  })

  test('with a certificate of another authority, or one made for servers: 401', async () => {
    const now = new Date()
    const other = await createCertificateAuthority({ now, ...authorityOptions })
    const identity = { user: 'eve', groups: ['system:masters'] }
    const forged = await issueClientCertificate(other, identity, { now, days: 1 })
    for (const client of [forged, server.pki.server]) {
      expect((await server.call('GET', sets, { client })).status).toBe(401)
    }
  })

  test('the administrator is told who they are', async () => {
    const { status, json } = await server.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {})
    expect(status).toBe(201)
    expect(json.status.userInfo).toEqual({
      username: 'margay-admin',
      groups: ['system:masters', 'system:authenticated'],
    })
    expect((await server.get('/apis/authentication.k8s.io/v1/selfsubjectreviews')).status).toBe(405)
  })
})

describe('what is not there', () => {
  test.each([
    '/nowhere',
    '/api/v2',
    '/api/v1/tiers',
    '/apis/none.io',
    '/apis/projectcalico.org/v1/tiers',
    '/apis/projectcalico.org/v3/namespaces/default/tiers',
    '/apis/projectcalico.org/v3/networkpolicies/a',
    '/api/v1/namespaces/default/pods/a/log',
    '/api/v1/pods/%zz',
    '/openapi/v9',
  ])('GET %s is a 404', async (path) => {
    const { status, json } = await server.get(path)
    expect(status).toBe(404)
    expect(json).toMatchObject({ kind: 'Status', reason: 'NotFound', code: 404 })
  })

  test.each([
    ['PUT', sets, 'GET, POST, DELETE'],
    ['PATCH', sets, 'GET, POST, DELETE'],
    ['POST', `${sets}/a`, 'GET, PUT, PATCH, DELETE'],
    ['OPTIONS', `${sets}/a`, 'GET, PUT, PATCH, DELETE'],
    ['DELETE', '/api/v1/namespaces/default/status', 'GET, PUT, PATCH'],
    ['POST', '/apis', 'GET'],
    ['DELETE', '/healthz', 'GET'],
  ])('%s %s is a 405 that says what is allowed', async (method, path, allow) => {
    const { status, json, headers } = await server.call(method, path)
    expect(status).toBe(405)
    expect(json.reason).toBe('MethodNotAllowed')
    expect(headers.allow).toBe(allow)
  })
})

describe('bodies', () => {
  const padded = (bytes: number): string => {
    const text = JSON.stringify(globalSet(`b${bytes}`, { annotations: { pad: '' } }))
    return text.replace('"pad":""', `"pad":"${'x'.repeat(bytes - text.length)}"`)
  }

  test('over 3 MiB: 413, and the server goes on', async () => {
    const before = await server.store.currentRevision()
    const { status, json } = await server.post(sets, padded(3 * 1024 * 1024 + 1))
    expect(status).toBe(413)
    expect(json.reason).toBe('RequestEntityTooLarge')
    expect(await server.store.currentRevision()).toBe(before)
    expect((await server.get(sets)).status).toBe(200)
  })

  test('of just 3 MiB are read', async () => {
    const { status, json } = await server.post(sets, padded(3 * 1024 * 1024))
    expect(status).toBe(422)
    expect(json.details.causes[0].field).toBe('metadata.annotations')
  })

  test('of another media type: 415', async () => {
    const { status, json } = await server.call('POST', sets, {
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    })
    expect(status).toBe(415)
    expect(json.message).toContain('application/json, application/yaml')
  })
})

test('HEAD answers like GET, without a body', async () => {
  const { status, text } = await server.call('HEAD', sets)
  expect([status, text]).toEqual([200, ''])
})

test('HTTP/2: requests and a watch on one connection, ended in good order', async () => {
  const other = await TestServer.start()
  const { caCert: ca, admin } = other.pki
  const session = connectHttp2(other.url, { ca, ...admin })
  const watch = session.request({ ':path': `${sets}?watch=true` })
  watch.setEncoding('utf8')
  const create = session.request({ ':method': 'POST', ':path': sets, 'content-type': 'application/json' })
  create.end(JSON.stringify(globalSet('over-h2')))
  const status = await new Promise((resolve) =>
    create.once('response', (headers) => resolve(headers[':status'])),
  )
  expect(status).toBe(201)
  const line = await new Promise<string>((resolve) => watch.once('data', resolve))
  expect(JSON.parse(line)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'over-h2' } } })
  const ended = new Promise((resolve) => watch.once('end', () => resolve('end')))
  await other.close()
  expect(await ended).toBe('end')
  session.destroy()
})

test('clients that send no TLS, or go away in the middle, do no harm', async () => {
  const stranger = connectTcp(server.port, '127.0.0.1')
  stranger.on('error', () => undefined)
  stranger.write('GET / HTTP/1.1\r\n\r\n')
  const watch = await server.watch(`${sets}?watch=true`)
  watch.response.on('error', () => undefined)
  watch.close()
  await server.post(sets, globalSet('after'))
  expect((await server.get(`${sets}/after`)).status).toBe(200)
  stranger.destroy()
})

test('closing does not wait for idle or half-open connections', async () => {
  const other = await TestServer.start()
  const half = connectTcp(other.port, '127.0.0.1')
  half.on('error', () => undefined)
  await new Promise((resolve) => half.once('connect', resolve))
  await other.get(sets)
  const started = Date.now()
  await other.close()
  expect(Date.now() - started).toBeLessThan(5000)
})
