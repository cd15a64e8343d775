import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OidcIssuer } from '../../testing/oidc-issuer.ts'
import { MemoryFiles, TestServer } from '../../testing/test-server.ts'
import { readAuthentication } from '../run-options.ts'
import { userOfClaims } from './user-of-claims.ts'

const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
let issuer: OidcIssuer
let server: TestServer

beforeAll(async () => {
  issuer = await OidcIssuer.start()
  const files = new MemoryFiles()
  await files.write('/issuer.crt', issuer.caCert, false)
  const flags = {
    issuerUrl: issuer.url,
    clientId: 'margay',
    caFile: '/issuer.crt',
    groupsClaim: 'groups',
    groupsPrefix: 'oidc:',
    usernamePrefix: 'oidc:',
    requiredClaims: ['hd=example.com'],
  }
  const { oidc } = await readAuthentication({ oidc: flags }, '/pki', files)
  server = await TestServer.start(undefined, undefined, oidc === undefined ? {} : { oidc })
})
afterAll(async () => {
  await server.close()
  await issuer.close()
})

const seconds = () => Math.floor(server.clock.now().getTime() / 1000)
const claims = (more: Record<string, unknown> = {}) => ({
  sub: 'ann',
  aud: 'margay',
  exp: seconds() + 600,
  hd: 'example.com',
  groups: ['dev', 'ops'],
  ...more,
})
const ask = (token: string) =>
  server.call('POST', whoAmI, { client: 'none', headers: { authorization: `Bearer ${token}` } })

test('a token names a user and groups, with their prefixes', async () => {
  const { status, json } = await ask(await issuer.token(claims()))
  expect([status, json.status.userInfo]).toEqual([
    201,
    { username: 'oidc:ann', groups: ['oidc:dev', 'oidc:ops', 'system:authenticated'] },
  ])
})

test('the keys are fetched once', async () => {
  for (let n = 0; n < 3; n++) await ask(await issuer.token(claims({ n })))
  expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
})

test('a token is reviewed as well', async () => {
  const spec = { token: await issuer.token(claims()) }
  const { json } = await server.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec })
  expect(json.status).toMatchObject({
    authenticated: true,
    user: { username: 'oidc:ann' },
    audiences: ['margay'],
  })
})

test.each([
  ['for another client', { aud: 'other' }],
  ['that is over', { exp: 1000 }],
  ['without an end', { exp: undefined }],
  ['not yet valid', { nbf: 9_999_999_999 }],
  ['without a required claim', { hd: undefined }],
  ['with another value of a required claim', { hd: 'evil.com' }],
  ['that names nobody', { sub: '' }],
  ['of another issuer', { iss: 'https://evil.test' }],
])('a token %s counts for nothing', async (_, change) => {
  expect((await ask(await issuer.token(claims(change)))).status).toBe(401)
})

test('a new key of the issuer is fetched when a token names it, but not at the whim of clients', async () => {
  server.clock.advance(11_000)
  issuer.rotate()
  const before = issuer.asked.length
  expect((await ask(await issuer.token(claims()))).status).toBe(201)
  expect(issuer.asked.length).toBe(before + 2)
  const stranger = await OidcIssuer.start()
  stranger.rotate()
  for (let n = 0; n < 5; n++)
    expect((await ask(await stranger.token(claims({ iss: issuer.url })))).status).toBe(401)
  await stranger.close()
  expect(issuer.asked.length).toBe(before + 2)
})

test('an issuer that is away for a while locks nobody out whose key is known', async () => {
  issuer.isBroken = true
  server.clock.advance(2 * 60 * 60 * 1000)
  expect((await ask(await issuer.token(claims()))).status).toBe(201)
  issuer.isBroken = false
})

describe('the mapping of claims', () => {
  const mapping = { issuerUrl: 'https://i.test', usernameClaim: 'sub', groupsPrefix: '', requiredClaims: {} }
  test.each([
    [{}, { sub: 'ann' }, { name: 'https://i.test#ann', groups: [] }],
    [{ usernamePrefix: '-' }, { sub: 'ann' }, { name: 'ann', groups: [] }],
    [{ usernameClaim: 'email' }, { email: 'a@b.c' }, { name: 'a@b.c', groups: [] }],
    [{ usernameClaim: 'email' }, { email: 'a@b.c', email_verified: true }, { name: 'a@b.c', groups: [] }],
    [{ usernameClaim: 'email' }, { email: 'a@b.c', email_verified: false }, undefined],
    [{ usernameClaim: 'email' }, { email: 'a@b.c', email_verified: 'true' }, undefined],
    [{}, { sub: 5 }, undefined],
    [{ usernamePrefix: '-' }, { sub: 'system:admin' }, undefined],
    [{ usernamePrefix: 'system:' }, { sub: 'node:n' }, undefined],
    [
      { groupsClaim: 'g', usernamePrefix: '-' },
      { sub: 'ann', g: 'one' },
      { name: 'ann', groups: ['one'] },
    ],
    [
      { groupsClaim: 'g', usernamePrefix: '-' },
      { sub: 'ann', g: ['system:masters', 5, '', 'two'] },
      { name: 'ann', groups: ['two'] },
    ],
  ])('%j of %j is %j', (options, payload, want) => {
    expect(userOfClaims(payload as JWTPayload, { ...mapping, ...options })).toEqual(want)
  })
})

describe('flags that can not be used', () => {
  const read = (oidc: object) =>
    readAuthentication(
      { oidc: { issuerUrl: 'https://i.test', clientId: 'c', ...oidc } },
      '/pki',
      new MemoryFiles(),
    )
  test.each([
    [{ issuerUrl: 'http://i.test' }, 'begins with https://'],
    [{ caFile: '/gone' }, '/gone: no such file'],
    [{ requiredClaims: ['x'] }, 'must read name=value'],
  ])('%j', async (flags, message) => {
    await expect(read(flags)).rejects.toMatchObject({ problem: 'AuthenticationUnusable' })
    await expect(read(flags)).rejects.toThrow(message)
  })
})
