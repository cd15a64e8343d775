import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * End-to-end tests that run two at once: each on free ports, with data in directories of its own and labs of its own names, and what it
 * waits for may come late. Who holds what packets meet to a time, or sends them all the while, is not among them.
 */
const together = [
  'access',
  'access-reviews/access-reviews',
  'agent-credentials',
  'agent-once',
  'authz',
  'authz-examples',
  'authz-life',
  'authz-wire',
  'backup',
  'bad-input',
  'bundle',
  'dns-trust',
  'encryption',
  'encryption-status',
  'kill-storm/etcd',
  'kill-storm/sqlite',
  'kubectl-session/session',
  'kubernetes-clients',
  'racing-servers',
  'shared-etcd',
  'staged-policies',
  'threat-feeds',
  'threat-feeds-etcd',
].map((name) => `tests/e2e/${name}.test.ts`)

/** How long it takes does not matter at all: whatever else wants a core gets it first. */
const unhurried = ['tests/e2e/benchmarks.test.ts']

/** How long a client waits while others are hostile is measured, so nothing may run beside it. */
const needingQuiet = ['tests/e2e/hostile-input.test.ts']

/**
 * How long a unit test may take says nothing about the code while other programs use the machine: these limits end what hangs. What has
 * to be quick says so itself.
 */
const patient = { testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } }

const unitTests = ['{packages,apps}/*/src/**/*.test.ts', '{scripts,benchmarks,tests/fuzz}/**/*.test.ts']

/**
 * Unit tests share a process, and with it the modules that all of them read: to read them again for each file takes a fifth of the time.
 * Those that use `vi` may mock modules, clocks and built-ins, which others would meet: each of these has a process of its own.
 */
const mocking = globSync(unitTests, { cwd: import.meta.dirname }).filter((path) =>
  /\bvi\b/.test(readFileSync(join(import.meta.dirname, path), 'utf8')),
)

/** Kernel and end-to-end tests share one kernel: they run one file at a time where nothing else is said, and need root. */
const onRealKernel = {
  pool: 'forks' as const,
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 10_000 } },
}

export default defineConfig({
  test: {
    // Vitest leaves one core free by itself, which on two cores is half of them.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: unitTests,
          exclude: mocking,
          isolate: false,
          ...patient,
        },
      },
      { test: { name: 'unit-alone', include: mocking, ...patient } },
      { test: { name: 'conformance', include: ['tests/conformance/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'kernel', include: ['tests/kernel/**/*.test.ts'], ...onRealKernel } },
      { test: { name: 'e2e-together', include: together, ...onRealKernel, fileParallelism: true } },
      { test: { name: 'e2e-unhurried', include: unhurried, ...onRealKernel } },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: [...together, ...unhurried, ...needingQuiet],
          ...onRealKernel,
        },
      },
      { test: { name: 'e2e-quiet', include: needingQuiet, ...onRealKernel } },
    ],
  },
})
