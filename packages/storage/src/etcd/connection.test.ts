import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RequestTooLargeError, StoreOpenError, StoreUnreachableError } from '../errors.ts'
import { resource } from '../testing/conformance.ts'
import { EtcdServer, etcdMissing, freePort, suiteName } from '../testing/etcd-server.ts'
import { EtcdStore } from './etcd-store.ts'

test('an etcd that is not there is named in one line, with the reason', async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}`
  const failure = await EtcdStore.open({ endpoints: [endpoint], requestTimeoutMs: 1000 }).catch(
    (error) => error,
  )
  expect(failure).toBeInstanceOf(StoreUnreachableError)
  expect(failure.message).toContain(`etcd at ${endpoint} does not answer`)
  expect(failure.message).toContain('ECONNREFUSED')
})

test('what is no endpoint, no endpoint at all, and a certificate that is none are refused by name', async () => {
  const refused = [
    { endpoints: ['127.0.0.1:2379'], reason: 'an endpoint of etcd is http://HOST:PORT or https://HOST:PORT' },
    { endpoints: [], reason: 'no endpoint is given' },
    {
      endpoints: ['https://127.0.0.1'],
      tls: { cert: 'none', key: 'none' },
      reason: 'the certificates or the key',
    },
  ]
  for (const { reason, ...options } of refused) {
    const failure = await EtcdStore.open(options).catch((error) => error)
    expect(failure).toBeInstanceOf(StoreOpenError)
    expect(failure.message).toContain(reason)
    expect(failure.message).not.toContain('\n')
  }
})

describe.skipIf(etcdMissing !== undefined)(suiteName('connections to etcd'), () => {
  let directory: string
  let [plain, secure, elsewhere]: EtcdServer[] = []
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'margay-etcd-tls-'))
    makeCertificates(directory)
    plain = await EtcdServer.start()
    const file = (name: string): string => join(directory, name)
    const startSecure = (name: string): Promise<EtcdServer> =>
      EtcdServer.start({ cert: file(`${name}.crt`), key: file(`${name}.key`), clientCa: file('ca.crt') })
    secure = await startSecure('server')
    elsewhere = await startSecure('elsewhere')
  })
  afterAll(async () => {
    await plain?.remove()
    await secure?.remove()
    await elsewhere?.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  test('an object that is too large is refused by name, and leaves nothing', async () => {
    const store = await EtcdStore.open({ endpoints: [plain?.endpoint ?? ''] })
    for (const size of [1_600_000, 5_000_000]) {
      const failure = await store.create('/a', resource('a', 'x'.repeat(size))).catch((error) => error)
      expect(failure).toBeInstanceOf(RequestTooLargeError)
      expect(failure.message).not.toContain('\n')
    }
    expect(await store.get('/a')).toBeUndefined()
    await store.close()
  })

  test('lists that are larger than one message of gRPC', async () => {
    const store = await EtcdStore.open({ endpoints: [plain?.endpoint ?? ''], prefix: '/large' })
    for (let n = 0; n < 8; n++) await store.create(`/a/${n}`, resource('a', 'x'.repeat(1_000_000)))
    expect((await store.list('/a/')).objects).toHaveLength(8)
    await store.close()
  })

  test('of several members, one that answers is enough', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`
    const store = await EtcdStore.open({ endpoints: [dead, plain?.endpoint ?? ''], prefix: '/several' })
    await store.create('/a', resource('a'))
    expect((await store.list('/')).objects).toHaveLength(1)
    await store.close()
  })

  test('TLS with a client certificate; without one, with another authority or for another address nothing works', async () => {
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
    const endpoints = [secure?.endpoint ?? '']
    const tls = { ca: read('ca.crt'), cert: read('client.crt'), key: read('client.key') }
    const store = await EtcdStore.open({ endpoints, tls })
    const written = await store.create('/a', resource('a'))
    expect(await store.get('/a')).toEqual(written)
    await store.close()
    for (const refused of [
      { ca: tls.ca },
      { cert: tls.cert, key: tls.key },
      { ...tls, ca: read('other.crt') },
    ]) {
      const opening = EtcdStore.open({ endpoints, tls: refused, requestTimeoutMs: 500 })
      await expect(opening).rejects.toThrow(StoreUnreachableError)
    }
    const opening = EtcdStore.open({ endpoints: [elsewhere?.endpoint ?? ''], tls, requestTimeoutMs: 2000 })
    await expect(opening).rejects.toThrow("IP: 127.0.0.1 is not in the cert's list")
  })
})

function makeCertificates(directory: string): void {
  const openssl = (...args: string[]): unknown =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  for (const ca of ['ca', 'other']) {
    openssl('req', '-x509', ...key, '-keyout', `${ca}.key`, '-out', `${ca}.crt`, '-subj', `/CN=${ca}`)
  }
  for (const [name, address] of Object.entries(addresses)) {
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', `subjectAltName=IP:${address}`]
    const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', `/CN=${name}`]
    openssl('req', '-x509', ...key, ...signed, ...files)
  }
}

const addresses = { server: '127.0.0.1', elsewhere: '127.0.0.2', client: '127.0.0.1' }
