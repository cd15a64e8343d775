import { describe, expect, test } from 'vitest'
import { InvalidSpecError } from './errors.ts'
import {
  bridgeNetns,
  checkInterfaceName,
  checkLabName,
  checkNodeName,
  checkPodName,
  labPrefix,
  nodeNetns,
  podNetns,
} from './names.ts'

describe('names of network namespaces', () => {
  test('say what they are', () => {
    expect(nodeNetns('demo', 'node-1')).toBe('margay-demo.node.node-1')
    expect(podNetns('demo', { namespace: 'shop', name: 'web-0' })).toBe('margay-demo.pod.shop.web-0')
    expect(bridgeNetns('demo')).toBe('margay-demo.bridge')
  })

  test('of one lab never start with the prefix of another', () => {
    expect(nodeNetns('demo-2', 'a').startsWith(labPrefix('demo'))).toBe(false)
    expect(() => checkLabName('demo.node')).toThrow(InvalidSpecError)
  })

  test('fit into a file name, and stay different', () => {
    const long = (end: string) =>
      podNetns('l'.repeat(40), { namespace: 'n'.repeat(63), name: 'p'.repeat(252) + end })
    expect(long('a')).toHaveLength(255)
    expect(long('a')).not.toBe(long('b'))
    expect(long('a').startsWith(labPrefix('l'.repeat(40)))).toBe(true)
  })
})

describe('names that a lab can’t take', () => {
  test.each(['', 'A', '-a', 'a-', 'a_b', 'a/b', 'a b', 'x'.repeat(41)])('lab %j', (name) => {
    expect(() => checkLabName(name)).toThrow(InvalidSpecError)
  })
  test.each(['', '../x', 'a/b', 'x'.repeat(254)])('node %j', (name) => {
    expect(() => checkNodeName(name)).toThrow(InvalidSpecError)
  })
  test.each(['', 'a.b', 'x'.repeat(64)])('pod namespace %j', (namespace) => {
    expect(() => checkPodName({ namespace, name: 'p' })).toThrow(InvalidSpecError)
  })
  test.each(['', '.', '..', 'a/b', 'a b', 'a:b', 'sixteen-letters-', 'eth0', 'lo', 'all', 'default'])(
    'interface %j',
    (name) => {
      expect(() => checkInterfaceName(name)).toThrow(InvalidSpecError)
    },
  )
})

test('common names are taken', () => {
  for (const check of [
    () => checkLabName('e2e-4711'),
    () => checkNodeName('ip-10-0-0-1.example.com'),
    () => checkPodName({ namespace: 'kube-system', name: 'coredns-5d78c9869d-x2x.1' }),
    () => checkInterfaceName('cali12d4a061371'),
  ]) {
    expect(check).not.toThrow()
  }
})
