/** 4,000 questions and 600 attempts to give more than one has: the answers are those that a real kube-apiserver gave. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer, type RunningServer } from '@margay/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answers, ask } from './answers.ts'
import { readGolden, seed } from './golden.ts'
import { makeWorld } from './world.ts'

const world = makeWorld(seed)
const golden = readGolden()
let directory: string
let server: RunningServer
let answers: Answers
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-access-'))
  server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError: () => undefined })
  answers = await ask(server.kubeconfigPath, world)
}, 120_000)
afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

test('each access review is answered alike', () => {
  const differing = world.questions.flatMap((question, n) =>
    answers.questions[n] === golden.questions[n] ? [] : [{ question, expected: golden.questions[n] }],
  )
  expect(differing).toEqual([])
})

test('each attempt to give rights is let through or refused alike', () => {
  const differing = world.attempts.flatMap((attempt, n) =>
    answers.attempts[n] === golden.attempts[n]
      ? []
      : [{ attempt, got: answers.attempts[n], expected: golden.attempts[n] }],
  )
  expect(differing).toEqual([])
})
