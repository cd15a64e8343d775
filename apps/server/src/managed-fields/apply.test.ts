import type { JsonSchema } from '@margay/resources'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { applyConfig, FieldConflictError, recordApply, recordUpdate } from './apply.ts'
import { formatPath } from './field-set.ts'
import type { Manager } from './managers.ts'

/** A schema with one of each: a struct, a free map, a set, a list with keys, an atomic list, an atomic map. */
const schema: JsonSchema = {
  type: 'object',
  properties: {
    metadata: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        finalizers: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      },
    },
    spec: {
      type: 'object',
      properties: {
        order: { type: 'number' },
        types: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
        selector: {
          type: 'object',
          'x-kubernetes-map-type': 'atomic',
          'x-kubernetes-preserve-unknown-fields': true,
        },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            properties: {
              port: { type: 'integer' },
              protocol: { type: 'string', default: 'TCP' },
              name: { type: 'string' },
              note: { type: 'string' },
            },
          },
        },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  },
}

const manager = (name: string, operation: Manager['operation'] = 'Apply', subresource?: string): Manager => ({
  name,
  operation,
  apiVersion: 'v1',
  subresource,
})
const thing = (spec: unknown, metadata: object = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', ...metadata },
  ...(spec === undefined ? {} : { spec }),
})
const now = '2026-01-02T03:04:05Z'

function apply(live: JsonObject, config: JsonObject, who: string, isForced = false): JsonObject {
  const context = { manager: manager(who), schema, now }
  const result = applyConfig(live, config, context)
  return withFields(result, recordApply(live, config, result, { ...context, isForced }))
}

function update(live: JsonObject, next: JsonObject, who: string, subresource?: string): JsonObject {
  return withFields(
    next,
    recordUpdate(live, next, { manager: manager(who, 'Update', subresource), schema, now }),
  )
}

function withFields(object: JsonObject, managedFields: object[]): JsonObject {
  return { ...object, metadata: { ...(object.metadata as object), managedFields } }
}

function fieldsOf(object: JsonObject, who: string): unknown {
  const entries = (object.metadata as { managedFields: { manager: string; fieldsV1: unknown }[] })
    .managedFields
  return entries.find((entry) => entry.manager === who)?.fieldsV1
}

function conflictsOf(body: () => unknown): string[] {
  try {
    body()
  } catch (error) {
    if (!(error instanceof FieldConflictError)) throw error
    return error.conflicts.flatMap(({ manager: { name }, fields }) =>
      [...fields.paths()].map((path) => `${name} ${formatPath(path)}`),
    )
  }
  return []
}

const nothing = thing(undefined)

describe('who applies owns what the configuration sets', () => {
  test('fields by name, entries of maps, items of lists with keys, atomic ones as a whole', () => {
    const config = thing(
      { order: 1, types: ['Ingress'], selector: { a: 'b' }, ports: [{ port: 80, name: 'http' }] },
      { labels: { app: 'web' }, finalizers: ['x'] },
    )
    expect(fieldsOf(apply(nothing, config, 'ann'), 'ann')).toEqual({
      'f:metadata': { 'f:finalizers': { 'v:"x"': {} }, 'f:labels': { 'f:app': {} } },
      'f:spec': {
        'f:order': {},
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
        'f:selector': {},
        'f:types': {},
      },
    })
  })

  test('two who say different things of different fields share the object', () => {
    const first = apply(nothing, thing({ order: 1 }, { labels: { app: 'web' } }), 'ann')
    const both = apply(first, thing({ types: ['Egress'] }, { labels: { team: 'shop' } }), 'bob')
    expect(both).toMatchObject({
      metadata: { labels: { app: 'web', team: 'shop' } },
      spec: { order: 1, types: ['Egress'] },
    })
    expect(fieldsOf(both, 'ann')).toEqual({
      'f:metadata': { 'f:labels': { 'f:app': {} } },
      'f:spec': { 'f:order': {} },
    })
  })

  test('two who say the same both own it', () => {
    const both = apply(apply(nothing, thing({ order: 1 }), 'ann'), thing({ order: 1 }), 'bob')
    expect([fieldsOf(both, 'ann'), fieldsOf(both, 'bob')]).toEqual([
      { 'f:spec': { 'f:order': {} } },
      { 'f:spec': { 'f:order': {} } },
    ])
  })
})

