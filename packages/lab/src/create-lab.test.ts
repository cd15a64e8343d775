import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLab, listLabs, openLab, removeStaleLab } from './create-lab.ts'
import { InvalidSpecError, LabInUseError, NeedsRootError } from './errors.ts'
import { currentOwner } from './owner.ts'
import { claimState, type LabState } from './state-file.ts'

let stateDirectory: string
beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'margay-create-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(stateDirectory, { recursive: true })
})

const name = `unit${process.pid}`
const state: LabState = {
  version: 1,
  name,
  owner: currentOwner(),
  createdAt: '2026-01-01T00:00:00.000Z',
  nodes: [],
  pods: [],
  served: [],
}

test('whoever is not root is told so', async () => {
  vi.spyOn(process, 'getuid').mockReturnValue(1000)
  await expect(createLab({ name, stateDirectory })).rejects.toThrow(NeedsRootError)
  await expect(openLab(name, { stateDirectory })).rejects.toThrow('a lab needs root')
})

test('a name that can’t be part of a file name is refused by all', async () => {
  for (const call of [createLab({ name: '../x' }), openLab('../x'), removeStaleLab('../x')]) {
    await expect(call).rejects.toThrow(InvalidSpecError)
  }
})

test('the lab of a living process is listed as running, and not removed', async () => {
  claimState(stateDirectory, state)
  expect(listLabs(stateDirectory)).toEqual([
    { name, pid: process.pid, isRunning: true, createdAt: state.createdAt, nodeCount: 0, podCount: 0 },
  ])
  const removal = removeStaleLab(name, { stateDirectory })
  await expect(removal).rejects.toThrow(LabInUseError)
  await expect(removal).rejects.toThrow(`lab "${name}" is in use by process ${process.pid}`)
})

test('the lab of a dead process is listed as not running', () => {
  claimState(stateDirectory, { ...state, owner: { ...state.owner, startTime: 0 } })
  expect(listLabs(stateDirectory)).toMatchObject([{ name, isRunning: false }])
})

test('there is nothing to remove where nothing is', async () => {
  expect(await removeStaleLab(name, { stateDirectory })).toEqual([])
  expect(listLabs(stateDirectory)).toEqual([])
})
