/** What a packet that is under way finds anew in the midst of its way, while it meets the rules of before. */
import type { Change, Ruleset, TableContent } from '@margay/netlink/nftables'
import { StateBuilder } from '@margay/policy'
import { formatManifest } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beatChain, changesBetween, tableIn } from '../reconcile/changes-between.ts'
import { changingNode, changingWorlds, type WorldOfMany } from './changing-worlds.testkit.ts'
import { Compiler } from './compile.ts'
import { defaultCompileOptions } from './options.ts'

const cases = fc.tuple(fc.constantFrom(0, 1, 3, defaultCompileOptions.mostOfNarrow), changingWorlds)

test('rules, and the maps of address classes that they ask, are not changed in place at once', () => {
  const seen = { rules: 0, classes: 0, newMaps: 0 }
  fc.assert(
    fc.property(cases, ([mostOfNarrow, worlds]) => {
      for (const { before, after, objects } of updates(worlds, mostOfNarrow)) {
        const { rules, classes } = changedInPlace(before, after)
        const isNew = classMaps(after).some((name) => !before.sets.has(name))
        const what = `${rules.join()} and ${classes.join()} with\n${formatManifest(objects)}`
        expect(rules.length > 0 && classes.length > 0, what).toBe(false)
        seen.rules += Number(rules.length > 0 && !isNew)
        seen.classes += Number(classes.length > 0)
        seen.newMaps += Number(isNew)
      }
    }),
    { numRuns: 60 },
  )
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(5)
}, 120_000)

test('no map from classes to verdicts is changed in place', () => {
  fc.assert(
    fc.property(cases, ([mostOfNarrow, worlds]) => {
      for (const { before, after, objects } of updates(worlds, mostOfNarrow))
        expect(changedInPlace(before, after).verdicts, formatManifest(objects)).toEqual([])
    }),
    { numRuns: 30 },
  )
}, 120_000)

interface Update extends Pick<WorldOfMany, 'objects'> {
  readonly before: TableContent
  readonly after: TableContent
}

/** Of each table that was there before. */
function* updates(worlds: readonly WorldOfMany[], mostOfNarrow: number): Iterable<Update> {
  const [builder, compiler] = [new StateBuilder(), new Compiler({ ...defaultCompileOptions, mostOfNarrow })]
  let latest: Ruleset = []
  for (const { resources, objects } of worlds) {
    const ruleset = compiler.compile(builder.build(resources).state, changingNode)
    for (const after of ruleset) {
      const before = tableIn(latest, after.table)
      if (before !== undefined) yield { before, after, objects }
    }
    latest = ruleset
  }
}

/** Names of what the update does not make, and does not remove. */
function changedInPlace(before: TableContent, after: TableContent) {
  const changes = changesBetween([before], [after]).batches.flat()
  const sets = changes.filter(isOfElements).filter(({ set }) => before.sets.has(set.name))
  const named = (holds: (change: OfElements) => boolean) => sets.filter(holds).map(({ set }) => set.name)
  return {
    rules: changes.flatMap((change) => (refills(change, after) ? [change.chain] : [])),
    classes: named(({ set }) => isClassMap(set.name)),
    verdicts: named(({ set }) => set.key[0] === 'mark'),
  }
}

type OfElements = Change & { do: 'add-elements' | 'delete-elements' }

function isOfElements(change: Change): change is OfElements {
  return change.do === 'add-elements' || change.do === 'delete-elements'
}

function refills(change: Change, after: TableContent): change is Change & { do: 'flush-chain' } {
  return change.do === 'flush-chain' && change.chain !== beatChain && after.chains.has(change.chain)
}

function classMaps({ sets }: TableContent): string[] {
  return [...sets.keys()].filter(isClassMap)
}

function isClassMap(name: string): boolean {
  return /^(hosts|ranges)-(fine|wide)-[46]/.test(name)
}
