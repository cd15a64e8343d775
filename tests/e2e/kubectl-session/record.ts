/**
 * Writes what a real API server answers: `node tests/e2e/kubectl-session/record.ts KUBECONFIG KUBECTL`, against an empty
 * cluster whose admission makes no service accounts or tokens. It is run by hand, when steps change.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kubectl } from '../../../apps/server/src/testing/kubectl.ts'
import { steps } from './steps.ts'
import { transcribe } from './transcript.ts'

const [kubeconfig, program = 'kubectl'] = process.argv.slice(2)
if (kubeconfig === undefined) throw new Error('usage: record.ts KUBECONFIG [KUBECTL]')
const home = mkdtempSync(join(tmpdir(), 'margay-record-'))
const texts = await transcribe(new Kubectl(program, kubeconfig, home), steps)
writeFileSync(join(import.meta.dirname, 'session.golden.txt'), `${texts.join('\n\n')}\n`)
rmSync(home, { recursive: true, force: true })
