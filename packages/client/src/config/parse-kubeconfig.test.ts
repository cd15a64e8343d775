import { expect, test } from 'vitest'
import { ClientConfigError } from './client-config.ts'
import { mergeKubeconfigs, parseKubeconfig } from './parse-kubeconfig.ts'

const pem = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`
const base64 = (text: string) => Buffer.from(text).toString('base64')
const files: Record<string, string> = {
  '/etc/margay/ca.pem': pem('CERTIFICATE'),
  '/etc/keys/client.pem': pem('CERTIFICATE'),
  '/etc/keys/client.key': pem('EC PRIVATE KEY'),
  '/etc/margay/token': 'secret\n',
  '/etc/margay/not-pem': 'hello',
}
const readFile = (path: string): string => {
  const text = files[path]
  if (text === undefined) throw new Error('no such file')
  return text
}
const parse = (text: string, context?: string) =>
  parseKubeconfig(text, {
    path: '/etc/margay/config',
    readFile,
    ...(context === undefined ? {} : { context }),
  })

const config = `apiVersion: v1
kind: Config
current-context: one
contexts:
  - name: one
    context: {cluster: a, user: u, namespace: shop}
  - name: two
    context: {cluster: b, user: t}
  - name: three
    context: {cluster: b}
clusters:
  - name: a
    cluster:
      server: https://10.0.0.1:6443
      certificate-authority: ca.pem
  - name: b
    cluster: {server: "http://127.0.0.1:8080/base", insecure-skip-tls-verify: true, tls-server-name: api}
users:
  - name: u
    user: {client-certificate: ../keys/client.pem, client-key: /etc/keys/client.key}
  - name: t
    user: {tokenFile: token}
`

test('the current context, with files relative to the kubeconfig', () => {
  expect(parse(config)).toEqual({
    server: 'https://10.0.0.1:6443',
    ca: pem('CERTIFICATE'),
    clientCertificate: pem('CERTIFICATE'),
    clientKey: pem('EC PRIVATE KEY'),
    namespace: 'shop',
  })
})

test('a context by name, with a token from a file', () => {
  const want = { server: 'http://127.0.0.1:8080/base', insecureSkipTlsVerify: true, tlsServerName: 'api' }
  expect(parse(config, 'two')).toEqual({ ...want, token: 'secret' })
  expect(parse(config, 'three')).toEqual(want)
})

const one = (cluster: string, user = '{}') => `
current-context: c
contexts: [{name: c, context: {cluster: k, user: u}}]
clusters: [{name: k, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
`

test('inline data goes before files, and the token before its file', () => {
  const ca = `{server: "https://x", certificate-authority-data: ${base64(pem('CERTIFICATE'))}, certificate-authority: none}`
  expect(parse(one(ca, '{token: abc, tokenFile: none}'))).toEqual({
    server: 'https://x',
    ca: pem('CERTIFICATE'),
    token: 'abc',
  })
})

test('of several files the first that says something wins, and paths start at their own file', () => {
  const first = { path: '/home/config', text: 'current-context: two\n' }
  const second = { path: '/etc/margay/config', text: config }
  const third = { path: '/other', text: 'current-context: x\nusers: [{name: t, user: {token: other}}]\n' }
  expect(mergeKubeconfigs([first, second, third], { readFile }).token).toBe('secret')
  expect(mergeKubeconfigs([first, third, second], { readFile }).token).toBe('other')
})

test.each([
  ['no YAML', 'a: [', '/etc/margay/config:1: column 5: '],
  ['an empty file', '', '/etc/margay/config: the file is empty'],
  ['several documents', 'a: 1\n---\nb: 1\n', '/etc/margay/config: the file must hold one document only'],
  ['a list', '- a\n', '/etc/margay/config:1: must be an object'],
  ['no current context', 'contexts: []\n', '/etc/margay/config: current-context: is required'],
  [
    'a context that is not there',
    'current-context: x\ncontexts: [{name: a}, {name: b}]\n',
    '/etc/margay/config:1: current-context: no entry of contexts is named "x"; there is "a", "b"',
  ],
  [
    'a cluster that is not there',
    'current-context: x\ncontexts:\n- name: x\n  context: {cluster: k}\n',
    '/etc/margay/config:4: contexts[0].context.cluster: no entry of clusters is named "k"; there are none',
  ],
  [
    'contexts that are no list',
    'current-context: x\ncontexts: {}\n',
    '/etc/margay/config:2: contexts: must be a list',
  ],
  ['no server', one('{}'), '/etc/margay/config:4: clusters[0].cluster.server: is required'],
  [
    'a server without a scheme',
    one('{server: "10.0.0.1:6443"}'),
    'clusters[0].cluster.server: must be a URL that starts with https:// or http://, but is "10.0.0.1:6443"',
  ],
  [
    'a file that is not there',
    one('{server: "https://x", certificate-authority: gone.pem}'),
    'clusters[0].cluster.certificate-authority: cannot read /etc/margay/gone.pem: no such file',
  ],
  [
    'no PEM',
    one('{server: "https://x", certificate-authority: not-pem}'),
    'certificate-authority: is not PEM',
  ],
  [
    'no base64',
    one('{server: "https://x", certificate-authority-data: "%%"}'),
    'clusters[0].cluster.certificate-authority-data: is not base64',
  ],
  [
    'a certificate without a key',
    one('{server: "https://x"}', '{client-certificate: ../keys/client.pem}'),
    'users[0].user: has a certificate but no key',
  ],
  [
    'a key without a certificate',
    one('{server: "https://x"}', '{client-key: ../keys/client.key}'),
    'users[0].user: has a key but no certificate',
  ],
  [
    'a plugin',
    one('{server: "https://x"}', '{exec: {command: aws}}'),
    '/etc/margay/config:5: users[0].user.exec: is not supported; use a client certificate or a token',
  ],
  [
    'a proxy',
    one('{server: "https://x", proxy-url: "http://p"}'),
    'clusters[0].cluster.proxy-url: is not supported',
  ],
  [
    'a flag that is a text',
    one('{server: "https://x", insecure-skip-tls-verify: "true"}'),
    'must be true or false',
  ],
  [
    'a token that is a number',
    one('{server: "https://x"}', '{token: 5}'),
    'users[0].user.token: must be a text',
  ],
])('%s is an error that names file and field', (_name, text, want) => {
  const error = errorOf(() => parse(text))
  expect(error.message).toContain(want)
  expect(error.message).toMatch(/^\/etc\/margay\/config/)
  expect(error.message).not.toContain('\n')
})

test('a context that the caller names and no file has', () => {
  expect(errorOf(() => parse(config, 'x')).message).toBe(
    '/etc/margay/config: contexts: no entry of contexts is named "x"; there is "one", "two", "three"',
  )
})

function errorOf(body: () => unknown): ClientConfigError {
  try {
    body()
  } catch (error) {
    if (error instanceof ClientConfigError) return error
    throw error
  }
  return expect.fail('no error was thrown')
}
