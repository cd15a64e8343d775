import type { PolicyRule } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clusterBinding, clusterRole, group, role, roleBinding, user } from '../../testing/rbac.ts'
import type { ResourceAction } from '../attributes.ts'
import { RbacIndex } from './rbac-index.ts'
import { uncoveredRules } from './uncovered-rules.ts'

const some = (...values: string[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 })
const anyRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some('get', 'list', 'bind', '*'),
  apiGroups: some('', 'g', '*'),
  resources: some('a', 'b', 'a/s', '*/s', '*'),
  resourceNames: fc.uniqueArray(fc.constantFrom('n', 'm'), { maxLength: 2 }),
})
const anyRules = fc.array(anyRule, { maxLength: 3 })
const anySubject = fc.constantFrom(user('u'), user('v'), group('p'), group('q'))
const roleName = fc.constantFrom('r1', 'r2', 'gone')
const anyRoleRef = fc.record({
  kind: fc.constantFrom('Role' as const, 'ClusterRole' as const),
  name: roleName,
})
const bindingName = fc.nat({ max: 20 }).map(String)

const anyBinding = fc.oneof(
  fc.tuple(bindingName, roleName, anySubject).map(([name, to, who]) => clusterBinding(name, to, who)),
  fc
    .tuple(fc.constantFrom('x', 'y'), bindingName, anyRoleRef, anySubject)
    .map(([namespace, name, to, who]) => roleBinding(namespace, name, to, who)),
)
const anyRole = fc.oneof(
  fc.tuple(fc.constantFrom('r1', 'r2'), anyRules).map(([name, rules]) => clusterRole(name, rules)),
  fc
    .tuple(fc.constantFrom('x', 'y'), fc.constantFrom('r1', 'r2'), anyRules)
    .map(([namespace, name, rules]) => role(namespace, name, rules)),
)
const anyWorld = fc.array(fc.oneof(anyBinding, anyRole), { maxLength: 15 })
const anyAction = fc.record({
  verb: fc.constantFrom('get', 'list', 'bind', 'escalate'),
  group: fc.constantFrom('', 'g'),
  resource: fc.constantFrom('a', 'b', 'c'),
  subresource: fc.constantFrom('', 's', 't'),
  namespace: fc.constantFrom('', 'x', 'y'),
  name: fc.constantFrom('', 'n', 'm', 'o'),
})
const asker = { name: 'u', groups: ['p'] }

type World = readonly (ReturnType<typeof clusterRole> | ReturnType<typeof clusterBinding> | object)[]

function indexOf(world: World): RbacIndex {
  const index = new RbacIndex()
  for (const object of world) index.put(object as never)
  return index
}
const isAllowed = (index: RbacIndex, action: ResourceAction, who = asker): boolean =>
  index.decide({ ...action, user: who }).decision === 'Allow'

/** The later of two objects with one identity counts. */
function withoutRepeats(world: World): World {
  const keyOf = (object: object) => {
    const { kind, metadata } = object as ReturnType<typeof role>
    return `${kind} ${metadata.namespace} ${metadata.name}`
  }
  return [...new Map(world.map((object) => [keyOf(object), object])).values()]
}

/** A second opinion, as slow and plain as the documentation of RBAC: any binding, any rule. */
function plainly(world: World, action: ResourceAction, who = asker): boolean {
  const objects = withoutRepeats(world) as never[]
  const roles = objects.filter(({ kind }: { kind: string }) => kind.endsWith('Role')) as ReturnType<
    typeof role
  >[]
  const bindings = objects.filter(({ kind }: { kind: string }) => kind.endsWith('Binding')) as ReturnType<
    typeof roleBinding
  >[]
  return bindings.some(({ kind, metadata, subjects = [], roleRef }) => {
    if (kind === ('RoleBinding' as string) && metadata.namespace !== action.namespace) return false
    const isMeant = subjects.some((subject) =>
      subject.kind === 'User' ? subject.name === who.name : who.groups.includes(subject.name),
    )
    const found = roles.find(
      (each) =>
        each.kind === (roleRef.kind as string) &&
        each.metadata.name === roleRef.name &&
        (roleRef.kind === 'ClusterRole' || each.metadata.namespace === metadata.namespace),
    )
    return isMeant && (found?.rules ?? []).some((each) => permits(each, action))
  })
}

function permits(
  given: PolicyRule,
  { verb, group: of, resource, subresource, name }: ResourceAction,
): boolean {
  const has = (list: readonly string[] = [], ...wanted: string[]) =>
    wanted.some((each) => list.includes(each))
  const forms = subresource === '' ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`]
  const names = given.resourceNames ?? []
  return (
    has(given.verbs, verb, '*') &&
    has(given.apiGroups, of, '*') &&
    has(given.resources, ...forms, '*') &&
    (names.length === 0 || names.includes(name))
  )
}

test('the index answers as the plain reading of the objects does', () => {
  fc.assert(
    fc.property(anyWorld, anyAction, (world, action) => {
      expect(isAllowed(indexOf(world), action)).toBe(plainly(world, action))
    }),
    { numRuns: 2000 },
  )
})

test('adding a binding never removes a permission', () => {
  fc.assert(
    fc.property(anyWorld, anyBinding, anyAction, (world, binding, action) => {
      const added = { ...binding, metadata: { ...binding.metadata, name: 'one-more' } }
      if (isAllowed(indexOf(world), action)) expect(isAllowed(indexOf([...world, added]), action)).toBe(true)
    }),
  )
})

test('the order in which objects come does not matter', () => {
  const shuffled = anyWorld
    .map(withoutRepeats)
    .chain((world) =>
      fc.tuple(fc.constant(world), fc.shuffledSubarray([...world], { minLength: world.length })),
    )
  fc.assert(
    fc.property(shuffled, anyAction, ([world, other], action) => {
      expect(isAllowed(indexOf(other), action)).toBe(isAllowed(indexOf(world), action))
    }),
  )
})

test('what came and went leaves nothing behind', () => {
  fc.assert(
    fc.property(anyWorld, anyWorld, anyAction, (world, passing, action) => {
      const index = new RbacIndex()
      for (const object of passing) index.put(object as never)
      isAllowed(index, action)
      for (const object of withoutRepeats(passing)) index.remove(object as never)
      for (const object of world) index.put(object as never)
      expect(isAllowed(index, action)).toBe(isAllowed(indexOf(world), action))
    }),
  )
})

test('a user whom no binding names may do nothing', () => {
  fc.assert(
    fc.property(anyWorld, anyAction, (world, action) => {
      expect(isAllowed(indexOf(world), action, { name: 'stranger', groups: ['none'] })).toBe(false)
    }),
  )
})

test('whoever holds all parts of some rules gains nothing by having them', () => {
  fc.assert(
    fc.property(anyRules, anyRules, anyAction, (held, wanted, action) => {
      const holder = indexOf([clusterRole('r', held), clusterBinding('b', 'r', user('u'))])
      const missing = uncoveredRules(
        wanted,
        '',
        (part) => holder.decide({ ...part, user: asker }).decision === 'Allow',
      )
      const gained = indexOf([clusterRole('r', wanted), clusterBinding('b', 'r', user('u'))])
      if (missing.length === 0 && isAllowed(gained, action)) expect(isAllowed(holder, action)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('everybody holds what he holds', () => {
  fc.assert(
    fc.property(anyRules, (rules) => {
      const holder = indexOf([clusterRole('r', rules), clusterBinding('b', 'r', user('u'))])
      expect(
        uncoveredRules(rules, '', (part) => holder.decide({ ...part, user: asker }).decision === 'Allow'),
      ).toEqual([])
    }),
  )
})
