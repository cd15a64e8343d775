/** Our strategic merge against the reference implementation, which `kubectl patch --local` carries in itself. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findKind } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isObject, type JsonObject } from '../json.ts'
import { findModernKubectl, Kubectl } from '../testing/kubectl.ts'
import { mergeTableOf } from './merge-keys.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

const names = fc.constantFrom('a', 'b', 'c', 'd')
const text = fc.constantFrom('x', 'y', 'z')
const optional = { requiredKeys: [] as [] }

const env = fc.uniqueArray(fc.record({ name: names, value: text }), {
  selector: ({ name }) => name,
  maxLength: 3,
})
const container = fc.record(
  { name: names, image: text, env, command: fc.array(text, { minLength: 1, maxLength: 2 }) },
  { requiredKeys: ['name'] },
)
const byName = { selector: ({ name }: { name: string }) => name, maxLength: 4 }
/** A map that a directive speaks of is there: the reference has no settled answer for one that is not. */
const anyPod = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: fc.record(
    {
      name: fc.constant('p'),
      labels: fc.dictionary(names, text, { minKeys: 1 }),
      finalizers: fc.uniqueArray(names, { maxLength: 3 }),
    },
    { requiredKeys: ['name', 'labels'] },
  ),
  spec: fc.record(
    {
      containers: fc.uniqueArray(container, { ...byName, minLength: 1 }),
      tolerations: fc.array(fc.record({ key: names, value: text }), { minLength: 1, maxLength: 2 }),
      nodeSelector: fc.dictionary(names, text, { minKeys: 1 }),
    },
    { requiredKeys: ['containers', 'nodeSelector'] },
  ),
})

const deletion = fc.record({ name: names, $patch: fc.constant('delete') })
const envPatch = fc.uniqueArray(fc.oneof(fc.record({ name: names, value: text }), deletion), byName)
const containerPatch = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record(
      { name: names, image: fc.oneof(text, fc.constant(null)), env: envPatch },
      { requiredKeys: ['name'] },
    ),
  },
  { weight: 1, arbitrary: deletion },
)
const replacement = fc.tuple(container, fc.constant({ $patch: 'replace' })).map((items) => items as unknown[])
const mapPatch = fc.oneof(
  fc.dictionary(names, fc.oneof(text, fc.constant(null))),
  fc.dictionary(names, text).map((map) => ({ ...map, $patch: 'replace' })),
)
const anyPatch = fc.record(
  {
    metadata: fc.record(
      {
        labels: mapPatch,
        finalizers: fc.subarray(['a', 'b']),
        '$deleteFromPrimitiveList/finalizers': fc.subarray(['c', 'd']),
      },
      optional,
    ),
    spec: fc.record(
      {
        containers: fc.oneof(
          fc.uniqueArray(containerPatch, byName).map((items) => items as unknown[]),
          replacement,
        ),
        tolerations: fc.array(fc.record({ key: names }), { minLength: 1, maxLength: 2 }),
        nodeSelector: mapPatch,
      },
      optional,
    ),
  },
  optional,
)

/**
 * Some patches also say in which order the containers should stand; then their items must stand in it too. Where they
 * take containers out, the order names them all: otherwise the reference orders by a list that it has overwritten.
 */
const anyCase = fc.record({
  pod: anyPod,
  patch: anyPatch,
  order: fc.option(fc.shuffledSubarray(['a', 'b', 'c', 'd'])),
})

function withOrder(patch: JsonObject, order: readonly string[] | null): JsonObject {
  const spec = isObject(patch.spec) ? patch.spec : {}
  const items = Array.isArray(spec.containers) ? spec.containers.filter(isObject) : []
  if (order === null || items.length === 0 || items.some(({ $patch }) => $patch === 'replace')) return patch
  const kept = items.filter(({ $patch }) => $patch === undefined).map(({ name }) => String(name))
  const rest = kept.length < items.length ? ['a', 'b', 'c', 'd'] : kept
  const names = [...new Set([...order, ...rest])]
  const containers = items.toSorted((a, b) => names.indexOf(String(a.name)) - names.indexOf(String(b.name)))
  return {
    ...patch,
    spec: { ...spec, containers, '$setElementOrder/containers': names.map((name) => ({ name })) },
  }
}

const path = findModernKubectl()

// Without a kubectl there is no reference implementation to compare with.
test.skipIf(path === undefined)(
  'agrees with kubectl on random pods and patches',
  { timeout: 120_000 },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'margay-patch-'))
    const kubectl = new Kubectl(path ?? '', join(home, 'none'), home)
    const kind = findKind('v1', 'Pod')
    if (kind === undefined) throw new Error('Pod is not a kind')
    try {
      await fc.assert(
        fc.asyncProperty(anyCase, async ({ pod, patch: base, order }) => {
          const patch = withOrder(base, order)
          const args = [
            'patch',
            '--local',
            '-f',
            '-',
            '--type=strategic',
            '-o',
            'json',
            '-p',
            JSON.stringify(patch),
          ]
          const { code, stdout, stderr } = await kubectl.run(args, JSON.stringify(pod))
          expect([code, stderr]).toEqual([0, ''])
          const ours = applyStrategicMergePatch(pod, patch, mergeTableOf(kind))
          expect(essence(ours)).toEqual(essence(JSON.parse(stdout)))
        }),
        { numRuns: 80 },
      )
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  },
)

/**
 * Without the fields and empty values that kubectl's types add or leave out, and without the directives that the
 * reference leaves standing inside of items that are new.
 */
function essence(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !isObject(item) || item.$patch === undefined).map(essence)
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([key, member]): [string, unknown] => [key, essence(member)])
  return Object.fromEntries(
    entries.filter(
      ([key, member]) => !['resources', 'status', 'creationTimestamp'].includes(key) && !isEmpty(member),
    ),
  )
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value as JsonObject).length === 0
}
