/**
 * Writes what a real kube-apiserver answers: `node tests/e2e/access-reviews/record.ts KUBECONFIG`, against an empty cluster
 * with --authorization-mode=RBAC and without the admission of service accounts. Run by hand, when the world changes.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask } from './answers.ts'
import { goldenPath, seed } from './golden.ts'
import { makeWorld } from './world.ts'

const [kubeconfig] = process.argv.slice(2)
if (kubeconfig === undefined) throw new Error('usage: record.ts KUBECONFIG')
const { questions, attempts } = await ask(kubeconfig, makeWorld(seed))
const rows = questions.match(/.{1,100}/g) ?? []
writeFileSync(
  join(goldenPath),
  `${JSON.stringify({ questions: rows, attempts: attempts.join(' ') }, null, 2)}\n`,
)
