import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { InvalidStateFileError } from './errors.ts'
import {
  claimState,
  type LabState,
  listStates,
  parseState,
  readState,
  removeState,
  writeState,
} from './state-file.ts'

let directory: string
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'margay-state-')), 'labs')
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true }))

const state: LabState = {
  version: 1,
  name: 'demo',
  owner: { pid: 1, startTime: 2, bootId: 'b' },
  createdAt: '2026-01-01T00:00:00.000Z',
  nodes: [{ kind: 'node', name: 'a', ips: ['198.18.0.1'], netns: 'margay-demo.node.a' }],
  pods: [],
  served: [{ protocol: 'TCP', ip: '10.0.0.1', port: 80 }],
}

test('what was written is read again', () => {
  expect(claimState(directory, state)).toBe(true)
  expect(readState(directory, 'demo')).toEqual(state)
  writeState(directory, { ...state, served: [] })
  expect(readState(directory, 'demo')?.served).toEqual([])
  expect(listStates(directory)).toEqual(['demo'])
})

test('a name can be claimed once, and again after it was given up', () => {
  expect(claimState(directory, state)).toBe(true)
  expect(claimState(directory, { ...state, owner: { ...state.owner, pid: 9 } })).toBe(false)
  expect(readState(directory, 'demo')?.owner.pid).toBe(1)
  removeState(directory, 'demo')
  removeState(directory, 'demo')
  expect(claimState(directory, state)).toBe(true)
})

test('no temporary file stays, and only root can read it', () => {
  claimState(directory, state)
  claimState(directory, state)
  writeState(directory, state)
  expect(readdirSync(directory)).toEqual(['demo.json'])
  expect(statSync(join(directory, 'demo.json')).mode & 0o777).toBe(0o600)
})

test('without directory or file there is no state', () => {
  expect(listStates(directory)).toEqual([])
  expect(readState(directory, 'demo')).toBeUndefined()
})

test.each([
  ['{', 'is not JSON'],
  ['[]', 'is not a JSON object'],
  ['{"version":2}', 'version 2 is not 1'],
  ['{"version":1}', 'owner has no pid and start time'],
  ['{"version":1,"owner":{"pid":1,"startTime":1}}', 'nodes is not a list'],
])('%s is refused with its file name', (text, message) => {
  expect(() => parseState(text, 'labs/x.json')).toThrow(`lab state file labs/x.json: ${message}`)
})

test('a damaged file is not taken for a missing one', () => {
  claimState(directory, state)
  writeFileSync(join(directory, 'demo.json'), '')
  expect(() => readState(directory, 'demo')).toThrow(InvalidStateFileError)
})
