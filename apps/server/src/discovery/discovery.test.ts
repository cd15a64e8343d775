import { createHash } from 'node:crypto'
import { kindDefinitions, openApiName } from '@margay/resources'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestServer } from '../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

interface Named {
  readonly name: string
}

test('/version names a Kubernetes version that kubectl can compare itself with', async () => {
  const { json } = await server.get('/version')
  expect(json.gitVersion).toMatch(/^v1\.\d+\.\d+/)
})

test('every kind is found by walking from the roots', async () => {
  const found: string[] = []
  const core = (await server.get('/api')).json.versions.map((version: string) => `/api/${version}`)
  const groups = (await server.get('/apis')).json.groups
  const others = groups.flatMap((group: { versions: { groupVersion: string }[] }) =>
    group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
  )
  for (const root of [...core, ...others]) {
    const { json } = await server.get(root)
    expect(json).toMatchObject({ kind: 'APIResourceList', groupVersion: root.replace(/^\/apis?\//, '') })
    found.push(...json.resources.map(({ name }: Named) => `${root}/${name}`))
  }
  for (const kind of kindDefinitions) {
    const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
    expect(found).toContain(`${root}/${kind.plural}`)
    expect(found.includes(`${root}/${kind.plural}/status`)).toBe(kind.hasStatus)
  }
})

test('one group, by itself', async () => {
  const { json } = await server.get('/apis/projectcalico.org')
  expect(json).toMatchObject({
    kind: 'APIGroup',
    name: 'projectcalico.org',
    preferredVersion: { groupVersion: 'projectcalico.org/v3', version: 'v3' },
  })
})

test.each(['v2', 'v2beta1'])('all at once, in the aggregated form %s', async (version) => {
  const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`
  for (const root of ['/api', '/apis']) {
    const { headers, json } = await server.get(root, { accept })
    expect(headers['content-type']).toBe(
      `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    )
    expect(json).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
    })
    const names = json.items.map(({ metadata }: { metadata: { name?: string } }) => metadata.name ?? '')
    expect(names.includes('')).toBe(root === '/api')
    if (root === '/apis') expect(names).toContain('projectcalico.org')
  }
})

test('the verbs of a resource are those that it answers', async () => {
  const { json } = await server.get('/apis/projectcalico.org/v3')
  const tiers = json.resources.find(({ name }: Named) => name === 'tiers')
  expect(tiers).toMatchObject({ kind: 'Tier', namespaced: false, singularName: 'tier' })
  expect(tiers.verbs).toEqual([
    'create',
    'delete',
    'deletecollection',
    'get',
    'list',
    'patch',
    'update',
    'watch',
  ])
})

test('the newest and most stable version of a group is preferred', async () => {
  const versions = async (group: string) => {
    const { json } = await server.get(`/apis/${group}`)
    const names = json.versions.map(({ version }: { version: string }) => version)
    return { names, preferred: json.preferredVersion.version }
  }
  expect(await versions('policy.networking.k8s.io')).toEqual({
    names: ['v1alpha2', 'v1alpha1'],
    preferred: 'v1alpha2',
  })
  expect(await versions('authentication.k8s.io')).toEqual({ names: ['v1', 'v1beta1'], preferred: 'v1' })
})

test('OpenAPI: the index leads to one document for each group and version, named by its content', async () => {
  const { json: index } = await server.get('/openapi/v3')
  const reviews = ['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1', 'authorization.k8s.io/v1']
  expect(Object.keys(index.paths)).toEqual([
    ...new Set([...kindDefinitions.map(rootOf), ...reviews.map((each) => `apis/${each}`)]),
  ])
  for (const { serverRelativeURL } of Object.values<{ serverRelativeURL: string }>(index.paths)) {
    const { text, json, headers } = await server.get(serverRelativeURL)
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 32).toUpperCase()
    expect(serverRelativeURL.split('hash=')[1]).toBe(hash)
    expect(headers['cache-control']).toContain('immutable')
    expect(json.openapi).toBe('3.0.0')
  }
})

test('OpenAPI: every kind has its paths, its schema, and no dangling reference', async () => {
  for (const kind of kindDefinitions) {
    const { json } = await server.get(`/openapi/v3/${rootOf(kind)}`)
    const item = `/${rootOf(kind)}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}/{name}`
    const { patch } = json.paths[item]
    expect(patch['x-kubernetes-group-version-kind']).toEqual({
      group: kind.group,
      version: kind.version,
      kind: kind.kind,
    })
    expect(patch.parameters.map(({ name }: Named) => name)).toEqual([
      'dryRun',
      'fieldManager',
      'fieldValidation',
    ])
    expect(`${item}/status` in json.paths).toBe(kind.hasStatus)
    for (const [, name] of JSON.stringify(json).matchAll(/#\/components\/schemas\/([^"]+)"/g)) {
      expect(json.components.schemas).toHaveProperty([name ?? ''])
    }
  }
})

test('OpenAPI v2: everything as JSON, and nothing in the protobuf that old clients insist on', async () => {
  const { json } = await server.get('/openapi/v2')
  expect(json.swagger).toBe('2.0')
  for (const kind of kindDefinitions) {
    expect(json.definitions).toHaveProperty([openApiName(kind)])
    expect(json.definitions).toHaveProperty([`${openApiName(kind)}List`])
  }
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
  const { headers, text } = await server.get('/openapi/v2', { accept })
  expect(headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
  expect(text).toBe('\n\x032.0\x12\x0c\n\x06Margay\x12\x02v2B\x00')
})

/** By the schemas that the OpenAPI Initiative publishes. */
test('every OpenAPI document is valid, and each of its references leads somewhere', async () => {
  const { json: index } = await server.get('/openapi/v3')
  for (const path of ['/openapi/v2', ...Object.keys(index.paths).map((name) => `/openapi/v3/${name}`)]) {
    const { json, text } = await server.get(path)
    const { valid, errors } = await new Validator().validate(json)
    expect({ path, valid, errors }).toEqual({ path, valid: true, errors: undefined })
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g))
      expect(json).toHaveProperty(
        pointer
          .split('/')
          .slice(0, -1)
          .concat([pointer.split('/').at(-1) ?? '']),
      )
  }
}, 60_000)

/** `kubectl explain` could not speak of them. */
test('reviews are in the OpenAPI documents of their groups', async () => {
  const { json: access } = await server.get('/openapi/v3/apis/authorization.k8s.io/v1')
  const { json: identity } = await server.get('/openapi/v3/apis/authentication.k8s.io/v1')
  expect(Object.keys(access.paths)).toEqual([
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    '/apis/authorization.k8s.io/v1/namespaces/{namespace}/localsubjectaccessreviews',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  ])
  const name = 'io.k8s.api.authentication.v1.TokenReview'
  expect(identity.components.schemas[name]).toMatchObject({
    properties: { spec: { properties: { token: { type: 'string' } } } },
    'x-kubernetes-group-version-kind': [
      { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' },
    ],
  })
})

function rootOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`
}
