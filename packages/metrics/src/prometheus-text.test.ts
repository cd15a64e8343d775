import { expect, test } from 'vitest'
import { formatMetrics } from './prometheus-text.ts'

test('each sample is a line behind what its metric is, and a metric without any says what it is', () => {
  const gauge = { name: 'a_b', type: 'gauge', help: 'What it is' } as const
  const samples = [
    { labels: {}, value: 1 },
    { labels: { node: 'n', reason: 'x' }, value: 2.5 },
  ]
  expect(
    formatMetrics([
      { ...gauge, samples },
      { ...gauge, name: 'none', samples: [] },
    ]),
  ).toBe(
    '# HELP a_b What it is\n# TYPE a_b gauge\na_b 1\na_b{node="n",reason="x"} 2.5\n' +
      '# HELP none What it is\n# TYPE none gauge\n',
  )
})

test('lines of a histogram have names of their own', () => {
  const samples = [
    { suffix: '_bucket', labels: { le: '+Inf' }, value: 3 },
    { suffix: '_count', labels: {}, value: 3 },
  ]
  const text = formatMetrics([{ name: 'took', type: 'histogram', help: 'How long', samples }])
  expect(text).toContain('took_bucket{le="+Inf"} 3\ntook_count 3\n')
})

test('what would end a label or a line is escaped', () => {
  const samples = [{ labels: { name: 'a"b\\c\nd' }, value: 0 }]
  expect(formatMetrics([{ name: 'm', type: 'counter', help: 'a\\b\nc', samples }])).toBe(
    '# HELP m a\\\\b\\nc\n# TYPE m counter\nm{name="a\\"b\\\\c\\nd"} 0\n',
  )
})
