import { defineConfig } from 'vitest/config'

/** Kernel and end-to-end tests share one kernel: they run one file at a time, and need root. */
const onRealKernel = {
  pool: 'forks' as const,
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 120_000,
}

export default defineConfig({
  test: {
    // Vitest leaves one core free by itself, which on two cores is half of them.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,apps}/*/src/**/*.test.ts', '{scripts,benchmarks,tests/fuzz}/**/*.test.ts'],
        },
      },
      { test: { name: 'conformance', include: ['tests/conformance/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'kernel', include: ['tests/kernel/**/*.test.ts'], ...onRealKernel } },
      { test: { name: 'e2e', include: ['tests/e2e/**/*.test.ts'], ...onRealKernel } },
    ],
  },
})
