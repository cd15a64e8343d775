/**
 * Ninety calls of kubectl, and the answers of a real API server (Kubernetes 1.32, see record.ts): ours answers the same.
 *
 * Only the wording of what is wrong with a field is ours. The answers depend on kubectl's version, so the test needs
 * kubectl 1.32, as `kubectl.1.32` beside another one or by itself; elsewhere it is skipped, and says so.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer, type RunningServer } from '@margay/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  findKubectl,
  findOtherVersions,
  Kubectl,
  minorVersionOf,
} from '../../../apps/server/src/testing/kubectl.ts'
import { steps } from './steps.ts'
import { parseTranscript, transcribe } from './transcript.ts'

const recordedMinor = 32

function findProgram(): string | undefined {
  const standard = findKubectl()
  if (standard === undefined) return undefined
  const beside = findOtherVersions(standard).find((path) => path.endsWith(`.1.${recordedMinor}`))
  return beside ?? (minorVersionOf(standard) === recordedMinor ? standard : undefined)
}

const program = findProgram()
if (program === undefined) console.warn(`skipped: there is no kubectl 1.${recordedMinor} on this machine`)

const golden = parseTranscript(readFileSync(join(import.meta.dirname, 'session.golden.txt'), 'utf8'))

describe.skipIf(program === undefined)('a session of kubectl', () => {
  let directory: string
  let server: RunningServer
  let answers: string[]

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'margay-session-'))
    const printError = (line: string) => expect.unreachable(line)
    server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError })
    answers = await transcribe(new Kubectl(program ?? '', server.kubeconfigPath, directory), steps)
  })
  afterAll(async () => {
    await server.close()
    rmSync(directory, { recursive: true, force: true })
  })

  test('was recorded whole', () => expect(golden).toHaveLength(steps.length))

  test.each(steps.map(({ args }, index) => ({ index, call: args.join(' ') })))(
    '$index $call',
    ({ index }) => {
      expect(answers[index]).toBe(golden[index])
    },
  )
})
