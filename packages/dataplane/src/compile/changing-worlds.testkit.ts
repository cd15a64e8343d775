/** Random worlds, each of which comes of the one before: most of it stays. */
import type { Resource, ResourceObject } from '@margay/resources'
import { admitAll, hostWorlds, smallCast } from '@margay/testkit'
import fc from 'fast-check'

export interface WorldOfMany {
  readonly resources: readonly Resource[]
  /** What came with this one. */
  readonly objects: readonly ResourceObject[]
}

/** Four to six: each second one is only short of one object. */
export const changingWorlds: fc.Arbitrary<readonly WorldOfMany[]> = fc
  .tuple(
    fc.array(hostWorlds(smallCast), { minLength: 2, maxLength: 3 }),
    fc.infiniteStream(fc.nat(5).map((chance) => chance === 0)),
    fc.infiniteStream(fc.nat()),
  )
  .map(([worlds, chances, choices]) => {
    let resources: readonly Resource[] = []
    return worlds.flatMap((objects) => {
      const next = mixed(resources, admitAll(objects), () => chances.next().value)
      const goes = choices.next().value % Math.max(1, next.length)
      resources = next.toSpliced(goes, 1)
      return [
        { resources: next, objects },
        { resources, objects },
      ]
    })
  })

/** Most of what there was stays as it is; what is new comes beside it or takes its place. */
function mixed(before: readonly Resource[], after: readonly Resource[], goes: () => boolean): Resource[] {
  const kept = before.filter(() => !goes())
  const names = new Set(kept.map(identityOf))
  return [...kept, ...after.filter((it) => !names.has(identityOf(it)))]
}

function identityOf({ apiVersion, kind, metadata }: Resource): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}

export const changingNode = {
  name: smallCast.nodes[0]?.name ?? '',
  interfaces: [{ name: 'eth0', index: 2, handsOn: false, addresses: [] }],
  linkLocals: new Map(),
}
