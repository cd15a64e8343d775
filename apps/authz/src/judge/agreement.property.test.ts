/**
 * The judge says what the evaluator says, in random worlds that change, and of random checks.
 *
 * MARGAY_CASES  how many lists of worlds; 80 by default. MARGAY_SEED  a whole number that decides them.
 */
import { buildPolicyState, type ResourceChange } from '@margay/policy'
import type { Resource, ResourceObject } from '@margay/resources'
import { admitAll, hostWorlds, httpWorlds, inWorld, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Asked, checks, services } from './checks.testkit.ts'
import { checkOf } from './judge.testkit.ts'
import { defaultJudgeOptions, type JudgeOptions, PolicyJudge } from './policy-judge.ts'
import { expectedVerdict } from './slow-judge.testkit.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 80)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }

const worlds = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: httpWorlds(smallCast) },
      { weight: 1, arbitrary: hostWorlds(smallCast) },
    ),
    checks.slices,
  )
  .map(([world, slices]) => [...world, ...slices])

/** What is changed from one world to the next: a part of it is that of another world. */
const cases = fc.record({
  worlds: fc.array(fc.tuple(worlds, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 4 }),
  asked: fc.array(checks.asked, { minLength: 20, maxLength: 40 }),
  judges: fc.constantFrom('Ingress' as const, 'Both' as const),
  tcpChecks: fc.constantFrom('not-http' as const, 'http-follows' as const),
  requiresIdentity: fc.boolean(),
})

test('every check is answered as the evaluator answers for those whom it means', {
  timeout: 120_000 + numRuns * 2000,
}, () => {
  const seen = { Allow: 0, Deny: 0 }
  fc.assert(
    fc.property(cases, ({ worlds, asked, judges, tcpChecks, requiresIdentity }) => {
      const source = { ...defaultJudgeOptions.source, requiresIdentity }
      const errors: unknown[] = []
      const options = {
        ...defaultJudgeOptions,
        judges,
        tcpChecks,
        source,
        onError: (it: unknown) => errors.push(it),
      }
      const judge = new PolicyJudge(options)
      let objects: readonly ResourceObject[] = []
      const told = new Map<string, Told>()
      for (const [world, part] of worlds) {
        objects = mixed(objects, world, part)
        judge.update(changesTo([...objects, ...services], told))
        inWorld(objects, () => {
          for (const verdict of compared(judge, objects, options, asked)) seen[verdict]++
          expect(errors).toEqual([])
        })
      }
    }),
    { numRuns, ...seed },
  )
  // A test in which nearly all is denied would say little.
  expect(seen.Allow).toBeGreaterThan(numRuns)
  expect(seen.Deny).toBeGreaterThan(numRuns)
})

function compared(
  judge: PolicyJudge,
  objects: readonly ResourceObject[],
  options: JudgeOptions,
  asked: readonly Asked[],
): ('Allow' | 'Deny')[] {
  const model = { state: buildPolicyState(admitAll(objects)).state, objects, options }
  return asked.map((each) => {
    const want = expectedVerdict(model, each)
    const { verdict, metadata } = judge.check(checkOf(each.said))
    expect([each, options.judges, metadata, verdict]).toEqual([each, options.judges, metadata, want])
    return verdict
  })
}

interface Told {
  readonly text: string
  readonly resource: Resource
}

/** From what was told last, to these. */
function changesTo(objects: readonly ResourceObject[], told: Map<string, Told>): ResourceChange[] {
  const next = new Map(objects.map((object) => [identityOf(object), object]))
  const gone = [...told].filter(([key]) => !next.has(key))
  const changed = [...next].filter(([key, object]) => told.get(key)?.text !== JSON.stringify(object))
  const changes: ResourceChange[] = gone.map(([, { resource }]) => ({ before: resource, after: undefined }))
  for (const [key] of gone) told.delete(key)
  for (const [key, object] of changed) {
    const [after] = admitAll([object])
    changes.push({ before: told.get(key)?.resource, after })
    told.set(key, { text: JSON.stringify(object), resource: after as Resource })
  }
  return changes
}

/** Of each kind `part` of three objects are the next world's; in the first world all are. */
function mixed(
  before: readonly ResourceObject[],
  next: readonly ResourceObject[],
  part: number,
): readonly ResourceObject[] {
  if (before.length === 0) return next
  const isNext = (object: ResourceObject) => hash(identityOf(object)) % 3 < part
  return [...before.filter((it) => !isNext(it)), ...next.filter(isNext)]
}

function identityOf({ apiVersion, kind, metadata }: ResourceObject): string {
  return `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7)
}
