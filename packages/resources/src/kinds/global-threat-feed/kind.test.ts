import { expect, test } from 'vitest'
import { admit } from '../admit.ts'
import { admitted, issuePaths, threatFeed } from '../examples.testkit.ts'

type Spec = Readonly<Record<string, unknown>>

const url = 'https://feeds.example.com/list.txt'
const pull = (http: object, more: object = {}) => ({ pull: { http: { url, ...http }, ...more } })
const headers = (...list: object[]) => pull({ headers: list })
const secret = { name: 'globalthreatfeed-test-token', key: 'k' }

test('defaults', () => {
  expect(admitted(threatFeed(pull({})))).toMatchObject({
    spec: { content: 'IPSet', mode: 'Enabled', feedType: 'Custom', pull: { period: '24h', http: { url } } },
  })
})

test.each<[string, Spec]>([
  [
    'all of it',
    {
      ...pull({ format: { newlineDelimited: {} } }),
      description: 'x',
      globalNetworkSet: { labels: { a: 'b' } },
    },
  ],
  ['domains', { ...pull({}), content: 'DomainNameSet' }],
  ['no pull', {}],
  ['json', pull({ format: { json: { path: "$.a[*]['b c'].*[0]" } } })],
  ['csv by number', pull({ format: { csv: { fieldNum: 0, recordSize: 1 } } })],
  ['csv by name', pull({ format: { csv: { fieldName: 'ip', header: true, columnDelimiter: ';' } } })],
  ['a secret', headers({ name: 'Authorization', valueFrom: { secretKeyRef: secret } })],
  ['a config map', headers({ name: 'X-Key', valueFrom: { configMapKeyRef: { ...secret, optional: true } } })],
  ['five minutes', pull({}, { period: '5m' })],
  ['an address with a port', pull({ url: 'http://[fd00::1]:8080/a?b=c' })],
])('%s is admitted', (_, spec) => expect(issuePaths(threatFeed(spec))).toEqual([]))

const http = 'spec.pull.http'
test.each<[Spec, string[]]>([
  [{ description: 'x'.repeat(257) }, ['spec.description']],
  [{ mode: 'Off' }, ['spec.mode']],
  [{ globalNetworkSet: {} }, ['spec.globalNetworkSet']],
  [{ ...pull({}), content: 'DomainNameSet', globalNetworkSet: {} }, ['spec.globalNetworkSet']],
  [{ ...pull({}), globalNetworkSet: { labels: { 'a b': '' } } }, ['spec.globalNetworkSet.labels[a b]']],
  [
    { ...pull({}), globalNetworkSet: { labels: { 'projectcalico.org/namespace': 'x' } } },
    ['spec.globalNetworkSet.labels[projectcalico.org/namespace]'],
  ],
  [pull({}, { period: '4m59s' }), ['spec.pull.period']],
  [pull({}, { period: '1d' }), ['spec.pull.period']],
  [pull({}, { period: '8761h' }), ['spec.pull.period']],
  [{ pull: { http: {} } }, [`${http}.url`]],
  ...['ftp://a/b', 'file:///etc/passwd', 'https://', 'https://u:p@a/b', 'https://a/b c', 'a.example'].map(
    (bad): [Spec, string[]] => [pull({ url: bad }), [`${http}.url`]],
  ),
  [pull({ format: { newlineDelimited: {}, json: { path: '$' } } }), [`${http}.format`]],
  ...['a', '$.', '$..a', '$[?(@.a)]', '$[1:2]', '$.a[', "$['a'"].map((path): [Spec, string[]] => [
    pull({ format: { json: { path } } }),
    [`${http}.format.json.path`],
  ]),
  [pull({ format: { csv: {} } }), [`${http}.format.csv`]],
  [pull({ format: { csv: { fieldNum: 0, fieldName: 'a', header: true } } }), [`${http}.format.csv`]],
  [pull({ format: { csv: { fieldName: 'a' } } }), [`${http}.format.csv.header`]],
  [pull({ format: { csv: { fieldNum: 2, recordSize: 2 } } }), [`${http}.format.csv.fieldNum`]],
  [
    pull({ format: { csv: { fieldNum: 0, recordSize: 2, disableRecordSizeValidation: true } } }),
    [`${http}.format.csv.recordSize`],
  ],
  [pull({ format: { csv: { fieldNum: 0, columnDelimiter: '"' } } }), [`${http}.format.csv.columnDelimiter`]],
  [headers({ name: 'a b', value: '' }), [`${http}.headers[0].name`]],
  [headers({ name: 'Host', value: 'x' }), [`${http}.headers[0].name`]],
  [headers({ name: 'X', value: 'a' }, { name: 'x', value: 'b' }), [`${http}.headers[1].name`]],
  [headers({ name: 'X' }), [`${http}.headers[0]`]],
  [headers({ name: 'X', value: 'a\r\nB: c' }), [`${http}.headers[0].value`]],
  [headers({ name: 'X', valueFrom: {} }), [`${http}.headers[0].valueFrom`]],
  [
    headers({ name: 'X', valueFrom: { secretKeyRef: secret, configMapKeyRef: secret } }),
    [`${http}.headers[0].valueFrom`],
  ],
])('%j is refused', (spec, paths) => expect(issuePaths(threatFeed(spec))).toEqual(paths))

test('a feed sends no secret but its own', () => {
  const names = [
    'wireguard-node-1',
    'globalthreatfeed-other-token',
    'globalthreatfeed-test',
    'globalthreatfeed-test-',
  ]
  for (const name of names) {
    const spec = headers({ name: 'X', valueFrom: { secretKeyRef: { name, key: 'k' } } })
    expect(issuePaths(threatFeed(spec))).toEqual([`${http}.headers[0].valueFrom.secretKeyRef.name`])
  }
})

test('what may be secret is not repeated', () => {
  const spec = pull({ url: 'https://user:hunter2@a/b', headers: [{ name: 'X', value: 'hunter2\n' }] })
  const admission = admit(threatFeed(spec))
  expect(admission.ok).toBe(false)
  expect(JSON.stringify(admission)).not.toContain('hunter2')
})

test('the name leaves room for the number of a set', () => {
  expect(issuePaths(threatFeed({}, 'a'.repeat(237)))).toEqual([])
  expect(issuePaths(threatFeed({}, 'a'.repeat(238)))).toEqual(['metadata.name'])
})
