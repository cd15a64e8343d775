/** Certificates of listeners, over real connections; made by openssl. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { credentials, status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { encodeAnswer } from '../../codec/encode-answer.ts'
import { recordedCheck } from '../../codec/recorded-checks.testkit.ts'
import { startTransport } from '../start-transport.ts'
import {
  allow,
  denial,
  FakeChecker,
  GrpcCaller,
  recordedEvents,
  temporaryDirectory,
} from '../transport.testkit.ts'
import { formatListenAddress } from './listen-address.ts'

const loopback = { kind: 'Tcp', host: '127.0.0.1', port: 0 } as const

function makeCertificates(directory: string): (name: string) => string {
  const openssl = (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  for (const ca of ['ca', 'other']) {
    openssl('req', '-x509', ...key, '-keyout', `${ca}.key`, '-out', `${ca}.crt`, '-subj', `/CN=${ca}`)
  }
  const signed = ['first ca', 'second ca', 'proxy ca', 'stranger other']
  for (const [name = '', ca = ''] of signed.map((each) => each.split(' '))) {
    const by = ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-addext', 'subjectAltName=IP:127.0.0.1']
    openssl(
      'req',
      '-x509',
      ...key,
      ...by,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-subj',
      `/CN=${name}`,
    )
  }
  return (name) => join(directory, name)
}

async function started({ mustProve = false } = {}) {
  const file = makeCertificates(temporaryDirectory())
  const use = (name: string) => {
    copyFileSync(file(`${name}.crt`), file('tls.crt'))
    copyFileSync(file(`${name}.key`), file('tls.key'))
  }
  use('first')
  const tls = {
    cert: file('tls.crt'),
    key: file('tls.key'),
    clientCa: mustProve ? file('ca.crt') : undefined,
  }
  const { events, told } = recordedEvents()
  const options = { address: loopback, tls, reloadMs: 20 }
  const http = { ...options, pathPrefix: '', isForwardAuth: false }
  const transport = await startTransport({ checker: new FakeChecker(), denial, grpc: options, http, events })
  onTestFinished(() => transport.drain(0))
  const addressOf = (form: 'grpc' | 'http') => formatListenAddress(transport[form] ?? loopback)
  return { file, use, told, addressOf }
}

type Started = Awaited<ReturnType<typeof started>>

function grpcCall({ file, addressOf }: Started, client?: string): Promise<Buffer | number> {
  const pem = (name: string) => readFileSync(file(name))
  const [key, cert] = client === undefined ? [null, null] : [pem(`${client}.key`), pem(`${client}.crt`)]
  const channel = credentials.createSsl(pem('ca.crt'), key, cert)
  return new GrpcCaller(addressOf('grpc'), channel).check(recordedCheck('sidecar-mtls'))
}

/** The status, or why there is none. */
function httpCall({ file, addressOf }: Started, client?: string): Promise<number | string> {
  const pem = (name: string) => readFileSync(file(name))
  const own = client === undefined ? {} : { key: pem(`${client}.key`), cert: pem(`${client}.crt`) }
  return new Promise((resolve) => {
    const asked = request(`https://${addressOf('http')}/`, { ca: pem('ca.crt'), agent: false, ...own })
    asked.once('response', (response) => resolve(response.resume().statusCode ?? 0))
    asked.once('error', ({ message }) => resolve(message)).end()
  })
}

function certificateOf({ file, addressOf }: Started, form: 'grpc' | 'http'): Promise<PeerCertificate> {
  const [host, port] = addressOf(form).split(':')
  const ALPNProtocols = [form === 'grpc' ? 'h2' : 'http/1.1']
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { host, port: Number(port), ca: readFileSync(file('ca.crt')), ALPNProtocols },
      () => {
        resolve(socket.getPeerCertificate())
        socket.destroy()
      },
    )
    socket.once('error', reject)
  })
}

test('both forms speak TLS', async () => {
  const transport = await started()
  expect(await grpcCall(transport)).toEqual(encodeAnswer(allow))
  expect(await httpCall(transport)).toBe(200)
})

test('where an authority of clients is named, only those with its certificate are answered', async () => {
  const transport = await started({ mustProve: true })
  expect([await grpcCall(transport, 'proxy'), await httpCall(transport, 'proxy')]).toEqual([
    encodeAnswer(allow),
    200,
  ])
  for (const client of [undefined, 'stranger']) {
    expect(await grpcCall(transport, client)).toBe(status.UNAVAILABLE)
    expect(await httpCall(transport, client)).toEqual(expect.any(String))
  }
})

test('renewed files are taken for new connections, and such that do not fit leave the last ones', async () => {
  const transport = await started()
  const names = async () => {
    const certificates = await Promise.all(
      (['grpc', 'http'] as const).map((form) => certificateOf(transport, form)),
    )
    return certificates.map(({ subject }) => subject.CN)
  }
  expect(await names()).toEqual(['first', 'first'])
  writeFileSync(transport.file('tls.key'), 'half of a renewal')
  await expect.poll(() => transport.told.join()).toContain('tls.crt and the key')
  expect(await names()).toEqual(['first', 'first'])
  transport.use('second')
  await expect.poll(() => transport.told.filter((line) => line === 'renewed')).toHaveLength(2)
  expect(await names()).toEqual(['second', 'second'])
})

test('files that can not be used are told before anything listens', async () => {
  const file = makeCertificates(temporaryDirectory())
  const start = (cert: string, key: string) => {
    const tls = { cert: file(cert), key: file(key) }
    const { events } = recordedEvents()
    return startTransport({ checker: new FakeChecker(), denial, grpc: { address: loopback, tls }, events })
  }
  await expect(start('none.crt', 'first.key')).rejects.toThrow(/^can't read .*none\.crt: ENOENT/)
  await expect(start('first.crt', 'second.key')).rejects.toThrow(/^the certificate .* can't be used/)
})

test('where one form can not listen, the other does not stay', async () => {
  const { events } = recordedEvents()
  const path = join(temporaryDirectory(), 's')
  const unix = { address: { kind: 'Unix', path } } as const
  const http = { ...unix, pathPrefix: '', isForwardAuth: false }
  const both = startTransport({ checker: new FakeChecker(), denial, grpc: unix, http, events })
  await expect(both).rejects.toThrow(`another process listens on ${path}`)
  expect(await new GrpcCaller(`unix:${path}`).check(recordedCheck('sidecar-mtls'))).toBe(status.UNAVAILABLE)
})
