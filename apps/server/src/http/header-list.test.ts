import { expect, test } from 'vitest'
import { headerList } from './header-list.ts'

const headers = headerList([
  'Impersonate-Group',
  'a, b',
  'impersonate-group',
  'c',
  'X-Remote-Extra-Scope',
  's',
  'odd',
])

test('a header that was sent twice has two values, in which commas mean nothing', () => {
  expect(headers.values('impersonate-group')).toEqual(['a, b', 'c'])
  expect(headers.values('impersonate-user')).toEqual([])
})

test('headers are found by how their names begin', () => {
  expect(headers.withPrefix('x-remote-extra-')).toEqual([['scope', 's']])
})
