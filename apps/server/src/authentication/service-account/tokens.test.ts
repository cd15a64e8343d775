import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { MemoryStore } from '@margay/storage'
import { createLocalJWKSet, decodeJwt, jwtVerify, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pod } from '../../testing/objects.ts'
import { clusterBinding, clusterRole, rbac, rule, user } from '../../testing/rbac.ts'
import { TestClock } from '../../testing/test-clock.ts'
import { MemoryFiles, TestServer, testIssuer, testTokens } from '../../testing/test-server.ts'
import { ensureSigningKeys, signingKeys } from './signing-key.ts'
import { issueToken } from './token-issuer.ts'
import { serviceAccountTokens } from './token-verifier.ts'

const accounts = '/api/v1/namespaces/default/serviceaccounts'
const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
let server: TestServer
let count = 0
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server.close())

async function makeAccount(name = `robot-${++count}`): Promise<string> {
  await server.post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
  return name
}
const request = (account: string, spec: object = {}) => server.post(`${accounts}/${account}/token`, { spec })
const tokenOf = async (account: string, spec: object = {}): Promise<string> =>
  (await request(account, spec)).json.status.token
const withToken = (token: string, path = whoAmI, method = 'POST') =>
  server.call(method, path, { client: 'none', headers: { authorization: `Bearer ${token}` } })

describe('a token', () => {
  test('says who its service account is', async () => {
    const name = await makeAccount()
    const { status, json } = await request(name)
    expect(status).toBe(201)
    expect(json).toMatchObject({
      kind: 'TokenRequest',
      spec: { audiences: [testIssuer], expirationSeconds: 3600 },
      status: { expirationTimestamp: '2026-01-02T04:04:05Z' },
    })
    const claims = decodeJwt(json.status.token)
    expect(claims).toMatchObject({
      iss: testIssuer,
      sub: `system:serviceaccount:default:${name}`,
      aud: [testIssuer],
      'kubernetes.io': { namespace: 'default', serviceaccount: { name } },
    })
    expect((await withToken(json.status.token)).json.status.userInfo).toEqual({
      username: `system:serviceaccount:default:${name}`,
      uid: expect.any(String),
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] },
    })
  })

  test('gives the rights that the service account is bound to', async () => {
    const name = await makeAccount()
    const token = await tokenOf(name)
    expect((await withToken(token, '/api/v1/pods', 'GET')).status).toBe(403)
    const subject = { kind: 'ServiceAccount' as const, namespace: 'default', name }
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding(name, 'view', subject))
    expect((await withToken(token, '/api/v1/pods', 'GET')).status).toBe(200)
  })

  test('ends with its time, to the second', async () => {
    const token = await tokenOf(await makeAccount(), { expirationSeconds: 600 })
    server.clock.advance(599_000)
    expect((await withToken(token)).status).toBe(201)
    server.clock.advance(1000)
    expect((await withToken(token)).status).toBe(401)
  })

  test('ends with its service account, and does not come back with one of the same name', async () => {
    const name = await makeAccount()
    const token = await tokenOf(name)
    await server.delete(`${accounts}/${name}`)
    expect((await withToken(token)).status).toBe(401)
    await makeAccount(name)
    expect((await withToken(token)).status).toBe(401)
    expect((await withToken(await tokenOf(name))).status).toBe(201)
  })

  test('for others does not count here', async () => {
    const token = await tokenOf(await makeAccount(), { audiences: ['vault'] })
    expect((await withToken(token)).status).toBe(401)
    expect(
      (await withToken(await tokenOf(await makeAccount(), { audiences: ['vault', testIssuer] }))).status,
    ).toBe(201)
  })

  test('that is bound ends with what it is bound to', async () => {
    const name = await makeAccount()
    const pods = '/api/v1/namespaces/default/pods'
    const spec = { serviceAccountName: name }
    const { json } = await server.post(pods, pod(name, 'default', spec))
    const bound = { kind: 'Pod', apiVersion: 'v1', name }
    const token = await tokenOf(name, { boundObjectRef: bound })
    expect((await withToken(token)).json.status.userInfo.extra).toMatchObject({
      'authentication.kubernetes.io/pod-name': [name],
      'authentication.kubernetes.io/pod-uid': [json.metadata.uid],
    })
    expect((await request(name, { boundObjectRef: { ...bound, uid: 'x' } })).status).toBe(409)
    await server.delete(`${pods}/${name}`)
    expect((await withToken(token)).status).toBe(401)
    await server.post(pods, pod(name, 'default', spec))
    expect((await withToken(token)).status).toBe(401)
  })

  test('may be bound to a secret', async () => {
    const name = await makeAccount()
    const secrets = '/api/v1/namespaces/default/secrets'
    await server.post(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name } })
    const token = await tokenOf(name, { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name } })
    expect((await withToken(token)).status).toBe(201)
    await server.delete(`${secrets}/${name}`)
    expect((await withToken(token)).status).toBe(401)
  })
})

