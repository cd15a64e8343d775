import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Cidr, compareCidrs, formatCidr, hostCidr, parseCidr } from './cidr.ts'
import { parseIp } from './ip.ts'
import { PrefixTree } from './prefix-tree.ts'
import { everyAddress, everyCidr, slowContains, smallCidr } from './small-universe.testkit.ts'

/** What the tree should do, over a plain map. */
class SlowTree {
  readonly byText = new Map<string, { cidr: Cidr; value: number }>()
  all(ip: Parameters<typeof slowContains>[1]) {
    const matches = [...this.byText.values()].filter(({ cidr }) => slowContains(cidr, ip))
    return matches.sort((a, b) => a.cidr.prefixLength - b.cidr.prefixLength)
  }
}

const change = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant('set' as const), cidr: smallCidr, value: fc.nat(9) }),
  },
  fc.record({ verb: fc.constant('delete' as const), cidr: smallCidr, value: fc.constant(0) }),
)

function applyBoth(
  tree: PrefixTree<number>,
  slow: SlowTree,
  { verb, cidr, value }: { verb: string; cidr: Cidr; value: number },
) {
  const key = formatCidr(cidr)
  if (verb === 'delete') expect(tree.delete(cidr)).toBe(slow.byText.delete(key))
  else {
    tree.set(cidr, value)
    slow.byText.set(key, { cidr, value })
  }
}

test('after any changes, every question has the answer of a plain map', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
      const tree = new PrefixTree<number>()
      const slow = new SlowTree()
      for (const step of changes) applyBoth(tree, slow, step)
      expect(tree.size).toBe(slow.byText.size)
      for (const cidr of everyCidr) expect(tree.get(cidr)).toBe(slow.byText.get(formatCidr(cidr))?.value)
      for (const ip of everyAddress) {
        expect(tree.allMatches(ip)).toEqual(slow.all(ip))
        expect(tree.valuesAt(ip)).toEqual(slow.all(ip).map(({ value }) => value))
        expect(tree.longestMatch(ip)).toEqual(slow.all(ip).at(-1))
      }
      const sorted = [...slow.byText.values()].sort((a, b) => compareCidrs(a.cidr, b.cidr))
      expect([...tree.entries()]).toEqual(sorted)
    }),
  )
})

const wideCidr = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(32)).map(([ip, length]) => `${ip}/${length}`),
  fc.tuple(fc.ipV6(), fc.nat(128)).map(([ip, length]) => `${ip}/${length}`),
)

test('over the whole address space, the longest match is that of a plain search', () => {
  fc.assert(
    fc.property(
      fc.array(wideCidr, { maxLength: 60 }),
      fc.array(fc.oneof(fc.ipV4(), fc.ipV6())),
      (texts, ips) => {
        const tree = new PrefixTree<number>()
        const slow = new SlowTree()
        const cidrs = texts.flatMap((text) => parseCidr(text) ?? [])
        for (const [value, cidr] of cidrs.entries()) applyBoth(tree, slow, { verb: 'set', cidr, value })
        const bases = cidrs.map((cidr) => ({ version: cidr.version, value: cidr.base }))
        for (const ip of [...bases, ...ips.flatMap((text) => parseIp(text) ?? [])]) {
          expect(tree.longestMatch(ip)).toEqual(slow.all(ip).at(-1))
        }
      },
    ),
  )
})

test('a value may be undefined, and is still there', () => {
  const tree = new PrefixTree<undefined>()
  const cidr = hostCidr({ version: 4, value: 1n })
  tree.set(cidr, undefined)
  expect(tree.size).toBe(1)
  expect(tree.longestMatch({ version: 4, value: 1n })).toEqual({ cidr, value: undefined })
})

test('ten thousand hosts may come and go again and again', () => {
  const tree = new PrefixTree<number>()
  const hosts = Array.from({ length: 10_000 }, (_, index) =>
    hostCidr({ version: 4, value: BigInt(index * 257) }),
  )
  for (let round = 0; round < 10; round += 1) {
    for (const [index, cidr] of hosts.entries()) tree.set(cidr, index)
    expect(tree.size).toBe(hosts.length)
    for (const cidr of hosts) expect(tree.delete(cidr)).toBe(true)
    expect(tree.size).toBe(0)
  }
})
