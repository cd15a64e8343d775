import { expect, test } from 'vitest'
import { InvalidSpecError } from '../errors.ts'
import { serviceRules } from './service-rules.ts'
import { checkNodePort, checkService } from './service-spec.ts'

const web = { ip: '10.77.0.2', port: 80 }

test('a service changes destinations before routing and on output, and sources of a pod that meets itself', () => {
  const rules = serviceRules({
    services: [{ ip: '10.96.0.1', port: 443, protocol: 'TCP', backends: [web] }],
    nodePorts: [],
  })
  const [ipv4 = '', ipv6 = ''] = rules.split('table ip6 lab-services\n')
  expect(ipv4.match(/ip daddr 10\.96\.0\.1 tcp dport 443 dnat ip to 10\.77\.0\.2:80/g)).toHaveLength(2)
  expect(ipv4).toContain('ct status dnat ip saddr 10.77.0.2 ip daddr 10.77.0.2 masquerade')
  expect(ipv6).not.toContain('dnat')
})

test('backends are taken in turn, and a node port serves each family with its own', () => {
  const backends = [web, { ip: '10.77.0.3', port: 81 }, { ip: 'fd77::2', port: 80 }]
  const rules = serviceRules({ services: [], nodePorts: [{ port: 30080, protocol: 'UDP', backends }] })
  expect(rules).toContain(
    'fib daddr type local udp dport 30080 dnat ip to numgen inc mod 2 map { 0 : 10.77.0.2 . 80, 1 : 10.77.0.3 . 81 }',
  )
  expect(rules).toContain('fib daddr type local udp dport 30080 dnat ip6 to [fd77::2]:80')
  expect(rules).not.toContain('proto-dst')
})

test('a service without backends leads nowhere', () => {
  const rules = serviceRules({
    services: [{ ip: '10.96.0.1', port: 443, protocol: 'TCP', backends: [] }],
    nodePorts: [],
  })
  expect(rules).not.toContain('10.96.0.1')
})

test('what makes no sense is refused with its field', () => {
  const service = { ip: '10.96.0.1', port: 443, protocol: 'TCP' as const, backends: [web] }
  expect(() => checkService(service)).not.toThrow()
  expect(() => checkService({ ...service, ip: 'here' })).toThrow(InvalidSpecError)
  expect(() => checkService({ ...service, port: 0 })).toThrow('port: port 0 is not')
  expect(() => checkService({ ...service, backends: [{ ip: 'fd77::2', port: 80 }] })).toThrow(
    'backends: fd77::2 is not of the family of 10.96.0.1',
  )
  expect(() => checkNodePort({ port: 30080, protocol: 'TCP', backends: [{ ip: 'x', port: 80 }] })).toThrow(
    'backends: "x" is not an IP address',
  )
})