describe('a request for a token is refused', () => {
  test.each([
    [{ expirationSeconds: 599 }, 422, 'may not specify a duration less than 10 minutes'],
    [{ expirationSeconds: 2 ** 32 + 1 }, 422, 'may not specify a duration larger than 2^32 seconds'],
    [{ expirationSeconds: 'long' }, 400, 'expirationSeconds must be an integer'],
    [{ audiences: 'x' }, 400, 'audiences must be a list of texts'],
    [
      { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'n' } },
      400,
      'cannot bind token to object of type v1, Kind=Node',
    ],
    [{ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'gone' } }, 404, 'pods "gone" not found'],
  ])('for %j', async (spec, code, message) => {
    const { json } = await request(await makeAccount(), spec)
    expect(json).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('for an account that is not there, or does not run the pod', async () => {
    expect((await request('gone')).json).toMatchObject({ code: 404 })
    const name = await makeAccount()
    await server.post('/api/v1/namespaces/default/pods', pod('of-default', 'default'))
    const { json } = await request(name, {
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'of-default' },
    })
    expect(json.message).toContain('to pod running with different serviceaccount name')
  })

  test('to whoever may not create serviceaccounts/token', async () => {
    const name = await makeAccount()
    const headers = { 'impersonate-user': 'tina' }
    const ask = () => server.call('POST', `${accounts}/${name}/token`, { headers, body: {} })
    expect((await ask()).json.message).toContain('cannot create resource "serviceaccounts/token"')
    const rules = [rule('create', '', 'serviceaccounts/token', name)]
    await server.post(`${rbac}/clusterroles`, clusterRole('tina', rules))
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding('tina', 'tina', user('tina')))
    expect((await ask()).status).toBe(201)
  })

  test('by other methods than POST', async () => {
    expect((await server.get(`${accounts}/default/token`)).status).toBe(405)
  })
})

describe('a forged token', () => {
  const claims = async () => decodeJwt(await tokenOf(await makeAccount()))
  const sign = async (
    payload: Record<string, unknown>,
    alg: string,
    key: Parameters<SignJWT['sign']>[0],
    kid?: string,
  ) => new SignJWT(payload).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) }).sign(key)

  test('with another key, with no key, or with our public one as a secret, counts for nothing', async () => {
    const payload = await claims()
    const { keys } = await testTokens()
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const secret = new TextEncoder().encode(String(keys.signing.key.export({ type: 'spki', format: 'pem' })))
    const [, body = ''] = (await sign(payload, 'ES256', privateKey)).split('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`
    const forged = [
      await sign(payload, 'ES256', privateKey),
      await sign(payload, 'ES256', privateKey, keys.signing.id),
      await sign(payload, 'HS256', secret, keys.signing.id),
      none,
      'x',
      'a.b.c',
    ]
    for (const token of forged) expect((await withToken(token)).status).toBe(401)
  })

  test.each([
    ['without an end', { exp: undefined }],
    ['of another issuer', { iss: 'https://other.test' }],
    ['of no audience', { aud: undefined }],
    ['for another subject', { sub: 'system:serviceaccount:default:default' }],
    ['without claims of Kubernetes', { 'kubernetes.io': undefined }],
    ['not yet valid', { nbf: 9_999_999_999 }],
  ])('signed by us, but %s, counts for nothing', async (_, change) => {
    const { keys } = await testTokens()
    const payload = { ...(await claims()), ...change }
    const token = await sign(payload, 'ES256', keys.signing.privateKey, keys.signing.id)
    expect((await withToken(token)).status).toBe(401)
  })

  test('bound to something that can not be read counts for nothing', async () => {
    const { keys } = await testTokens()
    const payload = await claims()
    const bound = { ...(payload['kubernetes.io'] as object), pod: { name: 'p' } }
    const token = await sign({ ...payload, 'kubernetes.io': bound }, 'ES256', keys.signing.privateKey)
    expect((await withToken(token)).status).toBe(401)
  })

  test.each(['Basic abc', 'Bearer', 'Bearer a b', 'bearer', ''])(
    'the header %j proves nothing',
    async (authorization) => {
      const { status } = await server.call('POST', whoAmI, { client: 'none', headers: { authorization } })
      expect(status).toBe(401)
    },
  )
})

