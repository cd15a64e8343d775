import { expect, test } from 'vitest'
import { CommandFailedError, MissingCommandError } from '../errors.ts'
import { runCommand } from './run-command.ts'

test('input goes in, output comes out', async () => {
  const result = await runCommand('cat', [], { stdin: 'words\n' })
  expect(result).toEqual({ exitCode: 0, stdout: 'words\n', stderr: '' })
})

test('a failure names the command and what it said, in one line', async () => {
  const failure = runCommand('sh', ['-c', 'echo no such thing >&2; echo really >&2; exit 3'])
  await expect(failure).rejects.toThrow(CommandFailedError)
  await expect(failure).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/failed: no such thing; really$/),
  })
})

test('a failure that is allowed is a result', async () => {
  expect(await runCommand('false', [], { allowFailure: true })).toMatchObject({ exitCode: 1 })
})

test('a command that does not end is killed', async () => {
  const started = performance.now()
  await expect(runCommand('sleep', ['60'], { timeoutMs: 50, allowFailure: true })).rejects.toThrow(
    'not done after 50 ms',
  )
  expect(performance.now() - started).toBeLessThan(5000)
})

test('a command that is not installed is named', async () => {
  await expect(runCommand('no-such-command', [])).rejects.toThrow(MissingCommandError)
})

test('a command that doesn’t read its input is judged by its exit code', async () => {
  expect(await runCommand('true', [], { stdin: 'x'.repeat(1_000_000) })).toMatchObject({ exitCode: 0 })
})
