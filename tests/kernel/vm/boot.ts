/**
 * A machine of QEMU that boots a kernel, runs one program as its first process, and powers off. Nothing is kept.
 *
 * It is emulated (TCG), also where there is KVM: inside a virtual machine, QEMU 7.2 was seen to abort with that.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface MachineSpec {
  /** The kernel's image. */
  readonly kernel: string
  /** See `buildInitramfs`. */
  readonly initramfs: Uint8Array
  readonly memoryMb: number
  readonly timeoutMs: number
}

/** What it wrote to its console. @throws when it does not power off in time */
export async function runMachine({ kernel, initramfs, memoryMb, timeoutMs }: MachineSpec): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'margay-vm-'))
  try {
    const initrd = join(folder, 'initramfs.cpio')
    writeFileSync(initrd, initramfs)
    return await run(
      [
        ...['-kernel', kernel, '-initrd', initrd, '-m', `${memoryMb}`, '-cpu', 'max', '-smp', '2'],
        ...['-append', 'console=ttyS0 quiet panic=-1 rdinit=/bin/node -- /program.mjs'],
        ...['-nodefaults', '-no-reboot', '-display', 'none', '-serial', 'stdio', '-accel', 'tcg'],
      ],
      timeoutMs,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(args: readonly string[], timeoutMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const machine = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let console = ''
  for (const stream of [machine.stdout, machine.stderr])
    stream.on('data', (chunk: Buffer) => {
      console += chunk.toString()
    })
  const timer = setTimeout(() => machine.kill('SIGKILL'), timeoutMs)
  machine.on('error', reject)
  machine.on('close', (code) => {
    clearTimeout(timer)
    if (code === 0) resolve(console)
    else reject(new Error(`the machine ended with ${code ?? `a signal after ${timeoutMs} ms`}:\n${console}`))
  })
  return promise
}
