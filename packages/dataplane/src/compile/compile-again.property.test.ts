/** A compiler that has compiled other states before gives the same tables as a new one. */
import type { Expression, Ruleset, TableContent } from '@margay/netlink/nftables'
import { buildPolicyState, StateBuilder } from '@margay/policy'
import { formatManifest } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesBetween } from '../reconcile/changes-between.ts'
import { changingNode, changingWorlds } from './changing-worlds.testkit.ts'
import { Compiler, compile } from './compile.ts'
import { defaultCompileOptions } from './options.ts'

const cases = fc.tuple(fc.constantFrom(0, 1, 3, defaultCompileOptions.mostOfNarrow), changingWorlds)

test('what is compiled after other states is what is compiled from nothing, but for the edition of address maps', () => {
  fc.assert(
    fc.property(cases, ([mostOfNarrow, worlds]) => {
      const options = { ...defaultCompileOptions, mostOfNarrow }
      const [builder, compiler] = [new StateBuilder(), new Compiler(options)]
      for (const { resources, objects } of worlds) {
        const again = compiler.compile(builder.build(resources).state, changingNode)
        const anew = compile(buildPolicyState(resources).state, changingNode, options)
        const changes = changesBetween(inFirstEdition(again), anew)
        expect(changes, formatManifest(objects)).toEqual({ batches: [], removals: [] })
      }
    }),
    { numRuns: 60 },
  )
}, 120_000)

function inFirstEdition(ruleset: Ruleset): Ruleset {
  return ruleset.map(({ table, chains, sets }): TableContent => {
    const contents = sets.values().map(({ set, elements }) => {
      const name = firstNameOf(set.name)
      return [name, { set: { ...set, name }, elements }] as const
    })
    const renamed = chains.values().map(({ chain, rules }) => {
      const own = rules.map((rule) => ({ ...rule, expressions: rule.expressions.map(firstEdition) }))
      return [chain.name, { chain, rules: own }] as const
    })
    return { table, chains: new Map(renamed), sets: new Map(contents) }
  })
}

function firstEdition(expression: Expression): Expression {
  return expression.type === 'lookup' ? { ...expression, set: firstNameOf(expression.set) } : expression
}

function firstNameOf(set: string): string {
  return set.replace(/^((?:hosts|ranges)-(?:fine|wide)-[46])\.\d+$/, '$1')
}
