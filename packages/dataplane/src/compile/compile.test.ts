import { expect, test } from 'vitest'
import { renderDelta } from '../reconcile/render-delta.ts'
import { compile, defaultCompileOptions } from './compile.ts'
import { policy, tier, worldWith } from './world.testkit.ts'

const nothing = { kind: 'Exact', table: { sets: new Map(), maps: new Map(), chains: new Map() } } as const

const world = () =>
  worldWith(
    tier('platform', { order: 10, defaultAction: 'Pass' }),
    policy(
      'platform.guard',
      {
        tier: 'platform',
        order: 1,
        selector: "app == 'db'",
        types: ['Ingress'],
        ingress: [
          { action: 'Log', protocol: 'TCP' },
          { action: 'Deny', source: { nets: ['203.0.113.0/24'] } },
          { action: 'Pass', source: { selector: "app == 'web'" } },
        ],
      },
      'GlobalNetworkPolicy',
    ),
    policy('db', {
      selector: "app == 'db'",
      ingress: [
        {
          action: 'Allow',
          protocol: 'TCP',
          source: { selector: "app == 'web'" },
          destination: { ports: ['http'] },
        },
      ],
    }),
    policy('web-egress', {
      selector: "app == 'web'",
      types: ['Egress'],
      egress: [{ action: 'Allow', protocol: 'TCP' }],
    }),
  )

test('the whole ruleset of a small world is as reviewed', async () => {
  const state = world()
  const table = compile(state, [...state.endpoints.values()], defaultCompileOptions)
  await expect(renderDelta(nothing, table)).toMatchFileSnapshot('small-world.golden.nft')
})

test('compiling again changes nothing', () => {
  const state = world()
  const again = () => compile(state, [...state.endpoints.values()], defaultCompileOptions)
  expect(renderDelta({ kind: 'Exact', table: again() }, again())).toBe('')
})

test('endpoints under the same policy share their chains', () => {
  const state = worldWith(policy('all', { types: ['Ingress'] }))
  const { maps } = compile(state, [...state.endpoints.values()], defaultCompileOptions)
  const targets = [...(maps.get('to-pods')?.elements.values() ?? [])].map(({ verdict }) => verdict)
  expect(targets).toHaveLength(2)
  expect(new Set(targets).size).toBe(1)
})

test('only local endpoints are dispatched to, and others are still peers', () => {
  const state = worldWith(
    policy('p', { ingress: [{ action: 'Allow', source: { selector: "app == 'web'" } }] }),
  )
  const db = [...state.endpoints.values()].filter(({ name }) => name === 'db')
  const table = compile(state, db, defaultCompileOptions)
  expect([...(table.maps.get('to-pods')?.elements.values() ?? [])].map(({ comment }) => comment)).toEqual([
    'shop/db',
  ])
  expect([...table.sets.values()].flatMap(({ elements }) => [...elements])).toEqual(['10.65.0.1', 'fd65::1'])
})

test('every chain that decides ends in a verdict', () => {
  const state = world()
  const { chains } = compile(state, [...state.endpoints.values()], defaultCompileOptions)
  const deciding = [...chains].filter(([, { hook }]) => hook === undefined)
  expect(deciding.length).toBeGreaterThan(5)
  for (const [name, { rules }] of deciding) {
    expect(rules.at(-1), name).toMatch(
      /^(counter )?(drop|return|accept|goto egress-allowed)( comment "[^"]*")?$/,
    )
  }
})