describe('who says something else of a field that another one owns has a conflict', () => {
  const live = apply(nothing, thing({ order: 1, ports: [{ port: 80, name: 'http' }] }), 'ann')

  test('which names the owner and the field', () => {
    const config = thing({ order: 2, ports: [{ port: 80, name: 'web' }] })
    expect(conflictsOf(() => apply(live, config, 'bob'))).toEqual([
      'ann .spec.order',
      'ann .spec.ports[port=80,protocol="TCP"].name',
    ])
  })

  test('and by force takes the field from its owner', () => {
    const taken = apply(live, thing({ order: 2 }), 'bob', true)
    expect(taken).toMatchObject({ spec: { order: 2 } })
    expect(fieldsOf(taken, 'ann')).toEqual({
      'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } },
    })
  })

  test('no conflict with oneself', () => {
    expect(apply(live, thing({ order: 2 }), 'ann')).toMatchObject({ spec: { order: 2 } })
  })
})

describe('what one applied before and leaves out now', () => {
  test('goes, if nobody else owns it, and its empty container too', () => {
    const live = apply(nothing, thing({ order: 1, types: ['Egress'] }, { labels: { app: 'web' } }), 'ann')
    const next = apply(live, thing({ order: 1 }), 'ann')
    expect(next.spec).toEqual({ order: 1 })
    expect(next.metadata).not.toHaveProperty('labels')
  })

  test('stays, if another one owns it too', () => {
    const live = apply(apply(nothing, thing({ order: 1 }), 'ann'), thing({ order: 1 }), 'bob')
    expect(apply(live, thing({}), 'ann')).toMatchObject({ spec: { order: 1 } })
  })

  test('an item of a list with keys goes with what the server filled in', () => {
    const live = apply(nothing, thing({ ports: [{ port: 80 }, { port: 81 }] }), 'ann')
    const spec = live.spec as { ports: object[] }
    const filled = { ...live, spec: { ports: spec.ports.map((port) => ({ protocol: 'TCP', ...port })) } }
    expect(apply(filled, thing({ ports: [{ port: 81 }] }), 'ann').spec).toEqual({
      ports: [{ port: 81, protocol: 'TCP' }],
    })
  })

  test('of an item, another one keeps what he owns in it', () => {
    const live = apply(
      apply(nothing, thing({ ports: [{ port: 80, name: 'http' }] }), 'ann'),
      thing({ ports: [{ port: 80, note: 'n' }] }),
      'bob',
    )
    expect(apply(live, thing({}), 'ann').spec).toEqual({ ports: [{ port: 80, note: 'n' }] })
  })

  test('an item of a set goes, those of others stay in their order', () => {
    const live = update(nothing, thing(undefined, { finalizers: ['a', 'b'] }), 'tool')
    const more = apply(live, thing(undefined, { finalizers: ['c', 'b'] }), 'ann')
    expect(more.metadata).toMatchObject({ finalizers: ['a', 'c', 'b'] })
    expect(apply(more, thing(undefined, {}), 'ann').metadata).toMatchObject({ finalizers: ['a', 'b'] })
  })
})

