import { describe, expect, test } from 'vitest'
import * as registry from './commands/registry.ts'
import { reportOf } from './errors.ts'
import { margay } from './testing/fake-io.ts'

const commands = Object.values(registry).map(({ name }) => name)

describe('help', () => {
  test('lists every command and the exit codes', async () => {
    const { exitCode, out } = await margay(['--help'])
    expect(exitCode).toBe(0)
    for (const name of commands) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(out).toContain('Exit codes:')
  })

  test.each(commands)('of %s has a summary, examples and every option explained', async (name) => {
    const { exitCode, out } = await margay([name, '--help'])
    expect(exitCode).toBe(0)
    expect(out).toMatch(/Examples:\n {2}# .+\n {2}margay|Examples:\n {2}# .+\n {2}\S+.*margay/)
    for (const option of out.match(/^ {2}-.*$/gm) ?? []) expect(option).toMatch(/ {2}\S/)
    expect(out.split('\n').every((line) => line.length <= 130)).toBe(true)
  })

  test('without a command is shown, and is an error', async () => {
    expect(await margay([])).toMatchObject({ exitCode: 2, err: expect.stringContaining('Usage: margay') })
  })
})

test('--version', async () => {
  expect(await margay(['--version'])).toMatchObject({
    exitCode: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})

test.each([
  ['an unknown command', ['aply'], "error: unknown command 'aply'\n(Did you mean apply?)\n"],
  [
    'an unknown flag',
    ['validate', '-f', 'a', '--otput', 'json'],
    "error: unknown option '--otput'\n(Did you mean --output?)\n",
  ],
])('%s is told with what was perhaps meant', async (_name, args, err) => {
  expect(await margay(args)).toMatchObject({ exitCode: 2, err })
})

test('an unexpected error is one line, and MARGAY_DEBUG shows where it came from', () => {
  const report = reportOf(new TypeError('a is\n  undefined'))
  expect(report).toMatchObject({
    exitCode: 1,
    lines: ['a is; undefined (this is a defect of margay; set MARGAY_DEBUG=1 to see where it happened)'],
  })
})
