import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'

const pools = `${v3}/ippools`
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})
beforeEach(async () => {
  await server.delete(pools)
  await server.post(pools, pool('first', { cidr: '10.1.0.0/16' }))
})

const pool = (name: string, spec: object, metadata: object = {}) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPPool',
  metadata: { name, ...metadata },
  spec,
})
const change = (spec: object) => server.patch(`${pools}/first`, 'merge', { spec })
const conditions = async () => (await server.get(`${pools}/first`)).json.status.conditions

describe('what a pool keeps', () => {
  test.each([
    ['spec.cidr', { cidr: '10.2.0.0/16' }],
    ['spec.cidr', { cidr: '10.1.0.0/17' }],
    ['spec.blockSize', { blockSize: 27 }],
  ])('%s can not be changed to %j', async (field, spec) => {
    const message = expect.stringContaining('field is immutable')
    expect(await change(spec)).toMatchObject({
      status: 422,
      json: { reason: 'Invalid', details: { causes: [{ field, reason: 'FieldValueInvalid', message }] } },
    })
  })

  test('by PUT and by apply neither', async () => {
    const { json } = await server.get(`${pools}/first`)
    const other = { ...json, spec: { ...json.spec, cidr: '10.2.0.0/16' } }
    expect((await server.call('PUT', `${pools}/first`, { body: other })).status).toBe(422)
    const headers = { 'content-type': 'application/apply-patch+yaml' }
    const body = pool('first', { cidr: '10.2.0.0/16' })
    const path = `${pools}/first?fieldManager=me&force=true`
    expect((await server.call('PATCH', path, { headers, body })).status).toBe(422)
  })

  test.each([{ cidr: '10.1.0.0/16' }, { blockSize: 26 }, { blockSize: null }, { natOutgoing: true }])(
    '%j may be written',
    async (spec) => expect((await change(spec)).status).toBe(200),
  )
})

describe('overlaps', () => {
  test.each(['10.1.0.0/16', '10.1.2.0/24', '10.0.0.0/8'])('%s is refused', async (cidr) => {
    const message = expect.stringContaining('must not overlap with the pool first, which has 10.1.0.0/16')
    expect(await server.post(pools, pool('second', { cidr }))).toMatchObject({
      status: 422,
      json: { details: { causes: [{ field: 'spec.cidr', message }] } },
    })
    expect((await server.get(`${pools}/second`)).status).toBe(404)
  })

  test('with a disabled pool is refused too, and in a dry run', async () => {
    await change({ disabled: true })
    expect((await server.post(`${pools}?dryRun=All`, pool('second', { cidr: '10.1.0.0/16' }))).status).toBe(
      422,
    )
  })

  test('other addresses are welcome, and a pool that is there is told so', async () => {
    expect((await server.post(pools, pool('second', { cidr: '10.2.0.0/16' }))).status).toBe(201)
    expect((await server.post(pools, pool('six', { cidr: 'fd00:1::/64' }))).status).toBe(201)
    const again = await server.post(pools, pool('first', { cidr: '10.1.0.0/16' }))
    expect(again).toMatchObject({ status: 409, json: { reason: 'AlreadyExists' } })
  })
})

describe('the condition Allocatable', () => {
  test('says whether the pool gives out addresses', async () => {
    expect(await conditions()).toMatchObject([{ type: 'Allocatable', status: 'True', reason: 'OK' }])
    await change({ disabled: true })
    expect(await conditions()).toMatchObject([{ status: 'False', reason: 'PoolDisabled' }])
    await change({ disabled: false })
    expect(await conditions()).toMatchObject([{ status: 'True', reason: 'OK' }])
  })

  test('says that the pool is being deleted', async () => {
    await server.patch(`${pools}/first`, 'merge', { metadata: { finalizers: ['a.io/x'] } })
    await server.delete(`${pools}/first`)
    expect(await conditions()).toMatchObject([{ status: 'False', reason: 'Terminating' }])
    await server.patch(`${pools}/first`, 'merge', { metadata: { finalizers: [] } })
  })

  test('is left to those who write the status itself', async () => {
    const status = {
      conditions: [
        {
          type: 'Allocatable',
          status: 'False',
          reason: 'CIDROverlap',
          message: '',
          lastTransitionTime: '2026-01-02T03:04:05Z',
        },
      ],
    }
    expect((await server.patch(`${pools}/first/status`, 'merge', { status })).status).toBe(200)
    expect(await conditions()).toEqual(status.conditions)
  })

  test('a write that changes nothing stays one', async () => {
    const before = (await server.get(`${pools}/first`)).json.metadata.resourceVersion
    expect((await change({ disabled: false })).json.metadata.resourceVersion).not.toBe(before)
    const { resourceVersion } = (await change({ disabled: false })).json.metadata
    expect((await change({ disabled: false })).json.metadata.resourceVersion).toBe(resourceVersion)
  })
})