describe('who updates', () => {
  test('owns what has changed, and the containers that were made for it', () => {
    const live = update(nothing, thing({ order: 1 }, { labels: { app: 'web' } }), 'tool')
    expect(fieldsOf(live, 'tool')).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': { '.': {}, 'f:order': {} },
    })
  })

  test('takes changed fields from their owners without being asked', () => {
    const live = apply(nothing, thing({ order: 1, types: ['Egress'] }), 'ann')
    const next = update(live, { ...live, spec: { order: 2, types: ['Egress'] } }, 'tool')
    expect([fieldsOf(next, 'ann'), fieldsOf(next, 'tool')]).toEqual([
      { 'f:spec': { 'f:types': {} } },
      { 'f:spec': { 'f:order': {} } },
    ])
    expect(conflictsOf(() => apply(next, thing({ order: 1, types: ['Egress'] }), 'ann'))).toEqual([
      'tool .spec.order',
    ])
  })

  test('does not own what it removed', () => {
    const live = apply(nothing, thing({ order: 1, types: ['Egress'] }), 'ann')
    const next = update(live, { ...live, spec: { order: 1 } }, 'tool')
    expect([fieldsOf(next, 'ann'), fieldsOf(next, 'tool')]).toEqual([
      { 'f:spec': { 'f:order': {} } },
      undefined,
    ])
  })

  test('owns of status only what it writes there', () => {
    const live = update(nothing, thing({ order: 1 }), 'tool')
    const next = update(live, { ...live, status: { phase: 'Ready' } }, 'controller', 'status')
    expect(fieldsOf(next, 'controller')).toEqual({ 'f:status': { '.': {}, 'f:phase': {} } })
  })

  test('can clear the bookkeeping, but not write it', () => {
    const live = apply(nothing, thing({ order: 1 }), 'ann')
    const cleared = update(live, { ...live, metadata: { name: 'a', managedFields: [] } }, 'tool')
    expect(cleared.metadata).toMatchObject({ managedFields: [] })
    const forged = [
      {
        manager: 'eve',
        operation: 'Apply',
        apiVersion: 'v1',
        time: now,
        fieldsV1: { 'f:spec': { 'f:types': {} } },
      },
    ]
    const written = update(live, { ...live, metadata: { name: 'a', managedFields: forged } }, 'tool')
    expect(fieldsOf(written, 'eve')).toBeUndefined()
  })

  test('more than ten different ones are taken together', () => {
    let live = nothing
    for (let i = 0; i < 14; i++)
      live = update(
        live,
        thing(undefined, { labels: { ...labelsOf(live), [`l${i}`]: 'x' }, managedFields: fieldsIn(live) }),
        `tool-${i}`,
      )
    const names = (fieldsIn(live) as { manager: string }[]).map((entry) => entry.manager)
    expect(names).toContain('ancient-changes')
    expect(names).toHaveLength(10)
  })
})

function labelsOf({ metadata }: JsonObject): object {
  return (metadata as { labels?: object }).labels ?? {}
}

function fieldsIn({ metadata }: JsonObject): unknown {
  return (metadata as { managedFields?: unknown }).managedFields
}

describe('always', () => {
  const config = fc
    .record(
      {
        order: fc.integer({ min: 0, max: 3 }),
        types: fc.subarray(['Ingress', 'Egress']),
        selector: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y')),
        ports: fc.uniqueArray(
          fc.record(
            {
              port: fc.integer({ min: 80, max: 82 }),
              name: fc.constantFrom('a', 'b'),
              note: fc.constantFrom('n', 'm'),
            },
            { requiredKeys: ['port'] },
          ),
          { selector: ({ port }) => port },
        ),
      },
      { requiredKeys: [] },
    )
    .map((spec) => thing(spec))

  test('applying the same again changes nothing', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const live = apply(apply(nothing, first, 'ann', true), second, 'bob', true)
        expect(apply(live, second, 'bob')).toEqual(live)
      }),
    )
  })

  test('what is applied stands there afterwards', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const live = apply(apply(nothing, first, 'ann', true), second, 'bob', true)
        expect(live).toMatchObject(second.spec === undefined ? {} : { spec: withoutLists(second.spec) })
      }),
    )
  })

  test('who applied alone and takes everything back leaves nothing behind', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const live = apply(apply(nothing, first, 'ann'), second, 'ann')
        expect(apply(live, thing(undefined), 'ann').spec ?? {}).toEqual({})
      }),
    )
  })
})

/** Lists with keys hold more than was applied now. */
function withoutLists(spec: unknown): object {
  const { ports: _, ...rest } = spec as Record<string, unknown>
  return rest
}
