/**
 * A process that holds private keys must not be written to disk when it dies.
 *
 * Source  prctl(2), PR_SET_DUMPABLE: no core dump, neither as a file nor to a program; setrlimit(2), RLIMIT_CORE: also for processes that
 *         it starts, as files.
 */
import { SyscallError } from '../errors.ts'
import { errnoName } from './errno.ts'
import { lastErrno, prctl, setrlimit } from './libc.ts'

const PR_SET_DUMPABLE = 4
const RLIMIT_CORE = 4
/** struct rlimit: two numbers of 8 bytes, both 0. */
const none = new Uint8Array(16)

/** For this process and for as long as it runs. @throws SyscallError */
export function forbidCoreDumps(): void {
  if (setrlimit(RLIMIT_CORE, none) !== 0) throw new SyscallError('setrlimit', errnoName(lastErrno()))
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) !== 0) throw new SyscallError('prctl', errnoName(lastErrno()))
}
