import { expect, test } from 'vitest'
import { admitted, globalPolicy, ingress, networkPolicy, stagedPolicy } from '../examples.testkit.ts'

const allow = [{ action: 'Allow' }]

test.each([
  { spec: {}, types: ['Ingress'] },
  { spec: { ingress: allow }, types: ['Ingress'] },
  { spec: { egress: allow }, types: ['Egress'] },
  { spec: { ingress: allow, egress: allow }, types: ['Ingress', 'Egress'] },
  { spec: { ingress: allow, egress: [] }, types: ['Ingress'] },
  { spec: { egress: allow, types: ['Ingress'] }, types: ['Ingress'] },
])('types of $spec are $types', ({ spec, types }) => {
  expect(admitted(networkPolicy(spec))).toMatchObject({ spec: { types } })
  expect(admitted(globalPolicy(spec))).toMatchObject({ spec: { types } })
})

test('a staged deletion gets no types', () => {
  expect(admitted(stagedPolicy({ stagedAction: 'Delete' }))).toMatchObject({
    spec: { stagedAction: 'Delete', tier: 'default' },
  })
  expect(admitted(stagedPolicy({ stagedAction: 'Delete' }))).not.toHaveProperty('spec.types')
})

test('a staged policy is to be set', () => {
  expect(admitted(stagedPolicy({}))).toMatchObject({ spec: { stagedAction: 'Set' } })
})

test('the label of the tier is always that of the spec', () => {
  const input = {
    ...networkPolicy({ tier: 'sec' }),
    metadata: { name: 'a', labels: { 'projectcalico.org/tier': 'x', b: 'c' } },
  }
  expect(admitted(input).metadata.labels).toEqual({ 'projectcalico.org/tier': 'sec', b: 'c' })
})

test('protocols and ports are stored in one form', () => {
  const rule = {
    protocol: '6',
    notProtocol: 'UDP',
    source: { ports: ['80', '80:80', '080:090', 'http', 81] },
  }
  expect(admitted(ingress(rule))).toMatchObject({
    spec: {
      ingress: [{ protocol: 6, notProtocol: 'UDP', source: { ports: [80, 80, '80:90', 'http', 81] } }],
    },
  })
})
