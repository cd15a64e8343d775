/**
 * WireGuard's own kernel module, in a machine of QEMU: for machines whose kernel lacks it. Needs a kernel image with its
 * modules, and qemu-system-x86_64.
 *
 * MARGAY_WIREGUARD_KERNEL=/boot/vmlinuz-VERSION   runs it; the modules are those in /lib/modules/VERSION.
 */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { runMachine } from './vm/boot.ts'
import type { CheckResult } from './vm/guest.ts'
import { buildInitramfs } from './vm/initramfs.ts'

const kernel = process.env.MARGAY_WIREGUARD_KERNEL
const timeoutMs = 400_000

test.skipIf(kernel === undefined)(
  'the kernel’s WireGuard does what it is told, and tells it (only with MARGAY_WIREGUARD_KERNEL: few machines have an image)',
  async () => {
    const image = kernel ?? ''
    const modulesFolder = join('/lib/modules', basename(image).replace(/^vmlinuz-/, ''))
    expect([image, modulesFolder].filter((path) => !existsSync(path))).toEqual([])
    const initramfs = await buildInitramfs({
      program: join(import.meta.dirname, 'vm/wireguard-guest.ts'),
      modulesFolder,
      modules: ['wireguard'],
    })
    const console = await runMachine({ kernel: image, initramfs, memoryMb: 1024, timeoutMs })
    const results = resultsOf(console)
    for (const { name, milliseconds, note = '' } of results)
      process.stdout.write(`${name}: ${milliseconds} ms ${note}\n`)
    expect(results.filter(({ problem }) => problem !== undefined)).toEqual([])
    expect(results.length, console).toBe(8)
  },
  timeoutMs + 60_000,
)

function resultsOf(console: string): CheckResult[] {
  return [...console.matchAll(/#RESULT (.*)/g)].map(([, json = '']) => JSON.parse(json) as CheckResult)
}