test('others can verify our tokens by what we publish', async () => {
  const name = await makeAccount()
  const token = await tokenOf(name, { audiences: ['vault'] })
  const robot = await tokenOf(name)
  const discovery = await withToken(robot, '/.well-known/openid-configuration', 'GET')
  expect(discovery.json).toMatchObject({
    issuer: testIssuer,
    jwks_uri: `${testIssuer}/openid/v1/jwks`,
    id_token_signing_alg_values_supported: ['ES256'],
  })
  const { text, headers } = await withToken(robot, '/openid/v1/jwks', 'GET')
  expect(headers['content-type']).toBe('application/jwk-set+json')
  const keySet = JSON.parse(text)
  expect(keySet.keys[0]).not.toHaveProperty('d')
  const options = { issuer: testIssuer, audience: 'vault', currentDate: server.clock.now() }
  await expect(jwtVerify(token, createLocalJWKSet(keySet), options)).resolves.toMatchObject({
    payload: { sub: `system:serviceaccount:default:${name}` },
  })
  expect((await server.call('GET', '/openid/v1/jwks', { headers: { 'impersonate-user': 'u' } })).status).toBe(
    403,
  )
})

describe('a token review', () => {
  const review = (spec: object) => server.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec })

  test('says whose token it is', async () => {
    const name = await makeAccount()
    const { json } = await review({ token: await tokenOf(name) })
    expect(json.status).toMatchObject({
      authenticated: true,
      user: { username: `system:serviceaccount:default:${name}` },
      audiences: [testIssuer],
    })
    expect(json.status.user.groups).toContain('system:authenticated')
  })

  test('asks for certain audiences', async () => {
    const token = await tokenOf(await makeAccount(), { audiences: ['vault', 'other'] })
    expect((await review({ token, audiences: ['vault', 'x'] })).json.status).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
    })
    expect((await review({ token })).json.status).toEqual({ user: {}, error: 'the token is not valid' })
  })

  test('needs a token', async () => expect((await review({})).status).toBe(422))
})

describe('signing keys', () => {
  test('are made once, and kept from others', async () => {
    const files = new MemoryFiles()
    const first = await ensureSigningKeys('/pki', files)
    expect(files.privatePaths).toEqual(new Set(['/pki/sa.key']))
    expect((await ensureSigningKeys('/pki', files)).signing.id).toBe(first.signing.id)
  })

  test('may be RSA, with older public keys beside them', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const older = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const { signing, verifying } = signingKeys(
      pem,
      String(older.publicKey.export({ type: 'spki', format: 'pem' })),
    )
    expect(signing.algorithm).toBe('RS256')
    expect(verifying.map(({ algorithm }) => algorithm)).toEqual(['RS256', 'ES256'])
    expect(createPrivateKey(pem).asymmetricKeyType).toBe('rsa')
  })

  test('of RSA sign tokens that count, and so do those of an older key', async () => {
    const pem = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }))
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const older = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const olderPublic = String(older.publicKey.export({ type: 'spki', format: 'pem' }))
    const keys = signingKeys(pem(rsa.privateKey), olderPublic)
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'a', namespace: 'n', uid: 'u' },
    }
    const store = new MemoryStore()
    await store.create('/core/serviceaccounts/n/a', account)
    const options = {
      store,
      clock: new TestClock(),
      issuer: testIssuer,
      audiences: ['x'],
      keys: keys.verifying,
    }
    const verify = serviceAccountTokens(options)
    const terms = {
      issuer: testIssuer,
      audiences: ['x'],
      issuedAt: options.clock.now(),
      seconds: 600,
      id: 'i',
    }
    const subject = { namespace: 'n', account: { name: 'a', uid: 'u' } }
    for (const signer of [keys, signingKeys(pem(older.privateKey))]) {
      const { token } = await issueToken(subject, terms, signer)
      expect((await verify(token))?.user.name).toBe('system:serviceaccount:n:a')
    }
    const stranger = signingKeys(pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))
    expect(await verify((await issueToken(subject, terms, stranger)).token)).toBeUndefined()
  })

  test('of other kinds are refused', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    expect(() => signingKeys(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))).toThrow('P-256')
  })
})
