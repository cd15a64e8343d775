import { parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import { parseDnsServer } from './dns-server.ts'

const at = (text: string, port: number) => ({ kind: 'Address', address: parseIp(text), port })
const service = (namespace: string, name: string, port?: number) => ({
  kind: 'Service',
  namespace,
  name,
  port,
})

test.each([
  ['10.0.0.10', at('10.0.0.10', 53)],
  ['10.0.0.10:5353', at('10.0.0.10', 5353)],
  ['fd00::10', at('fd00::10', 53)],
  ['[fd00::10]', at('fd00::10', 53)],
  ['[fd00::10]:5353', at('fd00::10', 5353)],
  ['k8s-service:kube-dns', service('kube-system', 'kube-dns')],
  ['k8s-service:kube-dns:5353', service('kube-system', 'kube-dns', 5353)],
  ['k8s-service:infra/dns', service('infra', 'dns')],
  ['k8s-service:infra/dns:53', service('infra', 'dns', 53)],
])('%s names a server', (text, server) => {
  expect(parseDnsServer(text)).toEqual(server)
})

test.each([
  '',
  'kube-dns',
  '[10.0.0.10]:53',
  '10.0.0.10:0',
  'fd00::10:53x',
  'k8s-service:a/b/c',
  'k8s-service:a:b:1',
])('%j names none', (text) => expect(parseDnsServer(text)).toBeUndefined())
