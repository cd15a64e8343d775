/** What the first process of a machine does around its own work: file systems, modules, the end. */
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import koffi from 'koffi'

const libc = koffi.load('libc.so.6')
const mount = libc.func(
  'int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)',
)
const syscall = libc.func('long syscall(long number, int fd, const char *parameters, int flags)')
const reboot = libc.func('int reboot(int command)')

const SYS_finit_module = 313
const MODULE_INIT_COMPRESSED_FILE = 4
const RB_POWER_OFF = 0x4321fedc

/** What the checks of a guest came to, one line of its console each. */
export interface CheckResult {
  readonly name: string
  readonly milliseconds: number
  /** Undefined: it passed. */
  readonly problem: string | undefined
  /** What it found out. */
  readonly note: string | undefined
}

export type Checks = Readonly<Record<string, () => Promise<string | undefined>>>

/** Begins each line of a result. */
export const resultMark = '#RESULT '

/** Runs the checks one after the other, and powers off. */
export async function runGuest(checks: Checks): Promise<void> {
  try {
    prepare()
    for (const [name, check] of Object.entries(checks))
      console.log(`\n${resultMark}${JSON.stringify(await result(name, check))}`)
  } catch (error) {
    console.log(error)
  }
  // The console takes what was written before the power goes.
  setTimeout(() => reboot(RB_POWER_OFF), 500)
}

async function result(name: string, check: () => Promise<string | undefined>): Promise<CheckResult> {
  const startedAt = performance.now()
  const settled = await check().then(
    (note) => ({ problem: undefined, note }),
    (error: unknown) => ({
      problem: error instanceof Error ? (error.stack ?? error.message) : String(error),
      note: undefined,
    }),
  )
  return { name, milliseconds: Math.round(performance.now() - startedAt), ...settled }
}

function prepare(): void {
  mkdirSync('/proc')
  if (mount('proc', '/proc', 'proc', 0, null) !== 0) throw new Error('no /proc')
  for (const path of JSON.parse(readFileSync('/modules.json', 'utf8')) as string[]) loadModule(path)
}

function loadModule(path: string): void {
  const fd = openSync(path, 'r')
  const flags = path.endsWith('.ko') ? 0 : MODULE_INIT_COMPRESSED_FILE
  if (syscall(SYS_finit_module, fd, '', flags) !== 0) throw new Error(`${path}: errno ${koffi.errno()}`)
  closeSync(fd)
}
