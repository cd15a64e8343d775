/** Whoever follows the changes of a table knows what is in it: also where one change says nothing of what was there under that name. */
import type { Pod } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lowerPod } from '../lower/lower-endpoint.ts'
import { PodParents } from '../lower/pod-parents.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { Delta } from './delta.ts'
import { PodTable } from './pod-table.ts'

const names = ['a/one', 'a/two', 'a/three', 'b/one', 'default/one']
const noParents = new PodParents({ namespaces: new Map(), serviceAccounts: new Map(), profiles: new Map() })

function podOf(key: string, isBare: boolean): Pod {
  const [namespace, name = ''] = key.split('/')
  const metadata = namespace === 'default' ? { name } : { name, namespace }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { hostNetwork: isBare } } as Pod
}

function keyOf({ metadata: { namespace = 'default', name } }: Pod): string {
  return `${namespace}/${name}`
}

const pods = fc.tuple(fc.constantFrom(...names), fc.boolean()).map(([key, isBare]) => ({ key, isBare }))
/** Of the names: which pods go, which come, which are heirs of something that changed. */
const steps = fc.array(
  fc.record({
    gone: fc.subarray(names),
    come: fc.array(pods, { maxLength: 4 }),
    heirs: fc.subarray(names),
  }),
  { maxLength: 8 },
)

test('what comes and goes is what is there', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const table = new PodTable((pod, before) =>
        lowerPod(pod, { parents: noParents, report: () => {}, before }),
      )
      const model = new Map<string, Pod>()
      const followed = new Set<Endpoint>()
      for (const step of all) {
        const gone = step.gone.flatMap((key) => model.get(key) ?? [])
        const heirs = new Set(step.heirs.flatMap((key) => model.get(key) ?? []))
        const come = step.come.map(({ key, isBare }) => podOf(key, isBare))
        for (const pod of gone) model.delete(keyOf(pod))
        for (const pod of come) model.set(keyOf(pod), pod)
        const before = new Map([...followed].map((it) => [it.key, it]))
        follow(followed, table.update({ gone, come }, heirs))
        expect(new Set(table)).toEqual(new Set(model.values()))
        expectEndpoints(table, model, followed)
        for (const [key, pod] of model) {
          if (before.has(key) && !come.includes(pod)) {
            expect(table.endpoints.get(key) === before.get(key)).toBe(!heirs.has(pod))
          }
        }
      }
    }),
  )
})

function follow(followed: Set<Endpoint>, { gone, come }: Delta<Endpoint>): void {
  for (const it of gone) expect(followed.delete(it)).toBe(true)
  for (const it of come) {
    expect(followed.has(it)).toBe(false)
    followed.add(it)
  }
}

function expectEndpoints(table: PodTable, model: ReadonlyMap<string, Pod>, followed: ReadonlySet<Endpoint>) {
  const keys = [...model].filter(([, { spec }]) => spec?.hostNetwork !== true).map(([key]) => key)
  const { endpoints } = table
  expect([...endpoints.keys()].sort()).toEqual(keys.sort())
  expect(new Set(endpoints.values())).toEqual(followed)
  expect(endpoints.size).toBe(keys.length)
  for (const [key, it] of endpoints) {
    expect(it.key).toBe(key)
    expect(endpoints.get(key)).toBe(it)
    expect(table.holds(it)).toBe(true)
  }
  for (const key of names) {
    expect(endpoints.has(key)).toBe(keys.includes(key))
    const [namespace = ''] = key.split('/')
    expect(table.hasNamespace(namespace)).toBe([...model.keys()].some((it) => it.startsWith(`${namespace}/`)))
  }
  for (const pod of model.values()) expect(table.has(pod)).toBe(true)
}
