import type { NftElement, NftSet } from '@margay/netlink/nftables'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ElementStore, isSameStored, keyOf, storedOf } from './element-store.ts'

const bytes = (...lengths: readonly number[]) =>
  fc.constantFrom(...lengths).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
const data: fc.Arbitrary<NonNullable<NftElement['data']>> = fc.oneof(
  bytes(4, 8),
  fc.constantFrom({ kind: 'accept' }, { kind: 'goto', chain: 'one' }, { kind: 'jump', chain: 'one' }),
)
const common = { data: fc.option(data, { nil: undefined }), comment: fc.constantFrom(undefined, 'a pod') }
const single = fc
  .record({ key: fc.option(bytes(4, 8, 16), { nil: undefined }), ...common })
  .map((it) => compact(it))
const interval = fc
  .record({ key: bytes(4), keyEnd: fc.option(bytes(4), { nil: undefined }), ...common })
  .map((it) => compact(it))

/** `undefined` is given only where it says something: of the catch-all element. */
function compact({
  key,
  ...rest
}: { key: Uint8Array | undefined } & { [K in keyof Omit<NftElement, 'key'>]: NftElement[K] | undefined }) {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  return { key, ...Object.fromEntries(given) } as NftElement
}

const set = (isInterval: boolean): NftSet => ({
  name: 's',
  key: ['mark'],
  data: 'verdict',
  ...(isInterval ? { interval: true } : {}),
})

function storeOf(elements: readonly NftElement[], of: NftSet): ElementStore {
  const store = new ElementStore(of)
  for (const element of elements) store.put(keyOf(element, of), storedOf(element, of))
  return store
}

describe.each([
  ['keys', single, set(false)],
  ['intervals', interval, set(true)],
] as const)('a set of %s', (_, element, of) => {
  const keyText = ({ key, keyEnd }: NftElement) => `${key} ${of.interval === true ? (keyEnd ?? key) : ''}`

  test('has the elements that were put there, the last of each key', () => {
    fc.assert(
      fc.property(fc.array(element), (elements) => {
        const last = new Map(elements.map((it) => [keyText(it), it]))
        expect([...storeOf(elements, of).snapshot()]).toEqual([...last.values()])
      }),
    )
  })

  test('tells elements apart that lead elsewhere, whatever is said of them for people', () => {
    fc.assert(
      fc.property(element, element, (one, other) => {
        const isSame = String(JSON.stringify(one.data)) === String(JSON.stringify(other.data))
        expect(isSameStored(storedOf(one, of), storedOf(other, of))).toBe(isSame)
      }),
    )
  })
})

test('what was there is told as it was, whatever changes later', () => {
  const word = (value: number): NftElement => ({
    key: Uint8Array.of(0, 0, 0, value),
    data: Uint8Array.of(255, 255, 255, value),
  })
  const of = set(false)
  const store = storeOf([word(1), word(2)], of)
  const before = store.snapshot()
  store.put(keyOf(word(1), of), undefined)
  store.put(keyOf(word(3), of), storedOf(word(3), of))
  expect([before, store.snapshot()].map((it) => [...it])).toEqual([
    [word(1), word(2)],
    [word(2), word(3)],
  ])
  expect(before).toHaveLength(2)
})
