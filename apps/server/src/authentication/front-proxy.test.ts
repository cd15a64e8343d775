import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCertificateAuthority, issueClientCertificate, type KeyPair } from '../pki/certificates.ts'
import { type Answer, TestServer } from '../testing/test-server.ts'

const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const headers = {
  'x-remote-user': 'ann',
  'x-remote-uid': 'u1',
  'x-remote-group': 'dev, and ops',
  'x-remote-extra-example.org%2fscope': 'all',
}
const validity = { now: new Date(), days: 1 }
let authority: KeyPair
let server: TestServer

beforeAll(async () => {
  authority = await createCertificateAuthority(validity)
  const plain = await TestServer.start()
  const tls = { ...plain.pki.server, clientCa: plain.pki.caCert, frontProxyCa: authority.cert }
  await plain.close()
  server = await TestServer.start(undefined, undefined, { tls, frontProxyNames: ['proxy', 'other-proxy'] })
})
afterAll(() => server.close())

const identity = (user: string, groups: string[] = []) =>
  issueClientCertificate(authority, { user, groups }, validity)
const ask = (client: KeyPair | 'none', sent: Record<string, string> = headers): Promise<Answer> =>
  server.call('POST', whoAmI, { client, headers: sent })

test('the proxy says who the user is', async () => {
  const { status, json } = await ask(await identity('proxy'))
  expect([status, json.status.userInfo]).toEqual([
    201,
    {
      username: 'ann',
      uid: 'u1',
      groups: ['dev, and ops', 'system:authenticated'],
      extra: { 'example.org/scope': ['all'] },
    },
  ])
})

test('the proxy is nobody by itself, and neither is another one', async () => {
  expect((await ask(await identity('proxy'), {})).status).toBe(401)
  expect((await ask(await identity('stranger', ['system:masters']))).status).toBe(401)
  expect((await ask(await identity('margay-admin', ['system:masters']), {})).status).toBe(401)
})

test('headers of others are as if they were not there', async () => {
  const { json } = await server.call('POST', whoAmI, { headers })
  expect(json.status.userInfo.username).toBe('margay-admin')
  expect((await ask('none')).status).toBe(401)
  const forged = await createCertificateAuthority(validity)
  const client = await issueClientCertificate(forged, { user: 'proxy', groups: [] }, validity)
  expect((await ask(client)).status).toBe(401)
})
