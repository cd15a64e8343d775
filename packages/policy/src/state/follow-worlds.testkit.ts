/** From world to world: some objects stay, some are others that say the same, the rest come, go or change. */
import type { Resource } from '@margay/resources'
import { admitAll, hostWorlds, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import type { ResourceChange } from './state-delta.ts'

type Chance = () => number

export interface WorldStep {
  readonly changes: readonly ResourceChange[]
  /** All that there is now. */
  readonly current: readonly Resource[]
  readonly isFirst: boolean
  readonly isLast: boolean
}

const usual = hostWorlds(smallCast)

export function followWorlds(step: (step: WorldStep) => void, each = usual): void {
  const worlds = fc.array(each, { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(fc.tuple(worlds, fc.infiniteStream(fc.nat(11))), ([worlds, chances]) => {
      let current = new Map<string, Resource>()
      for (const [i, objects] of worlds.entries()) {
        const next = mixed(current, admitAll(objects), () => chances.next().value)
        const place = { isFirst: i === 0, isLast: i === worlds.length - 1 }
        step({ changes: changesBetween(current, next), current: [...next.values()], ...place })
        current = next
      }
    }),
    { numRuns: 50 },
  )
}

/** Now and then hardly anything changes, and now and then nearly everything does. */
function mixed(
  before: ReadonlyMap<string, Resource>,
  after: readonly Resource[],
  chance: Chance,
): Map<string, Resource> {
  const most = chance()
  const kept = [...before].filter(() => chance() <= most)
  const next = new Map(kept.map(([key, it]) => [key, chance() === 0 ? { ...it } : it]))
  for (const it of after) {
    const key = identityOf(it)
    if (!next.has(key) || chance() === 0) next.set(key, it)
  }
  return next
}

function changesBetween(
  before: ReadonlyMap<string, Resource>,
  after: ReadonlyMap<string, Resource>,
): ResourceChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((key) => ({ before: before.get(key), after: after.get(key) }))
    .filter((change) => change.before !== change.after)
}

function identityOf({ apiVersion, kind, metadata }: Resource): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}
