/** Any order of the same updates, in whatever portions, ends in the same state: whoever was asked about in between. */
import type { Resource } from '@margay/resources'
import { admitAll, hostWorlds, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StateBuilder, type UpdatedState } from './build-state.ts'
import type { ResourceChange } from './state-delta.ts'
import { textOf } from './state-text.testkit.ts'

const nodes = smallCast.nodes.map(({ name }) => name)

const cases = fc.tuple(hostWorlds(smallCast), fc.infiniteStream(fc.nat(2 ** 16)))

test('any order of the same updates ends in the same state', () => {
  fc.assert(
    fc.property(cases, ([objects, chances]) => {
      const chance = () => chances.next().value
      const lives = admitAll(objects).map((it) => lifeOf(it, chance()))
      const [one, other] = [follow(lives, chance), follow(lives, chance)]
      expect(textOf(one, nodes)).toEqual(textOf(other, nodes))
    }),
    { numRuns: 30 },
  )
}, 300_000)

/** What happens to one object, which is always told in its order: it comes, is another for a while, or goes and comes again, or stays away. */
function lifeOf(it: Resource, kind: number): readonly ResourceChange[] {
  const said = { ...it }
  const comes = { before: undefined, after: said }
  if (kind % 4 === 0) return [comes, { before: said, after: undefined }]
  if (kind % 4 === 1) return [comes, { before: said, after: undefined }, { before: undefined, after: it }]
  if (kind % 4 === 2) return [comes, { before: said, after: it }]
  return [{ before: undefined, after: it }]
}

function follow(lives: readonly (readonly ResourceChange[])[], chance: () => number): UpdatedState {
  const builder = new StateBuilder()
  let open = lives.map((life) => [...life])
  while (open.length > 0) {
    const first = chance() % open.length
    const portion = open.slice(first, first + 1 + (chance() % 8)).flatMap((life) => life.splice(0, 1))
    const updated = builder.update(portion)
    if (chance() % 4 === 0) textOf(updated, nodes)
    open = open.filter((life) => life.length > 0)
  }
  return builder.update([])
}
