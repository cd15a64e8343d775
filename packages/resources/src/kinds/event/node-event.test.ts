import { expect, test } from 'vitest'
import { isEventAboutNode, isNodeEventName, nodeEventName } from './node-event.ts'

test('a name is that of the node and the reason', () => {
  expect(nodeEventName('node-1', 'WireguardProblem')).toBe('node-1.wireguardproblem')
  expect(isNodeEventName(nodeEventName('node-1', 'WireguardProblem'), 'node-1')).toBe(true)
  expect(isNodeEventName(nodeEventName('node-1.example.org', 'WireguardProblem'), 'node-1.example.org')).toBe(
    true,
  )
})

test.each([
  'node-2.wireguardproblem',
  'node-1',
  'node-1.',
  'node-1.example.wireguardproblem',
  'node-1.x1',
  '',
  '.x',
])('%j is none of node-1', (name) => expect(isNodeEventName(name, 'node-1')).toBe(false))

test('is about the node itself', () => {
  expect(isEventAboutNode({ involvedObject: { kind: 'Node', name: 'node-1' } }, 'node-1')).toBe(true)
  expect(isEventAboutNode({ involvedObject: { kind: 'Node', name: 'node-2' } }, 'node-1')).toBe(false)
  expect(isEventAboutNode({ involvedObject: { kind: 'Pod', name: 'node-1' } }, 'node-1')).toBe(false)
  expect(
    isEventAboutNode({ involvedObject: { kind: 'Node', name: 'node-1', namespace: 'default' } }, 'node-1'),
  ).toBe(false)
})

test('a name without a dot is that of no event', () => {
  expect(isNodeEventName('webx', 'web')).toBe(false)
  expect(isNodeEventName('web', 'we')).toBe(false)
})
