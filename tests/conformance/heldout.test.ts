/**
 * Cases with known answers, which are kept beside the project and not in it: selectors, validation, and who may talk to
 * whom. They are asked as a user would ask, by the command, in this process.
 *
 * Where the folder is absent (MARGAY_HELDOUT, by default ../shared/heldout-open beside the checkout), the tests are skipped
 * and say so; CI has the folder.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findKind } from '@margay/resources'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realIo } from '../../apps/cli/src/real-io.ts'
import { run } from '../../apps/cli/src/run.ts'

const root = resolve(process.env.MARGAY_HELDOUT ?? join(import.meta.dirname, '../../../shared/heldout-open'))
const isHere = existsSync(root)
if (!isHere) console.warn(`skipped: there are no cases in ${root}; MARGAY_HELDOUT names their folder`)

const io = realIo()
let scratch = ''
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'margay-heldout-'))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface SelectorCase {
  readonly id: string
  readonly selector: string
  readonly labels?: Readonly<Record<string, string>>
  readonly expect: boolean | 'error'
}

interface ValidatorCase {
  readonly id: string
  readonly title: string
  readonly resource: { readonly apiVersion: string; readonly kind: string }
  readonly valid: boolean
}

interface Query {
  readonly id: string
  readonly expect: 'Allow' | 'Deny'
}

describe.skipIf(!isHere)('cases with known answers', () => {
  test('selectors match what they should, and malformed ones are errors', async () => {
    const cases = readJson<SelectorCase[]>('selector.json')
    const { answers } = await margay<(boolean | 'error')[]>([
      'selector',
      '--cases',
      join(root, 'selector.json'),
    ])
    expect(cases.length).toBeGreaterThan(50)
    expect(answers).toEqual(cases.map((it) => it.expect))
  })

  test('resources of the kinds that exist are accepted or refused as they should be', async () => {
    const cases = readJson<ValidatorCase[]>('validator.json').filter(
      ({ resource }) => findKind(resource.apiVersion, resource.kind) !== undefined,
    )
    const file = scratchFile(
      'resources.yaml',
      cases.map(({ resource }) => `---\n${JSON.stringify(resource)}\n`).join(''),
    )
    const { answers, exitCode } = await margay<{ valid: boolean }[]>(['validate', '-f', file, '-o', 'json'])
    expect(exitCode).toBe(1)
    const got = cases.map(({ id, title }, i) => `${id} ${title}: ${answers[i]?.valid}`)
    expect(got).toEqual(cases.map(({ id, title, valid }) => `${id} ${title}: ${valid}`))
  })

  describe.each(['cyclonus', 'calico', 'npapi', 'npguard'])('%s', (suite) => {
    const cases = isHere ? readdirSync(join(root, suite)) : []
    test.each(cases)('%s', async (name) => {
      const directory = join(root, suite, name)
      const { queries } = readJson<{ queries: Query[] }>(suite, name, 'case.json')
      const file = scratchFile(`${suite}-${name}.json`, JSON.stringify(queries))
      const args = ['query', '-f', join(directory, 'manifests'), '--queries', file, '-o', 'json']
      const { answers } = await margay<{ id: string; verdict: string }[]>(args)
      expect(answers).toEqual(queries.map(({ id, expect: verdict }) => ({ id, verdict })))
    })
  })
})

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(root, ...path), 'utf8')) as T
}

function scratchFile(name: string, text: string): string {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

async function margay<T>(args: readonly string[]): Promise<{ answers: T; exitCode: number }> {
  const written: string[] = []
  const stdout = { write: (text: string) => void written.push(text), isTerminal: false }
  const exitCode = await run(args, { ...io, stdout })
  return { answers: JSON.parse(written.join('')) as T, exitCode }
}
