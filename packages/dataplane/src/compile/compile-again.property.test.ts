/** A compiler that has compiled other states before gives the same tables as a new one. */
import { buildPolicyState, StateBuilder } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { admitAll, formatManifest, hostWorlds, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesBetween } from '../reconcile/changes-between.ts'
import { Compiler, compile } from './compile.ts'
import { defaultCompileOptions } from './options.ts'

const node = {
  name: smallCast.nodes[0]?.name ?? '',
  interfaces: [{ name: 'eth0', index: 2, handsOn: false, addresses: [] }],
  linkLocals: new Map(),
}

const cases = fc.tuple(
  fc.constantFrom(0, 1, 3, defaultCompileOptions.mostOfNarrow),
  fc.array(hostWorlds(smallCast), { minLength: 2, maxLength: 5 }),
  fc.infiniteStream(fc.nat(5)),
)

test('what is compiled after other states is what is compiled from nothing', () => {
  fc.assert(
    fc.property(cases, ([mostOfNarrow, worlds, chances]) => {
      const options = { ...defaultCompileOptions, mostOfNarrow }
      const [builder, compiler] = [new StateBuilder(), new Compiler(options)]
      let current: Resource[] = []
      for (const objects of worlds) {
        current = mixed(current, admitAll(objects), () => chances.next().value === 0)
        const again = compiler.compile(builder.build(current).state, node)
        const anew = compile(buildPolicyState(current).state, node, options)
        expect(changesBetween(again, anew), formatManifest(objects)).toEqual({ batches: [], removals: [] })
      }
    }),
    { numRuns: 60 },
  )
}, 120_000)

/** Most of what there was stays as it is; what is new comes beside it or takes its place. */
function mixed(before: readonly Resource[], after: readonly Resource[], goes: () => boolean): Resource[] {
  const kept = before.filter(() => !goes())
  const names = new Set(kept.map(identityOf))
  return [...kept, ...after.filter((it) => !names.has(identityOf(it)))]
}

function identityOf({ apiVersion, kind, metadata }: Resource): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}
