import { expect, test } from 'vitest'
import type { Group } from './bench.ts'
import { helpText, parseOptions, UsageError } from './options.ts'

const groups: Group[] = ['policy', 'server'].map((name) => ({
  name,
  about: `about ${name}`,
  suites: () => [],
}))
const namesOf = (...args: string[]) => parseOptions(args, groups).groups.map(({ name }) => name)

test('without groups all are chosen, and named ones come in the order of the list', () => {
  expect(namesOf()).toEqual(['policy', 'server'])
  expect(namesOf('server', 'policy')).toEqual(['policy', 'server'])
  expect(namesOf('server', '--json')).toEqual(['server'])
})

test.each([
  { args: ['network'], message: 'there is no group "network"; groups are policy, server' },
  { args: ['--fast'], message: "Unknown option '--fast'; see --help" },
  {
    args: ['--quick', '--save'],
    message: '--save and --quick exclude each other: quick figures are not worth keeping',
  },
])('$args is refused in one line', ({ args, message }) => {
  expect(() => parseOptions(args, groups)).toThrow(new UsageError(message))
})

test('the help names every group', () => {
  expect(helpText(groups)).toContain('  policy  about policy\n  server  about server\n')
})
