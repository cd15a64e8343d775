import { describe, expect, test } from 'vitest'
import { admit } from './admit.ts'
import { admitted, core, globalPolicy, ingress, issuePaths, networkPolicy, tier } from './examples.testkit.ts'

const messages = (input: unknown): string[] => {
  const admission = admit(input)
  return admission.ok ? [] : admission.issues.map(({ path, message }) => `${path}: ${message}`)
}

describe('what is not an object of a known kind', () => {
  test.each([[null], [5], ['text'], [[]], [undefined]])('%j is refused', (input) => {
    expect(messages(input)).toEqual([expect.stringContaining('must be an object')])
  })

  test.each([
    [{}, 'apiVersion'],
    [{ apiVersion: 'v1' }, 'kind'],
    [{ apiVersion: 'v1', kind: 7 }, 'kind'],
    [{ apiVersion: 'v2', kind: 'Pod', metadata: { name: 'a' } }, 'kind'],
    [{ apiVersion: 'v1', kind: 'constructor' }, 'kind'],
  ])('%j is refused at %s', (input, path) => expect(issuePaths(input)).toEqual([path]))

  test('an unknown kind is told which kinds there are', () => {
    expect(messages({ apiVersion: 'v1', kind: 'Gadget' })[0]).toContain('projectcalico.org/v3 Tier')
  })
})

describe('messages', () => {
  test('name what is allowed', () => {
    expect(messages(ingress({ action: 'allow' }))).toEqual([
      'spec.ingress[0].action: must be Allow, Deny, Log or Pass, but is "allow"',
    ])
  })

  test("tell a selector's position", () => {
    expect(messages(networkPolicy({ selector: 'a == b' }))[0]).toContain('at character 5')
  })

  test('speak of all issues at once, of shape and of meaning', () => {
    const input = globalPolicy({
      order: 'first',
      ingress: [{ action: 'Deny' }, { action: 'Deny', protocol: 'GRE' }],
      typo: 1,
    })
    expect(issuePaths(input)).toEqual(['spec.order', 'spec.typo', 'spec.ingress[1].protocol'])
  })

  test('speak once of an item whose shape is wrong', () => {
    expect(issuePaths(ingress({ protocol: [], source: { ports: [80] } }))).toEqual([
      'spec.ingress[0].protocol',
    ])
    expect(issuePaths(networkPolicy({ ingress: [5, { action: 'Allow', icmp: {} }] }))).toEqual([
      'spec.ingress[0]',
      'spec.ingress[1].protocol',
    ])
  })
})

describe('unknown fields', () => {
  const input = ingress({ source: { nets: ['10.0.0.0/8'], ports_: [1] } })
  const path = 'spec.ingress[0].source.ports_'

  test('are refused by default', () => expect(issuePaths(input)).toEqual([path]))

  test('may be dropped with a warning', () => {
    const admission = admit(input, { unknownFields: 'warn' })
    expect(admission.ok && admission.warnings).toEqual([
      { path, reason: 'UnknownField', message: expect.stringContaining('notPorts') },
    ])
    expect(admission.ok && JSON.stringify(admission.resource)).not.toContain('ports_')
  })

  test('may be dropped silently', () => {
    const admission = admit(input, { unknownFields: 'drop' })
    expect(admission.ok && admission.warnings).toEqual([])
  })

  test('of a Pod are kept', () => {
    const input = core(
      'Pod',
      { name: 'a' },
      { spec: { volumes: [{ name: 'v', emptyDir: {} }], priority: null } },
    )
    expect(admitted(input)).toMatchObject({
      spec: { volumes: [{ name: 'v', emptyDir: {} }], priority: null },
    })
  })
})

describe('hostile input', () => {
  test('__proto__ is refused wherever it stands, also in fields that are kept', () => {
    expect(
      issuePaths(
        JSON.parse('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"__proto__":{"x":1}}}'),
      ),
    ).toEqual(['spec.__proto__'])
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  test('names of inherited properties are names like others', () => {
    expect(issuePaths(networkPolicy({ constructor: {}, toString: 1 }))).toEqual([
      'spec.constructor',
      'spec.toString',
    ])
    expect(issuePaths(core('Pod', { name: 'a', labels: { constructor: 'x' } }))).toEqual([])
  })

  test('nesting beyond 64 levels is refused', () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = [deep]
    const paths = issuePaths(core('Pod', { name: 'a' }, { spec: { deep } }))
    expect(paths).toEqual([expect.stringMatching(/^spec\.deep(\[0\])+$/)])
  })

  test('an object that holds itself is refused', () => {
    const knot: unknown[] = []
    knot.push(knot, knot)
    expect(issuePaths(core('Pod', { name: 'a' }, { spec: { knot } }))).not.toEqual([])
  })

  test('of a list with hundreds of thousands of issues, the first thousand are told', () => {
    const nets = Array.from({ length: 200_000 }, () => '10.0.0.1')
    const paths = issuePaths({
      ...core('NetworkSet', { name: 'a' }, { spec: { nets } }),
      apiVersion: 'projectcalico.org/v3',
    })
    expect(paths).toHaveLength(1000)
  })

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], ['5'], [10n]])('%s is no order', (order) => {
    expect(issuePaths(networkPolicy({ order }))).toEqual(['spec.order'])
  })

  test('what is no JSON is refused in fields that are kept', () => {
    expect(issuePaths(core('Pod', { name: 'a' }, { spec: { x: () => 1 } }))).toEqual(['spec.x'])
  })
})

describe('defaults', () => {
  test('empty maps, lists and texts of metadata count as absent, so that kubectl diff shows none', () => {
    const hollow = {
      labels: {},
      annotations: {},
      finalizers: [],
      ownerReferences: [],
      generateName: '',
      uid: '',
    }
    const { metadata } = admitted(core('ConfigMap', { name: 'a', namespace: 'n', ...hollow }))
    expect(metadata).toEqual({ name: 'a', namespace: 'n' })
  })

  test('null counts as absent', () => {
    expect(admitted(networkPolicy({ order: null, tier: null, ingress: null }))).toMatchObject({
      spec: { tier: 'default', types: ['Ingress'] },
    })
  })

  test('a label without a value is empty', () => {
    expect(admitted(core('Pod', { name: 'a', labels: { b: null } })).metadata.labels).toEqual({ b: '' })
  })

  test('a namespace is filled in where one belongs, and taken away where none does', () => {
    expect(admitted(core('Pod', { name: 'a' })).metadata.namespace).toBe('default')
    const admission = admit(core('Node', { name: 'a', namespace: 'b' }))
    expect(admission.ok && admission.resource.metadata).toEqual({ name: 'a' })
    expect(admission.ok && admission.warnings.map(({ path }) => path)).toEqual(['metadata.namespace'])
  })

  test('the input is left as it was', () => {
    const input = ingress({ protocol: '6', source: { ports: ['80:80'] } })
    const before = JSON.stringify(input)
    admitted(input)
    expect(JSON.stringify(input)).toBe(before)
  })

  test('a spec is never missing after admission', () => {
    const { spec: _, ...withoutSpec } = tier('sec', {})
    expect(admitted(withoutSpec)).toMatchObject({ spec: { order: 1_000_000, defaultAction: 'Deny' } })
  })
})
